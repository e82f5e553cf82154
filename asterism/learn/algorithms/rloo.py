"""REINFORCE leave-one-out: each answer's baseline is the mean reward of the others.

    A_i  = r_i - 1/(G-1) sum over j != i of r_j
    loss = -1/G sum_i A_i sum_t log pi(t)

RLOO, arXiv 2402.14740 section 3. Where several updates are made of one rollout, each token carries its importance
weight rho_t, not clipped; with one it is 1. The paper's KL penalty is part of the reward; here it is the KL term.
"""

import math
from collections.abc import Sequence
from typing import Literal

from pydantic import Field

from asterism.core.config import Config
from asterism.core.episode import Group
from asterism.learn.advantages import AdvantageConfig, rewards_of, without_truncated, without_variance
from asterism.learn.algorithms.algorithm import AlgorithmSettings
from asterism.learn.algorithms.grpo import Grpo
from asterism.learn.loss_terms import ClippedISWeight, kl_term
from asterism.learn.terms import LossTerm


class RlooConfig(Config):
    """RLOO, which has no settings of its own."""

    kind: Literal["rloo"] = Field(description="REINFORCE with the mean reward of the other answers as baseline")

    def build(self, settings: AlgorithmSettings) -> "Rloo":
        """The algorithm."""
        summed = {"aggregation": "constant_length", "constant_length": 1}  # the sum over tokens, the mean over answers
        return Rloo(settings.fixed(self.kind, loss=summed))


class Rloo(Grpo):
    """Leave-one-out advantages, and the log-likelihood itself."""

    def advantages(self, group: Group) -> tuple[float | None, ...]:
        """The reward beside the mean of the others."""
        return without_truncated(group, leave_one_out(rewards_of(group), self.advantage), self.advantage)

    @property
    def terms(self) -> tuple[LossTerm, ...]:
        """REINFORCE."""
        return (ClippedISWeight(), *kl_term(self.loss))


def leave_one_out(values: Sequence[float | None], config: AdvantageConfig) -> tuple[float | None, ...]:
    """v_i - mean of the others = n / (n - 1) (v_i - mean): the baseline that does not depend on the value itself.

    Nothing is divided by a deviation; None and equal values are as in GRPO.
    """
    valid = [value for value in values if value is not None]
    if without_variance(valid):
        nothing = None if config.drop_zero_variance else 0.0
        return tuple(None if value is None else nothing for value in values)
    total, others = math.fsum(valid), len(valid) - 1
    return tuple(None if value is None else value - (total - value) / others for value in values)
