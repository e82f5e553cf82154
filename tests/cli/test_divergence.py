"""A run whose loss is no number any more stops, says so, and leaves its good checkpoints."""

from pathlib import Path

from safetensors.torch import load_file
from typer.testing import CliRunner

from asterism.cli.main import app
from asterism.core.lines import read_objects
from asterism.learn.checkpoint import list_checkpoints
from tests.cli.tiny_run import write_run_files


def test_a_run_that_diverges_stops_and_keeps_the_checkpoints_of_steps_before(tmp_path: Path) -> None:
    recipe, out = write_run_files(tmp_path), tmp_path / "run"
    # One absurd step makes the weights huge; every later gradient is no number.
    absurd = ["optimiser.schedule={learning_rate: 1.0e+30}", "optimiser.stop_after_skips=2", "checkpoint.every=1"]
    result = CliRunner().invoke(app, ["train", str(recipe), *absurd, "loss.kl_coef=0", "--out", str(out)])
    assert result.exit_code == 2, result.output
    assert "not finite in the last 2 optimiser steps" in result.stderr and "step 3" in result.stderr
    assert [line["skipped_updates"] for line in read_objects(out / "metrics.jsonl")] == [0, 1, 1]
    saved = list_checkpoints(out)
    assert [path.name[-8:] for path in saved] == ["00000000", "00000001"]
    for path in saved:
        assert all(bool(each.isfinite().all()) for each in load_file(path / "weights.safetensors").values())
    assert not (out / "model").exists()


def test_bfloat16_without_adapters_is_refused_before_anything_is_trained(tmp_path: Path) -> None:
    recipe, out = write_run_files(tmp_path), tmp_path / "run"
    result = CliRunner().invoke(app, ["train", str(recipe), "model.dtype=bfloat16", "--out", str(out)])
    assert result.exit_code == 2, result.output
    assert "model.dtype: weights in bfloat16 are not trained" in result.stderr
    assert "model.lora.rank" in result.stderr and not out.exists()
