"""Datasets of a task, and mixtures of them: sequences whose entries are made when they are looked at.

>>> entries = create_dataset("sudoku", level=2, size=100, seed=7)
>>> len(entries[10:20]), entries[-1].metadata["index"]
(10, 99)
>>> score_answer(entries[0].answer, entries[0])
1.0
"""

import operator
from abc import abstractmethod
from collections import Counter
from collections.abc import Sequence, Set
from itertools import accumulate
from math import isfinite
from typing import Self, get_args, overload

from asterism.core.errors import AsterismError
from asterism.core.seeds import rng_for
from asterism.helix.catalogue import puzzle_of
from asterism.helix.entry import Entry, Name, entry_of, score_answer, verify_answer
from asterism.helix.instances import DistinctInstances
from asterism.helix.puzzle import LEVELS
from asterism.helix.wording import Language

__all__ = ["Dataset", "Mixture", "create_dataset", "mixture", "score_answer", "verify_answer"]


class Lazy(Sequence[Entry]):
    """A sequence of entries made on demand; a slice is another such sequence over the same source."""

    def __init__(self, size: int) -> None:
        self._places = range(checked_size(size))

    @abstractmethod
    def _at(self, place: int) -> Entry:
        """The entry of a place, counted from 0."""

    def __len__(self) -> int:
        return len(self._places)

    @overload
    def __getitem__(self, index: int) -> Entry: ...
    @overload
    def __getitem__(self, index: slice) -> Self: ...
    def __getitem__(self, index: int | slice) -> Entry | Self:
        if not isinstance(index, slice):
            return self._at(self._places[index])
        part = object.__new__(type(self))
        part.__dict__.update(self.__dict__, _places=self._places[index])
        return part


class Dataset(Lazy):
    """Entries of one task, level and seed, no two of the same state; see :func:`create_dataset`."""

    def __init__(
        self, draws: DistinctInstances, size: int, *, pictured: bool = True, language: Language = "en"
    ) -> None:
        super().__init__(size)
        self.draws = draws
        self.pictured = pictured
        self.language = language

    def _at(self, place: int) -> Entry:
        draws = self.draws
        name = Name(draws.task, draws.level, draws.seed, place, draws.reference)
        return entry_of(name, draws.state(place), pictured=self.pictured, language=self.language)

    def __repr__(self) -> str:
        draws = self.draws
        return f"Dataset({draws.task!r}, level={draws.level}, size={len(self)}, seed={draws.seed})"


class Mixture(Lazy):
    """Entries of several datasets in random order by weight; see :func:`mixture`."""

    def __init__(self, parts: Sequence[tuple[Sequence[Entry], float]], size: int, seed: int) -> None:
        super().__init__(size)
        self._parts = [part for part, _ in parts]
        self._picks = _picks([weight for _, weight in parts], size, operator.index(seed))
        taken = Counter(number for number, _ in self._picks)
        for number, part in enumerate(self._parts):
            wanted = taken[number]
            if wanted > len(part):
                raise AsterismError(
                    f"the mixture takes {wanted:,} entries of {part!r}, which holds {len(part):,}",
                    remedy="Make that dataset larger, its weight smaller, or the mixture smaller.",
                )

    def _at(self, place: int) -> Entry:
        part, entry = self._picks[place]
        return self._parts[part][entry]


def create_dataset(
    name: str,
    level: int = 1,
    size: int = 100,
    seed: int = 0,
    *,
    pictured: bool = True,
    language: Language = "en",
    reference: bool = False,
    exclude: Set[str] = frozenset(),
) -> Dataset:
    """``size`` entries of a task; entry ``i`` is a function of task, level, seed and ``i``.

    No two have the same state. To tell, entry ``i`` draws the states (not the pictures) of all before it when first
    looked at; they are kept, and are pickled with the dataset.

    Args:
        name: of the task, as ``asterism helix list`` shows it.
        level: 1 to 5.
        size: number of entries; 0 is allowed.
        seed: any whole number.
        pictured: questions with a picture; else with the instance as text.
        language: ``en`` or ``zh``.
        reference: the published parameters of the level, where they differ and are possible.
        exclude: fingerprints of states that shall not occur, such as those of a benchmark.

    Raises:
        AsterismError: no such task, level or language, a negative size. A dataset raises it at the entry where its
            level has no more distinct instances.
    """
    puzzle = puzzle_of(name)
    level = checked_level(level, name)
    if language not in get_args(Language):
        raise AsterismError(f"no language {language!r}", remedy=f"Languages are {' and '.join(get_args(Language))}.")
    draws = DistinctInstances(puzzle.name, level, operator.index(seed), reference, exclude)
    return Dataset(draws, size, pictured=pictured, language=language)


def mixture(parts: Sequence[tuple[Sequence[Entry], float]], *, size: int, seed: int = 0) -> Mixture:
    """``size`` entries, each from a dataset drawn by weight; every dataset is gone through in its own order.

    Entry ``i`` does not depend on ``size``. Weights need not sum to 1.

    Raises:
        AsterismError: there are no parts, a weight is not above 0, the size is negative, or a dataset is too small.
    """
    if not parts:
        raise AsterismError("a mixture of nothing", remedy="Give at least one dataset with its weight.")
    for part, weight in parts:
        if not (isfinite(weight) and weight > 0):
            raise AsterismError(f"{part!r} has weight {weight}", remedy="Weights are above 0.")
    return Mixture(parts, checked_size(size), seed)


def checked_size(size: int) -> int:
    """A number of entries.

    Raises:
        AsterismError: it is negative.
    """
    size = operator.index(size)
    if size < 0:
        raise AsterismError(f"a dataset of {size} entries", remedy="Give a size of 0 or more.")
    return size


def checked_level(level: int, task: str) -> int:
    """A level.

    Raises:
        AsterismError: there is no such one.
    """
    if level not in LEVELS:
        raise AsterismError(f"{task} has no level {level}", remedy="Levels are 1 to 5.")
    return int(level)


def _picks(weights: Sequence[float], size: int, seed: int) -> list[tuple[int, int]]:
    """For each place the number of a part, and how many places before it took that part."""
    rng = rng_for("helix", "mixture", seed)
    numbers = range(len(weights))
    drawn = rng.choices(numbers, cum_weights=list(accumulate(weights)), k=size)
    taken = [0] * len(weights)
    picks = []
    for number in drawn:
        picks.append((number, taken[number]))
        taken[number] += 1
    return picks
