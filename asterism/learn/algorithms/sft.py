"""Supervised fine-tuning: imitate the expert of every task; nothing is sampled.

L = -sum_t log pi(y*_t) / sum |y*|        (the mean over ``loss.aggregation``)
"""

from typing import Literal

from pydantic import Field

from asterism.core.config import Config
from asterism.core.episode import Group
from asterism.learn.algorithms.algorithm import AlgorithmContext, AlgorithmSettings, Expert, ExpertUse, GroupUpdate
from asterism.learn.algorithms.grpo import Grpo
from asterism.learn.loss_terms import Imitation
from asterism.learn.terms import LossTerm


class SftConfig(Config):
    """Imitation of every expert as it is."""

    kind: Literal["sft"] = Field("sft", description="imitate the expert of every task; the same as method: sft")

    def build(self, settings: AlgorithmSettings) -> "Sft":
        """The algorithm."""
        return Sft(settings)


class Sft(Grpo):
    """The expert's tokens, and no others."""

    experts: ExpertUse = "required"

    def update(self, group: Group, expert: Expert | None, context: AlgorithmContext) -> GroupUpdate:
        """The expert's sample."""
        if expert is None:
            return GroupUpdate((), (None,) * len(group.episodes))
        return GroupUpdate((expert.sample,), (None,) * len(group.episodes), expert.sample)

    @property
    def terms(self) -> tuple[LossTerm, ...]:
        """Imitation alone."""
        return (Imitation(),)
