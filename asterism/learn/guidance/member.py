"""The expert as one more member of the group.

    A_i = (R_i - mean R) / (std R + epsilon),   R of the G rollouts and of the expert

``member`` treats the expert's tokens as the policy's own (ratio 1 on-policy, clipped). ``luffy`` (LUFFY, arXiv
2504.14945) knows that they are not: the behaviour policy counts as 1, so their ratio is pi itself, shaped by
f(p) = p / (p + gamma) and not clipped (``losses.shaped_surrogate``; gamma is ``loss.shape_gamma``). In both one
denominator counts the tokens of all members.
"""

from typing import Literal

from pydantic import Field

from asterism.core.episode import Group
from asterism.core.sample import Sample, Surrogate
from asterism.learn.advantages import advantages, samples_of
from asterism.learn.guidance.base import Guidance
from asterism.learn.guidance.entry import Entry, Expert, Setting


class Member(Guidance):
    """The expert is compared with the rollouts and trained on by the same surrogate."""

    kind: Literal["member"] = Field(description="the expert is the group's (G+1)th member, on-policy like the others")

    def enter(self, group: Group, expert: Expert | None, setting: Setting) -> Entry:
        """The samples of the group that the expert has joined."""
        return super().enter(group, None, setting) if expert is None else joined(group, expert, setting, "clipped")


class Luffy(Guidance):
    """The expert is compared with the rollouts and trained on by the shaped surrogate."""

    kind: Literal["luffy"] = Field(description="the expert is the group's (G+1)th member, off-policy, shaped")

    def enter(self, group: Group, expert: Expert | None, setting: Setting) -> Entry:
        """The samples of the group that the expert has joined."""
        return super().enter(group, None, setting) if expert is None else joined(group, expert, setting, "shaped")


def joined(group: Group, expert: Expert, setting: Setting, surrogate: Surrogate) -> Entry:
    """What of a group is trained on when the expert is a member of it."""
    whole = Group.of(group.task, (*group.trajectories, expert.sample.trajectory), (*group.rewards, expert.reward))
    *values, own = advantages(whole, setting.advantage)
    samples = samples_of(group.trajectories, values, kl=setting.kl)
    if own is None:
        return Entry(tuple(samples), tuple(values))
    trajectory = expert.sample.trajectory
    sample = Sample(trajectory, rl=(own,) * trajectory.trained_tokens, surrogate=surrogate)
    return Entry((*samples, sample), tuple(values), sample)
