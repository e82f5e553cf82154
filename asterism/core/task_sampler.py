"""Where the next tasks come from while a policy is trained."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Protocol

from pydantic import JsonValue

from asterism.core.episode import Group
from asterism.core.task import Task


@dataclass(frozen=True, slots=True)
class SampledTask:
    """A task and the epoch it is sampled in."""

    task: Task
    epoch: int


class TaskSampler(Protocol):
    """Gives tasks one after another and resumes from a checkpoint as if it had never stopped.

    ``state_dict`` is all that a checkpoint needs, as plain JSON: the position, and what was learned about the policy.
    """

    def next(self, count: int) -> list[SampledTask]:
        """The next ``count`` tasks."""
        ...

    def peek(self, count: int) -> list[SampledTask]:
        """What ``next`` would give if no ``update`` came before, without moving."""
        ...

    def update(self, groups: Sequence[Group]) -> None:
        """Note how the policy fared at tasks that were sampled."""
        ...

    def state_dict(self) -> dict[str, JsonValue]:
        """Position and what was learned."""
        ...

    def load_state_dict(self, state: Mapping[str, JsonValue]) -> None:
        """Resume from a checkpoint."""
        ...
