"""Which task comes next: every task once an epoch, in an order that a seed and the epoch name."""

from collections.abc import Mapping, Sequence
from copy import copy

from pydantic import JsonValue

from asterism.core.config import Config
from asterism.core.episode import Group
from asterism.core.errors import AsterismError
from asterism.core.seeds import rng_for
from asterism.core.task import Task
from asterism.core.task_sampler import SampledTask


class _State(Config):
    """What :meth:`ShuffledSampler.state_dict` gives."""

    epoch: int
    position: int


class ShuffledSampler:
    """Walks through shuffled epochs. The order depends on the tasks' ids, not on the order they were given in."""

    def __init__(self, tasks: Sequence[Task], seed: int) -> None:
        if not tasks:
            raise AsterismError("no tasks to train on", remedy="Check environment.train in the recipe.")
        self._tasks = sorted(tasks, key=lambda task: task.id)
        self._seed = seed
        self._epoch = 0
        self._position = 0
        self._shuffled = self._shuffle()

    def next(self, count: int) -> list[SampledTask]:
        """The next ``count`` tasks; where an epoch ends the next one begins."""
        sampled = []
        for _ in range(count):
            if self._position == len(self._shuffled):
                self._epoch, self._position = self._epoch + 1, 0
                self._shuffled = self._shuffle()
            sampled.append(SampledTask(self._shuffled[self._position], self._epoch))
            self._position += 1
        return sampled

    def peek(self, count: int) -> list[SampledTask]:
        """What ``next`` would give, without moving."""
        return copy(self).next(count)

    def update(self, groups: Sequence[Group]) -> None:
        """Nothing is noted: the order does not depend on how the policy fares."""

    def state_dict(self) -> dict[str, JsonValue]:
        """The epoch and the position in it."""
        return {"epoch": self._epoch, "position": self._position}

    def load_state_dict(self, state: Mapping[str, JsonValue]) -> None:
        """Resume from a checkpoint.

        Raises:
            AsterismError: the state is of another form.
        """
        stored = _State.parse(dict(state), where="task sampler")
        self._epoch, self._position = stored.epoch, stored.position
        self._shuffled = self._shuffle()

    def _shuffle(self) -> list[Task]:
        shuffled = list(self._tasks)
        rng_for("task order", self._seed, self._epoch).shuffle(shuffled)
        return shuffled
