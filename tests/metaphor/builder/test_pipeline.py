import json
from collections import Counter
from pathlib import Path
from typing import Any

import numpy as np
import PIL.Image
import pytest

from asterism.core.errors import AsterismError
from asterism.core.records import read_records
from asterism.llm.config import ServerConfig
from asterism.llm.errors import LlmError
from asterism.metaphor.builder.config import BuildConfig
from asterism.metaphor.builder.pipeline import Built, build
from asterism.metaphor.builder.prompts import caption_prompt
from asterism.metaphor.builder.source import read_sources
from tests.llm.faulty_server import FaultyServer, Rule
from tests.metaphor.builder.folder import write_sources
from tests.metaphor.builder.writer import ALL_LAYOUTS, lay_out, record_of, reply, statements_of

PRICES = {"price_per_million_prompt": 1.0, "price_per_million_completion": 2.0}
QUICK = {"backoff_s": 0.01, "max_backoff_s": 0.05, "concurrency": 8, "timeout_s": 30.0}


@pytest.fixture(autouse=True)
def key(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("OPENAI_API_KEY", "sk-of-tests")


def run(server: FaultyServer, records: Path, out: Path, **values: Any) -> Built:
    """Build with the faulty server; ``values`` go to the server's or the builder's configuration, by their names."""
    settings = {**QUICK, **PRICES, "url": server.url, "model": "writer"}
    settings |= {name: values.pop(name) for name in list(values) if name in ServerConfig.model_fields}
    config = BuildConfig.parse({"blind_samples": 4, **values}, where="test")
    return build(read_sources(records), out, config, ServerConfig.parse(settings, where="test"), hub=False)


def adds_up(report: dict[str, Any], lines: list[dict[str, Any]]) -> None:
    """The report's replies, tokens and cost are those of the server's ledger; every statement is accounted for."""
    paid = [line for line in lines if line["status"] == 200]
    total = report["paid"]["total"]
    useless = report["paid"]["answers_that_were_no_replies"]
    assert not lines or total["prompt_tokens"] + total["completion_tokens"] + useless["tokens"] == sum(
        line["prompt_tokens"] + line["completion_tokens"] for line in paid
    )
    assert not lines or total["cost"] == pytest.approx(sum(line["cost"] for line in paid))
    records, statements = report["records"], report["statements"]
    assert records["read"] == records["kept"] + sum(records["rejected"].values()) + sum(records["open"].values())
    dropped = sum(statements["dropped"].values())
    assert statements["written"] == statements["kept"] + dropped + statements["of_rejected_records"]


def test_records_become_a_set_that_says_where_it_comes_from(tmp_path: Path) -> None:
    records = write_sources(tmp_path / "in", 20)
    with FaultyServer(replies=reply, ledger=tmp_path / "ledger") as server:
        built = run(server, records, tmp_path / "out")
    assert built.report["records"]["kept"] == 20
    adds_up(built.report, server.lines())
    assert built.report["paid"]["total"]["replies"] == len(server.lines())
    tasks = read_records(tmp_path / "out" / "dataset")
    assert len(tasks) == built.report["statements"]["kept"]
    assert Counter(task.meta["record"] for task in tasks).keys() == {f"r{number:03d}" for number in range(20)}
    assert {task.meta["level"] for task in tasks} <= {"symbolic", ""}
    assert {task.meta["generator"] for task in tasks} == {"writer"}
    assert json.loads((tmp_path / "out" / "report.json").read_text()) == built.report
    assert sum(built.report["replies_not_usable"]["statements"].values()) > 0


def test_a_second_run_asks_nothing_and_writes_the_same(tmp_path: Path) -> None:
    records = write_sources(tmp_path / "in", 4)
    with FaultyServer(replies=reply, ledger=tmp_path / "ledger") as server:
        first = run(server, records, tmp_path / "out")
        dataset = (tmp_path / "out" / "dataset" / "records.jsonl").read_bytes()
        asked = server.count
        second = run(server, records, tmp_path / "out")
        assert server.count == asked
    assert (tmp_path / "out" / "dataset" / "records.jsonl").read_bytes() == dataset
    assert {**first.report, "tries": None} == {**second.report, "tries": None}


def test_failing_slow_and_dropped_answers_lose_nothing_and_cost_nothing_twice(tmp_path: Path) -> None:
    records = write_sources(tmp_path / "in", 8)
    plan = [
        Rule("429", at=(1, 9), retry_after="0"),
        Rule("500", at=(3, 17)),
        Rule("drop_unread", at=(5,)),
        Rule("drop", at=(7, 21)),
        Rule("slow", at=(11,), seconds=0.5),
        Rule("empty_choices", at=(13,)),
        Rule("garbage", at=(15,)),
        Rule("truncated", at=(19,)),
    ]
    with FaultyServer(plan, replies=reply, ledger=tmp_path / "ledger") as server:
        built = run(server, records, tmp_path / "out")
    assert built.report["records"]["kept"] == 8
    adds_up(built.report, server.lines())
    answered = [line["key"] for line in server.lines() if line["do"] in ("answer", "slow")]
    assert len(answered) == len(set(answered)) == built.report["paid"]["total"]["replies"]
    assert built.report["paid"]["answers_that_were_no_replies"]["tokens"] > 0
    assert built.report["tries"]["retries"] >= 9
    with FaultyServer(replies=reply) as sound:
        undisturbed = run(sound, records, tmp_path / "other")
    assert undisturbed.report["statements"] == built.report["statements"]


@pytest.mark.parametrize("layout", ALL_LAYOUTS)
def test_every_layout_of_a_reply_becomes_a_set(tmp_path: Path, layout: str) -> None:
    def answer(prompt: str, body: dict[str, Any]) -> str:
        written = lay_out(statements_of(prompt[prompt.index("Drawing ") :]), layout) if "Drawing " in prompt else None
        return written or "U"

    records = write_sources(tmp_path / "in", 1)
    with FaultyServer(replies=answer) as server:
        built = run(server, records, tmp_path / "out", caption=False, blind_samples=1)
    assert (built.report["records"]["kept"], built.report["statements"]["kept"]) == (1, 8)


def test_replies_that_cannot_be_read_are_asked_for_anew_and_counted(tmp_path: Path) -> None:
    records = write_sources(tmp_path / "in", 5)
    with FaultyServer(replies=lambda prompt, body: "The man is sad.", ledger=tmp_path / "ledger") as server:
        built = run(server, records, tmp_path / "out", caption=False, attempts=3)
    assert built.report["records"]["rejected"] == {"no reply that can be read": 5}
    assert built.report["replies_not_usable"] == {"statements": {"no statements": 15}}
    assert len({line["key"] for line in server.lines()}) == len(server.lines()) == 15
    adds_up(built.report, server.lines())
    assert read_items(tmp_path / "out")["r000"]["failures"][0]["excerpt"] == "The man is sad."


def test_a_refusal_a_withheld_and_a_cut_off_reply_are_counted_by_name(tmp_path: Path) -> None:
    plan = [
        Rule("refusal", contains="Drawing 000"),
        Rule("content_filter", contains="Drawing 001"),
        Rule("length", contains="Drawing 002", text="1. [T]: The key is red.\n2. [F]: The key is r"),
    ]
    with FaultyServer(plan, replies=reply) as server:
        built = run(
            server, write_sources(tmp_path / "in", 3), tmp_path / "out", caption=False, attempts=1, blind_samples=0
        )
    assert built.report["replies_not_usable"]["statements"] == {
        "refused": 1,
        "too few statements": 1,
        "withheld by a filter": 1,
    }
    assert built.report["statements_not_readable"] == {"cut off": 1}


def test_structured_output_is_used_until_the_server_rejects_it(tmp_path: Path) -> None:
    records = write_sources(tmp_path / "in", 2)
    with FaultyServer([Rule("no_schema")], replies=reply, ledger=tmp_path / "a") as server:
        built = run(server, records, tmp_path / "without", concurrency=1)
        assert built.report["records"]["kept"] == 2
        assert sum(line["status"] == 400 for line in server.lines()) == 1
    with FaultyServer(replies=reply) as server:
        run(server, records, tmp_path / "with")
        assert any("response_format" in asked.body for asked in server.asked)
        run(server, records, tmp_path / "off", structured="off")
        assert not any("response_format" in asked.body for asked in list(server.asked)[-20:])


def test_the_caption_reaches_the_writer_unless_it_is_switched_off(tmp_path: Path) -> None:
    records = write_sources(tmp_path / "in", 2)
    with FaultyServer(replies=reply) as server:
        run(server, records, tmp_path / "with")
        writing = [asked.prompt for asked in server.asked if "Drawing " in asked.prompt]
        assert all("A drawing in ink with four things" in prompt for prompt in writing)
        before = server.count
        run(server, records, tmp_path / "without", caption=False)
        later = [asked for asked in server.asked if asked.number >= before]
        assert not any("A drawing in ink" in asked.prompt or asked.prompt == caption_prompt("en") for asked in later)


def test_only_the_blind_step_is_asked_without_a_picture_and_models_differ_by_step(tmp_path: Path) -> None:
    names = {"caption_model": "eye", "statement_model": "pen", "blind_model": "blind"}
    with FaultyServer(replies=reply) as server:
        run(server, write_sources(tmp_path / "in", 2), tmp_path / "out", **names)
        pictures = {(asked.body["model"], len(asked.images)) for asked in server.asked}
    assert pictures == {("eye", 1), ("pen", 1), ("blind", 0)}


def knows(prompt: str, body: dict[str, Any]) -> str:
    """A model that knows without the picture what lanterns stand for, and guesses the rest."""
    if "Drawing " not in prompt and "lantern" in prompt and "stand" in prompt:
        return "T" if "stands for guidance" in prompt else "F"
    if "Drawing " in prompt:
        meant = {"lantern": "guidance", "teapot": "comfort", "drum": "alarm", "kite": "joy"}
        pairs = ", ".join(f"the {thing} stands for {idea}" for thing, idea in meant.items())
        return lay_out(statements_of(pairs), "asked")
    return reply(prompt, body)


def test_statements_that_are_answered_blind_are_dropped(tmp_path: Path) -> None:
    records = write_sources(tmp_path / "in", 2)
    with FaultyServer(replies=knows) as server:
        built = run(server, records, tmp_path / "out", blind_samples=12, caption=False)
        unasked = run(server, records, tmp_path / "off", blind_samples=0, caption=False)
    assert built.report["statements"]["dropped"]["answerable_blind"] == 4
    assert not any("lantern" in task.question for task in read_records(tmp_path / "out" / "dataset"))
    assert unasked.report["blind"] == {"judged": 0, "not_judged": 0, "answers": 0}
    assert unasked.report["statements"]["dropped"]["answerable_blind"] == 0


def test_a_model_that_calls_everything_false_drops_nothing(tmp_path: Path) -> None:
    def says_false(prompt: str, body: dict[str, Any]) -> str:
        return reply(prompt, body) if "Drawing " in prompt else "F"

    with FaultyServer(replies=says_false) as server:
        built = run(server, write_sources(tmp_path / "in", 3), tmp_path / "out", blind_samples=12, caption=False)
    assert built.report["statements"]["dropped"]["answerable_blind"] == 0
    assert built.report["blind"]["not_judged"] == 12


def test_replies_in_another_language_are_asked_for_anew_and_counted(tmp_path: Path) -> None:
    def answer(prompt: str, body: dict[str, Any]) -> str:
        if prompt == caption_prompt("en"):
            return "Eine Zeichnung mit einer Kerze, einem Spiegel und einer Leiter vor einer dunklen Wand."
        return "1. [T]: Die Kerze steht für die Hoffnung.\n2. [F]: Der Spiegel steht für die Eitelkeit."

    with FaultyServer(replies=answer) as server:
        built = run(server, write_sources(tmp_path / "in", 1), tmp_path / "out", attempts=2, blind_samples=0)
    report = built.report
    assert report["replies_not_usable"] == {"caption": {"wrong language": 2}, "statements": {"wrong language": 2}}
    assert report["statements"]["dropped"]["wrong_language"] == 4
    assert report["records"]["notes"] == {"no caption": 1}
    adds_up(report, [])


def test_records_that_cannot_be_used_are_counted_by_name(tmp_path: Path) -> None:
    folder = tmp_path / "in"
    folder.mkdir()
    pixels = np.zeros((8, 8, 3), dtype=np.uint8)
    PIL.Image.fromarray(pixels).save(folder / "really_webp.jpg", format="WEBP")
    (folder / "torn.png").write_bytes(b"\x89PNG\r\n")
    long = record_of(99)["explanation"]
    records = write_sources(
        folder,
        1,
        {"id": "one character", "image": "0.png", "explanation": "."},
        {"id": "no explanation", "image": "0.png"},
        {"id": "no answer", "image": "0.png", "answer": None, "meta": {"explanation": long, "domain": "Life"}},
        {"id": "missing", "image": "absent.png", "explanation": long},
        {"id": "torn", "image": "torn.png", "explanation": long},
        {"id": "no picture", "explanation": long},
        {"id": "webp", "image": "really_webp.jpg", "explanation": long},
        {
            "id": "French",
            "image": "0.png",
            "explanation": "Cette image critique la société de consommation et ses nombreux excès.",
        },
    )
    with FaultyServer(replies=reply) as server:
        report = run(server, records, tmp_path / "out").report
        mime = {url.partition(";")[0] for asked in server.asked for url in asked.images}
    assert report["records"]["read"] == 9
    assert report["records"]["kept"] == 3
    assert report["records"]["rejected"] == {
        "explanation: placeholder": 1,
        "explanation: wrong language": 1,
        "no explanation": 1,
        "no image": 1,
        "image missing": 1,
        "image unreadable": 1,
    }
    assert report["records"]["notes"]["image is webp, its name says jpg"] == 1
    assert mime <= {"data:image/png", "data:image/webp", "data:image/jpeg"}
    tasks = read_records(tmp_path / "out" / "dataset")
    assert {task.meta["record"] for task in tasks} == {"r000", "no answer", "webp"}
    assert {task.meta["source"].get("domain") for task in tasks if task.meta["record"] == "no answer"} == {"Life"}


def test_a_picture_that_appears_later_is_used_on_the_next_run(tmp_path: Path) -> None:
    records = write_sources(tmp_path / "in", 2)
    picture = (tmp_path / "in" / "1.png").read_bytes()
    (tmp_path / "in" / "1.png").unlink()
    with FaultyServer(replies=reply) as server:
        assert run(server, records, tmp_path / "out").report["records"]["kept"] == 1
        (tmp_path / "in" / "1.png").write_bytes(picture)
        assert run(server, records, tmp_path / "out").report["records"]["kept"] == 2


def test_two_records_with_one_id_are_refused_by_name(tmp_path: Path) -> None:
    records = write_sources(tmp_path / "in", 2, {"id": "r001", "image": "0.png", "explanation": "x"})
    with pytest.raises(AsterismError, match=r"records\.jsonl: id 'r001' appears twice, in lines 2 and 3"):
        read_sources(records)


def test_a_spent_budget_stops_politely_and_the_next_run_goes_on(tmp_path: Path) -> None:
    records = write_sources(tmp_path / "in", 8)
    with FaultyServer(replies=reply, ledger=tmp_path / "ledger") as server:
        first = run(server, records, tmp_path / "out", max_tokens_total=4000, concurrency=2)
        assert first.stopped is not None
        assert sum(first.report["records"]["open"].values()) > 0
        adds_up(first.report, server.lines())
        second = run(server, records, tmp_path / "out")
        adds_up(second.report, server.lines())
    assert second.report["records"]["kept"] == 8
    assert len({line["key"] for line in server.lines()}) == len(server.lines())


@pytest.mark.parametrize(("do", "tries"), [("401", 8), ("404", 8), ("400", 8), ("500", 60)])
def test_a_server_that_refuses_everything_ends_the_run_and_no_record_counts_as_done(
    tmp_path: Path, do: str, tries: int
) -> None:
    records = write_sources(tmp_path / "in", 20)
    with FaultyServer([Rule(do)], replies=reply) as server:
        with pytest.raises(LlmError, match=f"status {do}"):
            run(server, records, tmp_path / "out", max_retries=2, concurrency=4)
        assert server.count <= tries
    assert json.loads((tmp_path / "out" / "report.json").read_text())["records"]["open"]
    with FaultyServer(replies=reply) as server:
        records_now = run(server, records, tmp_path / "out").report["records"]
    assert (records_now["read"], records_now["open"]) == (20, {})


def test_a_folder_of_another_build_is_refused(tmp_path: Path) -> None:
    records = write_sources(tmp_path / "in", 1)
    with FaultyServer(replies=reply) as server:
        run(server, records, tmp_path / "out")
        with pytest.raises(AsterismError, match="other settings: seed was 0, is 1"):
            run(server, records, tmp_path / "out", seed=1)
        with pytest.raises(AsterismError, match="model was writer, is other"):
            run(server, records, tmp_path / "out", model="other")


def test_the_whole_set_is_balanced_and_what_was_left_out_is_counted(tmp_path: Path) -> None:
    def answer(prompt: str, body: dict[str, Any]) -> str:
        written = statements_of(prompt[prompt.index("Drawing ") :])
        return lay_out([each for each in written if each[1] == "T"] + [written[1], written[3]], "asked")

    with FaultyServer(replies=answer) as server:
        report = run(
            server, write_sources(tmp_path / "in", 6), tmp_path / "out", caption=False, blind_samples=0, fewest=4
        ).report
    assert report["statements"]["dropped"]["overall_balance"] > 0
    labels = report["statements"]["labels"]
    assert 0.45 <= labels["T"] / (labels["T"] + labels["F"]) <= 0.55
    adds_up(report, [])


def read_items(out: Path) -> dict[str, dict[str, Any]]:
    lines = (out / "items.jsonl").read_text(encoding="utf-8").splitlines()
    return {item["id"]: item for item in map(json.loads, lines)}
