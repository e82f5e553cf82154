"""A weight that moves from imitation to reward, and less pull on tokens that the policy is sure of, either way.

    L = (1 - mu) L_RL + mu L_SFT                                                (CHORD, arXiv 2508.11408)
    L_SFT = -sum_t phi_t log pi(y*_t) / sum |y*|,   phi = p (1 - p) without gradient

mu falls from ``mu`` to ``mu_end`` along half a cosine over ``decay_steps``.
"""

import math
from dataclasses import replace
from typing import Literal

from pydantic import Field

from asterism.core.episode import Group
from asterism.core.sample import Sample
from asterism.learn.guidance.ahpo import weighted
from asterism.learn.guidance.base import Guidance
from asterism.learn.guidance.entry import Entry, Expert, Setting


class Chord(Guidance):
    """All groups learn from rollouts and experts, mixed by a weight that depends on the step alone."""

    kind: Literal["chord"] = Field(description="(1 - mu) GRPO + mu imitation, mu falling with the step")
    mu: float = Field(0.9, ge=0, le=1, description="share of imitation at the first step")
    mu_end: float = Field(0.05, ge=0, le=1, description="share of imitation in the end")
    decay_steps: int = Field(100, ge=1, description="steps over which the share falls")
    phi: bool = Field(True, description="weigh each expert token by p (1 - p)")

    def enter(self, group: Group, expert: Expert | None, setting: Setting) -> Entry:
        """GRPO's samples at 1 - mu, the expert's at mu."""
        entry = super().enter(group, expert, setting)
        mu = self.share(setting.step)
        own = tuple(_lessened(sample, 1 - mu) for sample in entry.samples)
        if expert is None or mu == 0:
            return replace(entry, samples=own)
        sample = replace(weighted(expert.sample, mu), imitation="uncertain" if self.phi else "plain")
        return replace(entry, samples=(*own, sample), expert=sample)

    def share(self, step: int) -> float:
        """mu at a step, counted from 0."""
        progress = min(1.0, step / self.decay_steps)
        return self.mu_end + (self.mu - self.mu_end) * (1 + math.cos(math.pi * progress)) / 2


def _lessened(sample: Sample, share: float) -> Sample:
    """The surrogate is proportional to the advantage, clipped or not, so the share may be taken there."""
    return replace(sample, rl=tuple(share * each for each in sample.rl), kl=tuple(share * each for each in sample.kl))
