"""Group sequence policy optimisation: the importance ratio of a whole answer in place of one for each token.

    s_i  = exp( 1/|y_i| sum_t (log pi(t) - log pi_old(t)) )
    loss = -1/G sum_i min(s_i A_i, clip(s_i, 1 - low, 1 + high) A_i),   A_i as in GRPO

GSPO, arXiv 2507.18071 eqs. 5 and 7. A mean over sequences of their means over tokens gives each answer the weight 1/G.
"""

from typing import Literal

from pydantic import Field

from asterism.core.config import Config
from asterism.learn.algorithms.algorithm import AlgorithmSettings
from asterism.learn.algorithms.grpo import Grpo
from asterism.learn.loss_terms import SequenceRatio, kl_term
from asterism.learn.terms import LossTerm


class GspoConfig(Config):
    """The bounds of the sequence ratio; those of ``loss`` are not used."""

    kind: Literal["gspo"] = Field(description="GRPO with one importance ratio for a whole answer")
    clip_low: float = Field(3e-4, ge=0, lt=1, description="the sequence ratio is clipped below at 1 - clip_low")
    clip_high: float = Field(4e-4, ge=0, description="the sequence ratio is clipped above at 1 + clip_high")

    def build(self, settings: AlgorithmSettings) -> "Gspo":
        """The algorithm."""
        return Gspo(self, settings.fixed(self.kind, loss={"aggregation": "sequence_mean"}))


class Gspo(Grpo):
    """GRPO's groups and advantages under the sequence ratio."""

    def __init__(self, config: GspoConfig, settings: AlgorithmSettings) -> None:
        super().__init__(settings)
        self.config = config

    @property
    def terms(self) -> tuple[LossTerm, ...]:
        """The surrogate of the sequence ratio."""
        return (SequenceRatio(self.config.clip_low, self.config.clip_high), *kl_term(self.loss))
