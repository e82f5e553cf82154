"""`asterism eval`, `score` and `compare`, over a real server, ready predictions, and the tiny model."""

import base64
import io
import json
import re
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import PIL.Image
import pytest
from click.testing import Result as Ran
from typer.testing import CliRunner

from asterism.cli.main import app
from asterism.core.image import Image
from asterism.core.records import write_records
from asterism.core.results.summary import parse_summary
from asterism.core.task import Task
from asterism.policy.source import read_suppressed
from asterism.policy.tiny import tiny_folder
from asterism.runs.plan import weights_digest
from tests.llm.faulty_server import FaultyServer, Rule

EXPLANATION = "A lock stands for a secret that is kept, and a key for whoever finds it out."
META = {"explanation": EXPLANATION, "domain": "Life", "emotion": "Neutral", "rhetoric": ["Metaphor"]}


def run(*arguments: object) -> Ran:
    return CliRunner().invoke(app, [str(argument) for argument in arguments])


def summary_of(*arguments: object) -> dict[str, Any]:
    ran = run(*arguments, "--json")
    assert ran.exit_code == 0, (ran.output, ran.exception)
    return json.loads(ran.stdout.splitlines()[-1])  # type: ignore[no-any-return]


def metric(summary: dict[str, Any], condition: str, name: str) -> float | None:
    """A figure of a printed summary; None where it was not measured."""
    metrics = parse_summary(summary).conditions[condition].metrics
    return metrics[name].value if name in metrics else None


def lines(file: Path) -> list[dict[str, Any]]:
    return [json.loads(line) for line in file.read_text().splitlines()]


@pytest.fixture
def records(tmp_path: Path) -> Path:
    """Five choices about three pictures; the last one's key is withheld."""
    pictures = [Image.from_pixels(np.full((40, 40, 3), shade, dtype=np.uint8)) for shade in (0, 99, 199)]
    options = ("a bird in a cage", "a secret that is kept", "an open door")
    tasks = [
        Task(f"set/dev-{n}", (pictures[n // 2],), f"What does lock {n} imply?", "BBAB"[n], "mcq", options, meta=META)
        for n in range(4)
    ]
    write_records(tmp_path / "data", tasks)
    withheld = {**lines(tmp_path / "data" / "records.jsonl")[0], "id": "set/test-9", "answer": None}
    with (tmp_path / "data" / "records.jsonl").open("a") as file:
        file.write(json.dumps(withheld) + "\n")
    return tmp_path / "data"


def says_secret(prompt: str, body: dict[str, Any]) -> str:
    """Chooses the option about a secret, with a picture; without one, the first."""
    if "image_url" not in json.dumps(body):
        return "(A)"
    (letter,) = re.findall(r"\((.)\) a secret", prompt)[-1:]
    return f"Answer: **{letter}**"


def judges(prompt: str, body: dict[str, Any]) -> str:
    """Answers open questions, and as a judge marks the length of what was said."""
    if "Answer to be marked" not in prompt:
        return "A secret."
    said = prompt.split("(begin)\n")[-1].split("\n")[0]
    return f"On a scale of 1-5: [{min(5, len(said) // 4)} points]"


def test_choices_are_asked_once_graded_and_reported(records: Path, tmp_path: Path) -> None:
    out = tmp_path / "run"
    with FaultyServer(replies=says_secret) as server:
        command = ("eval", "--bench", "mcq", "--api", server.url, "--model", "m", "--mode", "none")
        command = (*command, "--records", records, "--out", out, "--blind", "--shuffles", 2)
        found = summary_of(*command)
        assert server.count == 5 * 4
        assert metric(found, "model", "accuracy") == 0.75
        assert metric(found, "blind", "accuracy") == 0.25
        assert found["consistency"]["consistent"]["value"] == 1.0
        assert found["counts"]["without_key"] == 1
        assert found["counts"]["images"] == 2
        ids = [line["id"] for line in lines(out / "results.jsonl")]
        assert sorted(ids) == [f"set/dev-{n}" for n in range(4)] + ["set/test-9"]
        again = run(*command)
        assert server.count == 5 * 4
        assert "no image" in again.stdout and f"Results: {out}/report.html" in again.stdout
    page = (out / "report.html").read_text()
    assert "Options in other orders" in page and "Accuracy, by domain" in page and "Before and after" not in page
    config = json.loads((out / "config.json").read_text())
    assert (config["bench"], config["mode"], config["model"], config["count"]) == ("mcq", "none", "m", 5)
    assert len(config["digest"]) == 64


def test_an_interrupted_run_goes_on_and_other_settings_are_refused(records: Path, tmp_path: Path) -> None:
    out = tmp_path / "run"
    with FaultyServer(replies=says_secret) as server:
        command = ("eval", "--bench", "mcq", "--api", server.url, "--model", "m", "--records", records, "--out", out)
        before = summary_of(*command, "--mode", "cot", "--server", "cache=null")
        kept = (out / "completions.jsonl").read_text().splitlines(keepends=True)
        (out / "completions.jsonl").write_text("".join(kept[:2]) + kept[2][:20])
        assert summary_of(*command, "--mode", "cot", "--server", "cache=null") == before
        assert server.count == 5 + 3
        for change, name in ((("--mode", "none"), "mode"), (("--mode", "cot", "--seed", 3), "seed")):
            ran = run(*command, *change)
            assert ran.exit_code == 2
            assert re.search(rf"run: the run there has {name} ", str(ran.stderr))
    (records / "records.jsonl").write_text((records / "records.jsonl").read_text().replace("lock 1", "lock 7"))
    ran = run("score", out)
    assert ran.exit_code == 2 and "not the 5 records that were measured" in ran.stderr


def test_a_record_that_the_server_refuses_leaves_its_line_and_is_asked_again(records: Path, tmp_path: Path) -> None:
    out = tmp_path / "run"
    with FaultyServer([Rule("400", contains="lock 2", times=1)], says_secret) as server:
        command = ("eval", "--bench", "mcq", "--api", server.url, "--model", "m", "--mode", "none")
        command = (*command, "--records", records, "--out", out, "--unkeyed", "skip")
        found = summary_of(*command)
        assert found["counts"]["failed"] == 1
        assert found["conditions"]["model"]["shares"]["failed"] == 0.25
        assert [line["score"] for line in lines(out / "results.jsonl")] == [1.0, 1.0, None, 1.0]
        found = summary_of(*command)
        assert found["counts"]["failed"] == 0
        assert server.count == 5


def test_a_spent_budget_ends_politely_and_keeps_what_was_paid(records: Path, tmp_path: Path) -> None:
    out = tmp_path / "run"
    with FaultyServer(replies=says_secret) as server:
        command = ("eval", "--bench", "mcq", "--api", server.url, "--model", "m", "--mode", "none")
        command = (*command, "--records", records, "--out", out, "--server", "concurrency=1")
        ran = run(*command, "--server", "max_tokens_total=250")
        assert ran.exit_code == 2, ran.output
        paid = server.count
        assert 0 < paid < 5
        assert len(lines(out / "completions.jsonl")) == paid
        summary_of(*command)
        assert server.count == 5


def test_open_answers_are_judged_without_asking_the_model_again(records: Path, tmp_path: Path) -> None:
    out, human = tmp_path / "run", tmp_path / "human.jsonl"
    human.write_text(
        '{"id": "set/dev-0", "score": 2}\n{"id": "set/dev-1", "score": 4}\n{"id": "set/dev-2", "score": 5}'
    )
    with FaultyServer(replies=judges) as server, FaultyServer(replies=judges) as judge:
        command = ("eval", "--bench", "osq", "--api", server.url, "--model", "m", "--mode", "short")
        found = summary_of(*command, "--records", records, "--out", out)
        assert found["conditions"]["model"]["marks"]["missing"] == {"not_judged": 5}
        asked = server.count
        assert asked == 5
        marking = ("score", out, "--judge", judge.url, "--judge-model", "j", "--votes", 3)
        found = summary_of(*marking, "--human", human)
        assert server.count == asked
        assert metric(found, "model", "points") == 2.0
        assert found["conditions"]["model"]["marks"]["judged"] == 5
        assert found["conditions"]["model"]["marks"]["vote_spread"]["share_agreed"] == 1.0
        assert found["agreement"]["exact"]["value"] == pytest.approx(1 / 3)
        judged = judge.count
        assert metric(summary_of("score", out), "model", "points") == 2.0
        assert metric(summary_of(*marking), "model", "points") == 2.0
        assert judge.count == judged
        ran = run(*marking, "--parts")
        assert ran.exit_code == 2 and "marked with judge parts False, not True" in ran.stderr
    assert "Does the judge favour length?" in (out / "report.html").read_text()
    assert {line["id"] for line in lines(out / "verdicts.jsonl")} == {
        line["id"] for line in lines(out / "results.jsonl")
    }


def test_ready_predictions_are_scored_and_two_runs_compared(records: Path, tmp_path: Path) -> None:
    good, poor = tmp_path / "good.jsonl", tmp_path / "poor.jsonl"
    good.write_text("".join(json.dumps({"id": f"set/dev-{n}", "completion": "BBAB"[n]}) + "\n" for n in range(4)))
    poor.write_text('{"id": "set/dev-0", "completion": "(B)"}\n{"id": "set/dev-3", "completion": "no idea"}\n')
    base = ("eval", "--bench", "mcq", "--records", records)
    assert metric(summary_of(*base, "--predictions", good, "--out", tmp_path / "good"), "model", "accuracy") == 1.0
    found = summary_of(*base, "--predictions", poor, "--out", tmp_path / "poor")
    assert metric(found, "model", "accuracy") == 0.25
    assert (found["counts"]["failed"], found["counts"]["unreadable"]) == (3, 1)
    compared = summary_of("compare", tmp_path / "good", tmp_path / "poor")
    estimate = compared["paired"][0]["estimate"]
    assert (estimate["value"], estimate["n"]) == (0.75, 4)
    assert compared["completions"] == {
        "compared": 2,
        "by_tokens": 0,
        "same": 0,
        "differing": [["set/dev-0", 0], ["set/dev-3", 0]],
    }
    shown = run("compare", tmp_path / "good", tmp_path / "poor")
    assert "good − poor" in shown.stdout and "5 records in both" in shown.stdout
    assert "0 of 2 completions are the same (0.0%)" in shown.stdout
    assert compared["cut_off"] == {str(tmp_path / "good"): 0.0, str(tmp_path / "poor"): 0.0}
    assert "Cut off by a limit: 0.0 % of completions." in " ".join(shown.stdout.split())

    poor.write_text('{"id": "set/dev-77", "completion": "A"}')
    ran = run(*base, "--predictions", poor, "--out", tmp_path / "other")
    assert ran.exit_code == 2 and "1 id is not among the records measured: 'set/dev-77'" in ran.stderr
    ran = run(*base, "--predictions", good, "--out", tmp_path / "poor")
    assert ran.exit_code == 2 and "the run there has" in ran.stderr


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (("--model", "m"), "--mode 'aloud' is none of the bench mcq"),
        ((), "no model to ask"),
        (("--api", "http://localhost:1/v1"), "the server's model is not named"),
        (("--predictions", "x", "--model", "m"), "need no model"),
        (("--model", "m", "--served", "x"), "--served names what a server serves"),
        (("--model", "m", "--judge-model", "j"), "--judge-model names no judge"),
        (("--predictions", "x", "--blind"), "answer the records as they are"),
        (("--model", "m", "--mode", "none", "--subset", "high"), "--subset 'high' is none of the bench mcq"),
        (("--model", "m", "--judge", "tiny", "--mode", "none", "--limit", "0"), "limit"),
    ],
)
def test_what_does_not_fit_together_is_refused(
    records: Path, tmp_path: Path, arguments: tuple[str, ...], message: str
) -> None:
    ran = run("eval", "--bench", "mcq", "--mode", "aloud", "--records", records, "--out", tmp_path / "o", *arguments)
    assert ran.exit_code == 2
    assert message in ran.stderr


@pytest.fixture(scope="module")
def tiny_replies() -> Callable[[str, dict[str, Any]], str]:
    """What the tiny model says, behind a server: pictures come over the wire."""
    from asterism.policy.policy import Policy
    from asterism.rollout.engine import Request, SamplingConfig
    from asterism.rollout.local import LocalEngine

    engine = LocalEngine(Policy.load(tiny_folder()))

    def replies(prompt: str, body: dict[str, Any]) -> str:
        urls = [part["image_url"]["url"] for part in body["messages"][0]["content"] if part["type"] == "image_url"]
        pictures = [base64.b64decode(url.partition(",")[2]) for url in urls]
        images = tuple(Image.from_pil(PIL.Image.open(io.BytesIO(picture))) for picture in pictures)
        sampling = SamplingConfig(max_tokens=body["max_tokens"], temperature=body["temperature"])
        (completion,) = engine.generate([Request.ask("r", prompt, images)], sampling)
        return completion.text

    return replies


def test_the_tiny_model_says_the_same_here_and_behind_a_server(
    tmp_path: Path, tiny_replies: Callable[[str, dict[str, Any]], str]
) -> None:
    assert run("metaphor", "export", "--n", 1, "--statements", 6, "--out", tmp_path / "scenes", "--json").exit_code == 0
    base = ("eval", "--bench", "tfq", "--mode", "short", "--records", tmp_path / "scenes", "--max-tokens", 80)
    base = (*base, "--limit", 3)
    here = summary_of(*base, "--model", "tiny", "--out", tmp_path / "here")
    with FaultyServer(replies=tiny_replies) as server:
        there = summary_of(*base, "--api", server.url, "--model", "tiny", "--out", tmp_path / "there")
        assert all("logit_bias" not in asked.body for asked in server.asked)
        known = ("--served", tiny_folder(), "--out", tmp_path / "known", "--server", "dialect=vllm")
        summary_of(*base, "--api", server.url, "--model", "tiny", *known)
        assert server.asked[-1].body["logit_bias"] == {str(token): -100 for token in read_suppressed(tiny_folder())}
    weights = [json.loads((tmp_path / name / "config.json").read_text())["weights"] for name in ("known", "there")]
    assert weights == [weights_digest(str(tiny_folder())), ""]
    said = [[line["completion"] for line in lines(tmp_path / name / "results.jsonl")] for name in ("here", "there")]
    assert said[0] == said[1]
    assert all("<answer>" in text for text in said[0])
    assert here["conditions"] == there["conditions"]
    compared = summary_of("compare", tmp_path / "here", tmp_path / "there")
    assert compared["paired"][0]["estimate"]["value"] == 0.0
    assert (compared["completions"]["same"], compared["completions"]["by_tokens"]) == (3, 0)
    token_ids = [line["token_ids"] for line in lines(tmp_path / "here" / "completions.jsonl")]
    assert [len(ids) for ids in token_ids] == [line["tokens"] for line in lines(tmp_path / "here" / "results.jsonl")]


def test_real_records_are_measured_with_the_tiny_model(data_folder: Path, tmp_path: Path) -> None:
    base = ("--model", "tiny", "--max-tokens", 3, "--limit", 2)
    nlvr = ("eval", "--bench", "tfq", "--mode", "short", "--panels", 3, "--records", data_folder / "nlvr_eval")
    found = summary_of(*nlvr, *base, "--clusters", "sentence_id", "--blind", "--out", tmp_path / "tfq")
    assert found["counts"]["completions"] == 2
    assert found["baselines"].keys() == {"always_true", "always_false", "majority"}
    found = summary_of(
        *("eval", "--bench", "mcq", "--mode", "keywords", "--records", data_folder / "ii_bench", "--unkeyed", "skip"),
        *(*base, "--out", tmp_path / "mcq"),
    )
    assert found["conditions"]["model"]["counts"]["questions"] == 2
    with FaultyServer(replies=lambda prompt, body: "[2 points]") as judge:
        found = summary_of(
            *("eval", "--bench", "osq", "--mode", "short", "--records", data_folder / "ii_bench", *base),
            *("--judge", judge.url, "--judge-model", "j", "--out", tmp_path / "osq"),
        )
    marks = found["conditions"]["model"]["marks"]
    assert marks["judged"] + sum(marks["missing"].values()) == 2
    assert metric(found, "model", "points") in (2.0, None)


def test_scoring_loads_no_model_library() -> None:
    code = "import sys, asterism.runs.score, asterism.cli.tables; assert 'torch' not in sys.modules"
    subprocess.run([sys.executable, "-c", code], check=True, cwd=Path(__file__).parents[2])
