"""Hybrid post-training: a group learns from the expert *or* from its rollouts.

    L = alpha L_RL + beta L_SFT,  (alpha, beta) = (0, 1) where the policy fails, else (1, 0)    (HPT, arXiv 2509.04419)

It fails where fewer than ``r_hat`` rollouts are right (the paper's threshold on the share of right ones). So it is AHPO
with the on-policy term gated as well.
"""

from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import Literal

from pydantic import Field

from asterism.core.config import Config
from asterism.core.episode import Group
from asterism.learn.algorithms.ahpo import Normalise, hybrid_normalisers
from asterism.learn.algorithms.algorithm import AlgorithmContext, AlgorithmSettings, Expert, ExpertUse, GroupUpdate
from asterism.learn.algorithms.expert_fields import EXPERT_TOKENS, GRADIENTS_EVERY
from asterism.learn.algorithms.grpo import Grpo
from asterism.learn.algorithms.success import fails
from asterism.learn.loss_terms import standard_terms
from asterism.learn.normalisers import Normaliser
from asterism.learn.terms import LossTerm


class HptConfig(Config):
    """Where a group learns from the expert, and how the two terms add up."""

    kind: Literal["hpt"] = Field(description="the expert's term in place of GRPO's, switched by group")
    r_hat: int = Field(1, ge=0, description="right rollouts from which on a group learns from its rollouts")
    normalise: Normalise = Field(
        "per_sample",
        description="mean over prompts of the expert's mean over tokens, or one mean over all trained tokens",
    )
    expert_tokens: int | None = EXPERT_TOKENS
    gradients_every: int = GRADIENTS_EVERY

    def build(self, settings: AlgorithmSettings) -> "Hpt":
        """The algorithm."""
        return Hpt(self, settings)


class Hpt(Grpo):
    """The expert's loss takes the place of GRPO's for groups whose gate is on."""

    experts: ExpertUse = "checked"

    def __init__(self, config: HptConfig, settings: AlgorithmSettings) -> None:
        super().__init__(settings)
        self.config = config
        self.expert_tokens = config.expert_tokens
        self.gradients_every = config.gradients_every

    def update(self, group: Group, expert: Expert | None, context: AlgorithmContext) -> GroupUpdate:
        """The expert alone where the gate is on and there is one, else GRPO's samples."""
        update = super().update(group, expert, context)
        gate = fails(group, self.config.r_hat)
        figures = {"gates_on": float(gate)}
        if expert is None or not gate:
            return replace(update, figures=figures)
        unused = (None,) * len(group.episodes)
        return GroupUpdate((expert.sample,), unused, expert.sample, denominator_only=update.samples, figures=figures)

    def normalisers(self, updates: Sequence[GroupUpdate]) -> Mapping[str, Normaliser]:
        """As AHPO's: rollouts that are left out count in the denominators."""
        return hybrid_normalisers(super().normalisers(updates), updates, self.config.normalise)

    @property
    def terms(self) -> tuple[LossTerm, ...]:
        """GRPO's, and imitation."""
        return standard_terms(self.loss)
