"""One run of a study: an arm with a seed, within the budget, measured on the way, written atomically at its end."""

import json
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

from asterism.core.errors import AsterismError
from asterism.core.files import whole_file
from asterism.helix.study.folder import StudyFolder
from asterism.helix.study.plan import PLAN, ArmPlan, StudyPlan, read_plan
from asterism.helix.study.probe import Probe
from asterism.helix.study.record import RUN_FORM, ArmRun, Moment
from asterism.policy.policy import Policy
from asterism.runs.loop import take_step
from asterism.runs.recipe import Recipe
from asterism.runs.session import Session, open_session


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
class RunOrder:
    """What a worker is to run: everything by name. ``measured`` is the set of puzzles it is measured on, at its start,
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
    """The study was interrupted; nothing of the run is kept."""


def carry_out(order: RunOrder, stopped: Callable[[], bool] = lambda: False) -> ArmRun:
    """Train and measure as ordered, and write the run's file.

    Raises:
        AsterismError: a recipe is wrong, or the arm cannot keep to the budget.
        Stopped: ``stopped`` said so between two steps.
    """
    study = StudyFolder(read_plan(order.out / PLAN), order.out, order.where)
    run = _RunInProgress(study, order, stopped).run()
    with whole_file(order.file) as part:
        part.write_bytes(RUN_FORM.dump_json(run, indent=1) + b"\n")
    return run


@dataclass(slots=True)
class _RunInProgress:
    """A run that is being trained."""

    study: StudyFolder
    order: RunOrder
    stopped: Callable[[], bool]
    steps: int = 0
    generated: int = 0
    expert: int = 0
    curve: list[Moment] = field(default_factory=list)

    @property
    def plan(self) -> StudyPlan:
        return self.study.plan

    @property
    def arm(self) -> ArmPlan:
        return self.plan.arms[self.order.arm]

    @property
    def spent(self) -> int:
        return self.generated + self.expert

    def run(self) -> ArmRun:
        """All stages; the policy goes from one to the next in memory, each has an optimiser of its own."""
        policy = Policy.load(self.study.model)
        probe = Probe.of(self.study, self.order.arm, self.order.measured, policy)
        self.curve.append(probe.moment(self.order.seed, 0, 0))
        recipes: list[Recipe] = []
        self.study.out.joinpath("work").mkdir(exist_ok=True)
        with TemporaryDirectory(dir=self.study.out / "work", ignore_cleanup_errors=True) as folder:
            for number in range(len(self.arm.stages)):
                recipes.append(probe.paced(self._recipe(number)))
                place = Path(folder) / f"stage-{number + 1}"
                session = open_session(recipes[-1], place, where=str(self.study.where), checkpoint=False, policy=policy)
                try:
                    self._stage(session, recipes[-1], probe)
                finally:
                    session.encoder.close()
                    session.run.close()
        self._check_budget()
        return self._result(probe, recipes)

    def _stage(self, session: Session, recipe: Recipe, probe: Probe) -> None:
        every, last = self.order.every, self.plan.budget.steps
        for _ in range(recipe.stop.steps):
            if self.stopped():
                raise Stopped
            line = take_step(session)
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
        return self.study.recipe(
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

    def _result(self, probe: Probe, recipes: list[Recipe]) -> ArmRun:
        choice = self.order.choice
        return ArmRun(
            arm=self.order.arm,
            seed=self.order.seed,
            config={
                "learning_rate": choice.rate,
                "weight": choice.weight,
                "stages": [_settings(each) for each in recipes],
            },
            tasks=tuple(self.plan.tasks.new),
            old_skills=tuple(self.plan.tasks.old),
            tokens_generated=self.generated,
            tokens_expert=self.expert,
            optimiser_steps=self.steps,
            kl_from_base=self.curve[-1].kl,
            greedy=probe.greedy(self.order.seed),
            curve=tuple(self.curve),
        )


def _settings(recipe: Recipe) -> dict[str, Any]:
    """What of a recipe tells one arm from another; where things lie is no part of it."""
    settings: dict[str, Any] = recipe.model_dump(
        mode="json", include={"method", "algorithm", "loss", "optimiser", "rollout", "advantage", "stop"}
    )
    return settings
