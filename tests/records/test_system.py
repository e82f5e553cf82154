"""The system ``records``: from a recipe that names files to a trained model, wherever one stands."""

import json
from pathlib import Path

import numpy as np
import pytest
import yaml
from typer.testing import CliRunner

from asterism.cli.main import app
from asterism.core.errors import AsterismError
from asterism.core.image import Image
from asterism.core.results.rollout import read_rollouts
from asterism.core.results.summary import parse_summary
from asterism.rollout.engine import SamplingConfig
from asterism.rollout.runner import play
from asterism.runs.recipe import identity, read_recipe, resolved_values, suite_of
from tests.policy.tiny_families import BUILDERS
from tests.test_sentinel import SENTINEL, WatchedEngine

REWARD = '''
def score(task, completion):
    """Longer is better; the answer, where there is one, best of all."""
    if completion is None:
        raise ValueError
    return {"long": min(1.0, len(completion) / 40), "right": float(str(task.answer) in completion)}
'''
SHORT = {
    "rollout": {"prompts_per_step": 2, "group_size": 2, "sampling": {"max_tokens": 6}},
    "loss": {"kl_coef": 0.0},
    "stop": {"steps": 2},
    "checkpoint": {"every": 1},
    "measure": {"before": False, "sampling": {"max_tokens": 4}},
}


def image(shade: int) -> Image:
    return Image.from_pixels(np.full((24, 24, 3), shade, dtype=np.uint8))


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """A user's folder: a table with columns of other names, images, a template, a reward, a recipe."""
    rows = []
    for number in range(4):
        image(40 * number).save(tmp_path / "own" / "shown" / f"{number}.png")
        rows.append({"picture": f"{number}.png", "problem": f"How bright is number {number}?", "note": f"{SENTINEL}"})
    (tmp_path / "own" / "data.jsonl").write_text("".join(json.dumps(row) + "\n" for row in rows))
    (tmp_path / "own" / "ask.jinja").write_text("Look. {{ question }}")
    (tmp_path / "own" / "my_rewards.py").write_text(REWARD)
    source = {"path": "data.jsonl", "columns": {"images": "picture", "question": "problem"}}
    environment = {
        "train": source,
        "evaluate": {**source, "limit": 2},
        "images": "shown",
        "prompt": "ask.jinja",
        "reward": "my_rewards.py:score",
    }
    recipe = {"system": "records", "environment": environment, **SHORT}
    (tmp_path / "own" / "recipe.yaml").write_text(yaml.safe_dump(recipe))
    return tmp_path / "own"


def train(folder: Path, *more: str) -> dict[str, object]:
    result = CliRunner().invoke(app, ["train", str(folder / "recipe.yaml"), "--json", *more])
    assert result.exit_code == 0, result.stderr
    return dict(json.loads(result.stdout))


def test_a_run_trains_on_ones_own_reward_is_measured_by_it_and_resumes_from_elsewhere(
    folder: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(folder)
    train(Path(), "--out", "run", "stop.steps=1")
    monkeypatch.chdir(tmp_path)
    summary = parse_summary(train(Path("own"), "--out", "own/run", "--resume"))
    after = summary.conditions["after"]
    assert 0 <= after.metrics["reward"].value <= 2 and after.counts["questions"] == 2
    metrics = [json.loads(line) for line in (folder / "run" / "metrics.jsonl").read_text().splitlines()]
    assert [line["step"] for line in metrics] == [1, 2]
    for line in metrics:
        assert line["reward"] == pytest.approx(line["long"] + line["right"]) and line["reward_errors"] == 0
    rollouts = read_rollouts(folder / "run" / "rollouts.jsonl")
    assert all({"long", "right"} == each.reward.parts.keys() for group in rollouts for each in group.episodes)
    kept = yaml.safe_load((folder / "run" / "config.yaml").read_text())
    assert kept["environment"]["reward"][0]["function"] == f"{folder}/my_rewards.py:score"
    again = read_recipe(folder / "run" / "config.yaml", [])  # what a run writes down is a recipe of the same run
    assert again.environment == read_recipe(folder / "recipe.yaml", []).environment
    assert "Mean reward" in (folder / "run" / "report.html").read_text()


def test_what_is_shown_is_the_same_run_and_a_corrected_reward_may_go_on(folder: Path) -> None:
    first = read_recipe(folder / "recipe.yaml", [])
    (folder / "shown.yaml").write_text(yaml.safe_dump(resolved_values(first)))
    assert read_recipe(folder / "shown.yaml", []) == first
    before = identity(first, "x", where="a")
    (folder / "my_rewards.py").write_text(REWARD + "\n# corrected\n")
    assert identity(read_recipe(folder / "recipe.yaml", []), "x", where="a") == before
    assert before["environment"]["reward"][0]["function"] == "my_rewards.py:score"  # type: ignore[index,call-overload]
    (folder / "ask.jinja").write_text("Look closely. {{ question }}")
    assert identity(read_recipe(folder / "recipe.yaml", []), "x", where="a") != before


def test_a_reward_that_raises_is_counted_shown_and_stops_the_run(folder: Path) -> None:
    (folder / "my_rewards.py").write_text("def score(task, completion):\n    return task.meta['missing']\n")
    command = ["train", str(folder / "recipe.yaml"), "--out", str(folder / "run")]
    result = CliRunner().invoke(app, command)
    assert result.exit_code == 2
    assert (
        "4 of 4 rewards failed (score: KeyError: 'missing' (" in result.stderr and "my_rewards.py:2)" in result.stderr
    )
    assert CliRunner().invoke(app, [*command[:-1], str(folder / "on"), "rollout.max_error_share=1"]).exit_code == 0
    metrics = [json.loads(line) for line in (folder / "on" / "metrics.jsonl").read_text().splitlines()]
    assert [line["reward_errors"] for line in metrics] == [4, 4] and "reward" not in metrics[0]


def test_neither_requests_nor_tokens_hold_what_the_template_may_not_see(folder: Path) -> None:
    suite = suite_of(read_recipe(folder / "recipe.yaml", []), where="test")
    engine = WatchedEngine(BUILDERS["llava"]())
    tasks = suite.train()
    assert all(task.meta["note"] == SENTINEL for task in tasks)
    play(engine, tasks, suite.player, SamplingConfig(max_tokens=2), samples=1, seed=1)
    shown = list(engine.everything_shown())
    assert sum("Look. How bright" in text for text in shown) == len(shown) == 2 * len(tasks)
    assert not any(SENTINEL in text for text in shown)


def test_values_of_a_base_and_of_overrides_are_taken(folder: Path) -> None:
    (folder / "deeper").mkdir()
    (folder / "deeper" / "more.yaml").write_text(
        "base: ../recipe.yaml\nenvironment: {reward: [{function: exact, weight: 0.7}, format], prompt: plain}\n"
    )
    recipe = read_recipe(folder / "deeper" / "more.yaml", ["environment.evaluate.limit=3"])
    options = recipe.environment
    assert [(entry.function, entry.weight) for entry in options.reward] == [("exact", 0.7), ("format", 1.0)]
    assert options.train.path == folder / "data.jsonl" and options.images == folder / "shown"
    assert options.evaluate.limit == 3
    with pytest.raises(AsterismError, match="no record has an answer to compare with"):
        suite_of(read_recipe(folder / "deeper" / "more.yaml", []), where="test").train()


def test_an_expert_of_ones_own_data_is_imitated(folder: Path) -> None:
    lines = [json.loads(line) for line in (folder / "data.jsonl").read_text().splitlines()]
    (folder / "data.jsonl").write_text("".join(json.dumps({**line, "cot": "It is dark."}) + "\n" for line in lines))
    train(folder, "--out", str(folder / "sft"), "method=sft", "environment.train.columns.trace=cot")
    metrics = [json.loads(line) for line in (folder / "sft" / "metrics.jsonl").read_text().splitlines()]
    assert len(metrics) == 2 and metrics[1]["ce"] < metrics[0]["ce"]
