"""The whole study: a line for each arm, and what became of the claims."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from pydantic import TypeAdapter

from asterism.evaluate.seeds import SeedMean, mean_over_seeds
from asterism.helix.study.claims import Outcome
from asterism.helix.study.record import ArmRun


@dataclass(frozen=True, slots=True)
class ArmFigures:
    """One line of the table: means over seeds, each with its interval."""

    title: str
    seeds: tuple[int, ...]
    new: SeedMean
    by_task: Mapping[str, SeedMean]
    greedy: SeedMean
    old: SeedMean
    by_skill: Mapping[str, SeedMean]
    kl: SeedMean
    tokens_generated: float
    tokens_expert: float
    optimiser_steps: float
    curve: tuple[tuple[float, float, float, float], ...]
    """``(tokens, new success, old success, KL)``, means over seeds."""


@dataclass(frozen=True, slots=True)
class StudySummary:
    """The whole study; ``start`` is the success of the small model by task, ``tuning`` what was tried."""

    title: str
    start: Mapping[str, float]
    arms: Mapping[str, ArmFigures]
    claims: tuple[Outcome, ...]
    tuning: Mapping[str, Any]
    proves: bool = True

    def as_json(self) -> dict[str, Any]:
        """The form of ``summary.json``."""
        form: dict[str, Any] = TypeAdapter(StudySummary).dump_python(self, mode="json")
        return form


def figures_of(title: str, runs: Mapping[int, ArmRun]) -> ArmFigures:
    """The line of one arm."""
    seeds = tuple(sorted(runs))
    each = [runs[seed] for seed in seeds]

    def mean(figure: Callable[[ArmRun], float]) -> SeedMean:
        return mean_over_seeds([figure(run) for run in each])

    return ArmFigures(
        title=title,
        seeds=seeds,
        new=mean(lambda run: run.last.new_mean),
        by_task={task: mean(lambda run, task=task: run.last.new[task]) for task in each[0].tasks},  # type: ignore[misc]
        greedy=mean(lambda run: sum(run.greedy[task] for task in run.tasks) / len(run.tasks)),
        old=mean(lambda run: run.last.old_mean),
        by_skill={skill: mean(lambda run, skill=skill: run.last.old[skill]) for skill in each[0].old_skills},  # type: ignore[misc]
        kl=mean(lambda run: run.kl_from_base),
        tokens_generated=mean(lambda run: run.tokens_generated).value,
        tokens_expert=mean(lambda run: run.tokens_expert).value,
        optimiser_steps=mean(lambda run: run.optimiser_steps).value,
        curve=_mean_curve(each),
    )


def _mean_curve(runs: Sequence[ArmRun]) -> tuple[tuple[float, float, float, float], ...]:
    moments = zip(*(run.curve for run in runs), strict=False)
    return tuple(
        (
            sum(each.tokens for each in moment) / len(runs),
            sum(each.new_mean for each in moment) / len(runs),
            sum(each.old_mean for each in moment) / len(runs),
            sum(each.kl for each in moment) / len(runs),
        )
        for moment in moments
    )
