"""Arms that learn the same new tasks within the same budget, compared seed by seed, and what that says of claims.

A run's *new* and *old* success are means over its new tasks and over the old skills. Success can be bought with
forgetting, so what is forgotten is also compared at *matched* success: for each seed at the highest new success that
both arms reach at some moment, the old success there read off the curve
(:func:`asterism.evaluate.seeds.at_height`), and KL(base || new) beside it.

A claim is about one number a seed. It is *supported* where the 95 % interval of their mean (Student's t) lies wholly on
the side that the claim says, *refuted* where it lies wholly on the other, else *undecided*.
"""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Literal, Self

import numpy as np
from pydantic import Field, TypeAdapter, model_validator

from asterism.core.config import Config
from asterism.evaluate.correlation import FEWEST, ranks
from asterism.evaluate.seeds import SeedMean, at_height, mean_over_seeds

Figure = Literal["new", "task", "old", "kl", "matched_old", "forgetting_with_kl"]
Verdict = Literal["supported", "refuted", "undecided"]


@dataclass(frozen=True, slots=True)
class Moment:
    """A run on the way: what was spent, the share of right sampled answers by task, and KL(base || new) in nats."""

    step: int
    tokens: int
    new: Mapping[str, float]
    old: Mapping[str, float]
    kl: float

    @property
    def new_mean(self) -> float:
        """Mean success over the new tasks."""
        return sum(self.new.values()) / len(self.new)

    @property
    def old_mean(self) -> float:
        """Mean success over the old skills."""
        return sum(self.old.values()) / len(self.old)


@dataclass(frozen=True, slots=True)
class ContestRun:
    """One arm with one seed: its settings, what it spent, how it fared; ``greedy`` is the last at temperature 0."""

    arm: str
    seed: int
    config: Mapping[str, Any]
    tasks: tuple[str, ...]
    old_skills: tuple[str, ...]
    tokens_generated: int
    tokens_expert: int
    optimiser_steps: int
    kl_from_base: float
    greedy: Mapping[str, float]
    curve: tuple[Moment, ...]

    @property
    def last(self) -> Moment:
        """The run at its end."""
        return self.curve[-1]

    @property
    def forgotten(self) -> float:
        """How much of the old success is gone in the end."""
        return self.curve[0].old_mean - self.last.old_mean


RUN_FORM = TypeAdapter(ContestRun)
"""Reads and writes a run as JSON."""

Runs = Mapping[str, Mapping[int, ContestRun]]
"""The runs of each arm by seed."""


class Claim(Config):
    """A sentence about one number a seed, and what would count for it."""

    says: str = Field(description="the sentence")
    figure: Figure = Field(
        description="new or old: mean success in the end; task: success at one; kl: KL(base || new); matched_old: old "
        "success at the highest new success that both arms reach; forgetting_with_kl: rank correlation over all arms"
    )
    arm: str = Field("", description="the arm it is about; none for forgetting_with_kl")
    against: str = Field("", description="the number is the difference to this arm, seed by seed; empty: the arm's own")
    task: str = Field("", description="the task of figure `task`")
    supported: Literal["above", "below"] = Field(description="the side of `than` on which the interval must lie")
    than: float = Field(0.0, description="what the interval is compared with")

    @model_validator(mode="after")
    def _whole(self) -> Self:
        if (self.figure == "forgetting_with_kl") == bool(self.arm):
            raise ValueError("arm: one for every figure but forgetting_with_kl")
        if self.figure == "matched_old" and not self.against:
            raise ValueError("against: success is matched with that of another arm")
        if (self.figure == "task") != bool(self.task):
            raise ValueError("task and figure: task go together")
        return self

    @property
    def arms(self) -> tuple[str, ...]:
        """The arms that it names."""
        return tuple(name for name in (self.arm, self.against) if name)


@dataclass(frozen=True, slots=True)
class Outcome:
    """What became of a claim; ``estimate`` is None where no seed has both arms, or none where both have learned.

    Of matched success ``height`` is the new success at which the arms were compared, ``kl`` the difference of
    KL(base || new) there; both are means over seeds.
    """

    name: str
    claim: Claim
    estimate: SeedMean | None
    verdict: Verdict
    height: float | None = None
    kl: SeedMean | None = None


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
class ContestSummary:
    """The whole contest; ``start`` is the success of the small model by task, ``tuning`` what was tried."""

    title: str
    start: Mapping[str, float]
    arms: Mapping[str, ArmFigures]
    claims: tuple[Outcome, ...]
    tuning: Mapping[str, Any]
    proves: bool = True

    def as_json(self) -> dict[str, Any]:
        """The form of ``summary.json``."""
        form: dict[str, Any] = TypeAdapter(ContestSummary).dump_python(self, mode="json")
        return form


def figures_of(title: str, runs: Mapping[int, ContestRun]) -> ArmFigures:
    """The line of one arm."""
    seeds = tuple(sorted(runs))
    each = [runs[seed] for seed in seeds]

    def mean(figure: Callable[[ContestRun], float]) -> SeedMean:
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


def judge(name: str, claim: Claim, runs: Runs) -> Outcome:
    """What the runs say of a claim."""
    if claim.figure == "forgetting_with_kl":
        return _outcome(name, claim, _correlations(runs))
    if claim.figure == "matched_old":
        return _matched(name, claim, runs)
    own, other = runs.get(claim.arm, {}), runs.get(claim.against, {})
    if not claim.against:
        return _outcome(name, claim, [_value(claim, own[seed]) for seed in sorted(own)])
    shared = sorted(own.keys() & other.keys())
    return _outcome(name, claim, [_value(claim, own[seed]) - _value(claim, other[seed]) for seed in shared])


def verdict_of(claim: Claim, estimate: SeedMean | None) -> Verdict:
    """The verdict by the interval; a single seed has none and decides nothing."""
    if estimate is None or estimate.interval is None:
        return "undecided"
    low, high = estimate.interval
    if low <= claim.than <= high:
        return "undecided"
    return "supported" if (low > claim.than) == (claim.supported == "above") else "refuted"


def _outcome(name: str, claim: Claim, values: Sequence[float]) -> Outcome:
    estimate = mean_over_seeds(values) if values else None
    return Outcome(name, claim, estimate, verdict_of(claim, estimate))


def _value(claim: Claim, run: ContestRun) -> float:
    match claim.figure:
        case "new":
            return run.last.new_mean
        case "task":
            return run.last.new[claim.task]
        case "old":
            return run.last.old_mean
        case "kl":
            return run.kl_from_base
        case _:
            raise ValueError(f"{claim.figure} is no figure of one run")


def _matched(name: str, claim: Claim, runs: Runs) -> Outcome:
    """Old success, and KL beside it, of two arms at the highest new success that both reach, seed by seed.

    A seed in which one of them never rises above its start has no such place: both would be the small model itself.
    """
    own, other = runs.get(claim.arm, {}), runs.get(claim.against, {})
    heights, apart, divergences = [], [], []
    for seed in sorted(own.keys() & other.keys()):
        pair = own[seed].curve, other[seed].curve
        height = min(max(moment.new_mean for moment in curve) for curve in pair)
        if height <= max(curve[0].new_mean for curve in pair):
            continue
        old, kl = (_read_off(pair, height, figure) for figure in (lambda m: m.old_mean, lambda m: m.kl))
        heights.append(height)
        apart.append(old[0] - old[1])
        divergences.append(kl[0] - kl[1])
    outcome = _outcome(name, claim, apart)
    if not heights:
        return outcome
    return Outcome(
        name, claim, outcome.estimate, outcome.verdict, sum(heights) / len(heights), mean_over_seeds(divergences)
    )


def _read_off(
    pair: tuple[Sequence[Moment], Sequence[Moment]], height: float, figure: Callable[[Moment], float]
) -> tuple[float, float]:
    own, other = (at_height([(m.new_mean, figure(m)) for m in curve], height) for curve in pair)
    assert own is not None and other is not None  # the height is at most either curve's own maximum
    return own, other


def _correlations(runs: Runs) -> list[float]:
    """Of each seed: Spearman's correlation over arms of what is forgotten and KL; where it is defined."""
    seeds = sorted(set.intersection(*(set(of_arm) for of_arm in runs.values()))) if runs else []
    if len(runs) < FEWEST:
        return []
    found = []
    for seed in seeds:
        each = [of_arm[seed] for of_arm in runs.values()]
        columns = ranks([run.forgotten for run in each]), ranks([run.kl_from_base for run in each])
        if min(np.ptp(column) for column in columns) > 0:
            found.append(float(np.corrcoef(*columns)[0, 1]))
    return found


def _mean_curve(runs: Sequence[ContestRun]) -> tuple[tuple[float, float, float, float], ...]:
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
