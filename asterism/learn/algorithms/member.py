"""The expert as one more member of the group, trained on like the others.

    A_i = (R_i - mean R) / (std R + epsilon),   R of the G rollouts and of the expert

The expert's tokens are treated as the policy's own (ratio 1 on-policy, clipped). One denominator counts the tokens of
all members. luffy.py knows that the expert's tokens are another's.
"""

from typing import Literal

from pydantic import Field

from asterism.core.config import Config
from asterism.core.episode import Group
from asterism.core.sample import Sample
from asterism.learn.algorithms.algorithm import AlgorithmContext, AlgorithmSettings, Expert, ExpertUse, GroupUpdate
from asterism.learn.algorithms.expert_fields import EXPERT_TOKENS, GRADIENTS_EVERY
from asterism.learn.algorithms.grpo import Grpo


class MemberConfig(Config):
    """The expert as a member."""

    kind: Literal["member"] = Field(description="the expert is the group's (G+1)th member, on-policy like the others")
    expert_tokens: int | None = EXPERT_TOKENS
    gradients_every: int = GRADIENTS_EVERY

    def build(self, settings: AlgorithmSettings) -> "Member":
        """The algorithm."""
        return Member(self, settings)


class Member(Grpo):
    """The expert is compared with the rollouts and trained on by the same surrogate."""

    experts: ExpertUse = "checked"

    def __init__(self, config: MemberConfig, settings: AlgorithmSettings) -> None:
        super().__init__(settings)
        self.expert_tokens = config.expert_tokens
        self.gradients_every = config.gradients_every

    def update(self, group: Group, expert: Expert | None, context: AlgorithmContext) -> GroupUpdate:
        """The samples of the group that the expert has joined."""
        return super().update(group, None, context) if expert is None else joined(self, group, expert, term="rl")


def joined(algorithm: Grpo, group: Group, expert: Expert, *, term: str) -> GroupUpdate:
    """What of a group is trained on when the expert is a member of it; its advantage is a weight of ``term``."""
    trajectory = expert.sample.trajectory
    whole = Group.of(group.task, (*group.trajectories, trajectory), (*group.rewards, expert.reward))
    *values, own = algorithm.advantages(whole)
    samples = algorithm.samples(group, values)
    if own is None:
        return GroupUpdate(tuple(samples), tuple(values))
    sample = Sample(trajectory, {term: (own,) * trajectory.trained_tokens})
    return GroupUpdate((*samples, sample), tuple(values), sample)
