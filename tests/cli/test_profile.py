"""`asterism profile`, and preprocessing ahead of the steps of a real run."""

import json
import threading
from pathlib import Path

import pytest
import yaml
from click.testing import Result
from typer.testing import CliRunner

from asterism.cli.main import app
from asterism.core.records import read_records
from asterism.core.results.summary import read_summary
from asterism.learn.profile import PHASES
from asterism.policy import policy
from asterism.rollout import local
from asterism.show.profile import read_profile
from tests.cli.test_resume import assert_same_run, interrupt_at, lines
from tests.cli.tiny_run import write_run_files

ROWS = [*(name for name in PHASES if name != "experts"), "other"]
"""Of a run that asks no expert."""


@pytest.fixture(scope="module")
def recipe(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A recipe with its records and its model beside it."""
    return write_run_files(tmp_path_factory.mktemp("files"))


def call(*arguments: str | Path) -> Result:
    return CliRunner().invoke(app, list(map(str, arguments)))


def test_the_table_has_every_row_and_the_last_line_says_where_it_lies(recipe: Path, tmp_path: Path) -> None:
    told = call("profile", recipe, "--steps", "2", "--out", tmp_path / "here")
    assert told.exit_code == 0, told.output
    for name in [*ROWS, "step"]:
        assert f"│ {name} " in told.stdout
    for words in ("delivered", "unique in 2 steps", "utilisation", "matrix product", "s ahead (1 worker)"):
        assert words in told.stdout
    assert told.stdout.splitlines()[-1] == f"Results: {tmp_path / 'here' / 'profile.json'}"
    assert [path.name for path in (tmp_path / "here").iterdir()] == ["profile.json"]


def test_json_is_what_the_file_holds_and_its_shares_add_up(recipe: Path, tmp_path: Path) -> None:
    told = call("profile", recipe, "rollout.group_size=2", "--steps", "1", "--json", "--out", tmp_path)
    values = json.loads(told.stdout)
    assert values == json.loads((tmp_path / "profile.json").read_text())
    assert [row["name"] for row in values["phases"]] == ROWS
    assert sum(row["share"] for row in values["phases"]) == pytest.approx(1)
    assert values["steps"] == 1 and values["unique_tokens"] < values["delivered_tokens"]
    assert values["preprocess_ahead_seconds"] >= 0 and values["workers"] == 1


def test_help_has_an_example_and_a_wrong_recipe_is_refused(tmp_path: Path) -> None:
    assert "Example: asterism profile recipes/" in call("profile", "--help").stdout
    refused = call("profile", tmp_path / "absent.yaml")
    assert refused.exit_code == 2 and "file not found" in refused.stderr


def test_a_training_run_leaves_its_profile_in_folder_report_and_terminal(recipe: Path, tmp_path: Path) -> None:
    told = call("train", recipe, "stop.steps=2", "--out", tmp_path / "run")
    assert told.exit_code == 0, told.output
    profile = read_profile(tmp_path / "run")
    assert profile is not None and profile.steps == 2
    assert sum(line["seconds"] for line in lines(tmp_path / "run", "metrics")) < profile.seconds
    summary = read_summary(tmp_path / "run")
    assert profile.seconds < summary.seconds["train"] < summary.seconds["total"]
    assert "│ backward " in told.stdout
    page = (tmp_path / "run" / "report.html").read_text()
    assert "A training step" in page and "</i>optimiser</th>" in page


def test_the_number_of_workers_changes_nothing_that_is_measured_learned_or_written(
    recipe: Path, tmp_path: Path
) -> None:
    for count in (0, 1, 2):
        assert call("train", recipe, f"preprocess.workers={count}", "--out", tmp_path / str(count)).exit_code == 0
    assert_same_run(tmp_path / "1", tmp_path / "0")
    assert_same_run(tmp_path / "2", tmp_path / "0")


def test_a_run_may_be_resumed_with_another_number_of_workers(recipe: Path, tmp_path: Path) -> None:
    legs, whole = tmp_path / "legs", tmp_path / "whole"
    assert call("train", recipe, "stop.steps=2", "preprocess.workers=2", "--out", legs).exit_code == 0
    assert call("train", recipe, "stop.steps=4", "preprocess.workers=0", "--out", legs, "--resume").exit_code == 0
    assert call("train", recipe, "stop.steps=4", "--out", whole).exit_code == 0
    assert_same_run(legs, whole)


@pytest.mark.parametrize("count", [0, 2])
def test_a_picture_lost_during_the_run_stops_it_at_the_step_that_needs_it_by_the_tasks_name(
    recipe: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, count: int
) -> None:
    # All seven tasks show one picture; the record of one shows a copy of it, which goes away when it is first encoded.
    data = tmp_path / "data"
    tasks = read_records(recipe.parent / "data")
    records = [json.loads(line) for line in (recipe.parent / "data" / "records.jsonl").read_text().splitlines()]
    (data / "images").mkdir(parents=True)
    assert tasks[0].images[0].path is not None
    for name in ("whole.png", "lost.png"):
        (data / "images" / name).write_bytes(tasks[0].images[0].path.read_bytes())
    for record in records:
        record["images"] = ["images/lost.png" if record["id"] == records[3]["id"] else "images/whole.png"]
    (data / "records.jsonl").write_text("".join(json.dumps(record) + "\n" for record in records))

    plain = policy.Policy.encode_messages

    def losing(self: policy.Policy, *arguments: object, where: str = "prompt") -> object:
        (data / "images" / "lost.png").unlink(missing_ok=True)
        return plain(self, *arguments, where=where)  # type: ignore[arg-type]

    monkeypatch.setattr(policy.Policy, "encode_messages", losing)
    out = tmp_path / "run"
    stopped = call(
        "train", recipe, f"environment.train.path={data}", "rollout.prompts_per_step=1", "stop.steps=7",
        f"preprocess.workers={count}", "--out", out,
    )  # fmt: skip
    assert stopped.exit_code == 2
    assert f"asterism: {records[3]['id']}: {data / 'images' / 'lost.png'}: image not found" in stopped.stderr
    assert "Traceback" not in stopped.output
    consumed = [line["task"] for line in lines(out, "ledger")]
    assert records[3]["id"] not in consumed and len(lines(out, "metrics")) == len(consumed) < 7
    assert not [thread for thread in threading.enumerate() if thread.name.startswith("preprocess")]


@pytest.mark.parametrize("times", [1, 2])
def test_ctrl_c_leaves_no_worker_behind(
    recipe: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, times: int
) -> None:
    monkeypatch.setattr(local, "draw_tokens", interrupt_at(12, times))
    assert call("train", recipe, "preprocess.workers=2", "--out", tmp_path / "run").exit_code == 130
    assert not [thread for thread in threading.enumerate() if thread.name.startswith("preprocess")]


def test_supervised_training_has_a_profile_without_sampling(recipe: Path, tmp_path: Path) -> None:
    values = yaml.safe_load(recipe.read_text())
    sft = recipe.with_name("sft.yaml")
    sft.write_text(yaml.safe_dump({**values, "method": "sft"}))
    told = call("profile", sft, "--steps", "1", "--json", "--out", tmp_path)
    names = [row["name"] for row in json.loads(told.stdout)["phases"]]
    assert names == ["preprocess", "vision", "experts", "forward", "backward", "optimiser", "other"]
