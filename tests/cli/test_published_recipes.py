"""The recipes of the paper hold its values, and run as they are on a model that a laptop holds."""

import json
from pathlib import Path

import pytest
from typer.testing import CliRunner

from asterism.cli.main import app
from asterism.core.errors import AsterismError
from asterism.metaphor.data import PanelSource, SceneSource
from asterism.runs.recipe import Recipe, read_recipe
from tests.cli.tiny_run import write_run_files

RECIPES = Path(__file__).parents[2] / "recipes"


@pytest.mark.parametrize("size", ["3b", "7b", "32b"])
@pytest.mark.parametrize(("data", "steps"), [("lite", 75), ("full", 1060)])
def test_every_size_and_set_has_the_published_values(size: str, data: str, steps: int) -> None:
    recipe = read_recipe(RECIPES / f"tfq_grpo_{size}_{data}.yaml", [])
    assert recipe.model.path == f"Qwen/Qwen2.5-VL-{size.upper()}-Instruct"
    assert str(recipe.environment.train.path).endswith(f"tfq_data_{data}")
    assert recipe.stop.steps == steps
    rollout, loss, optimiser = recipe.rollout, recipe.loss, recipe.optimiser
    assert (rollout.group_size, rollout.prompts_per_step, rollout.updates_per_step) == (5, 64, 2)
    assert (rollout.sampling.max_tokens, rollout.sampling.temperature, rollout.sampling.top_p) == (2048, 1.0, 0.99)
    assert (loss.clip_low, loss.clip_high, loss.dual_clip, loss.kl_coef, loss.kl_clamp) == (0.2, 0.3, 3.0, 0.01, 10.0)
    assert (optimiser.schedule.learning_rate, optimiser.schedule.kind, optimiser.weight_decay) == (
        1e-6,
        "constant",
        0.01,
    )
    assert (optimiser.betas, optimiser.max_grad_norm) == ((0.9, 0.999), 1.0)
    assert (recipe.model.pixels.least, recipe.model.pixels.most) == (512**2, 2048**2)
    assert (recipe.checkpoint.every, recipe.checkpoint.keep) == (5, 3)
    assert (recipe.measure.sampling.temperature, recipe.measure.sampling.top_p) == (0.5, 0.99)
    assert not recipe.model.freeze.vision and not recipe.model.lora.rank


@pytest.fixture(scope="module")
def files(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder with ``data/`` and ``model/`` of a tiny run."""
    return write_run_files(tmp_path_factory.mktemp("files")).parent


@pytest.mark.parametrize("name", ["tfq_grpo_7b_lite", "tfq_grpo_7b_lite_lora", "tfq_sft_7b_lite"])
def test_a_published_recipe_runs_on_a_tiny_model(name: str, files: Path, tmp_path: Path) -> None:
    small = (
        f"model.path={files / 'model'}",
        "model.device=cpu",
        "model.dtype=float32",
        f"environment.train.path={files / 'data'}",
        f"environment.evaluate.path={files / 'data'}",
        "environment.prompt=short",
        "rollout.prompts_per_step=4",
        "rollout.sampling.max_tokens=8",
        "measure.sampling.max_tokens=8",
        "measure.shuffled=false",  # there is only one picture
        "stop.steps=2",
    )
    ended = CliRunner().invoke(app, ["train", str(RECIPES / f"{name}.yaml"), *small, "--out", str(tmp_path / "run")])
    assert ended.exit_code == 0, ended.output
    metrics = [json.loads(line) for line in (tmp_path / "run" / "metrics.jsonl").read_text().splitlines()]
    assert len(metrics) == 2 and all(line["tokens"] > 0 for line in metrics)


def test_a_recipe_takes_from_its_base_what_it_does_not_say(tmp_path: Path) -> None:
    (tmp_path / "first.yaml").write_text(
        "system: metaphor\nseed: 3\nrollout: {group_size: 5, prompts_per_step: 7}\n"
        "environment: {train: {source: records, path: here, panels: 3}}\n"
    )
    (tmp_path / "second.yaml").write_text(
        "base: first.yaml\nrollout: {group_size: 6}\nenvironment: {train: {path: there}}\n"
    )
    (tmp_path / "third.yaml").write_text("base: second.yaml\nenvironment: {train: {source: scenes, count: 4}}\n")
    second = read_recipe(tmp_path / "second.yaml", ["seed=9"])
    assert (second.seed, second.rollout.group_size, second.rollout.prompts_per_step) == (9, 6, 7)
    assert second.environment.train == PanelSource(source="records", path=tmp_path / "there", panels=3)
    third: Recipe = read_recipe(tmp_path / "third.yaml", [])
    assert third.environment.train == SceneSource(count=4) and third.rollout.group_size == 6


@pytest.mark.parametrize(
    ("base", "told"), [("own.yaml", "leads back to itself"), ("other.yaml", "leads back"), ("none.yaml", "none.yaml")]
)
def test_a_base_that_is_missing_or_leads_in_a_circle_is_refused(tmp_path: Path, base: str, told: str) -> None:
    (tmp_path / "own.yaml").write_text(f"base: {base}\nsystem: metaphor\n")
    (tmp_path / "other.yaml").write_text("base: own.yaml\n")
    with pytest.raises(AsterismError, match=told):
        read_recipe(tmp_path / "own.yaml", [])
