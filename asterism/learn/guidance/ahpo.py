"""Adaptive hybrid policy optimisation: GRPO, and imitation of the expert where the policy still fails.

    L_off = -1/|y*| sum_t log pi(y*_t | x, y*_<t)
    L_on  = -1/sum_i |tau_i|  sum_i sum_t min(r A, clip(r) A)
    L = xi L_off + L_on                                         (AHPO, arXiv 2510.08540 eqs. 2 to 4)
    L with one normaliser Z for the tokens of both              (eq. 5)

L_off is averaged over the prompts of an update. L_on is GRPO's own term with its own denominator
(``loss.aggregation``), so no expert changes it. Z, which the paper leaves open, is the number of all tokens that the
update trains on.
"""

from collections.abc import Sequence
from dataclasses import replace
from typing import Literal

from pydantic import Field

from asterism.core.episode import Group
from asterism.core.sample import Sample
from asterism.core.seeds import rng_for
from asterism.learn.guidance.base import Guidance, counted
from asterism.learn.guidance.entry import Entry, Expert, Setting
from asterism.learn.guidance.gate import fails
from asterism.learn.losses import LossConfig, Scale, Scales

Normalise = Literal["per_sample", "pooled"]


class Ahpo(Guidance):
    """The expert's negative log-likelihood is added for groups whose gate is on."""

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

    def enter(self, group: Group, expert: Expert | None, setting: Setting) -> Entry:
        """GRPO's samples, and the expert's where the gate is on."""
        entry = super().enter(group, expert, setting)
        strength = self.strength(group, setting)
        if expert is None or strength == 0:
            return replace(entry, gate=strength > 0)
        sample = weighted(expert.sample, strength * self.weight)
        return replace(entry, samples=(*entry.samples, sample), expert=sample, gate=True)

    def strength(self, group: Group, setting: Setting) -> float:
        """How far the gate is open, 0 to 1: xi where it is adaptive."""
        left = max(0.0, 1 - setting.step / self.decay_steps)
        match self.gate:
            case "adaptive":
                return float(fails(group, self.r_hat))
            case "static":
                return 1.0
            case "decaying_weight":
                return left
            case "decaying_probability":
                return float(rng_for("gate", setting.seed, setting.step, group.task.id).random() < left)
            case "off":
                return 0.0

    def scales(self, entries: Sequence[Entry], loss: LossConfig) -> Scales:
        """GRPO's for its own terms; the expert term's by ``normalise``."""
        return hybrid_scales(entries, loss, self.normalise)


def weighted(sample: Sample, weight: float) -> Sample:
    """An expert's sample with another imitation weight."""
    return replace(sample, ce=(weight,) * len(sample.ce))


def hybrid_scales(entries: Sequence[Entry], loss: LossConfig, normalise: Normalise) -> Scales:
    """The scales of an update on rollouts and experts."""
    if normalise == "pooled":
        tokens = Scale("token_mean", float(sum(each.trajectory.trained_tokens for each in counted(entries))))
        return Scales(tokens, tokens, tokens)
    return replace(Scales.of(counted(entries), loss), ce=Scale("sequence_mean", float(len(entries))))
