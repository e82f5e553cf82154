"""Group-relative advantages: A_i = (r_i - mean(r)) / (std(r) + epsilon)."""

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
    """One advantage per trajectory; None means that the trajectory is not trained on.

    A_i = (r_i - mean) / (std + epsilon), std unbiased (divisor n - 1): GRPO, arXiv 2402.03300 section 4.1.2;
    without the division: Dr. GRPO, arXiv 2503.20783.

    A trajectory whose reward abstained or failed gets None and takes no part in mean and std. Equal rewards, or
    fewer than two of them, carry no signal: exactly 0.0 for all, or None under ``drop_zero_variance``. Under
    ``mask_truncated`` a truncated trajectory keeps its place in mean and std (being cut off is a fact about the
    prompt's difficulty that its siblings are compared with) but gets None itself.

    Raises:
        AsterismError: a reward is not finite.
    """
    relative = _relative(group, config)
    if not config.mask_truncated:
        return relative
    return tuple(
        None if trajectory.truncated else value for trajectory, value in zip(group.trajectories, relative, strict=True)
    )


def group_samples(group: Group, config: AdvantageConfig, *, kl: bool) -> list[Sample]:
    """The trainable sequences of a group: the advantage on every trained token, and 1.0 as KL weight where ``kl``.

    Trajectories without an advantage, and those on which no token is trained, give no sample.
    """
    return samples_of(group.trajectories, advantages(group, config), kl=kl)


def samples_of(trajectories: Sequence[Trajectory], advantages: Sequence[float | None], *, kl: bool) -> list[Sample]:
    """Trajectories with their advantages as samples (see :func:`group_samples`)."""
    samples = []
    for trajectory, advantage in zip(trajectories, advantages, strict=True):
        length = trajectory.trained_tokens
        if advantage is not None and length:
            samples.append(Sample(trajectory, rl=(advantage,) * length, kl=(1.0,) * length if kl else ()))
    return samples


def _relative(group: Group, config: AdvantageConfig) -> tuple[float | None, ...]:
    values = [reward.value for reward in group.rewards]
    valid = [value for value in values if value is not None]
    if not all(map(math.isfinite, valid)):
        raise AsterismError(
            f"a reward is not finite: {valid}", where=f"task {group.task.id}", remedy="Mend the reward function."
        )
    if len(valid) < 2 or min(valid) == max(valid):  # compared as they are: a mean of equal floats may be off by an ulp
        silent = None if config.drop_zero_variance else 0.0
        return tuple(None if value is None else silent for value in values)
    mean = statistics.fmean(valid)
    scale = statistics.stdev(valid) + config.epsilon if config.normalise == "std" else 1.0
    return tuple(None if value is None else (value - mean) / scale for value in values)
