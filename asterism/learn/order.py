"""Which task comes next: every task once an epoch, in an order that a seed and the epoch name."""

from collections.abc import Mapping, Sequence
from copy import copy

from pydantic import JsonValue

from asterism.core.episode import Group
from asterism.core.errors import AsterismError
from asterism.core.seeds import rng_for
from asterism.core.source import Drawn
from asterism.core.task import Task

NOTHING: Mapping[str, JsonValue] = {}


class TaskOrder:
    """Walks through shuffled epochs. The order depends on the tasks' ids, not on the order they were given in."""

    def __init__(self, tasks: Sequence[Task], seed: int) -> None:
        if not tasks:
            raise AsterismError("no tasks to train on", remedy="Check environment.train in the recipe.")
        self._tasks = sorted(tasks, key=lambda task: task.id)
        self._seed = seed
        self._epoch = 0
        self._position = 0
        self._shuffled = self._shuffle()

    def take(self, count: int) -> list[Drawn]:
        """The next ``count`` tasks, going on into the next epoch where one ends."""
        drawn = []
        for _ in range(count):
            if self._position == len(self._shuffled):
                self._epoch, self._position = self._epoch + 1, 0
                self._shuffled = self._shuffle()
            drawn.append(Drawn(self._shuffled[self._position], self._epoch))
            self._position += 1
        return drawn

    def peek(self, count: int) -> list[Drawn]:
        """What ``take`` would give, without going on."""
        return copy(self).take(count)

    @property
    def cursor(self) -> Mapping[str, int]:
        """Where the walk is, for a checkpoint."""
        return {"epoch": self._epoch, "position": self._position}

    @property
    def standing(self) -> Mapping[str, JsonValue]:
        """Nothing: the order does not depend on how the policy fares."""
        return NOTHING

    def record(self, groups: Sequence[Group]) -> None:
        """Nothing is noted."""

    def seek(self, cursor: Mapping[str, int], standing: Mapping[str, JsonValue] = NOTHING) -> None:
        """Go on from a checkpoint's cursor."""
        self._epoch, self._position = cursor["epoch"], cursor["position"]
        self._shuffled = self._shuffle()

    def _shuffle(self) -> list[Task]:
        shuffled = list(self._tasks)
        rng_for("task order", self._seed, self._epoch).shuffle(shuffled)
        return shuffled
