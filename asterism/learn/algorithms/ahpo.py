"""Adaptive hybrid policy optimisation: GRPO, and imitation of the expert where the policy still fails.

    L_off = -1/|y*| sum_t log pi(y*_t | x, y*_<t)
    L_on  = -1/sum_i |tau_i|  sum_i sum_t min(r A, clip(r) A)
    L = xi L_off + L_on                                         (AHPO, arXiv 2510.08540 eqs. 2 to 4)
    L with one normaliser Z for the tokens of both              (eq. 5)

L_off is averaged over the prompts of an update. L_on is GRPO's own term with its own denominator
(``loss.aggregation``), so no expert changes it. Z, which the paper leaves open, is the number of all tokens that the
update trains on.
"""

from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import Literal

from pydantic import Field

from asterism.core.config import Config
from asterism.core.episode import Group
from asterism.core.seeds import rng_for
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
from asterism.learn.algorithms.success import fails
from asterism.learn.loss_terms import standard_terms
from asterism.learn.normalisers import Normaliser
from asterism.learn.terms import LossTerm

Normalise = Literal["per_sample", "pooled"]


class AhpoConfig(Config):
    """When the expert's term is on, and how the two terms add up."""

    kind: Literal["ahpo"] = Field(description="an expert term beside GRPO's, gated by group")
    gate: Literal["adaptive", "static", "decaying_weight", "decaying_probability", "off"] = Field(
        "adaptive",
        description="when the expert term is on: where fewer than r_hat rollouts are right; always; always, with a "
        "weight or in a share of groups that falls to 0; never",
    )
    r_hat: int = Field(2, ge=0, description="adaptive: right rollouts from which on the gate is off (R_hat)")
    weight: float = Field(1.0, gt=0, description="weight of the expert term")
    decay_steps: int = Field(100, ge=1, description="decaying: steps after which nothing of the expert term is left")
    normalise: Normalise = Field(
        "per_sample",
        description="mean over prompts of the expert's mean over tokens (eq. 4); or one mean over all trained tokens "
        "(eq. 5)",
    )
    expert_tokens: int | None = EXPERT_TOKENS
    gradients_every: int = GRADIENTS_EVERY

    def build(self, settings: AlgorithmSettings) -> "Ahpo":
        """The algorithm."""
        return Ahpo(self, settings)


class Ahpo(Grpo):
    """The expert's negative log-likelihood is added for groups whose gate is on."""

    experts: ExpertUse = "checked"

    def __init__(self, config: AhpoConfig, settings: AlgorithmSettings) -> None:
        super().__init__(settings)
        self.config = config
        self.expert_tokens = config.expert_tokens
        self.gradients_every = config.gradients_every

    def update(self, group: Group, expert: Expert | None, context: AlgorithmContext) -> GroupUpdate:
        """GRPO's samples, and the expert's where the gate is on."""
        update = super().update(group, expert, context)
        strength = self.strength(group, context)
        gate = {"gates_on": float(strength > 0)}
        if expert is None or strength == 0:
            return replace(update, figures=gate)
        weight = strength * self.config.weight
        sample = expert.sample.weighed(ce=(weight,) * expert.sample.trajectory.trained_tokens)
        return replace(update, samples=(*update.samples, sample), expert=sample, figures=gate)

    def strength(self, group: Group, context: AlgorithmContext) -> float:
        """How far the gate is open, 0 to 1: xi where it is adaptive."""
        config = self.config
        left = max(0.0, 1 - context.step / config.decay_steps)
        match config.gate:
            case "adaptive":
                return float(fails(group, config.r_hat))
            case "static":
                return 1.0
            case "decaying_weight":
                return left
            case "decaying_probability":
                return float(rng_for("gate", context.seed, context.step, group.task.id).random() < left)
            case "off":
                return 0.0

    def normalisers(self, updates: Sequence[GroupUpdate]) -> Mapping[str, Normaliser]:
        """GRPO's for its own terms; the expert term's by ``normalise``."""
        return hybrid_normalisers(super().normalisers(updates), updates, self.config.normalise)

    @property
    def terms(self) -> tuple[LossTerm, ...]:
        """GRPO's, and imitation."""
        return standard_terms(self.loss)


def hybrid_normalisers(
    own: Mapping[str, Normaliser], updates: Sequence[GroupUpdate], normalise: Normalise
) -> Mapping[str, Normaliser]:
    """The normalisers of an update on rollouts and experts."""
    if normalise == "pooled":
        tokens = Normaliser("token_mean", float(sum(each.trajectory.trained_tokens for each in counted(updates))))
        return dict.fromkeys(own, tokens)
    return {**own, "ce": Normaliser("sequence_mean", float(len(updates)))}
