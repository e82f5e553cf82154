"""Puzzles in which each cell of a grid is shaded or not: their rules, and a solver that counts all solutions.

A rule lists the arrangements that it allows. A set of cells is a whole number, one bit for each cell, rows padded by a
bit so that shifting never carries a cell into another row. CP-SAT needs some 10 ms for one model of this kind and
generators ask for dozens, so that the search is our own; the tests hold it against CP-SAT.
"""

from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass
from functools import cache, reduce
from operator import and_, or_
from typing import Literal, Self

from asterism.helix.grid_drawing import Cell

Known = tuple[int, int]
"""The cells known to be shaded, and those known not to be."""
NOTHING: Known = (0, 0)


@dataclass(frozen=True, slots=True)
class Field:
    """Cells as bits."""

    rows: int
    columns: int

    @property
    def everywhere(self) -> int:
        """All cells."""
        stride = self.columns + 1
        return ((1 << self.columns) - 1) * (((1 << self.rows * stride) - 1) // ((1 << stride) - 1))

    def bits(self, cells: Iterable[Cell]) -> int:
        """Cells as bits."""
        return sum(1 << row * (self.columns + 1) + column for row, column in cells)

    def cells(self, bits: int) -> list[Cell]:
        """Bits as cells, in reading order."""
        return [divmod(place, self.columns + 1) for place in range(bits.bit_length()) if bits >> place & 1]

    def flood(self, start: int, within: int) -> int:
        """The cells of ``within`` that hang together with ``start``."""
        stride, reached = self.columns + 1, start
        while True:
            wider = (reached | reached << 1 | reached >> 1 | reached << stride | reached >> stride) & within
            if wider == reached:
                return reached
            reached = wider

    def lines(self) -> Iterator[tuple[str, list[Cell]]]:
        """Rows, then columns: their names and cells."""
        for row in range(self.rows):
            yield f"Row {row + 1}", [(row, column) for column in range(self.columns)]
        for column in range(self.columns):
            yield f"Column {column + 1}", [(row, column) for row in range(self.rows)]


@dataclass(frozen=True, slots=True)
class Rule:
    """What is said of some cells, and the sets of them that may be shaded."""

    reason: str
    """A sentence. Rules with the same one are used together."""
    cells: int
    ways: tuple[int, ...]

    @classmethod
    def of(cls, reason: str, field: Field, cells: Sequence[Cell], ways: Iterable[int]) -> Self:
        """A rule whose ways have one bit for each of ``cells``, in their order."""
        bits = [field.bits([cell]) for cell in cells]
        spread = tuple(sum(bit for place, bit in enumerate(bits) if way >> place & 1) for way in ways)
        return cls(reason, sum(bits), spread)

    def fitting(self, known: Known) -> list[int]:
        """The ways that agree with what is known."""
        shaded, clear = known[0] & self.cells, known[1] & self.cells
        return [way for way in self.ways if way & shaded == shaded and not way & clear]

    def narrowed(self, known: Known) -> Known | None:
        """What is known after looking at all ways that are left; None where there are none."""
        ways = self.fitting(known)
        return (known[0] | reduce(and_, ways), known[1] | self.cells & ~reduce(or_, ways)) if ways else None


@dataclass(frozen=True, slots=True)
class Shading:
    """All rules of one puzzle; ``joined``: which cells have to be connected."""

    field: Field
    rules: tuple[Rule, ...]
    joined: Literal["shaded", "unshaded"] | None = None

    @property
    def link(self) -> str:
        """The reason that stands for connection."""
        return f"The {self.joined} cells form one connected area"

    def solution(self) -> list[Cell] | None:
        """The shaded cells of a solution; None where there is none."""
        found = next(self.solutions(), None)
        return None if found is None else self.field.cells(found)

    def count(self) -> int:
        """How many solutions there are: 0, 1, or 2 for more."""
        return sum(1 for _, _ in zip(range(2), self.solutions(), strict=False))

    def solutions(self, known: Known = NOTHING, touched: int = -1) -> Iterator[int]:
        """Every solution that agrees with ``known``, depth first; ``touched``: the cells that are news to it."""
        followed = self.follow(known, touched)
        if isinstance(followed, str):
            return
        shaded, clear = followed
        if not self.field.everywhere & ~(shaded | clear):
            yield shaded
            return
        cell = self._branch(followed)
        yield from self.solutions((shaded | cell, clear), cell)
        yield from self.solutions((shaded, clear | cell), cell)

    def follow(self, known: Known, touched: int = -1) -> Known | str:
        """All that follows from one rule at a time; the reason of a rule that cannot hold, where there is one."""
        while touched:
            fresh = 0
            for rule in self.rules:
                if rule.cells & (touched | fresh):
                    after = rule.narrowed(known)
                    if after is None:
                        return rule.reason
                    fresh |= (after[0] ^ known[0]) | (after[1] ^ known[1])
                    known = after
            if not fresh and self.joined:
                linked = self._linked(known)
                if linked is None:
                    return self.link
                fresh = (linked[0] ^ known[0]) | (linked[1] ^ known[1])
                known = linked
            touched = fresh
        return known

    def applied(self, known: Known, reason: str) -> Known | None:
        """What the rules of one reason tell, each by itself; None where one cannot hold or there is none."""
        if self.joined and reason == self.link:
            return self._linked(known)
        parts = [rule.narrowed(known) for rule in self.rules if rule.reason == reason]
        shaded, clear = known
        for part in parts:
            if part is None:
                return None
            shaded, clear = shaded | part[0], clear | part[1]
        return (shaded, clear) if parts and not shaded & clear else None

    def _linked(self, known: Known) -> Known | None:
        """What connection adds: cells cut off are of the other kind, one whose loss would cut is of this kind."""
        own, other = known if self.joined == "shaded" else known[::-1]
        if not own:
            return known
        reached = self.field.flood(own & -own, self.field.everywhere & ~other)
        if own & ~reached:
            return None
        other |= self.field.everywhere & ~reached
        undecided = reached & ~own
        while undecided:
            cell = undecided & -undecided
            undecided ^= cell
            if own & ~self.field.flood(own & -own, reached & ~cell):
                own |= cell
        return (own, other) if self.joined == "shaded" else (other, own)

    def _branch(self, known: Known) -> int:
        """An undecided cell, of a rule with the fewest ways left."""
        undecided = self.field.everywhere & ~(known[0] | known[1])
        crossed = [rule for rule in self.rules if rule.cells & undecided]
        best = min(crossed, key=lambda rule: len(rule.fitting(known))).cells & undecided if crossed else undecided
        return best & -best


@cache
def adding_up(weights: tuple[int, ...]) -> dict[int, tuple[int, ...]]:
    """Every set of places, as bits, by the sum of their weights."""
    found: dict[int, list[int]] = {}
    for way in range(1 << len(weights)):
        found.setdefault(sum(weight for place, weight in enumerate(weights) if way >> place & 1), []).append(way)
    return {total: tuple(ways) for total, ways in found.items()}


def line_sums(
    field: Field,
    clues: tuple[Sequence[int | None], Sequence[int | None]],
    said: Callable[[str, int], str],
    *,
    weighted: bool = False,
) -> Iterator[Rule]:
    """A rule for each row and column whose total is given; see :func:`cells.totals`."""
    for (name, cells), clue in zip(field.lines(), (*clues[0], *clues[1]), strict=True):
        weights = tuple(range(1, len(cells) + 1)) if weighted else (1,) * len(cells)
        if clue is not None:
            yield Rule.of(said(name, clue), field, cells, adding_up(weights).get(clue, ()))
