"""Group relative policy optimisation: sample a group of answers to each prompt, learn from how they compare.

    A_i   = (r_i - mean(r)) / (std(r) + eps)
    rho_t = pi(t) / pi_old(t)
    loss  = sum over tokens t of  scale_t [ max(-A_i rho_t, -A_i clip(rho_t, 1 - low, 1 + high)) + beta k3_t ]

GRPO, arXiv 2402.03300 eq. 3. Read downwards: group, advantages, samples, normalisers, terms.
"""

from collections.abc import Mapping, Sequence
from typing import Literal

from pydantic import Field

from asterism.core.config import Config
from asterism.core.episode import Group
from asterism.core.sample import Sample
from asterism.learn.advantages import advantages, samples_of
from asterism.learn.algorithms.algorithm import (
    AlgorithmContext,
    AlgorithmSettings,
    Expert,
    ExpertUse,
    GroupUpdate,
    counted,
)
from asterism.learn.loss_terms import ClippedSurrogate, kl_term
from asterism.learn.normalisers import Normaliser
from asterism.learn.terms import LossTerm


class GrpoConfig(Config):
    """GRPO as the sections ``advantage`` and ``loss`` say."""

    kind: Literal["grpo"] = Field("grpo", description="compare the answers to a prompt with each other")

    def build(self, settings: AlgorithmSettings) -> "Grpo":
        """The algorithm."""
        return Grpo(settings)


class Grpo:
    """GRPO, and what other algorithms leave as it is; each of them changes one method or two."""

    experts: ExpertUse = "none"
    expert_tokens: int | None = None
    gradients_every: int = 0
    draws: int = 1

    def __init__(self, settings: AlgorithmSettings) -> None:
        self.settings = settings
        self.advantage = settings.advantage
        self.loss = settings.loss

    def updates(self, groups: Sequence[tuple[Group, Expert | None]], context: AlgorithmContext) -> list[GroupUpdate]:
        """Each group by itself."""
        return [self.update(group, expert, context) for group, expert in groups]

    def update(self, group: Group, expert: Expert | None, context: AlgorithmContext) -> GroupUpdate:
        """Every answer with its advantage on each of its tokens."""
        values = self.advantages(group)
        return GroupUpdate(tuple(self.samples(group, values)), values)

    def advantages(self, group: Group) -> tuple[float | None, ...]:
        """A_i of each episode; None where it is not trained on."""
        return advantages(group, self.advantage)

    def samples(self, group: Group, values: Sequence[float | None]) -> list[Sample]:
        """The answers: their advantages as weights of the surrogate, and weight 1 of the KL term if there is one."""
        return samples_of(group.trajectories, values, kl=self.loss.kl_coef > 0)

    def normalisers(self, updates: Sequence[GroupUpdate]) -> Mapping[str, Normaliser]:
        """Each term over the samples that carry it, so that the weight of one does not depend on another's samples."""
        samples = counted(updates)
        return {term.name: self.normaliser(samples, term.name) for term in self.terms}

    def normaliser(self, samples: Sequence[Sample], *terms: str) -> Normaliser:
        """As ``loss.aggregation`` says, over the samples that carry one of the terms."""
        aggregation, length = self.loss.aggregation, self.loss.constant_length
        return Normaliser.of(samples, *terms, aggregation=aggregation, constant_length=length)

    @property
    def terms(self) -> tuple[LossTerm, ...]:
        """The clipped surrogate, and the pull to the reference policy if it has a coefficient."""
        return (ClippedSurrogate.of(self.loss), *kl_term(self.loss))

    def keeps(self, group: Group) -> bool:
        """Every group."""
        return True

    def response_prefix(self, group: Group, expert: Expert | None, context: AlgorithmContext) -> tuple[int, ...]:
        """None: rollouts are kept as they are."""
        return ()
