"""Helix by `asterism train`: with experts, with a curriculum, every recipe of the contest."""

from pathlib import Path
from typing import Any

import pytest
from typer.testing import CliRunner

from asterism.cli.main import app
from asterism.core.errors import AsterismError
from asterism.core.lines import read_objects
from asterism.core.results.summary import read_summary
from asterism.runs.recipe import read_recipe

RECIPES = Path(__file__).parents[2] / "recipes"
ARMS = sorted(path.stem for path in (RECIPES / "helix").glob("*.yaml") if path.stem not in ("base", "study"))
SMALL = (
    "environment.evaluate.count=2",
    "environment.evaluate.tasks=[word_search]",
    "rollout.prompts_per_step=2",
    "rollout.group_size=2",
    "rollout.sampling.max_tokens=6",
    "measure.sampling.max_tokens=6",
    "measure.before=false",
)
FIXED = ("environment.train.count=6", "environment.train.tasks=[word_search]")


def train(name: str, out: Path, *more: str) -> Any:
    return CliRunner().invoke(app, ["train", str(RECIPES / f"{name}.yaml"), *SMALL, *more, "--out", str(out)])


def lines(out: Path) -> list[dict[str, Any]]:
    told = read_objects(out / "metrics.jsonl")
    return [{name: value for name, value in line.items() if name != "seconds"} for line in told]


def test_a_guided_run_on_a_curriculum_goes_on_bit_for_bit(tmp_path: Path) -> None:
    settings = (
        "environment.train={source: curriculum, tasks: [word_search, eulero], window: 2, start: 2, lower_at: 0.3}",
        "algorithm.gradients_every=2",
    )
    whole = train("helix/ahpo", tmp_path / "whole", *settings, "stop.steps=3")
    assert whole.exit_code == 0, whole.output
    assert train("helix/ahpo", tmp_path / "legs", *settings, "stop.steps=2").exit_code == 0
    resumed = train("helix/ahpo", tmp_path / "legs", *settings, "stop.steps=3", "--resume")
    assert resumed.exit_code == 0, resumed.output
    for name in ("model/model.safetensors", "ledger.jsonl", "rollouts.jsonl"):
        assert (tmp_path / "whole" / name).read_bytes() == (tmp_path / "legs" / name).read_bytes(), name
    told = lines(tmp_path / "whole")
    assert told == lines(tmp_path / "legs") and told[0]["experts"] == 2 == told[1]["experts"]
    levels = [line["task"].split("-")[1] for line in read_objects(tmp_path / "whole" / "ledger.jsonl")]
    assert levels[0] == "2" and "1" in levels[2:]  # all wrong: down a level
    measured = read_summary(tmp_path / "whole").conditions["after"]
    assert measured.counts == {"questions": 2} and set(measured.breakdowns[0].cells) == {"helix/word_search"}
    other = train("helix/ahpo", tmp_path / "legs", *settings, "environment.train.floor=0.3", "--resume")
    assert other.exit_code == 2 and "a curriculum of other settings: floor (0.05 there, 0.3 here)" in other.stderr


TERSE = (
    "environment.train={source: puzzles, tasks: [tower_of_hanoi], reference: true, count: 30}",
    "environment.pictured=false",
    "environment.rules=title",
    "environment.experts=answer",
    "rollout.tokens_per_step=120",
)


def test_prompts_that_follow_tokens_go_on_bit_for_bit_and_keep_to_the_number(tmp_path: Path) -> None:
    name = "helix/ahpo"
    assert train(name, tmp_path / "whole", *TERSE, "stop.steps=4").exit_code == 0
    assert train(name, tmp_path / "legs", *TERSE, "stop.steps=2").exit_code == 0
    assert train(name, tmp_path / "legs", *TERSE, "stop.steps=4", "--resume").exit_code == 0
    told = lines(tmp_path / "whole")
    assert told == lines(tmp_path / "legs")
    assert told[0]["prompts"] == 2 < told[1]["prompts"]
    spent = [line["tokens_generated"] + line["tokens_expert"] for line in told]
    assert sum(spent) == pytest.approx(4 * 120, rel=0.15)
    ledger = read_objects(tmp_path / "whole" / "ledger.jsonl")
    assert sum(1 for _ in ledger) == sum(line["prompts"] for line in told)


def test_the_published_recipe_has_the_papers_values_and_runs_on_a_tiny_model(tmp_path: Path) -> None:
    recipe = read_recipe(RECIPES / "ahpo_7b.yaml", [])
    algorithm, rollout = recipe.algorithm, recipe.rollout
    assert recipe.model.path == "Qwen/Qwen2.5-VL-7B-Instruct"
    assert (rollout.group_size, rollout.prompts_per_step, recipe.loss.kl_coef) == (5, 128, 0.0)
    assert algorithm.model_dump(include={"kind", "gate", "r_hat", "weight", "normalise"}) == {
        "kind": "ahpo",
        "gate": "adaptive",
        "r_hat": 2,
        "weight": 1.0,
        "normalise": "per_sample",
    }
    data = ("helix", "mmk12", "bench")
    for name, task in zip(data, ("word_search", "max_flow", "eulero"), strict=True):
        arguments = [
            "helix",
            "generate",
            task,
            "--level",
            "1",
            "--n",
            "2",
            "--seed",
            "3",
            "--out",
            str(tmp_path / name),
        ]
        assert CliRunner().invoke(app, arguments).exit_code == 0
    ran = train(
        "ahpo_7b",
        tmp_path / "run",
        "model={path: tiny}",
        f"environment.train={{source: records, path: {tmp_path / 'helix'}}}",
        f"environment.beside={{source: records, path: {tmp_path / 'mmk12'}}}",
        f"environment.evaluate={{source: records, path: {tmp_path / 'bench'}}}",
        "stop.steps=1",
        "algorithm.expert_tokens=5",
    )
    assert ran.exit_code == 0, ran.output
    (line,) = lines(tmp_path / "run")
    assert line["gates_on"] == 1.0 and (line["experts"], line["experts_masked"]) == (0, 2)


@pytest.mark.parametrize(
    ("name", "more", "message"),
    [
        ("helix/sft", "algorithm.kind=ahpo", "algorithm takes part in method grpo"),
        ("helix/grpo", "rollout.group_size=0", "leaves nothing to learn from with algorithm grpo"),
        ("helix/ahpo", "algorithm.r_hatt=1", "Did you mean 'algorithm.ahpo.r_hat'"),
        ("helix/ahpo", "algorithm.kind=ahpoo", "algorithm"),
        ("helix/prefix", "algorithm.least=0.95", "least must not lie above most"),
    ],
)
def test_an_algorithm_that_makes_no_sense_is_refused(name: str, more: str, message: str) -> None:
    with pytest.raises(AsterismError) as refused:
        read_recipe(RECIPES / f"{name}.yaml", [more])
    assert message in str(refused.value)


def test_another_kind_of_algorithm_replaces_that_of_the_base(tmp_path: Path) -> None:
    (tmp_path / "first.yaml").write_text("system: helix\nalgorithm: {kind: ahpo, r_hat: 4, weight: 0.5}\n")
    (tmp_path / "second.yaml").write_text("base: first.yaml\nalgorithm: {gate: static}\n")
    (tmp_path / "third.yaml").write_text("base: second.yaml\nalgorithm: {kind: hpt}\n")
    second = read_recipe(tmp_path / "second.yaml", []).algorithm
    assert second.model_dump(include={"gate", "r_hat", "weight"}) == {"gate": "static", "r_hat": 4, "weight": 0.5}
    assert read_recipe(tmp_path / "third.yaml", []).algorithm.model_dump(include={"kind", "r_hat"}) == {
        "kind": "hpt",
        "r_hat": 1,
    }


@pytest.mark.slow
@pytest.mark.parametrize("name", ARMS)
def test_every_arm_of_the_contest_runs(name: str, tmp_path: Path) -> None:
    more = [] if name == "grpo_adaptive_level" else list(FIXED)
    if name.startswith("sft_then"):
        more.append("model.path=tiny")  # what sft.yaml leaves is not there
    ended = train(f"helix/{name}", tmp_path / "run", *more, "stop.steps=2")
    assert ended.exit_code == 0, ended.output
    told = lines(tmp_path / "run")
    assert (len(told) == 2 and any(line["tokens"] > 0 for line in told)) or name == "expert_iteration"
    if name not in ("grpo", "grpo_adaptive_level", "sft", "sft_then_grpo", "sft_then_grpo_50"):
        assert all(line["experts"] == 2 for line in told) or name == "prefix"
    if name == "prefix":
        assert all(line["prefixed"] == 1.0 for line in told)
