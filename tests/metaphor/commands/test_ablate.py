"""`asterism metaphor ablate`: a sweep that goes on where it stopped, and one table."""

import json
import shutil
from pathlib import Path
from typing import Any

import pytest
import yaml
from click.testing import Result
from typer.testing import CliRunner

from asterism.cli.main import app
from asterism.core.errors import AsterismError
from asterism.core.records import write_records
from asterism.core.task import Task
from asterism.runs.recipe import read_recipe
from asterism.runs.sweep_config import read_study
from tests.cli.tiny_run import write_run_files

STUDIES = sorted((Path(__file__).parents[3] / "recipes" / "ablations").glob("*.yaml"))
STUDY: dict[str, Any] = {
    "title": "Strategy",
    "paper": "some paper",
    "recipe": "recipe.yaml",
    "overrides": ["checkpoint.keep=1"],
    "seeds": [0, 1],
    "tokens": [100, 200],
    "baseline": "grpo",
    "arms": {
        "base": {"title": "as it is", "paper": {"tfq": 28, "entropy": 1.33}},
        "sft": {"title": "SFT", "stages": [{"recipe": "recipe.yaml", "overrides": ["method=sft"]}]},
        "grpo": {"title": "RL", "stages": [{"recipe": "recipe.yaml"}]},
        "both": {
            "title": "SFT, then RL",
            "stages": [{"recipe": "recipe.yaml", "overrides": ["method=sft"], "until": 0.5}, {"recipe": "recipe.yaml"}],
        },
    },
}


@pytest.fixture(scope="module")
def study(tmp_path_factory: pytest.TempPathFactory) -> Path:
    file = write_run_files(tmp_path_factory.mktemp("files")).with_name("study.yaml")
    file.write_text(yaml.safe_dump(STUDY))
    return file


@pytest.fixture(scope="module")
def done(study: Path) -> Path:
    out = study.parent / "done"
    ended = ablate(study, out)
    assert ended.exit_code == 0, ended.output
    assert "as it is" in ended.stdout and str(out / "report.html") in ended.stdout.splitlines()[-1]
    return out


def ablate(*arguments: str | Path) -> Result:
    study, out, *rest = map(str, arguments)
    return CliRunner().invoke(app, ["metaphor", "ablate", study, *rest, "--out", out])


def points(folder: Path) -> list[dict[str, Any]]:
    return [json.loads(line) for line in (folder / "points.jsonl").read_text().splitlines()]


def test_every_arm_is_measured_at_every_budget_with_every_seed(done: Path) -> None:
    for seed in (0, 1):
        assert [point["tokens"] for point in points(done / "base" / f"seed-{seed}")] == [0]
        for arm in ("sft", "grpo", "both"):
            found = points(done / arm / f"seed-{seed}")
            assert [point["goal"] for point in found] == [100, 200]
            assert all(point["goal"] <= point["tokens"] < point["goal"] + 500 for point in found)
            assert all(point["entropy"] > 0 and 0 <= point["per_statement"] <= 1 for point in found)
        both = points(done / "both" / f"seed-{seed}")
        assert [point["stage"] for point in both] == [0, 1]
        assert both[0] == {**points(done / "sft" / f"seed-{seed}")[0]}
        assert (done / "grpo" / f"seed-{seed}" / "stage-1" / "report.html").is_file()


def test_the_summary_and_the_pages_tell_the_same_and_name_the_papers_figures(done: Path) -> None:
    summary = json.loads((done / "summary.json").read_text())
    assert summary["seeds"] == 2 and set(summary["arms"]) == {"base", "sft", "grpo", "both"}
    table, page = (done / "table.md").read_text(), (done / "report.html").read_text()
    for text in (table, page):
        assert "SFT, then RL" in text and "1.33" in text and "some paper" in text
    assert page.count("<svg") == 3 and "http" not in page.replace("http-equiv", "")


def test_a_study_goes_on_where_it_stopped_and_ends_the_same(study: Path, done: Path, tmp_path: Path) -> None:
    out = tmp_path / "again"
    shutil.copytree(done, out)
    shutil.rmtree(out / "both" / "seed-1" / "stage-2")
    file = out / "both" / "seed-1" / "points.jsonl"
    file.write_text(file.read_text().splitlines(keepends=True)[0])
    shutil.rmtree(out / "grpo" / "seed-0")
    assert ablate(study, out).exit_code == 0
    assert (out / "summary.json").read_text() == (done / "summary.json").read_text()


def test_another_study_in_the_same_folder_is_refused(study: Path, done: Path) -> None:
    ended = ablate(study, done, "rollout.group_size=2")
    assert ended.exit_code == 2 and "another study" in ended.stderr


@pytest.mark.parametrize("file", STUDIES, ids=lambda file: file.stem)
def test_the_shipped_studies_name_recipes_that_exist(file: Path) -> None:
    plan = read_study(file)
    for arm in plan.arms.values():
        for stage in arm.stages:
            read_recipe(file.parent / stage.recipe, [*plan.overrides, *arm.overrides, *stage.overrides])
    assert any(value for arm in plan.arms.values() for value in arm.paper.model_dump().values())


@pytest.mark.parametrize(
    ("change", "told"),
    [
        ({"baseline": "none"}, "no arm 'none'"),
        ({"tokens": [200, 100]}, "ascending"),
        ({"tokens": [150, 200]}, "where nothing is measured"),
        ({"armz": {}}, "unknown key 'armz'"),
    ],
)
def test_a_study_that_does_not_hold_together_is_refused(tmp_path: Path, change: dict[str, Any], told: str) -> None:
    (tmp_path / "study.yaml").write_text(yaml.safe_dump({**STUDY, **change}))
    with pytest.raises(AsterismError, match=told):
        read_study(tmp_path / "study.yaml")


def test_records_that_a_sweep_cannot_measure_are_refused_before_the_first_arm(study: Path, tmp_path: Path) -> None:
    task = Task("s", (), "How many?", "3", "short")
    write_records(tmp_path / "short", [task])
    override = f"environment.evaluate={{source: records, path: {tmp_path / 'short'}}}"
    ended = ablate(study, tmp_path / "out", override)
    assert ended.exit_code == 2 and "such as the short task 's'" in ended.stderr
    assert not (tmp_path / "out" / "base").exists()
