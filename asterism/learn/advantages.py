"""Advantages: what an answer is worth beside its siblings. A_i = (r_i - mean(r)) / (std(r) + epsilon)."""

import math
import statistics
from collections.abc import Sequence
from typing import Literal

from pydantic import Field

from asterism.core.config import Config
from asterism.core.episode import Group
from asterism.core.errors import AsterismError
from asterism.core.sample import Sample
from asterism.core.trajectory import Trajectory


class AdvantageConfig(Config):
    """How the rewards of a group become advantages."""

    normalise: Literal["std", "none"] = Field(
        "std", description="divide by the group's standard deviation (GRPO), or only subtract the mean (Dr. GRPO)"
    )
    epsilon: float = Field(1e-6, gt=0, description="added to the standard deviation")
    drop_zero_variance: bool = Field(
        False, description="leave out groups whose rewards are all equal, instead of giving them advantage 0"
    )
    mask_truncated: bool = Field(
        False, description="do not train on trajectories cut off by a limit; their rewards still count in the mean"
    )


def advantages(group: Group, config: AdvantageConfig) -> tuple[float | None, ...]:
    """One advantage per episode; None means that it is not trained on.

    A_i = (r_i - mean) / (std + epsilon), std unbiased (divisor n - 1): GRPO, arXiv 2402.03300 section 4.1.2;
    without the division: Dr. GRPO, arXiv 2503.20783.

    An episode whose reward abstained or failed gets None and takes no part in mean and std. Equal rewards, or
    fewer than two of them, carry no signal: exactly 0.0 for all, or None under ``drop_zero_variance``. Under
    ``mask_truncated`` a truncated episode keeps its place in mean and std (being cut off is a fact about the
    prompt's difficulty that its siblings are compared with) but gets None itself.

    Raises:
        AsterismError: a reward is not finite.
    """
    return without_truncated(group, relative(rewards_of(group), config), config)


def rewards_of(group: Group) -> tuple[float | None, ...]:
    """The rewards of a group, None where there is none.

    Raises:
        AsterismError: a reward is not finite.
    """
    values = tuple(reward.value for reward in group.rewards)
    if not all(math.isfinite(value) for value in values if value is not None):
        raise AsterismError(
            f"a reward is not finite: {list(values)}", where=f"task {group.task.id}", remedy="Fix the reward function."
        )
    return values


def relative(values: Sequence[float | None], config: AdvantageConfig) -> tuple[float | None, ...]:
    """The advantages of any values that may be compared, such as one part of each reward."""
    valid = [value for value in values if value is not None]
    if without_variance(valid):
        nothing = None if config.drop_zero_variance else 0.0
        return tuple(None if value is None else nothing for value in values)
    mean = statistics.fmean(valid)
    scale = statistics.stdev(valid) + config.epsilon if config.normalise == "std" else 1.0
    return tuple(None if value is None else (value - mean) / scale for value in values)


def without_variance(values: Sequence[float]) -> bool:
    """Whether values carry no signal: all equal, or fewer than two."""
    # Compared as they are, for a mean of equal floats may be off by an ulp.
    return len(values) < 2 or min(values) == max(values)


def without_truncated(
    group: Group, values: Sequence[float | None], config: AdvantageConfig
) -> tuple[float | None, ...]:
    """None for truncated episodes under ``mask_truncated``, else the values."""
    if not config.mask_truncated:
        return tuple(values)
    cut_off = [trajectory.truncated for trajectory in group.trajectories]
    return tuple(None if masked else value for masked, value in zip(cut_off, values, strict=True))


def spread(trajectory: Trajectory, advantages: Sequence[float]) -> tuple[float, ...]:
    """One advantage for each trained segment, in order, given to each of the segment's tokens."""
    trained = [segment for segment in trajectory.segments if segment.trainable]
    pairs = zip(trained, advantages, strict=True)
    return tuple(value for segment, value in pairs for _ in segment.token_ids)


def samples_of(trajectories: Sequence[Trajectory], advantages: Sequence[float | None], *, kl: bool) -> list[Sample]:
    """Trainable sequences: each trajectory's advantage on every trained token, and 1.0 as KL weight where ``kl``.

    The trajectories are those of a group's episodes in their order. One without an advantage, or without a trained
    token, gives no sample.
    """
    samples = []
    for place, (trajectory, advantage) in enumerate(zip(trajectories, advantages, strict=True)):
        length = trajectory.trained_tokens
        if advantage is not None and length:
            weights = {"rl": (advantage,) * length, **({"kl": (1.0,) * length} if kl else {})}
            samples.append(Sample(trajectory, weights, place))
    return samples
