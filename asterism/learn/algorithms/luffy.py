"""The expert as one more member of the group, off-policy.

    A_i = (R_i - mean R) / (std R + epsilon),   R of the G rollouts and of the expert
    loss of an expert's token = -A p / (p + gamma),   p = pi(token)             (LUFFY, arXiv 2504.14945)

The behaviour policy of the expert counts as 1, so the ratio of its tokens is pi itself, shaped by
f(p) = p / (p + gamma) and not clipped. One denominator counts the tokens of all members.
"""

from collections.abc import Mapping, Sequence
from typing import Literal

from pydantic import Field

from asterism.core.config import Config
from asterism.core.episode import Group
from asterism.learn.algorithms.algorithm import (
    AlgorithmContext,
    AlgorithmSettings,
    Expert,
    ExpertUse,
    GroupUpdate,
    counted,
)
from asterism.learn.algorithms.expert_fields import EXPERT_TOKENS, GRADIENTS_EVERY
from asterism.learn.algorithms.grpo import Grpo
from asterism.learn.algorithms.member import joined
from asterism.learn.loss_terms import ClippedSurrogate, ShapedSurrogate, kl_term
from asterism.learn.normalisers import Normaliser
from asterism.learn.terms import LossTerm


class LuffyConfig(Config):
    """The expert as an off-policy member."""

    kind: Literal["luffy"] = Field(description="the expert is the group's (G+1)th member, off-policy, shaped")
    gamma: float = Field(0.1, gt=0, description="gamma of the shaped probability p / (p + gamma) of an expert's tokens")
    expert_tokens: int | None = EXPERT_TOKENS
    gradients_every: int = GRADIENTS_EVERY

    def build(self, settings: AlgorithmSettings) -> "Luffy":
        """The algorithm."""
        return Luffy(self, settings)


class Luffy(Grpo):
    """The expert is compared with the rollouts and trained on by the shaped surrogate."""

    experts: ExpertUse = "checked"

    def __init__(self, config: LuffyConfig, settings: AlgorithmSettings) -> None:
        super().__init__(settings)
        self.config = config
        self.expert_tokens = config.expert_tokens
        self.gradients_every = config.gradients_every

    def update(self, group: Group, expert: Expert | None, context: AlgorithmContext) -> GroupUpdate:
        """The samples of the group that the expert has joined."""
        return super().update(group, None, context) if expert is None else joined(self, group, expert, term="shaped")

    def normalisers(self, updates: Sequence[GroupUpdate]) -> Mapping[str, Normaliser]:
        """Both surrogates by one, over all members."""
        samples = counted(updates)
        members = self.normaliser(samples, "rl", "shaped")
        return {"rl": members, "shaped": members, "kl": self.normaliser(samples, "kl")}

    @property
    def terms(self) -> tuple[LossTerm, ...]:
        """The clipped surrogate for rollouts, the shaped one for experts."""
        return (ClippedSurrogate.of(self.loss), ShapedSurrogate(self.config.gamma), *kl_term(self.loss))
