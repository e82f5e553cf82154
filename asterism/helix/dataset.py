"""Datasets of a task: sequences whose entries are made when they are looked at.

>>> entries = create_dataset("sudoku", level=2, size=100, seed=7)
>>> len(entries[10:20]), entries[-1].metadata["index"]
(10, 99)
>>> entries.score_answer(entries[0]["answer"], entries[0])
1.0
"""

import operator
from collections.abc import Mapping, Set
from typing import get_args

from pydantic import JsonValue

from asterism.core.errors import AsterismError
from asterism.helix.catalogue import puzzle_of
from asterism.helix.entry import Entry, entry_of, score_answer, verify_answer
from asterism.helix.instances import DistinctInstances, IndependentInstances, Instances, Series
from asterism.helix.lazy_entries import LazyEntries
from asterism.helix.puzzle import LEVELS
from asterism.helix.wording import Language

__all__ = ["Dataset", "create_dataset", "score_answer", "verify_answer"]


class Dataset(LazyEntries):
    """Entries of one task, level and seed; see :func:`create_dataset`."""

    def __init__(
        self, instances: Instances, size: int | None, *, pictured: bool = True, language: Language = "en"
    ) -> None:
        super().__init__(size)
        self.instances = instances
        self.pictured = pictured
        self.language = language

    def _at(self, place: int) -> Entry:
        name = self.instances.series.name(place)
        return entry_of(name, self.instances.state(place), pictured=self.pictured, language=self.language)

    def __repr__(self) -> str:
        series, size = self.instances.series, None if self.endless else len(self)
        return f"Dataset({series.task!r}, level={series.level}, size={size}, seed={series.seed})"


def create_dataset(
    name: str,
    level: int = 1,
    size: int | None = 100,
    seed: int = 0,
    *,
    config: Mapping[str, JsonValue] | None = None,
    distinct: bool = False,
    pictured: bool = True,
    language: Language = "en",
    reference: bool = False,
    exclude: Set[str] = frozenset(),
) -> Dataset:
    """``size`` entries of a task; entry ``i`` is a function of task, level, config, seed and ``i``.

    Args:
        name: of the task, as ``asterism helix list`` shows it.
        level: 1 to 5.
        size: number of entries; 0 is allowed, None is without end.
        seed: any whole number.
        config: difficulty parameters by name, in place of the level's own, such as ``{"side": 7}`` of a maze.
        distinct: no two entries have the same state. To tell, entry ``i`` draws the states (not the images) of all
            before it when first looked at; they are kept, and are pickled with the dataset. Else each entry is drawn on
            its own, any of them as fast as the first, and a state may come twice.
        pictured: questions with an image; else with the instance as text.
        language: ``en`` or ``zh``.
        reference: the published parameters of the level, where they differ and are possible.
        exclude: fingerprints of states that shall not occur, such as those of a benchmark.

    Raises:
        AsterismError: no such task, level, parameter or language, a negative size. A dataset raises it at the entry
            where its level has no instance with these parameters, or no more distinct ones.
    """
    puzzle = puzzle_of(name)
    level = checked_level(level, name)
    if language not in get_args(Language):
        raise AsterismError(f"no language {language!r}", remedy=f"Languages are {' and '.join(get_args(Language))}.")
    series = Series.of(puzzle.name, level, operator.index(seed), reference, config or {})
    instances = DistinctInstances(series, exclude) if distinct else IndependentInstances(series, exclude)
    return Dataset(instances, size, pictured=pictured, language=language)


def checked_level(level: int, task: str) -> int:
    """A level.

    Raises:
        AsterismError: there is no such one.
    """
    if level not in LEVELS:
        raise AsterismError(f"{task} has no level {level}", remedy="Levels are 1 to 5.")
    return int(level)
