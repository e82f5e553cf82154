"""A run that stops and goes on equals one that never stopped, bit for bit."""

import json
import os
import random
import shutil
import signal
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
import yaml
from click.testing import Result
from torch import Tensor
from typer.testing import CliRunner

from asterism.cli.main import app
from asterism.core.lines import read_objects
from asterism.core.results.summary import Condition, read_summary
from asterism.learn.checkpoint import latest_checkpoint, list_checkpoints
from asterism.rollout import local
from tests.cli.tiny_run import GROUP, PROMPTS, STEPS, TASKS, write_run_files

ROOT = Path(__file__).parents[2]
SAVED = ("weights.safetensors", "optimiser.safetensors")

RUN = "from asterism.cli.main import main; main()"
DIE_IN_A_ROLLOUT = """
import os, signal
from asterism.rollout import local
draw, drawn = local.draw_tokens, []
def dying(*arguments):
    drawn.append(1)
    if len(drawn) == {draw}:
        os.kill(os.getpid(), signal.SIGKILL)
    return draw(*arguments)
local.draw_tokens = dying
"""
DIE_IN_A_SAVE = """
import os, signal, sys
def watch(event, arguments):
    if event == "open" and str(arguments[0]).endswith("{file}") and "/.part-" in str(arguments[0]):
        if "-step-{step:08d}" in str(arguments[0]):
            os.kill(os.getpid(), signal.SIGKILL)
sys.addaudithook(watch)
"""


@pytest.fixture(scope="module")
def recipe(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A recipe with its records and its model beside it."""
    return write_run_files(tmp_path_factory.mktemp("files"))


@pytest.fixture(scope="module")
def unbroken(recipe: Path) -> Path:
    """The folder of a run that took all its steps at once."""
    out = recipe.parent / "unbroken"
    assert train(recipe, out).exit_code == 0
    return out


def train(recipe: Path, out: Path, *arguments: str) -> Result:
    """`asterism train` in this process."""
    return CliRunner().invoke(app, ["train", str(recipe), "--out", str(out), *arguments])


def train_elsewhere(
    recipe: Path, out: Path, *arguments: str, code: str = "", cwd: Path | None = None
) -> subprocess.CompletedProcess[str]:
    """`asterism train` in a process of its own, in another folder and with another hash seed."""
    return subprocess.run(
        [sys.executable, "-c", code + RUN, "train", str(recipe), "--out", str(out), *arguments],
        capture_output=True,
        text=True,
        cwd=cwd or out.parent,
        env={**os.environ, "PYTHONPATH": str(ROOT), "PYTHONHASHSEED": "77"},
        check=False,
    )


def lines(out: Path, name: str) -> list[dict[str, Any]]:
    return list(read_objects(out / f"{name}.jsonl"))


def metrics(out: Path) -> list[dict[str, Any]]:
    """The metrics without the one entry that a clock decides."""
    return [{key: value for key, value in line.items() if key != "seconds"} for line in lines(out, "metrics")]


def figures_after(out: Path) -> Condition:
    return read_summary(out).conditions["after"]


def assert_same_run(out: Path, other: Path) -> None:
    """Weights, optimiser, ledger, metrics, rollouts and figures are the same to the last bit."""
    assert (out / "model" / "model.safetensors").read_bytes() == (other / "model" / "model.safetensors").read_bytes()
    checkpoint, expected = latest_checkpoint(out), latest_checkpoint(other)
    assert checkpoint is not None and expected is not None
    for name in SAVED:
        assert (checkpoint / name).read_bytes() == (expected / name).read_bytes(), name
    assert metrics(out) == metrics(other)
    for name in ("ledger.jsonl", "rollouts.jsonl"):
        assert (out / name).read_bytes() == (other / name).read_bytes(), name
    assert figures_after(out) == figures_after(other)


def test_the_unbroken_run_learns_something_and_crosses_epochs(recipe: Path, unbroken: Path) -> None:
    start = (recipe.parent / "model" / "model.safetensors").read_bytes()
    assert (unbroken / "model" / "model.safetensors").read_bytes() != start
    assert any(line["zero_variance_groups"] < 1 for line in lines(unbroken, "metrics"))
    assert any(line["kl"] > 0 for line in lines(unbroken, "metrics"))
    ledger = lines(unbroken, "ledger")
    assert len(ledger) == STEPS * PROMPTS
    assert len({(line["task"], line["epoch"]) for line in ledger}) == len(ledger)
    for epoch in range(STEPS * PROMPTS // TASKS):
        assert sum(line["epoch"] == epoch for line in ledger) == TASKS
    assert any(len({line["epoch"] for line in ledger if line["step"] == step}) == 2 for step in range(STEPS + 1))
    assert all(len(line["episodes"]) == GROUP for line in lines(unbroken, "rollouts"))


def test_two_legs_equal_one_with_another_folder_hash_seed_and_line_order(
    recipe: Path, unbroken: Path, tmp_path: Path
) -> None:
    out = tmp_path / "legs"
    assert train(recipe, out, "stop.steps=3").exit_code == 0
    assert len(lines(out, "metrics")) == 3

    moved = tmp_path / "moved"
    shutil.copytree(recipe.parent / "data", moved)
    records = (moved / "records.jsonl").read_text().splitlines(keepends=True)
    shuffled = random.Random(1).sample(records, len(records))
    assert shuffled != records
    (moved / "records.jsonl").write_text("".join(shuffled))
    (tmp_path / "else").mkdir()
    ended = train_elsewhere(recipe, out, "--resume", "environment.train.path=../moved", cwd=tmp_path / "else")
    assert ended.returncode == 0, ended.stderr
    assert_same_run(out, unbroken)


def test_a_run_killed_in_a_rollout_and_then_in_a_save_loses_nothing(
    recipe: Path, unbroken: Path, tmp_path: Path
) -> None:
    out = tmp_path / "killed"
    # Each step draws eight tokens a row: the 36th draw is in the middle of step 5; steps 4 and 5 are done again.
    died = train_elsewhere(recipe, out, code=DIE_IN_A_ROLLOUT.format(draw=36))
    assert died.returncode == -signal.SIGKILL, died.stderr
    assert len(lines(out, "metrics")) == 4
    assert [path.name[-2:] for path in list_checkpoints(out)] == ["00", "03"]

    died = train_elsewhere(recipe, out, "--resume", code=DIE_IN_A_SAVE.format(file="optimiser.safetensors", step=6))
    assert died.returncode == -signal.SIGKILL, died.stderr
    assert len(lines(out, "metrics")) == STEPS
    assert [path.name[-2:] for path in list_checkpoints(out)] == ["00", "03"]
    assert list((out / "checkpoints").glob(".part-*"))

    resumed = train(recipe, out, "--resume")
    assert resumed.exit_code == 0, resumed.output
    assert_same_run(out, unbroken)
    assert not list((out / "checkpoints").glob(".part-*"))


def interrupt_at(draw: int, times: int = 1) -> Callable[..., tuple[Tensor, Tensor]]:
    """A token drawer during whose ``draw``-th call Ctrl-C is pressed."""
    drawn: list[int] = []
    plain = local.draw_tokens

    def pressed(*arguments: Any) -> tuple[Tensor, Tensor]:
        drawn.append(1)
        if len(drawn) == draw:
            for _ in range(times):
                os.kill(os.getpid(), signal.SIGINT)
        return plain(*arguments)

    return pressed


def test_ctrl_c_finishes_the_step_saves_and_says_how_to_resume(
    recipe: Path, unbroken: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    out = tmp_path / "with space"
    before = signal.getsignal(signal.SIGINT)
    with monkeypatch.context() as patched:
        patched.setattr(local, "draw_tokens", interrupt_at(12))
        stopped = train(recipe, out)
    assert stopped.exit_code == 130
    assert f"Interrupted. To continue: asterism train {recipe} --out '{out}' --resume\n" in stopped.stderr
    assert "Traceback" not in stopped.output
    assert signal.getsignal(signal.SIGINT) == before
    assert len(lines(out, "metrics")) == 2
    assert [path.name[-2:] for path in list_checkpoints(out)] == ["00", "02"]

    assert train(recipe, out, "--resume").exit_code == 0
    assert_same_run(out, unbroken)


def test_a_second_ctrl_c_stops_at_once_and_the_run_goes_on_from_its_last_checkpoint(
    recipe: Path, unbroken: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    out = tmp_path / "twice"
    with monkeypatch.context() as patched:
        patched.setattr(local, "draw_tokens", interrupt_at(12, times=2))
        assert train(recipe, out).exit_code == 130
    assert len(lines(out, "metrics")) == 1
    assert [path.name[-2:] for path in list_checkpoints(out)] == ["00"]

    assert train(recipe, out, "--resume").exit_code == 0
    assert_same_run(out, unbroken)


def times(folder: Path) -> dict[Path, int]:
    """When each file was written, but for the lock, which says who writes."""
    return {path: path.stat().st_mtime_ns for path in sorted(folder.rglob("*")) if path.name != "run.lock"}


@pytest.mark.parametrize(
    ("override", "told"),
    [
        ("seed=4", "seed (3 there, 4 here)"),
        ("rollout.group_size=4", f"rollout.group_size ({GROUP} there, 4 here)"),
        ("optimiser.schedule.kind=cosine", 'optimiser.schedule.kind ("constant" there, "cosine" here)'),
        ("environment.reward.mode=reference", "environment.reward.mode"),
    ],
)
def test_another_recipe_is_refused_by_the_key_that_differs(
    recipe: Path, unbroken: Path, override: str, told: str
) -> None:
    before = times(unbroken)
    refused = train(recipe, unbroken, "--resume", override)
    assert refused.exit_code == 2
    assert told in refused.stderr
    assert len(refused.stderr.strip().splitlines()) == 2
    assert times(unbroken) == before


def test_other_tasks_are_refused(recipe: Path, unbroken: Path, tmp_path: Path) -> None:
    shutil.copytree(recipe.parent / "data", tmp_path / "fewer")
    records = (tmp_path / "fewer" / "records.jsonl").read_text().splitlines(keepends=True)
    (tmp_path / "fewer" / "records.jsonl").write_text("".join(records[1:]))
    refused = train(recipe, unbroken, "--resume", f"environment.train.path={tmp_path / 'fewer'}")
    assert refused.exit_code == 2
    gone = json.loads(records[0])["id"]
    assert f"these are not the run's {TASKS} tasks: 1 gone ({gone})" in refused.stderr


def test_a_falling_learning_rate_may_not_be_given_another_end(recipe: Path, tmp_path: Path) -> None:
    falling = ("optimiser.schedule.kind=linear",)
    assert train(recipe, tmp_path / "run", "stop.steps=1", *falling).exit_code == 0
    refused = train(recipe, tmp_path / "run", "stop.steps=2", *falling, "--resume")
    assert refused.exit_code == 2
    assert "stop.steps (1 there, 2 here)" in refused.stderr


def test_a_folder_that_holds_a_run_is_not_overwritten(recipe: Path, unbroken: Path) -> None:
    before = (unbroken / "metrics.jsonl").read_bytes()
    refused = train(recipe, unbroken)
    assert refused.exit_code == 2
    assert "already holds a run" in refused.stderr and "--resume" in refused.stderr
    assert (unbroken / "metrics.jsonl").read_bytes() == before


def test_a_folder_without_a_run_cannot_be_resumed(recipe: Path, tmp_path: Path) -> None:
    refused = train(recipe, tmp_path / "nothing", "--resume")
    assert refused.exit_code == 2
    assert "no checkpoint to resume from" in refused.stderr
    assert not (tmp_path / "nothing").exists()


def test_a_finished_run_resumed_does_nothing_again(recipe: Path, unbroken: Path, tmp_path: Path) -> None:
    out = tmp_path / "copy"
    shutil.copytree(unbroken, out)
    assert train(recipe, out, "--resume").exit_code == 0
    assert_same_run(out, unbroken)
    assert (out / "metrics.jsonl").read_bytes() == (unbroken / "metrics.jsonl").read_bytes()


def test_a_resumed_run_is_measured_with_its_last_weights_and_its_first(recipe: Path, tmp_path: Path) -> None:
    measured = ("measure.before=true", "measure.blind=true", "measure.sampling.temperature=1.0")
    out, whole = tmp_path / "legs", tmp_path / "whole"
    assert train(recipe, out, "stop.steps=2", *measured).exit_code == 0
    assert train(recipe, out, "stop.steps=4", *measured, "--resume").exit_code == 0
    assert train(recipe, whole, "stop.steps=4", *measured).exit_code == 0
    for arm in ("before", "after", "blind"):
        got, expected = ([r["completion"] for r in read_objects(f / "results" / f"{arm}.jsonl")] for f in (out, whole))
        assert got == expected, arm


def test_supervised_training_goes_on_bit_for_bit_too(recipe: Path, tmp_path: Path) -> None:
    values = yaml.safe_load(recipe.read_text())
    sft = recipe.with_name("sft.yaml")
    sft.write_text(yaml.safe_dump({**values, "method": "sft"}))
    out, whole = tmp_path / "legs", tmp_path / "whole"
    assert train(sft, whole, "stop.steps=4").exit_code == 0
    assert train(sft, out, "stop.steps=2").exit_code == 0
    assert train(sft, out, "stop.steps=4", "--resume").exit_code == 0
    assert metrics(out) == metrics(whole)
    assert (out / "ledger.jsonl").read_bytes() == (whole / "ledger.jsonl").read_bytes()
    assert (out / "model" / "model.safetensors").read_bytes() == (whole / "model" / "model.safetensors").read_bytes()


def test_a_lora_run_goes_on_bit_for_bit_and_is_measured_against_itself_without_adapters(
    recipe: Path, tmp_path: Path
) -> None:
    lora = ("model.lora.rank=4", "optimiser.schedule.learning_rate=0.01")
    whole, legs = tmp_path / "whole", tmp_path / "legs"
    assert train(recipe, whole, *lora).exit_code == 0
    assert train(recipe, legs, "stop.steps=3", *lora).exit_code == 0
    assert train(recipe, legs, "--resume", *lora).exit_code == 0
    assert_same_run(legs, whole)
    kl = [line["kl"] for line in lines(whole, "metrics")]
    assert kl[0] == pytest.approx(0, abs=1e-9) and max(kl) > 0
    assert "lora" not in (whole / "model" / "model.safetensors").read_bytes()[:20_000].decode(errors="replace")


def test_a_damaged_checkpoint_is_refused_and_the_run_resumes_from_an_earlier_one_when_asked(
    recipe: Path, unbroken: Path, tmp_path: Path
) -> None:
    out = tmp_path / "damaged"
    shutil.copytree(unbroken, out)
    newest = latest_checkpoint(out)
    assert newest is not None
    content = bytearray((newest / "optimiser.safetensors").read_bytes())
    content[-100] ^= 1
    (newest / "optimiser.safetensors").write_bytes(content)
    refused = train(recipe, out, "--resume")
    assert refused.exit_code == 2
    assert "optimiser.safetensors: damaged checkpoint" in refused.stderr
    assert "--resume-from 3" in refused.stderr
    assert train(recipe, out, "--resume-from", "3").exit_code == 0
    assert_same_run(out, unbroken)
    assert [path.name[-2:] for path in list_checkpoints(out)] == ["03", "06"]


def test_a_run_that_went_back_is_measured_anew(recipe: Path, unbroken: Path, tmp_path: Path) -> None:
    out = tmp_path / "back"
    shutil.copytree(unbroken, out)
    measured = (out / "results" / "after.jsonl").stat().st_mtime_ns
    assert train(recipe, out, "stop.steps=3", "--resume-from", "3").exit_code == 0
    assert len(lines(out, "metrics")) == 3
    assert (out / "results" / "after.jsonl").stat().st_mtime_ns > measured


def test_a_step_without_a_checkpoint_is_refused(recipe: Path, unbroken: Path) -> None:
    before = times(unbroken)
    refused = train(recipe, unbroken, "--resume-from", "4")
    assert refused.exit_code == 2
    assert "no checkpoint of step 4" in refused.stderr and "steps 3, 6" in refused.stderr
    assert times(unbroken) == before


@pytest.mark.parametrize("content", ["{", '{"a": "b"', "[]", ""])
def test_a_damaged_list_of_tasks_is_refused_plainly(recipe: Path, unbroken: Path, tmp_path: Path, content: str) -> None:
    out = tmp_path / "listed"
    shutil.copytree(unbroken, out)
    (out / "tasks.json").write_text(content)
    refused = train(recipe, out, "--resume")
    assert refused.exit_code == 2
    assert f"{out / 'tasks.json'}: damaged list of the run's tasks" in refused.stderr
    (out / "tasks.json").unlink()  # what the error advises
    assert train(recipe, out, "--resume").exit_code == 0


WAIT_IN_A_ROLLOUT = """
import time
from asterism.rollout import local
draw = local.draw_tokens
def waiting(*arguments):
    print("drawing", flush=True)
    time.sleep(600)
local.draw_tokens = waiting
"""


def test_a_second_process_does_not_touch_the_folder_of_a_running_one(
    recipe: Path, unbroken: Path, tmp_path: Path
) -> None:
    out = tmp_path / "shared"
    first = subprocess.Popen(
        [sys.executable, "-c", WAIT_IN_A_ROLLOUT + RUN, "train", str(recipe), "--out", str(out)],
        stdout=subprocess.PIPE,
        text=True,
        env={**os.environ, "PYTHONPATH": str(ROOT)},
    )
    try:
        assert first.stdout is not None
        assert first.stdout.readline() == "drawing\n"
        before = times(out)
        for arguments in ((), ("--resume",), ("--resume-from", "0")):
            refused = train(recipe, out, *arguments)
            assert refused.exit_code == 2, refused.stderr
            assert f"another process is writing this run (process id {first.pid})" in refused.stderr
            assert len(refused.stderr.strip().splitlines()) == 2
        assert times(out) == before
    finally:
        first.kill()
        first.wait()
    resumed = train_elsewhere(recipe, out, "--resume")  # the lock died with its process
    assert resumed.returncode == 0, resumed.stderr
    assert_same_run(out, unbroken)
