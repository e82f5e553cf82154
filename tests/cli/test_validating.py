"""Validation while training: a curve on a dev split that changes nothing of the run."""

import json
import shutil
from pathlib import Path
from typing import Any

import pytest
from typer.testing import CliRunner

from asterism.cli.main import app
from asterism.core.records import write_records
from asterism.learn.checkpoint import list_checkpoints
from asterism.metaphor.data import SceneSource, scene_tasks
from tests.cli.tiny_run import STEPS, write_run_files

TIMES = {"seconds"}


@pytest.fixture(scope="module")
def recipe(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("validated")
    write_records(folder / "dev", list(scene_tasks(SceneSource(count=2, statements=6, seed=9))))
    return write_run_files(folder)


def train(recipe: Path, out: Path, *more: str) -> Any:
    return CliRunner().invoke(app, ["train", str(recipe), "--out", str(out), *more])


def validated(recipe: Path, out: Path, *more: str) -> Any:
    dev = recipe.parent / "dev"
    return train(recipe, out, f"environment.dev={{source: records, path: {dev}}}", "measure.every=2", *more)


def lines(out: Path) -> list[dict[str, Any]]:
    told = [json.loads(line) for line in (out / "metrics.jsonl").read_text().splitlines()]
    return [{name: value for name, value in line.items() if name not in TIMES} for line in told]


def test_validation_is_a_curve_that_changes_nothing_else(recipe: Path, tmp_path: Path) -> None:
    with_dev = validated(recipe, tmp_path / "with")
    assert with_dev.exit_code == 0, with_dev.output
    assert train(recipe, tmp_path / "without").exit_code == 0
    written = lines(tmp_path / "with")
    points = {line["step"]: line["validation"] for line in written if "validation" in line}
    assert list(points) == list(range(0, STEPS + 1, 2))
    for point in points.values():
        assert set(point) == {"per_statement", "all_correct", "share_failed"}
        assert (point["per_statement"] * 12).is_integer() and (point["all_correct"] * 2).is_integer()
    assert [line for line in written if "validation" not in line] == lines(tmp_path / "without")
    assert "share of statements judged right, dev split" in (tmp_path / "with" / "report.html").read_text()


def test_a_resumed_run_validates_as_one_that_went_through(recipe: Path, tmp_path: Path) -> None:
    assert validated(recipe, tmp_path / "whole").exit_code == 0
    legs = tmp_path / "legs"
    assert validated(recipe, legs, "stop.steps=4").exit_code == 0
    shutil.rmtree(list_checkpoints(legs)[-1])  # killed after step 4 was validated, before it was saved
    assert validated(recipe, legs, "--resume").exit_code == 0
    assert lines(legs) == lines(tmp_path / "whole")


def test_validation_without_a_dev_split_is_refused(recipe: Path, tmp_path: Path) -> None:
    refused = train(recipe, tmp_path / "run", "measure.every=2")
    assert refused.exit_code == 2
    assert "no environment.dev" in refused.stderr


def test_a_dev_split_that_shares_pictures_with_the_test_is_refused(recipe: Path, tmp_path: Path) -> None:
    data = recipe.parent / "data"
    refused = train(recipe, tmp_path / "run", f"environment.dev={{source: records, path: {data}}}", "measure.every=2")
    assert refused.exit_code == 2
    assert "7 of 7 validation tasks" in refused.stderr and "environment.evaluate" in refused.stderr
    assert not (tmp_path / "run").exists()
