"""GRPO done right: neither the deviation of a group nor the length of an answer may change a token's weight.

    A_i  = r_i - mean(r)
    loss = 1/(G L) sum_i sum_t max(-A_i rho_t, -A_i clip(rho_t)),   L a constant: the longest answer

Dr. GRPO, arXiv 2503.20783. It is GRPO under ``advantage.normalise: none`` and ``loss.aggregation: constant_length``, so
it needs no class of its own; L is ``loss.constant_length``. The paper has no KL term.
"""

from typing import Literal

from pydantic import Field

from asterism.core.config import Config
from asterism.learn.algorithms.algorithm import AlgorithmSettings
from asterism.learn.algorithms.grpo import Grpo


class DrGrpoConfig(Config):
    """Two settings of GRPO."""

    kind: Literal["dr_grpo"] = Field(description="GRPO without the two biases of its normalisation")

    def build(self, settings: AlgorithmSettings) -> Grpo:
        """The algorithm."""
        fixed = settings.fixed(self.kind, advantage={"normalise": "none"}, loss={"aggregation": "constant_length"})
        return Grpo(fixed.without_kl())
