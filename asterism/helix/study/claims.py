"""What is claimed of the arms before anything runs, and what the finished runs say of it.

A run's *new* and *old* success are means over its new tasks and over the old skills. Success can be bought with
forgetting, so what is forgotten is also compared at *matched* success: for each seed at the highest new success that
both arms reach at some moment, the old success there read off the curve
(:func:`asterism.evaluate.seeds.at_height`), and KL(base || new) beside it.

A claim is about one number a seed. It is *supported* where the 95 % interval of their mean (Student's t) lies wholly on
the side that the claim says, *refuted* where it lies wholly on the other, else *undecided*.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Literal, Self

import numpy as np
from pydantic import Field, model_validator

from asterism.core.config import Config
from asterism.evaluate.correlation import FEWEST, ranks
from asterism.evaluate.seeds import SeedMean, at_height, mean_over_seeds
from asterism.helix.study.record import ArmRun, Moment, Runs

Figure = Literal["new", "task", "old", "kl", "matched_old", "forgetting_with_kl"]
ClaimVerdict = Literal["supported", "refuted", "undecided"]


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
    verdict: ClaimVerdict
    height: float | None = None
    kl: SeedMean | None = None


def outcome_of(name: str, claim: Claim, runs: Runs) -> Outcome:
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


def verdict_of(claim: Claim, estimate: SeedMean | None) -> ClaimVerdict:
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


def _value(claim: Claim, run: ArmRun) -> float:
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
