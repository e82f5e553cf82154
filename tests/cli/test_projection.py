"""How long a run will take is said early, and a run that had to stop early says so."""

import json
from datetime import datetime
from pathlib import Path

import pytest
from typer.testing import CliRunner

from asterism.cli.main import app
from asterism.runs.projection import Projection
from asterism.show.report import render_report
from tests.cli.tiny_run import STEPS, write_run_files


@pytest.fixture(scope="module")
def recipe(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return write_run_files(tmp_path_factory.mktemp("files"))


def test_the_end_is_projected_once_from_the_steps_of_this_process() -> None:
    seconds = 0.0

    def clock() -> float:
        return seconds

    projection = Projection(
        20, done=5, afterwards=lambda step: 10 * step, clock=clock, now=lambda: datetime(2026, 12, 1, 9, 30)
    )
    said = []
    for step in range(6, 21):
        seconds += 100 if step == 6 else 6  # the first step is not counted
        said.append(projection.after(step))
    assert said[3] == "After 9 of 20 steps: about 2 min 06 s to go, until 09:32."
    assert [line for line in said if line] == [said[3]]


def test_a_run_that_ends_sooner_projects_nothing() -> None:
    projection = Projection(4)
    assert [projection.after(step) for step in range(1, 5)] == [None] * 4


def test_training_says_when_it_will_end(recipe: Path, tmp_path: Path) -> None:
    shown = CliRunner().invoke(app, ["train", str(recipe), "--out", str(tmp_path / "run")])
    assert shown.exit_code == 0, shown.output
    assert f"After 4 of {STEPS} steps: about " in shown.stderr
    quiet = CliRunner().invoke(app, ["train", str(recipe), "--out", str(tmp_path / "quiet"), "--json"])
    assert quiet.stderr == ""


def test_a_run_that_had_to_stop_early_says_so_in_table_summary_and_report(recipe: Path, tmp_path: Path) -> None:
    out = tmp_path / "run"
    shown = CliRunner().invoke(app, ["train", str(recipe), "--out", str(out), "stop.max_seconds=0.001"])
    assert shown.exit_code == 0, shown.output
    summary = json.loads((out / "summary.json").read_text())
    assert summary["stopped"] == "max_seconds"
    assert summary["stopped_early"] == {"steps": 1, "wanted": STEPS, "max_seconds": 0.001}
    told = f"stopped early, after 1 of {STEPS} steps (stop.max_seconds 0.001)"
    assert told in " ".join(shown.stdout.split())
    assert told in render_report(out)


def test_a_run_that_took_its_steps_says_nothing(recipe: Path, tmp_path: Path) -> None:
    for number, limit in enumerate(("stop.max_seconds=1000", "stop.tokens=1")):
        out = tmp_path / f"run-{number}"
        shown = CliRunner().invoke(app, ["train", str(recipe), "--out", str(out), limit])
        assert shown.exit_code == 0, shown.output
        assert "stopped_early" not in json.loads((out / "summary.json").read_text())
        assert "stopped early" not in shown.stdout
        assert "stopped early" not in render_report(out)
