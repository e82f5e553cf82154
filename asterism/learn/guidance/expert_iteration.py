"""Imitation of one's own right rollouts, and of experts.

    L = -sum log pi(tau_t) / sum |tau|   over rollouts with R = 1

Expert iteration (arXiv 1705.08439) as used for language models in STaR (arXiv 2203.14465).
"""

from typing import Literal

from pydantic import Field

from asterism.core.episode import Group
from asterism.core.sample import Sample
from asterism.learn.guidance.base import Guidance
from asterism.learn.guidance.entry import Entry, Expert, Setting
from asterism.learn.guidance.gate import is_right, most_right


class ExpertIteration(Guidance):
    """Right rollouts are imitated, wrong ones left out."""

    kind: Literal["expert_iteration"] = Field(description="imitation of right rollouts, and of experts if wanted")
    experts: Literal["never", "failed", "always"] = Field(
        "never", description="whether the expert is imitated too: never, where no rollout is right, or always"
    )

    def enter(self, group: Group, expert: Expert | None, setting: Setting) -> Entry:
        """The group's right rollouts, and the expert as ``experts`` says."""
        right = [
            Sample(trajectory, ce=(1.0,) * trajectory.trained_tokens)
            for trajectory, reward in zip(group.trajectories, group.rewards, strict=True)
            if is_right(reward) and trajectory.trained_tokens
        ]
        unused = (None,) * len(group.trajectories)
        gate = self.experts == "always" or (self.experts == "failed" and most_right(group) == 0)
        if expert is None or not gate:
            return Entry(tuple(right), unused, gate=gate)
        return Entry((*right, expert.sample), unused, expert.sample, gate=True)
