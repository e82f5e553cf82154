"""What a step collects before it learns."""

from collections.abc import Sequence
from dataclasses import dataclass, field

from asterism.core.episode import Group
from asterism.core.task_sampler import SampledTask
from asterism.learn.algorithms.algorithm import Expert
from asterism.learn.experts import ExpertLookup


@dataclass(frozen=True, slots=True)
class CollectedGroup:
    """A group and the expert of its task.

    ``prefixed`` is the group that takes its place because its rollouts begin with a part of the expert;
    ``prefix_tokens`` tells how many tokens of each of those are the expert's.
    """

    group: Group
    lookup: ExpertLookup = field(default_factory=ExpertLookup)
    prefixed: Group | None = None
    prefix_tokens: int = 0

    @property
    def trained(self) -> Group:
        """The group that is learned from."""
        return self.group if self.prefixed is None else self.prefixed

    @property
    def expert(self) -> Expert | None:
        """The expert, if there is one to learn from."""
        return self.lookup.expert


@dataclass(frozen=True, slots=True)
class Collected:
    """The rollouts of one step: ``tasks`` are all that were sampled, ``groups`` those that are learned from.

    ``dropped`` are groups that the algorithm did not keep (DAPO: of equal rewards); their tokens were spent.
    """

    tasks: Sequence[SampledTask]
    groups: Sequence[CollectedGroup]
    dropped: Sequence[Group]
    seconds: float
