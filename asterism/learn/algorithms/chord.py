"""A weight that moves from imitation to reward, and less pull on tokens that the policy is sure of, either way.

    L = (1 - mu) L_RL + mu L_SFT                                                (CHORD, arXiv 2508.11408)
    L_SFT = -sum_t phi_t log pi(y*_t) / sum |y*|,   phi = p (1 - p) without gradient

mu falls from ``mu`` to ``mu_end`` along half a cosine over ``decay_steps``.
"""

import math
from dataclasses import replace
from typing import Literal

from pydantic import Field

from asterism.core.config import Config
from asterism.core.episode import Group
from asterism.core.sample import Sample
from asterism.learn.algorithms.algorithm import AlgorithmContext, AlgorithmSettings, Expert, ExpertUse, GroupUpdate
from asterism.learn.algorithms.expert_fields import EXPERT_TOKENS, GRADIENTS_EVERY
from asterism.learn.algorithms.grpo import Grpo
from asterism.learn.loss_terms import ClippedSurrogate, Imitation, kl_term
from asterism.learn.terms import LossTerm


class ChordConfig(Config):
    """How the share of imitation falls."""

    kind: Literal["chord"] = Field(description="(1 - mu) GRPO + mu imitation, mu falling with the step")
    mu: float = Field(0.9, ge=0, le=1, description="share of imitation at the first step")
    mu_end: float = Field(0.05, ge=0, le=1, description="share of imitation in the end")
    decay_steps: int = Field(100, ge=1, description="steps over which the share falls")
    phi: bool = Field(True, description="weigh each expert token by p (1 - p)")
    expert_tokens: int | None = EXPERT_TOKENS
    gradients_every: int = GRADIENTS_EVERY

    def build(self, settings: AlgorithmSettings) -> "Chord":
        """The algorithm."""
        return Chord(self, settings)


class Chord(Grpo):
    """All groups learn from rollouts and experts, mixed by a weight that depends on the step alone."""

    experts: ExpertUse = "checked"

    def __init__(self, config: ChordConfig, settings: AlgorithmSettings) -> None:
        super().__init__(settings)
        self.config = config
        self.expert_tokens = config.expert_tokens
        self.gradients_every = config.gradients_every

    def update(self, group: Group, expert: Expert | None, context: AlgorithmContext) -> GroupUpdate:
        """GRPO's samples at 1 - mu, the expert's at mu."""
        update = super().update(group, expert, context)
        mu = self.share(context.step)
        own = tuple(_lessened(sample, 1 - mu) for sample in update.samples)
        if expert is None or mu == 0:
            return replace(update, samples=own)
        sample = expert.sample.weighed(ce=(mu,) * expert.sample.trajectory.trained_tokens)
        return replace(update, samples=(*own, sample), expert=sample)

    def share(self, step: int) -> float:
        """mu at a step, counted from 0."""
        config = self.config
        progress = min(1.0, step / config.decay_steps)
        return config.mu_end + (config.mu - config.mu_end) * (1 + math.cos(math.pi * progress)) / 2

    @property
    def terms(self) -> tuple[LossTerm, ...]:
        """GRPO's, and imitation, weighed by the policy's uncertainty where ``phi`` says so."""
        return (ClippedSurrogate.of(self.loss), Imitation(uncertain=self.config.phi), *kl_term(self.loss))


def _lessened(sample: Sample, share: float) -> Sample:
    """The surrogate is proportional to the advantage, clipped or not, so the share may be taken there."""
    return replace(
        sample, weights={name: tuple(share * each for each in weights) for name, weights in sample.weights.items()}
    )
