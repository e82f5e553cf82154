"""Where instances come from: drawn by name, or read from records."""

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Protocol

from asterism.core.errors import AsterismError
from asterism.core.records import read_records
from asterism.core.task import Task
from asterism.helix.catalogue import puzzle_of
from asterism.helix.dataset import checked_level
from asterism.helix.entry import Entry, Name, entry_of
from asterism.helix.instances import DistinctInstances, Series
from asterism.helix.puzzle import Puzzle
from asterism.helix.records import entry_of_task


class NoInstance(AsterismError):
    """A record that is about no instance of any task there is."""


@dataclass(frozen=True, slots=True)
class Instance:
    """A state, what it is called, and what it is asked as."""

    id: str
    puzzle: Puzzle[Any]
    level: int
    state: Any
    answer: str


class Source(Protocol):
    """An instance that is made only when it is looked at."""

    @property
    def id(self) -> str:
        """Its name in the set."""

    def instance(self) -> Instance:
        """What is reasoned about; draws no image.

        Raises:
            NoInstance: it is a record of no task that there is, or of a state that is none of its task.
            AsterismError: the level has no more distinct instances.
        """

    def entry(self, *, pictured: bool) -> Entry:
        """What is written into the set."""


@dataclass(frozen=True, slots=True)
class Drawn:
    """An instance drawn by name."""

    name: Name
    instances: DistinctInstances

    @property
    def id(self) -> str:
        return str(self.name)

    def instance(self) -> Instance:
        puzzle = puzzle_of(self.name.task)
        state = self.instances.state(self.name.index)
        answer = puzzle.solve(state)
        if answer is None:
            raise AsterismError(f"{self.name} has no solution", remedy="Give another seed; it is a fault of ours.")
        return Instance(self.id, puzzle, self.name.level, state, answer)

    def entry(self, *, pictured: bool) -> Entry:
        return entry_of(self.name, self.instances.state(self.name.index), pictured=pictured)


@dataclass(frozen=True, slots=True)
class Read:
    """An instance out of a record; its question and images stay as they are."""

    task: Task

    @property
    def id(self) -> str:
        return self.task.id

    def instance(self) -> Instance:
        try:
            entry = entry_of_task(self.task)
        except AsterismError as error:
            raise NoInstance(error.what, where=error.where, remedy=error.remedy) from error
        puzzle = puzzle_of(entry.task)
        state = puzzle.load(entry.metadata["state"])
        answer = puzzle.solve(state)
        if answer is None:
            raise NoInstance(f"record {self.id} has no solution", remedy="Drop the record.")
        return Instance(self.id, puzzle, entry.metadata["level"], state, answer)

    def entry(self, *, pictured: bool) -> Entry:
        return entry_of_task(self.task)


def drawn(
    tasks: Sequence[str], levels: Sequence[int], n: int, seed: int, exclude: frozenset[str] = frozenset()
) -> list[Source]:
    """``n`` instances of each task and level; none of a state in ``exclude``.

    Raises:
        AsterismError: no such task or level.
    """
    groups = [(puzzle_of(task).name, checked_level(level, task)) for task in tasks for level in levels]
    instances = [DistinctInstances(Series(task, level, seed), exclude) for task, level in groups]
    return [Drawn(each.series.name(index), each) for each in instances for index in range(n)]


def read(path: Path) -> list[Source]:
    """The instances of a records file, or of a folder that holds one, by id; each is looked at when its turn comes.

    Raises:
        AsterismError: a line is no record.
    """
    return [Read(task) for task in read_records(path)]
