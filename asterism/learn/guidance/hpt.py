"""Hybrid post-training: a group learns from the expert *or* from its rollouts.

    L = alpha L_RL + beta L_SFT,  (alpha, beta) = (0, 1) where the policy fails, else (1, 0)    (HPT, arXiv 2509.04419)

It fails where fewer than ``r_hat`` rollouts are right (the paper's threshold on the share of right ones). So it is AHPO
with the on-policy term gated as well.
"""

from collections.abc import Sequence
from dataclasses import replace
from typing import Literal

from pydantic import Field

from asterism.core.episode import Group
from asterism.learn.guidance.ahpo import Normalise, hybrid_scales
from asterism.learn.guidance.base import Guidance
from asterism.learn.guidance.entry import Entry, Expert, Setting
from asterism.learn.guidance.gate import fails
from asterism.learn.losses import LossConfig, Scales


class Hpt(Guidance):
    """The expert's loss takes the place of GRPO's for groups whose gate is on."""

    kind: Literal["hpt"] = Field(description="the expert's term in place of GRPO's, switched by group")
    r_hat: int = Field(1, ge=0, description="right rollouts from which on a group learns from its rollouts")
    normalise: Normalise = Field(
        "per_sample",
        description="mean over prompts of the expert's mean over tokens, or one mean over all trained tokens",
    )

    def enter(self, group: Group, expert: Expert | None, setting: Setting) -> Entry:
        """The expert alone where the gate is on and there is one, else GRPO's samples."""
        entry = super().enter(group, expert, setting)
        gate = fails(group, self.r_hat)
        if expert is None or not gate:
            return replace(entry, gate=gate)
        unused = (None,) * len(group.trajectories)
        return Entry((expert.sample,), unused, expert.sample, silent=entry.samples, gate=True)

    def scales(self, entries: Sequence[Entry], loss: LossConfig) -> Scales:
        """As AHPO's: rollouts that are left out count in the denominators."""
        return hybrid_scales(entries, loss, self.normalise)
