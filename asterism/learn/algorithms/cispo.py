"""Clipped importance-sampling weights: what is clipped is the weight of a token, never its gradient.

    loss = -sum_i sum_t sg[clip(rho_t, 1 - low, 1 + high)] A_i log pi(t) / sum_i |y_i|,   A_i as in GRPO

CISPO, MiniMax-M1, arXiv 2506.13585 eqs. 4 and 5: no lower bound, no KL term.
"""

from typing import Literal

from pydantic import Field

from asterism.core.config import Config
from asterism.learn.algorithms.algorithm import AlgorithmSettings
from asterism.learn.algorithms.grpo import Grpo
from asterism.learn.loss_terms import ClippedISWeight, kl_term
from asterism.learn.terms import LossTerm


class CispoConfig(Config):
    """The bounds of the weight; those of ``loss`` are not used. The paper does not state its upper bound."""

    kind: Literal["cispo"] = Field(description="REINFORCE on GRPO's advantages under a clipped importance weight")
    clip_low: float | None = Field(None, ge=0, le=1, description="the weight is at least 1 - clip_low; null: no bound")
    clip_high: float | None = Field(4.0, ge=0, description="the weight is at most 1 + clip_high; null: no bound")

    def build(self, settings: AlgorithmSettings) -> "Cispo":
        """The algorithm."""
        return Cispo(self, settings.fixed(self.kind, loss={"aggregation": "token_mean"}).without_kl())


class Cispo(Grpo):
    """GRPO's groups and advantages under a clipped weight."""

    def __init__(self, config: CispoConfig, settings: AlgorithmSettings) -> None:
        super().__init__(settings)
        self.config = config

    @property
    def terms(self) -> tuple[LossTerm, ...]:
        """The weighted log-likelihood."""
        return (ClippedISWeight(self.config.clip_low, self.config.clip_high), *kl_term(self.loss))
