"""Where the next tasks come from while a policy is trained."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Protocol

from pydantic import JsonValue

from asterism.core.episode import Group
from asterism.core.task import Task


@dataclass(frozen=True, slots=True)
class Drawn:
    """A task and the epoch it is drawn in."""

    task: Task
    epoch: int


class TaskSource(Protocol):
    """Gives tasks one after another and goes on from a checkpoint as if it had never stopped.

    ``cursor`` and ``standing`` are all that a checkpoint needs: where it is, and what it has learned about the policy
    (nothing, where the order is fixed).
    """

    def take(self, count: int) -> list[Drawn]:
        """The next ``count`` tasks."""
        ...

    def peek(self, count: int) -> list[Drawn]:
        """What ``take`` would give if nothing were recorded before, without going on."""
        ...

    def record(self, groups: Sequence[Group]) -> None:
        """Note how the policy fared at tasks that were taken."""
        ...

    @property
    def cursor(self) -> Mapping[str, int]:
        """Where it is."""
        ...

    @property
    def standing(self) -> Mapping[str, JsonValue]:
        """What it has learned about the policy."""
        ...

    def seek(self, cursor: Mapping[str, int], standing: Mapping[str, JsonValue]) -> None:
        """Go on from a checkpoint."""
        ...
