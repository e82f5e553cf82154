"""Perception-aware policy optimisation: GRPO, and an answer should become unlikely where the image is masked.

    loss = L_GRPO - gamma k3_t + eta_1 H_t + eta_2 H_t^mask
    k3_t = exp(d) - d - 1,  d = log pi(t | masked image) - log pi(t | image):  KL(pi || pi_mask), gradient through both
    H_t  = -log pi(t | image),  H_t^mask = -log pi(t | masked image):          estimates of the two entropies

PAPO, arXiv 2507.06448: the KL term, and the double entropy loss that keeps it from being hacked. It is one more term,
with a view of its own.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import ClassVar, Literal

from pydantic import Field

from asterism.core.config import Config
from asterism.core.episode import Group
from asterism.core.sample import Sample
from asterism.learn.algorithms.algorithm import AlgorithmSettings
from asterism.learn.algorithms.grpo import Grpo
from asterism.learn.conditioning import Conditioning, MaskedImages
from asterism.learn.losses import LOG_RATIO_LIMIT
from asterism.learn.terms import LossTerm, TermLoss, TermTokens, TokenMeans


class PapoConfig(Config):
    """How images are masked, and what the masked view costs. Defaults: the paper's."""

    kind: Literal["papo"] = Field(description="GRPO that is rewarded for needing the image")
    gamma: float = Field(0.01, ge=0, description="weight of the KL to the policy that sees a masked image")
    kl_clamp: float = Field(10.0, gt=0, description="largest such KL of one token, nats; beyond it has no gradient")
    entropy: float = Field(0.03, ge=0, description="weight of the entropy under the image (eta_1)")
    masked_entropy: float = Field(0.03, ge=0, description="weight of the entropy under the masked image (eta_2)")
    masked_share: float = Field(0.6, gt=0, le=1, description="share of patches that are black")
    patch: int = Field(14, ge=1, description="side of a patch, pixels")

    def build(self, settings: AlgorithmSettings) -> "Papo":
        """The algorithm."""
        return Papo(self, settings)


@dataclass(frozen=True, slots=True)
class PerceptionTerm(LossTerm):
    """The KL between the two views and their entropies; a weight is a factor."""

    name: ClassVar[str] = "perception"

    config: PapoConfig
    coefficient: float = 1.0

    @property
    def conditioning(self) -> Conditioning:
        """The same trajectory with masked images."""
        return MaskedImages(self.config.masked_share, self.config.patch)

    def __call__(self, tokens: TermTokens) -> TermLoss:
        """Of tokens that carry it alone."""
        own, config = tokens.those_that_carry(), self.config
        if own.other is None:
            raise ValueError("the perception term needs the log-probs under its own view")
        difference = (own.other - own.logprobs).clamp(-LOG_RATIO_LIMIT, LOG_RATIO_LIMIT)
        kl = (difference.exp() - difference - 1).clamp(max=config.kl_clamp)
        each = -config.gamma * kl - config.entropy * own.logprobs - config.masked_entropy * own.other
        metrics = TokenMeans(kl.numel(), {"perception_kl": float(kl.detach().sum())})
        return TermLoss((own.scale * own.weights * each).sum(), metrics)


class Papo(Grpo):
    """GRPO's samples, each of which also carries the perception term where its task has an image."""

    def __init__(self, config: PapoConfig, settings: AlgorithmSettings) -> None:
        super().__init__(settings)
        self.config = config

    def samples(self, group: Group, values: Sequence[float | None]) -> list[Sample]:
        """GRPO's, with weight 1 of the perception term."""
        samples = super().samples(group, values)
        return [
            each.weighed(perception=(1.0,) * each.trajectory.trained_tokens) if each.trajectory.images else each
            for each in samples
        ]

    @property
    def terms(self) -> tuple[LossTerm, ...]:
        """GRPO's, and the perception term."""
        return (*super().terms, PerceptionTerm(self.config))
