"""`asterism helix study`: a plan that is written down first, equal budgets, and going on where it stopped."""

import json
import shutil
from pathlib import Path
from typing import Any

import pytest
import torch
import yaml
from click.testing import Result
from typer.testing import CliRunner

from asterism.cli.main import app
from asterism.core.errors import AsterismError
from asterism.core.records import read_records
from asterism.helix.bench import read_manifest
from asterism.helix.sources import states_of
from asterism.helix.study.folder import Start, StudyFolder
from asterism.helix.study.plan import StudyPlan, chosen_arms, parse_seeds, read_plan
from asterism.helix.study.record import read_run
from asterism.helix.study.run import Choice, RunOrder, Stopped, carry_out
from asterism.helix.study.tuning import grid_of
from asterism.runs.recipe import read_recipe

RECIPES = Path(__file__).parents[3] / "recipes" / "helix"
SHIPPED = RECIPES / "study.yaml"


def recipe(name: str) -> str:
    return str(RECIPES / f"{name}.yaml")


MINI: dict[str, Any] = {
    "title": "Mini",
    "tasks": {
        "reference": True,
        "new": {"tower_of_hanoi": {"dose": 0}, "futoshiki": {"dose": 4}},
        "old": {"hills_and_valleys": {"dose": 8}},
    },
    "base": {"recipe": recipe("sft"), "corpus": 8, "overrides": ["rollout.prompts_per_step=4", "stop.steps=2"]},
    "instances": {"train": 12, "test": 2, "dev": 2},
    "probe": {"every": 2, "kl_prompts": 1},
    "budget": {"steps": 3, "tokens_per_step": 60, "slack": 0.25},
    "overrides": [
        "environment.pictured=false",
        "environment.rules=title",
        "environment.experts=answer",
        "rollout.sampling.max_tokens=5",
        "rollout.group_size=2",
    ],
    "tuning": {"rates": [1.0e-3], "seeds": [101]},
    "seeds": [0, 1],
    "arms": {
        "ahpo": {"title": "AHPO", "stages": [{"recipe": recipe("ahpo")}]},
        "both": {
            "title": "SFT, then GRPO",
            "stages": [{"recipe": recipe("sft"), "until": 0.34}, {"recipe": recipe("grpo"), "rate": 0.1}],
        },
    },
    "claims": {
        "more": {"says": "AHPO learns more", "figure": "new", "arm": "ahpo", "against": "both", "supported": "above"}
    },
}


def write_plan(folder: Path, **changed: Any) -> Path:
    file = folder / "plan.yaml"
    file.write_text(yaml.safe_dump({**MINI, **changed}, sort_keys=False))
    return file


def study(plan: Path, out: Path, *more: str) -> Result:
    arguments = ["helix", "study", "--plan", str(plan), "--out", str(out), "--workers", "1", *more]
    return CliRunner().invoke(app, arguments)


@pytest.fixture(scope="module")
def done(tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, Path, Result]:
    folder = tmp_path_factory.mktemp("contest")
    plan = write_plan(folder)
    ended = study(plan, folder / "out")
    assert ended.exit_code == 0, ended.output
    return plan, folder / "out", ended


def test_every_arm_spends_the_same_and_is_measured_from_start_to_end(done: tuple[Path, Path, Result]) -> None:
    _, out, ended = done
    assert "180 tokens" in ended.stderr and "base success" in ended.stderr
    assert str(out / "report.html") in ended.stdout.splitlines()[-1]
    runs = [read_run(file) for file in sorted((out / "runs").glob("*.json"))]
    assert [(run.arm, run.seed) for run in runs] == [("ahpo", 0), ("ahpo", 1), ("both", 0), ("both", 1)]
    for run in runs:
        assert run.optimiser_steps == 3
        assert 0.75 * 180 <= run.tokens_generated + run.tokens_expert <= 1.25 * 180
        assert [moment.step for moment in run.curve] == [0, 2, 3]
        assert run.curve[0].kl == pytest.approx(0, abs=1e-4) and run.kl_from_base == run.curve[-1].kl > 1e-4
        assert run.tasks == ("tower_of_hanoi", "futoshiki") and run.old_skills == ("hills_and_valleys",)
        assert run.tokens_generated > 0 and run.tokens_expert > 0
    summary = json.loads((out / "summary.json").read_text())
    assert summary["claims"][0]["estimate"]["n"] == 2 and set(summary["arms"]) == {"ahpo", "both"}
    for name in ("table.md", "report.html"):
        text = (out / name).read_text()
        assert "AHPO learns more" in text and "SFT, then GRPO" in text
    assert not list((out / "work").iterdir())


def test_the_small_model_is_made_by_one_thread_whatever_the_machine_has(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    seen = []

    def make(study: StudyFolder, *, quiet: bool) -> Start:
        seen.append(torch.get_num_threads())
        raise AsterismError("far enough")

    monkeypatch.setattr("asterism.helix.study.study.make_base", make)
    before = torch.get_num_threads()
    torch.set_num_threads(2)
    try:
        assert study(write_plan(tmp_path), tmp_path / "out").exit_code == 2
        assert seen == [1] and torch.get_num_threads() == 2
    finally:
        torch.set_num_threads(before)


def test_a_later_stage_learns_at_its_share_of_the_tried_rate(done: tuple[Path, Path, Result]) -> None:
    _, out, _ = done
    stages = read_run(out / "runs" / "both-0.json").config["stages"]
    assert [each["optimiser"]["schedule"]["learning_rate"] for each in stages] == pytest.approx([1e-3, 1e-4])


def test_no_puzzle_is_learned_and_measured(done: tuple[Path, Path, Result]) -> None:
    _, out, _ = done
    states = {name: states_of(read_records(out / "tasks" / name)) for name in ("test", "dev", "train", "base")}
    assert not states["test"] & (states["dev"] | states["train"] | states["base"])
    assert not states["dev"] & (states["train"] | states["base"])
    assert not set().union(*states.values()) & read_manifest().states


def test_what_is_there_is_not_run_again_and_the_rest_comes_out_the_same(
    done: tuple[Path, Path, Result], tmp_path: Path
) -> None:
    plan, out, _ = done
    again = tmp_path / "out"
    shutil.copytree(out, again)
    lost = again / "runs" / "both-1.json"
    lost.unlink()
    kept = (again / "runs" / "ahpo-0.json").stat().st_mtime_ns
    ended = study(plan, again, "--json")
    assert ended.exit_code == 0, ended.output
    assert json.loads(ended.stdout) == json.loads((out / "summary.json").read_text())
    assert lost.read_bytes() == (out / "runs" / "both-1.json").read_bytes()
    assert (again / "runs" / "ahpo-0.json").stat().st_mtime_ns == kept


def test_another_plan_is_refused_and_a_removed_task_is_named(done: tuple[Path, Path, Result], tmp_path: Path) -> None:
    plan, out, _ = done
    fewer = tmp_path / "T.yaml"
    fewer.write_text(yaml.safe_dump({**MINI["tasks"], "new": {"tower_of_hanoi": {"dose": 0}}}, sort_keys=False))
    ended = study(plan, out, "--tasks", str(fewer))
    assert ended.exit_code == 2 and "without futoshiki" in ended.stderr
    ended = study(write_plan(tmp_path, seeds=[0, 1, 2]), out)
    assert ended.exit_code == 2 and "its seeds differs" in ended.stderr


def test_an_interrupted_run_leaves_nothing(done: tuple[Path, Path, Result], tmp_path: Path) -> None:
    plan, out, _ = done
    order = RunOrder(out, plan, "ahpo", 5, Choice(1e-3), "test", 1, tmp_path / "run.json")
    with pytest.raises(Stopped):
        carry_out(order, stopped=lambda: True)
    assert not list(tmp_path.iterdir()) and not list((out / "work").iterdir())


def test_an_arm_that_cannot_keep_the_budget_is_named(done: tuple[Path, Path, Result], tmp_path: Path) -> None:
    plan, out, _ = done
    again = tmp_path / "out"
    shutil.copytree(out, again)
    poor = {**MINI["budget"], "tokens_per_step": 6}
    (again / "study.yaml").write_text(yaml.safe_dump({**MINI, "budget": poor}, sort_keys=False))
    with pytest.raises(AsterismError, match=r"a prompt costs arm ahpo about .* more than the 6 of a step"):
        carry_out(RunOrder(again, plan, "ahpo", 0, Choice(1e-3), "test", 1, tmp_path / "run.json"))


@pytest.mark.slow
def test_arms_are_tuned_on_development_seeds_side_by_side(tmp_path: Path) -> None:
    arm = {**MINI["arms"]["both"], "weights": {"third": {"until": 0.34}, "most": {"until": 0.67}}}
    plan = write_plan(tmp_path, arms={**MINI["arms"], "both": arm}, tuning={"rates": [1e-3, 1e-2], "seeds": [101]})
    ended = CliRunner().invoke(
        app, ["helix", "study", "--plan", str(plan), "--out", str(tmp_path / "out"), "--workers", "2", "--seeds", "3"]
    )
    assert ended.exit_code == 0, ended.output
    told = json.loads((tmp_path / "out" / "tuning.json").read_text())
    assert len(told["both"]["tried"]) == 4 and len(told["ahpo"]["tried"]) == 2
    for each in told.values():
        assert each["chosen"]["success"] == max(tried["success"] for tried in each["tried"])
    run = read_run(tmp_path / "out" / "runs" / "both-3.json")
    assert run.config["learning_rate"] == told["both"]["chosen"]["learning_rate"]
    assert {stage["stop"]["steps"] for stage in run.config["stages"]} == {1, 2}
    tried = read_run(next((tmp_path / "out" / "tuning").glob("both-*.json")))
    assert [moment.step for moment in tried.curve] == [0, 3]


def test_the_shipped_plan_names_recipes_and_overrides_that_exist(tmp_path: Path) -> None:
    for quick in (False, True):
        plan = read_plan(SHIPPED, quick=quick)
        base = StudyFolder(plan, tmp_path, SHIPPED)
        assert len(plan.tuning.rates) >= 4 or quick
        for arm in plan.arms.values():
            for choice in grid_of(plan, arm):
                weight = arm.weights.get(choice.weight)
                for stage in arm.stages:
                    given = [*base.overrides("train"), *stage.overrides, *(weight.overrides if weight else ())]
                    read_recipe(SHIPPED.parent / stage.recipe, given)
    whole = read_plan(SHIPPED)
    assert len(whole.seeds) >= 10 and len(whole.arms) >= 13 and len(whole.tasks.old) >= 3
    assert sorted(skill.wanted or () for skill in whole.tasks.new.values())[0] == (0.0, 0.0)
    last = whole.arms["sft_grpo_50"].stages[0].until
    assert whole.budget.steps - whole.steps_until(last) == 50


def test_seeds_and_arms_of_a_wrong_form_are_refused() -> None:
    assert parse_seeds("3..5") == (3, 4, 5) and parse_seeds("7") == (7,)
    for text in ("5..3", "a..b", "1-4", "", "1..2..3"):
        with pytest.raises(AsterismError, match=r"not of the form A\.\.B"):
            parse_seeds(text)
    plan = StudyPlan.parse(MINI, where="plan")
    assert chosen_arms(plan, "both, ahpo") == ("ahpo", "both")
    with pytest.raises(AsterismError, match="Did you mean ahpo"):
        chosen_arms(plan, "ahop")


@pytest.mark.parametrize(
    ("changed", "told"),
    [
        ({"seeds": [0, 101]}, "tuning seed"),
        ({"claims": {"x": {**MINI["claims"]["more"], "arm": "gone"}}}, "no arm 'gone'"),
        ({"tasks": {**MINI["tasks"], "old": {"futoshiki": {"dose": 1}}}}, "both new and old"),
        ({"arms": {"a": {"title": "A", "stages": [{"recipe": "x", "until": 0.5}]}}}, "the last is 1"),
        ({"budget": {**MINI["budget"], "steps": 1}}, "arms.both: a stage has no step"),
        ({"quick": {"arms": ["gone"]}}, "quick.arms: there is no arm 'gone'"),
        ({"budget": {**MINI["budget"], "stepz": 1}}, "unknown key 'budget.stepz'"),
    ],
)
def test_a_plan_that_does_not_hold_together_is_refused(changed: dict[str, Any], told: str) -> None:
    with pytest.raises(AsterismError, match=told):
        StudyPlan.parse({**MINI, **changed}, where="plan")
