"""One run of a contest: an arm with a seed, within the budget, measured on the way, written whole or not at all."""

import json
import math
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

import torch

from asterism.cli.contest import ContestArm, Plan, read_plan
from asterism.cli.contest_base import Base, Kept, success_of
from asterism.core.errors import AsterismError
from asterism.core.files import whole_file
from asterism.core.sample import Sample
from asterism.core.system import Suite
from asterism.core.task import Task
from asterism.core.trajectory import Segment, Trajectory
from asterism.evaluate.contest import RUN_FORM, ContestRun, Moment
from asterism.learn.losses import kl_k3
from asterism.learn.views import View
from asterism.policy.encoder import Encoder
from asterism.policy.policy import Policy
from asterism.rollout.local import LocalEngine
from asterism.runs.recipe import Recipe, suite_of
from asterism.runs.session import Session, open_session

PROMPTS_REMEMBERED = 4096
EXPERTS_MEASURED = 20
"""Experts of each new task whose mean length a run's first step is paced by."""
KL_BUDGET = 8192
"""Tokens of one pass over kept completions."""


@dataclass(frozen=True, slots=True)
class Choice:
    """What of the grid a run is trained with; ``weight`` names one of the arm's weights, none where it has none."""

    rate: float
    weight: str = ""

    @property
    def name(self) -> str:
        """As in file names."""
        return f"{self.rate:g}-{self.weight}" if self.weight else f"{self.rate:g}"


@dataclass(frozen=True, slots=True)
class Order:
    """What a worker is told: everything by name. ``measured`` is the set of puzzles it is measured on, at its start,
    after each ``every`` steps and at its end."""

    out: Path
    where: Path
    arm: str
    seed: int
    choice: Choice
    measured: str
    every: int
    file: Path


class Stopped(Exception):
    """The contest was interrupted; nothing of the run is kept."""


def carry_out(order: Order, stopped: Callable[[], bool] = lambda: False) -> ContestRun:
    """Train and measure as ordered, and write the run's file.

    Raises:
        AsterismError: a recipe is wrong, or the arm cannot keep to the budget.
        Stopped: ``stopped`` said so between two steps.
    """
    base = Base(read_plan(order.out / "study.yaml"), order.out, order.where)
    run = _Race(base, order, stopped).run()
    with whole_file(order.file) as part:
        part.write_bytes(RUN_FORM.dump_json(run, indent=1) + b"\n")
    return run


def read_run(file: Path) -> ContestRun:
    """A finished run.

    Raises:
        AsterismError: the file is none of this form.
    """
    try:
        return RUN_FORM.validate_json(file.read_bytes())
    except ValueError as error:
        raise AsterismError(
            "not a run of a contest", where=str(file), remedy="Remove the file; the same command makes it anew."
        ) from error


@dataclass(slots=True)
class _Race:
    """A run while it is going on."""

    base: Base
    order: Order
    stopped: Callable[[], bool]
    steps: int = 0
    generated: int = 0
    expert: int = 0
    curve: list[Moment] = field(default_factory=list)

    @property
    def plan(self) -> Plan:
        return self.base.plan

    @property
    def arm(self) -> ContestArm:
        return self.plan.arms[self.order.arm]

    @property
    def spent(self) -> int:
        return self.generated + self.expert

    def run(self) -> ContestRun:
        """All stages; the policy goes from one to the next in memory, each has an optimiser of its own."""
        policy = Policy.load(self.base.model)
        probe = _Probe.of(self.base, self.order, policy)
        self.curve.append(probe.moment(self.order.seed, 0, 0))
        recipes: list[Recipe] = []
        self.base.out.joinpath("work").mkdir(exist_ok=True)
        with TemporaryDirectory(dir=self.base.out / "work", ignore_cleanup_errors=True) as folder:
            for number in range(len(self.arm.stages)):
                recipes.append(probe.paced(self._recipe(number)))
                place = Path(folder) / f"stage-{number + 1}"
                session = open_session(recipes[-1], place, where=str(self.base.where), checkpoint=False, policy=policy)
                try:
                    self._stage(session, recipes[-1], probe)
                finally:
                    session.encoder.close()
                    session.run.finish()
        self._check_budget()
        return self._result(probe, recipes)

    def _stage(self, session: Session, recipe: Recipe, probe: "_Probe") -> None:
        every, last = self.order.every, self.plan.budget.steps
        for _ in range(recipe.stop.steps):
            if self.stopped():
                raise Stopped
            line = session.trainer.step(session.run)
            self.steps += 1
            self.generated += line.tokens_generated
            self.expert += line.tokens_expert
            if self.spent > self.plan.budget.tokens * (1 + self.plan.budget.slack):
                raise self._beyond("spends more")
            if self.steps % every == 0 or self.steps == last:
                self.curve.append(probe.moment(self.order.seed, self.steps, self.spent))

    def _recipe(self, number: int) -> Recipe:
        """A stage's recipe with the plan, the choice, the seed and its share of the budget laid over it.

        What the stages before spent too much or too little is its to make good.
        """
        stage, choice, budget = self.arm.stages[number], self.order.choice, self.plan.budget
        weight = self.arm.weights.get(choice.weight)
        ends = [0.0, *(each.until for each in self.arm.stages)]
        if weight is not None and weight.until is not None:
            ends[1] = weight.until
        last = self.plan.steps_until(ends[number + 1])
        steps = last - self.steps
        tokens = max(1, round((last * budget.tokens_per_step - self.spent) / steps))
        return self.base.recipe(
            stage.recipe,
            [
                *(self._adaptive() if self.arm.adaptive else ()),
                *stage.overrides,
                *(weight.overrides if weight else ()),
                f"optimiser.schedule.learning_rate={stage.rate * choice.rate!r}",
                f"rollout.tokens_per_step={tokens}",
                f"stop.steps={steps}",
                f"seed={self.order.seed}",
            ],
        )

    def _adaptive(self) -> list[str]:
        tasks = self.plan.tasks
        start = min(skill.level for skill in tasks.new.values())
        source = {"source": "curriculum", "tasks": list(tasks.new), "start": start, "reference": tasks.reference}
        return [f"environment.train={json.dumps(source)}"]

    def _check_budget(self) -> None:
        if self.spent < self.plan.budget.tokens * (1 - self.plan.budget.slack):
            raise self._beyond("spends fewer")

    def _beyond(self, how: str) -> AsterismError:
        wanted, done = self.plan.budget.tokens, f"{self.spent:,} after {self.steps} steps"
        return AsterismError(
            f"arm {self.order.arm} {how} than its budget of {wanted:,} tokens ({done})",
            where="budget",
            remedy="Give more tokens a step, or fewer or shorter rollouts: a step takes at least one whole prompt.",
        )

    def _result(self, probe: "_Probe", recipes: list[Recipe]) -> ContestRun:
        choice = self.order.choice
        return ContestRun(
            arm=self.order.arm,
            seed=self.order.seed,
            config={"learning_rate": choice.rate, "weight": choice.weight, "stages": [_told(each) for each in recipes]},
            tasks=tuple(self.plan.tasks.new),
            old_skills=tuple(self.plan.tasks.old),
            tokens_generated=self.generated,
            tokens_expert=self.expert,
            optimiser_steps=self.steps,
            kl_from_base=self.curve[-1].kl,
            greedy=probe.greedy(self.order.seed),
            curve=tuple(self.curve),
        )


def _told(recipe: Recipe) -> dict[str, Any]:
    """What of a recipe tells one arm from another; where things lie is no part of it."""
    told: dict[str, Any] = recipe.model_dump(
        mode="json", include={"method", "guidance", "loss", "optimiser", "rollout", "advantage", "stop"}
    )
    return told


@dataclass(frozen=True, slots=True)
class _Probe:
    """Measures a policy while it is trained."""

    base: Base
    order: Order
    suite: Suite
    policy: Policy
    engine: LocalEngine
    recipe: Recipe
    tasks: dict[str, list[Task]]
    samples: tuple[Sample, ...]
    kept: tuple[Kept, ...]
    expert_length: float
    """Mean tokens of an expert's completion of a new task."""

    @classmethod
    def of(cls, base: Base, order: Order, policy: Policy) -> "_Probe":
        recipe = base.recipe(base.plan.base.recipe, [])
        suite = suite_of(recipe, where=str(base.where))
        by_id = {task.id: task for tasks in base.tasks("dev").values() for task in tasks}
        kept = base.start().kept
        samples = tuple(_sample(suite.prompt_of(by_id[each.task]), each) for each in kept)
        encoder = Encoder(policy, size=PROMPTS_REMEMBERED)
        engine = LocalEngine(policy, encoder=encoder)
        length = _expert_length(base, suite, policy)
        return cls(base, order, suite, policy, engine, recipe, base.tasks(order.measured), samples, kept, length)

    def paced(self, recipe: Recipe) -> Recipe:
        """The recipe with a first step of about as many prompts as its tokens are for; later steps follow the cost.

        Raises:
            AsterismError: a step's tokens are not enough for a single prompt.
        """
        own = sum(len(each.token_ids) for each in self.kept) / len(self.kept)
        expert = self.expert_length if recipe.method == "sft" or recipe.guidance.uses_experts else 0.0
        cost = expert + (0.0 if recipe.method == "sft" else recipe.rollout.group_size * own)
        tokens = recipe.rollout.tokens_per_step or 0
        if tokens < cost:
            raise AsterismError(
                f"a prompt costs arm {self.order.arm} about {cost:.0f} tokens, more than the {tokens} of a step",
                where="budget",
                remedy="Give budget.tokens_per_step more, or rollout.group_size less.",
            )
        rollout = recipe.rollout.model_copy(update={"prompts_per_step": round(tokens / cost)})
        return recipe.model_copy(update={"rollout": rollout})

    def moment(self, seed: int, step: int, tokens: int) -> Moment:
        """Sampled success by task, and KL."""
        sampling, probe = self.recipe.rollout.sampling, self.base.plan.probe
        success = success_of(self.engine, self.suite, self.tasks, sampling, samples=probe.samples, seed=seed)
        return Moment(
            step, tokens, _of(success, self.base.plan.tasks.new), _of(success, self.base.plan.tasks.old), self._kl()
        )

    def greedy(self, seed: int) -> dict[str, float]:
        """Success of the most likely answers by task."""
        sampling = self.recipe.rollout.sampling.model_copy(update={"temperature": 0.0})
        return success_of(self.engine, self.suite, self.tasks, sampling, samples=1, seed=seed)

    def _kl(self) -> float:
        """KL(base || new) by the k3 estimate, the mean over tokens of completions of the small model."""
        view = View("own", self.policy, self.engine.encoder)
        found = view.score(self.samples, temperature=1.0, budget=KL_BUDGET, sharing="none")
        apart = [kl_k3(torch.tensor(each.logprobs), own, math.inf) for each, own in zip(self.kept, found, strict=True)]
        return float(torch.cat(apart).mean())


def _expert_length(base: Base, suite: Suite, policy: Policy) -> float:
    tasks = [task for of_task in base.tasks("train").values() for task in of_task[:EXPERTS_MEASURED]]
    traces = [suite.trace_of(task) or "" for task in tasks]
    return sum(len(policy.tokenizer(trace)["input_ids"]) + 1 for trace in traces) / len(traces)


def _sample(prompt: str, kept: Kept) -> Sample:
    return Sample(Trajectory((Segment("prompt", (), prompt), Segment("model", kept.token_ids, trainable=True))))


def _of(success: Mapping[str, float], names: Mapping[str, Any]) -> dict[str, float]:
    return {name: success[name] for name in names}
