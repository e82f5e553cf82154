import json
from pathlib import Path
from typing import Any

import pytest

from asterism.core.errors import AsterismError
from asterism.core.records import read_records, write_records
from asterism.core.task import Task
from asterism.helix.bench import bench_entries, read_manifest
from asterism.helix.catalogue import puzzle_of
from asterism.helix.dataset import create_dataset
from asterism.helix.records import task_of, write_entries
from asterism.helix.serg.config import SergConfig
from asterism.helix.serg.export import export_set
from asterism.helix.serg.pipeline import Built, build
from asterism.helix.serg.report import statistics
from asterism.helix.serg.source import Source, drawn, read
from asterism.llm.config import ServerConfig
from tests.helix.serg.rewriter import BAD, Script, answers_wrongly, returns_the_question, well
from tests.llm.faulty_server import FaultyServer, Rule

QUICK = {"backoff_s": 0.01, "max_backoff_s": 0.05, "timeout_s": 30.0, "concurrency": 1, "api_key_env": None}
PRICES = {"price_per_million_prompt": 1.0, "price_per_million_completion": 2.0}
TASKS = ("h_index", "tower_of_hanoi", "word_search")


def asked(server: FaultyServer, sources: list[Source], out: Path, **values: Any) -> Built:
    """Build with the server; ``values`` go to its configuration or the builder's, by their names."""
    given = {name: values.pop(name) for name in list(values) if name in ServerConfig.model_fields}
    config = SergConfig.parse({"teacher": "server", "attempts": 1, **values}, where="test")
    asked_server = ServerConfig.parse({**QUICK, **PRICES, "url": server.url, "model": "writer", **given}, where="test")
    return build(sources, out, config, asked_server, pictured=False)


def adds_up(report: dict[str, Any]) -> None:
    instances, texts = report["instances"], report["texts"]
    assert instances["read"] == (
        instances["kept"] + sum(instances["rejected"].values()) + sum(instances["open"].values())
    )
    assert texts["written"] == texts["kept"] + sum(texts["dropped"].values())


def test_offline_the_rules_write_a_set_the_same_byte_for_byte(tmp_path: Path) -> None:
    for name in ("one", "other"):
        build(drawn(TASKS, (1, 2), 2, 3), tmp_path / name, SergConfig(seed=3))
    files = ("dataset/records.jsonl", "report.json", "items.jsonl")
    assert all((tmp_path / "one" / file).read_bytes() == (tmp_path / "other" / file).read_bytes() for file in files)
    tasks = read_records(tmp_path / "one" / "dataset")
    assert len(tasks) == 12
    for task in tasks:
        puzzle = puzzle_of(task.family.removeprefix("helix/"))
        state = puzzle.load(task.meta["state"])
        assert puzzle.verify(state, task.meta["trace"]).right
        assert task.meta["rule_trace"] in task.meta["trace"] or task.meta["rule_trace"] != task.meta["trace"]
        assert task.meta["expert_response"] == task.meta["trace"]
        assert (task.meta["teacher"], task.meta["verdict"]) == ("rules", "right")
        assert task.meta["states_found"] >= 0.9 * task.meta["states"] > 0
        assert len(task.images) == 1
    report = json.loads((tmp_path / "one" / "report.json").read_text())
    adds_up(report)
    assert report["instances"]["kept"] == 12
    assert all(figures["coverage"] >= 0.9 for figures in report["tasks"].values())


def test_another_seed_words_it_otherwise(tmp_path: Path) -> None:
    traces = [
        {task.meta["trace"] for task in read_records(build(drawn(TASKS, (1,), 1, 3), tmp_path / str(seed),
                                                            SergConfig(seed=seed), pictured=False).records)}
        for seed in (1, 2)
    ]  # fmt: skip
    assert not traces[0] & traces[1]


def test_a_run_that_stopped_goes_on_and_writes_what_one_run_does(tmp_path: Path) -> None:
    sources = drawn(TASKS, (1,), 3, 3)

    def stop(item: object, cost: float) -> None:
        seen.append(item)
        if len(seen) == 4:
            raise KeyboardInterrupt

    seen: list[object] = []
    with pytest.raises(KeyboardInterrupt):
        build(sources, tmp_path / "cut", SergConfig(), pictured=False, on_item=stop)
    assert len((tmp_path / "cut" / "items.jsonl").read_text().splitlines()) == 4
    build(sources, tmp_path / "cut", SergConfig(), pictured=False)
    build(sources, tmp_path / "whole", SergConfig(), pictured=False)
    for file in ("dataset/records.jsonl", "items.jsonl"):
        assert (tmp_path / "cut" / file).read_bytes() == (tmp_path / "whole" / file).read_bytes()


def test_states_of_the_benchmark_are_not_drawn_and_records_of_them_are_dropped(tmp_path: Path) -> None:
    bench = read_manifest().states
    entry = next(iter(bench_entries(["h_index"])))
    fresh = create_dataset("h_index", 1, 2, 77)
    write_entries(tmp_path / "in", [entry, *fresh])
    built = build(read(tmp_path / "in"), tmp_path / "out", SergConfig(), bench=bench)
    assert built.report["instances"]["rejected"]["decontamination"] == 1
    assert {task.id for task in read_records(built.records)} == {each.id for each in fresh}
    adds_up(built.report)


def test_a_record_of_a_task_that_is_gone_or_of_another_state_is_rejected_by_name(tmp_path: Path) -> None:
    task = task_of(create_dataset("h_index", 1, 1, 77, pictured=False)[0])
    gone = Task("gone", (), task.question, task.answer, "verified", family="helix/h_indexes", meta=task.meta)
    odd = Task("odd", (), task.question, task.answer, "verified", family="helix/sudoku", meta=task.meta)
    write_records(tmp_path / "in", [task, gone, odd])
    built = build(read(tmp_path / "in"), tmp_path / "out", SergConfig())
    assert built.report["instances"]["rejected"]["instance"] == 2
    items = [json.loads(line) for line in (tmp_path / "out" / "items.jsonl").read_text().splitlines()]
    assert {item["id"] for item in items if item["reason"] == "instance"} == {"gone", "odd"}
    assert "no task 'h_indexes'" in next(item for item in items if item["id"] == "gone")["failures"][0]["why"]


def test_a_trace_is_not_written_beside_another_state(tmp_path: Path) -> None:
    one, other = (task_of(entry, "same") for entry in create_dataset("h_index", 1, 2, 77, pictured=False))
    write_records(tmp_path / "in", [one])
    built = build(read(tmp_path / "in"), tmp_path / "out", SergConfig())
    before = built.records.read_bytes()
    write_records(tmp_path / "in", [other])
    with pytest.raises(AsterismError, match="same: its trace was made for another state"):
        build(read(tmp_path / "in"), tmp_path / "out", SergConfig())
    assert built.records.read_bytes() == before


def test_more_instances_than_a_level_has_are_refused(tmp_path: Path, walk: object) -> None:
    with pytest.raises(AsterismError, match="hardly more than 6 distinct instances"):
        build(drawn(("walk",), (1,), 9, 5), tmp_path / "out", SergConfig(), pictured=False)
    assert len((tmp_path / "out" / "items.jsonl").read_text().splitlines()) == 6


def test_a_task_removed_between_runs_is_refused(tmp_path: Path) -> None:
    build(drawn(("h_index",), (1,), 1, 0), tmp_path / "out", SergConfig(), pictured=False)
    with pytest.raises(AsterismError, match="no task 'h_indexes'"):
        drawn(("h_indexes",), (1,), 1, 0)
    with pytest.raises(AsterismError, match="shortest was 100, is 50"):
        build(drawn(("h_index",), (1,), 1, 0), tmp_path / "out", SergConfig(shortest=50), pictured=False)


def test_a_server_triggers_every_filter_and_each_is_counted(tmp_path: Path) -> None:
    ways = [way for each in BAD.values() for way in each] + [well, well]
    with FaultyServer(replies=Script(ways), ledger=tmp_path / "ledger") as server:
        built = asked(server, drawn(("h_index",), (1,), len(ways), 4), tmp_path / "out")
    rejected = built.report["instances"]["rejected"]
    assert {name: rejected[name] for name in BAD} == {name: len(each) for name, each in BAD.items()}
    assert built.report["instances"]["kept"] == 2
    assert built.report["texts"]["dropped"] == rejected
    adds_up(built.report)
    assert built.report["paid"]["total"]["replies"] == len(ways) == len(server.lines())
    assert built.report["paid"]["total"]["cost"] == pytest.approx(sum(line["cost"] for line in server.lines()))
    for task in read_records(built.records):
        assert task.meta["teacher"] == "writer"
        assert "Next I notice something." in task.meta["trace"]


def test_refused_withheld_and_cut_off_replies_are_counted(tmp_path: Path) -> None:
    plan = [Rule("refusal", at=(0,)), Rule("content_filter", at=(1,)), Rule("length", at=(2,)), Rule("empty", at=(3,))]
    with FaultyServer(plan, replies=well) as server:
        built = asked(server, drawn(("h_index",), (1,), 5, 4), tmp_path / "out")
    assert built.report["instances"]["rejected"]["question"] == 3
    assert built.report["instances"]["rejected"]["length"] == 1
    assert built.report["instances"]["kept"] == 1


def test_what_was_dropped_is_asked_for_anew_with_another_seed(tmp_path: Path) -> None:
    calls: list[int] = []

    def reply(prompt: str, body: dict[str, Any]) -> str:
        calls.append(body["seed"])
        return [returns_the_question, answers_wrongly, well][(len(calls) - 1) % 3](prompt, body)

    with FaultyServer(replies=reply) as server:
        built = asked(server, drawn(("h_index",), (1,), 2, 4), tmp_path / "out", attempts=3)
    assert built.report["instances"]["kept"] == 2
    assert built.report["texts"]["dropped"]["question"] == built.report["texts"]["dropped"]["answer"] == 2
    assert len(set(calls)) == 6
    assert built.report["texts"]["share_kept"]["question"] == pytest.approx(4 / 6)
    assert built.report["texts"]["share_kept"]["answer"] == pytest.approx(2 / 4)


def test_a_spent_budget_leaves_instances_open_and_the_next_run_pays_for_none_twice(tmp_path: Path) -> None:
    sources = drawn(("h_index",), (1,), 6, 4)
    with FaultyServer(replies=well, ledger=tmp_path / "ledger") as server:
        first = asked(server, sources, tmp_path / "out", max_tokens_total=1500)
        assert first.stopped is not None
        assert 0 < first.report["instances"]["kept"] < 6
        second = asked(server, sources, tmp_path / "out")
        assert second.report["instances"]["kept"] == 6
        third = asked(server, sources, tmp_path / "out")
        assert len({line["key"] for line in server.lines()}) == len(server.lines()) == 6
    assert second.report["paid"] == third.report["paid"]


def test_a_server_that_is_not_there_ends_the_run(tmp_path: Path) -> None:
    with FaultyServer([Rule("500")]) as server, pytest.raises(AsterismError, match="500"):
        asked(server, drawn(("h_index",), (1,), 7, 4), tmp_path / "out", max_retries=0)
    report = json.loads((tmp_path / "out" / "report.json").read_text())
    assert sum(report["instances"]["open"].values()) == 7


def test_exports_hold_what_trainers_read(tmp_path: Path) -> None:
    built = build(drawn(("h_index",), (1,), 2, 3), tmp_path / "out", SergConfig())
    tasks = read_records(built.records)
    assert export_set(tasks, tmp_path / "out" / "sft.jsonl", "sft") == 2
    assert export_set([*tasks, Task("bare", (), "1 + 1?", "2", "short")], tmp_path / "rl.jsonl", "rl") == 3
    row = json.loads((tmp_path / "out" / "sft.jsonl").read_text().splitlines()[0])
    assert [each["role"] for each in row["messages"]] == ["user", "assistant"]
    assert row["messages"][0]["content"] == f"<image>\n{tasks[0].question}"
    assert row["messages"][1]["content"] == tasks[0].meta["trace"]
    assert (tmp_path / "out" / row["images"][0]).is_file()
    first, _, bare = (json.loads(line) for line in (tmp_path / "rl.jsonl").read_text().splitlines())
    assert first["expert_response"] == tasks[0].meta["trace"]
    assert (tmp_path / first["images"][0]).is_file()
    assert puzzle_of("h_index").load(first["state"])
    assert bare["expert_response"] is None
    with pytest.raises(AsterismError, match="bare has no trace"):
        export_set([Task("bare", (), "1 + 1?", "2", "short")], tmp_path / "sft.jsonl", "sft")


def test_statistics_are_means_over_the_records() -> None:
    meta = {"level": 2, "question_text": "abcd", "rule_trace": "abc", "trace": "abcdef", "teacher": "rules"}
    tasks = [
        Task("a", (), "ab", "1", "verified", family="helix/maze", meta=meta),
        Task("b", (), "abcd", "123", "verified", family="helix/maze", meta={**meta, "level": 5, "trace": ""}),
    ]
    found = statistics(tasks, tokens=lambda text: len(text) // 2)
    assert found["levels"] == {"1": 0, "2": 1, "3": 0, "4": 0, "5": 1}
    assert found["characters"] == {
        "question": 3.0, "text question": 4.0, "answer": 2.0, "rule-based trace": 3.0, "trace": 6.0
    }  # fmt: skip
    assert found["tokens"]["question"] == 1.5
    assert found["tasks"] == {"maze": 2}
