"""Sequences of entries that are made when they are looked at, of a given size or without end."""

import operator
import sys
from abc import abstractmethod
from collections.abc import Sequence
from typing import Self, overload

from asterism.core.errors import AsterismError
from asterism.helix.entry import Entry, score_answer

ENDLESS = sys.maxsize
"""The size by which a sequence without end is known."""


class LazyEntries(Sequence[Entry]):
    """Entries made on demand; a slice is another such sequence over the same source.

    One without end has no length, is iterated for ever, and takes indices and slices that count from its beginning.
    """

    def __init__(self, size: int | None) -> None:
        self._places = range(ENDLESS if size is None else checked_size(size))

    @abstractmethod
    def _at(self, place: int) -> Entry:
        """The entry of a place, counted from 0."""

    @property
    def endless(self) -> bool:
        """Whether it has no end."""
        return self._places.stop == ENDLESS

    def __len__(self) -> int:
        if self.endless:
            raise TypeError("an endless set has no length; take a slice of it, such as [:1000]")
        return len(self._places)

    def __bool__(self) -> bool:
        return bool(self._places)

    @overload
    def __getitem__(self, index: int) -> Entry: ...
    @overload
    def __getitem__(self, index: slice) -> Self: ...
    def __getitem__(self, index: int | slice) -> Entry | Self:
        if self.endless and any(part is not None and operator.index(part) < 0 for part in _parts(index)):
            raise AsterismError("an endless set has no last entry", remedy="Count from its beginning.")
        if not isinstance(index, slice):
            return self._at(self._places[index])
        part = object.__new__(type(self))
        part.__dict__.update(self.__dict__, _places=self._places[index])
        return part

    def score_answer(self, answer: str | None, entry: Entry) -> float:
        """1 where an answer to an entry is right, else 0 (see :func:`asterism.helix.entry.score_answer`)."""
        return score_answer(answer, entry)


def checked_size(size: int) -> int:
    """A number of entries.

    Raises:
        AsterismError: it is negative.
    """
    size = operator.index(size)
    if size < 0:
        raise AsterismError(f"a dataset of {size} entries", remedy="Give a size of 0 or more; None is without end.")
    return size


def _parts(index: int | slice) -> tuple[int | None, ...]:
    return (index.start, index.stop, index.step) if isinstance(index, slice) else (index,)
