"""A study described in YAML, before anything runs: tasks, the small model, budget, tuning, arms, claims."""

import difflib
import json
import re
from collections.abc import Mapping, Sequence
from itertools import pairwise
from pathlib import Path
from typing import Self

import yaml
from pydantic import Field, model_validator

from asterism.core.config import Config, apply_overrides, load_yaml
from asterism.core.errors import AsterismError
from asterism.core.files import whole_file
from asterism.helix.study.claims import Claim
from asterism.runs.sweep_config import StageConfig

PLAN = "study.yaml"


class SkillConfig(Config):
    """One task at one level, and how many demonstrations of it the small model is trained on before the study."""

    level: int = Field(1, ge=1, le=5, description="level of the task")
    dose: int = Field(ge=0, description="puzzles with their answers among those that the small model is taught")
    wanted: tuple[float, float] | None = Field(None, description="base success that the dose is to give, from and to")


class StudyTasks(Config):
    """What is to be learned, and what is not to be forgotten. Also the form of ``--tasks``."""

    reference: bool = Field(False, description="the published parameters of a level, where they differ from ours")
    new: dict[str, SkillConfig] = Field(min_length=1, description="tasks that the arms learn, by name")
    old: dict[str, SkillConfig] = Field(
        min_length=1, description="skills that the small model has, by name of the task"
    )

    @model_validator(mode="after")
    def _apart(self) -> Self:
        both = sorted(self.new.keys() & self.old.keys())
        if both:
            raise ValueError(f"{both[0]} is both new and old")
        return self

    @property
    def every(self) -> Mapping[str, SkillConfig]:
        """New and old."""
        return {**self.new, **self.old}


class BaseConfig(Config):
    """How the small model is made: the embedded architecture, a tokenizer of its own, supervised training."""

    recipe: str = Field("sft.yaml", description="recipe of the supervised training, relative to the plan")
    overrides: tuple[str, ...] = Field((), description="laid over it")
    seed: int = Field(0, description="names its first weights and the order of what it is taught")
    corpus: int = Field(100, ge=1, description="puzzles of each task whose prompts and answers train the tokenizer")
    samples: int = Field(8, ge=1, description="answers sampled to each puzzle to measure what it knows")


class InstancesConfig(Config):
    """How many puzzles of each task there are for what; no puzzle is trained on and measured."""

    train: int = Field(ge=1, description="puzzles of a new task that the arms learn from")
    test: int = Field(ge=1, description="puzzles of a task that the study is measured on")
    dev: int = Field(ge=1, description="others that arms are tuned on; base completions for KL are of these")
    seed: int = Field(0, description="names the puzzles together with task, level and index")


class ProbeConfig(Config):
    """How a run is measured at its start, on the way and at its end."""

    every: int = Field(ge=1, description="steps between two measurements")
    samples: int = Field(1, ge=1, description="answers sampled to each puzzle, temperature 1")
    kl_prompts: int = Field(
        8, ge=1, description="puzzles of each task whose base completion KL(base || new) is read on"
    )


class BudgetConfig(Config):
    """What every arm may spend: tokens that it generates and tokens of experts that it uses, and optimiser steps."""

    steps: int = Field(ge=1, description="optimiser steps of a run")
    tokens_per_step: int = Field(ge=1, description="generated and expert tokens of a step, on average")
    slack: float = Field(0.02, gt=0, lt=1, description="share by which a run's sum of tokens may miss the budget")

    @property
    def tokens(self) -> int:
        """Generated and expert tokens of a run."""
        return self.steps * self.tokens_per_step


class TuningConfig(Config):
    """What is tried for every arm, on development seeds and puzzles of their own."""

    rates: tuple[float, ...] = Field(min_length=1, description="learning rates")
    seeds: tuple[int, ...] = Field(min_length=1, description="development seeds; no run of the study has one of them")


class ArmStage(StageConfig):
    """One stage of an arm."""

    rate: float = Field(1.0, gt=0, description="its learning rate, times the one that is tried")


class WeightConfig(Config):
    """One of an arm's own settings that are tried."""

    overrides: tuple[str, ...] = Field((), description="dotted.path=value, laid over the recipes of its stages")
    until: float | None = Field(None, gt=0, lt=1, description="share of the budget at which its first stage ends")


class ArmPlan(Config):
    """A way to learn, within the budget."""

    title: str = Field(description="what the table calls it")
    stages: tuple[ArmStage, ...] = Field(
        min_length=1, description="recipes one after another; `until` is where one ends, as a share of the budget"
    )
    weights: dict[str, WeightConfig] = Field({}, description="its mixing weights that are tried; none: it has none")
    adaptive: bool = Field(False, description="draws the new tasks by the curriculum of its recipe")

    @model_validator(mode="after")
    def _ends(self) -> Self:
        ends = [stage.until for stage in self.stages]
        if ends != sorted(set(ends)) or ends[-1] != 1:
            raise ValueError("stages: `until` ascends and the last is 1")
        if len(self.stages) == 1 and any(weight.until for weight in self.weights.values()):
            raise ValueError("weights: `until` is where the first of several stages ends")
        return self


class QuickConfig(Config):
    """A trial of the machinery in a few minutes."""

    overrides: tuple[str, ...] = Field((), description="dotted.path=value, laid over the plan itself")
    arms: tuple[str, ...] = Field((), description="arms that are run unless --arms names others; none: all")


class StudyPlan(Config):
    """The study: written down first, then run."""

    title: str = Field(description="heading of the table")
    proves: bool = Field(True, description="false: too small to show anything, and says so")
    tasks: StudyTasks = Field(description="what is learned and what is kept")
    base: BaseConfig = Field(BaseConfig(), description="the small model")
    instances: InstancesConfig = Field(description="puzzles")
    probe: ProbeConfig = Field(description="measurement of a run")
    budget: BudgetConfig = Field(description="what a run spends")
    overrides: tuple[str, ...] = Field((), description="laid over the recipes of the small model and of all arms")
    tuning: TuningConfig = Field(description="what is tried")
    seeds: tuple[int, ...] = Field(min_length=1, description="one run of every arm for each; paired by them")
    arms: dict[str, ArmPlan] = Field(min_length=1, description="by the names in files and in --arms")
    claims: dict[str, Claim] = Field({}, description="what is to be supported or refuted")
    quick: QuickConfig = Field(QuickConfig(), description="what --quick makes of it")

    @model_validator(mode="after")
    def _consistent(self) -> Self:
        for name, claim in self.claims.items():
            unknown = [arm for arm in claim.arms if arm not in self.arms]
            if unknown:
                raise ValueError(f"claims.{name}: there is no arm {unknown[0]!r}")
            if claim.task and claim.task not in self.tasks.new:
                raise ValueError(f"claims.{name}: there is no new task {claim.task!r}")
        if set(self.seeds) & set(self.tuning.seeds):
            raise ValueError("seeds: none of them may be a tuning seed")
        unknown = [name for name in self.quick.arms if name not in self.arms]
        if unknown:
            raise ValueError(f"quick.arms: there is no arm {unknown[0]!r}")
        for name, arm in self.arms.items():
            firsts = {weight.until or arm.stages[0].until for weight in (*arm.weights.values(), WeightConfig())}
            for first in firsts:
                ends = [0, self.steps_until(first), *(self.steps_until(stage.until) for stage in arm.stages[1:])]
                if any(later <= earlier for earlier, later in pairwise(ends)):
                    raise ValueError(f"arms.{name}: a stage has no step")
        return self

    def steps_until(self, until: float) -> int:
        """The step at which a stage ends that ends at a share of the budget."""
        return round(until * self.budget.steps)


def read_plan(path: Path, *, tasks: Path | None = None, quick: bool = False) -> StudyPlan:
    """The plan in a YAML file, with the tasks of another file in place of its own.

    Raises:
        AsterismError: a file, a key or a value in it is wrong.
    """
    values = load_yaml(path)
    if quick:
        trial = QuickConfig.parse(values.get("quick", {}), where=f"{path}: quick")
        values = apply_overrides(values, list(trial.overrides))
    if tasks is not None:
        values["tasks"] = StudyTasks.parse(load_yaml(tasks), where=str(tasks)).model_dump(mode="json")
    return StudyPlan.parse(values, where=str(path))


def keep_plan(out: Path, plan: StudyPlan) -> None:
    """Write the plan down in the folder of the study; one that holds another plan is refused.

    Raises:
        AsterismError: another plan is there, or the file cannot be written.
    """
    file = out / PLAN
    if file.exists():
        _refuse_another(StudyPlan.parse(load_yaml(file), where=str(file)), plan, file)
        return
    with whole_file(file) as part:
        values = json.loads(plan.model_dump_json(exclude_defaults=True))
        part.write_text(yaml.safe_dump(values, sort_keys=False, allow_unicode=True, width=120), encoding="utf-8")


def _refuse_another(kept: StudyPlan, plan: StudyPlan, file: Path) -> None:
    if kept == plan:
        return
    before, after = kept.tasks.every, plan.tasks.every
    changed = [f"without {name}" for name in before if name not in after]
    changed += [f"with {name} as well" for name in after if name not in before]
    changed += [f"its {name} differs" for name in StudyPlan.model_fields if getattr(kept, name) != getattr(plan, name)]
    raise AsterismError(
        f"the folder holds another plan ({changed[0]})",
        where=str(file),
        remedy="Choose another --out, or give the plan that the folder began with.",
    )


def parse_seeds(text: str) -> tuple[int, ...]:
    """``A..B``, both included, or a single number.

    Raises:
        AsterismError: it is of another form, or empty.
    """
    found = re.fullmatch(r"(\d+)(?:\.\.(\d+))?", text.strip())
    first, last = (int(found[1]), int(found[2] or found[1])) if found else (1, 0)
    if last < first:
        raise AsterismError(f"--seeds {text!r} is not of the form A..B", remedy="Example: --seeds 0..9")
    return tuple(range(first, last + 1))


def chosen_arms(plan: StudyPlan, text: str | None, *, quick: bool = False) -> tuple[str, ...]:
    """The arms of a comma-separated list, in the order of the plan; without one all, or those of ``quick``.

    Raises:
        AsterismError: one is unknown; the nearest name is offered.
    """
    if text is None:
        return (quick and plan.quick.arms) or tuple(plan.arms)
    names = [name.strip() for name in text.split(",") if name.strip()]
    for name in names:
        if name not in plan.arms:
            (near,) = difflib.get_close_matches(name, list(plan.arms), n=1, cutoff=0.0)
            raise AsterismError(f"no arm {name!r}", remedy=f"Did you mean {near}? The plan has {', '.join(plan.arms)}.")
    if not names:
        raise AsterismError("--arms names no arm", remedy=f"The plan has {', '.join(plan.arms)}.")
    return tuple(name for name in plan.arms if name in names)


def chosen_seeds(plan: StudyPlan, text: str | None) -> Sequence[int]:
    """The seeds of ``--seeds``, those of the plan without it.

    Raises:
        AsterismError: the text is of another form, or one of them is a tuning seed.
    """
    seeds = plan.seeds if text is None else parse_seeds(text)
    tuned = sorted(set(seeds) & set(plan.tuning.seeds))
    if tuned:
        raise AsterismError(
            f"--seeds: {tuned[0]} is a tuning seed", remedy="Runs of the study need seeds of their own."
        )
    return seeds
