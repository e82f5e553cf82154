"""Sets of cells of a grid as the bits of one whole number, so that a step of a search is a few shifts.

A row takes one bit more than it has columns: what is shifted out of a row falls there and is masked away.
"""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from functools import cache

from pydantic import JsonValue

from asterism.helix.grid_drawing import Cell


class SearchedTooLong(Exception):
    """A search was given up, so nothing is known; a generator makes its instance easier then."""


@dataclass(frozen=True, slots=True)
class Bitboard:
    """``rows`` × ``columns`` cells; ``full`` is the set of all."""

    rows: int
    columns: int
    full: int

    @property
    def stride(self) -> int:
        """How far the bits of two cells lie apart that stand one above the other."""
        return self.columns + 1

    def bit(self, cell: Cell) -> int:
        """The set of one cell."""
        return 1 << (cell[0] * self.stride + cell[1])

    def bits(self, cells: Iterable[Cell]) -> int:
        """The set of some cells."""
        return sum(map(self.bit, set(cells)))

    def cells(self, bits: int) -> list[Cell]:
        """The cells of a set in reading order."""
        return [divmod(bit.bit_length() - 1, self.stride) for bit in singles(bits)]

    def row(self, number: int) -> int:
        """The cells of a row."""
        return ((1 << self.columns) - 1) << (number * self.stride)

    def column(self, number: int) -> int:
        """The cells of a column."""
        return sum(1 << (row * self.stride + number) for row in range(self.rows))

    def shifted(self, bits: int) -> tuple[int, int, int, int]:
        """The set moved right, left, down and up by one, less what falls off."""
        return (
            bits << 1 & self.full,
            bits >> 1 & self.full,
            bits << self.stride & self.full,
            bits >> self.stride,
        )

    def beside(self, bits: int) -> int:
        """The cells that share a side with one of a set."""
        stride = self.columns + 1
        return (bits << 1 | bits >> 1 | bits << stride | bits >> stride) & self.full

    def around(self, bits: int) -> int:
        """The cells that share a side or a corner with one of a set, and the set."""
        wide = (bits | bits << 1 | bits >> 1) & self.full
        return (wide | wide << self.stride | wide >> self.stride) & self.full

    def reached(self, start: int, within: int) -> int:
        """The cells of ``within`` that can be walked to from ``start``."""
        reached, edge = start, start
        while edge:
            edge = self.beside(edge) & within & ~reached
            reached |= edge
        return reached


@cache
def bitboard(rows: int, columns: int) -> Bitboard:
    """A grid of this size."""
    row = (1 << columns) - 1
    return Bitboard(rows, columns, sum(row << (number * (columns + 1)) for number in range(rows)))


def singles(bits: int) -> Iterator[int]:
    """The members of a set, each as a set of one."""
    while bits:
        yield bits & -bits
        bits &= bits - 1


def adjacent(a: Cell, b: Cell) -> bool:
    """Whether two cells share a side."""
    return abs(a[0] - b[0]) + abs(a[1] - b[1]) == 1


def cells_in(claim: JsonValue) -> list[Cell] | None:
    """The cells of a claim, ``[[row, column], ...]``; None where it is none."""
    if not isinstance(claim, list):
        return None
    pairs = [tuple(pair) for pair in claim if isinstance(pair, list) and len(pair) == 2]
    if len(pairs) != len(claim) or any(type(number) is not int for pair in pairs for number in pair):
        return None
    return pairs  # type: ignore[return-value]


def as_claim(cells: Iterable[Cell]) -> list[JsonValue]:
    """Cells as part of a claim."""
    return [list(cell) for cell in cells]


def listed(things: Iterable[object]) -> str:
    """``a``, ``a and b``, ``a, b and c``; nothing for nothing."""
    words = list(map(str, things))
    return f"{', '.join(words[:-1])} and {words[-1]}" if len(words) > 1 else "".join(words)
