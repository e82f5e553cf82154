"""`asterism eval --bench helix`: a model is asked the benchmark, through the wing's System."""

import json
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from typer.testing import CliRunner

from asterism.cli.main import app
from asterism.core.records import read_records
from asterism.helix import system
from asterism.helix.bench import bench_entries
from asterism.helix.records import entry_of_task, task_of, write_entries
from asterism.helix.score import grade, summarise
from tests.llm.faulty_server import FaultyServer

TASKS = ("h_index", "hills_and_valleys")


@pytest.fixture(scope="module")
def records(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The benchmark's instances of two tasks, with pictures."""
    return write_entries(tmp_path_factory.mktemp("bench"), bench_entries(TASKS)).parent


def asked(*arguments: object) -> dict[str, Any]:
    ran = CliRunner().invoke(app, ["eval", "--bench", "helix", *map(str, arguments), "--json"])
    assert ran.exit_code == 0, (ran.output, ran.exception)
    return json.loads(ran.stdout.splitlines()[-1])  # type: ignore[no-any-return]


def test_a_model_behind_a_server_is_asked_and_scored_as_the_wing_scores(records: Path, tmp_path: Path) -> None:
    tasks = read_records(records)
    right = {task.question: task.answer for task in tasks}

    def solves_every_h_index(prompt: str, body: dict[str, Any]) -> str:
        known = next((answer for question, answer in right.items() if question in prompt), None)
        return f"So it is \\boxed{{{known}}}" if "h-index" in prompt.lower() else "I cannot tell."

    with FaultyServer(replies=solves_every_h_index) as server:
        given = ("--api", server.url, "--model", "m", "--records", records, "--blind", "--out", tmp_path / "run")
        found = asked(*given)
        assert server.count == 2 * len(tasks)
    answers = {}
    for line in (tmp_path / "run" / "completions.jsonl").read_text().splitlines():
        answers[json.loads(line)["id"]] = json.loads(line)["completion"]
    own = summarise(grade({task.id: entry_of_task(task) for task in tasks}, answers))
    model = found["conditions"]["model"]
    assert model["metrics"]["accuracy"]["value"] == own.overall.value
    by_task = {each["field"]: each["cells"] for each in model["breakdowns"]}["task"]
    assert by_task["hills_and_valleys"]["value"] == 0.0 and model["reasons"] == own.reasons
    assert set(found["baselines"]) == {"random_answer"} and found["paired"][0]["b"] == "blind"
    assert {each["field"] for each in found["breakdowns"]} == {"category", "level", "task"}
    page = (tmp_path / "run" / "report.html").read_text()
    assert "by category" in page and "random answer" in page


def test_without_records_the_frozen_benchmark_is_asked(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    small = replace(system.BENCH, records=lambda: map(task_of, bench_entries(["h_index"])))
    monkeypatch.setattr("asterism.runs.plan.bench_named", lambda name: small)
    with FaultyServer(replies=lambda prompt, body: "\\boxed{3}") as server:
        found = asked("--api", server.url, "--model", "m", "--limit", 4, "--out", tmp_path / "run")
    assert found["counts"]["records"] == 4
    assert json.loads((tmp_path / "run" / "config.json").read_text())["mode"] == "full"


def test_a_bench_without_records_of_its_own_wants_some(tmp_path: Path) -> None:
    ran = CliRunner().invoke(app, ["eval", "--bench", "tfq", "--model", "tiny", "--out", str(tmp_path / "run")])
    assert ran.exit_code == 2 and "the bench tfq has no records of its own" in ran.stderr
