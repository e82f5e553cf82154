"""Cells that hold one value each and the rules that bind them: a complete search, and what follows from what in words.

A choice is a cell with a value; the choices that are still open are the bits of one integer. Two kinds of rules narrow
them. Of a unit's choices exactly one is so: a cell holds one value, a row holds each digit in one place. A table lists
the ways in which some cells can be filled together: a cage, a run with its sum, a line with its clues.

CP-SAT takes some 20 ms to build and search one model of this size, and laying out one puzzle needs dozens of searches.
"""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from itertools import islice
from random import Random
from typing import Self

Values = tuple[int, ...]
"""The value of each cell, from 0."""


@dataclass(frozen=True, slots=True)
class Ways:
    """``number`` ways to fill some cells; ``supports[place][value]`` has the bits of those with that value there."""

    number: int
    supports: tuple[tuple[int, ...], ...]

    @classmethod
    def of(cls, filled: Sequence[Values], values: int) -> Self:
        """Ways that are listed."""
        supports = [[0] * values for _ in (filled[0] if filled else ())]
        for bit, way in enumerate(filled):
            for place, value in enumerate(way):
                supports[place][value] |= 1 << bit
        return cls(len(filled), tuple(map(tuple, supports)))


@dataclass(frozen=True, slots=True)
class Unit:
    """Choices of which exactly one is so; ``said`` completes "there is no ..."."""

    said: str
    mask: int


@dataclass(frozen=True, slots=True)
class Table:
    """Cells to be filled in one of some ways: those of ``ways`` whose bits ``fits`` has.

    ``rivals`` are the numbers of other tables with the same ways that must not be filled in the same one.
    """

    said: str
    cells: Values
    ways: Ways
    fits: int
    scope: int
    """The choices of its cells."""
    rivals: Values = ()

    @classmethod
    def of(cls, said: str, cells: Sequence[int], ways: Ways, fits: int | None = None, rivals: Values = ()) -> Self:
        """A table of these cells."""
        values = len(ways.supports[0]) if ways.supports else 0
        scope = sum(((1 << values) - 1) << cell * values for cell in cells)
        return cls(said, tuple(cells), ways, (1 << ways.number) - 1 if fits is None else fits, scope, rivals)


@dataclass(frozen=True, slots=True)
class Network:
    """A puzzle; the number of a choice is its cell times the number of values plus its value."""

    spots: tuple[tuple[int, int], ...]
    """Row and column of each cell, from 1."""
    symbols: tuple[str, ...]
    """How each value is written."""
    units: tuple[Unit, ...]
    """The first are the cells, in order."""
    conflicts: Values
    """For each choice, the choices that cannot be so beside it."""
    alive: int
    """The choices that are open at the beginning."""
    tables: tuple[Table, ...] = ()

    @classmethod
    def of(
        cls,
        spots: Sequence[tuple[int, int]],
        symbols: Sequence[str],
        units: Mapping[str, Sequence[tuple[int, int]]],
        apart: Iterable[Sequence[tuple[int, int]]] = (),
    ) -> Self:
        """Cells, the units beside them by name, and choices, given as cell and value, of which at most one is so."""
        width = len(symbols)
        cells = {
            f"value for row {row}, column {column}": [(cell, value) for value in range(width)]
            for cell, (row, column) in enumerate(spots)
        }
        masks = {
            said: sum(1 << cell * width + value for cell, value in choices)
            for said, choices in {**cells, **units}.items()
        }
        apart_masks = [sum(1 << cell * width + value for cell, value in choices) for choices in apart]
        conflicts = [0] * (len(spots) * width)
        for mask in (*masks.values(), *apart_masks):
            for choice in bits(mask):
                conflicts[choice] |= mask & ~(1 << choice)
        named = tuple(Unit(said, mask) for said, mask in masks.items())
        return cls(tuple(spots), tuple(symbols), named, tuple(conflicts), (1 << len(spots) * width) - 1)

    def knowing(self, known: Iterable[tuple[int, int]]) -> Self:
        """The network with cells given, each with its value."""
        alive, width = self.alive, len(self.symbols)
        for cell, value in known:
            alive &= ~self.conflicts[cell * width + value]
        return replace(self, alive=alive)

    def candidates(self, cell: int, alive: int) -> Values:
        """The values of a cell among the choices that are alive."""
        width = len(self.symbols)
        return tuple(bits(alive >> cell * width & (1 << width) - 1))

    def spot(self, cell: int) -> str:
        """A cell's name."""
        row, column = self.spots[cell]
        return f"row {row}, column {column}"


@dataclass(frozen=True, slots=True)
class Deduction:
    """What follows: the values that some cells are ``left`` with, or a cell and a value that it cannot have."""

    text: str
    left: tuple[tuple[int, Values], ...] = ()
    refuted: tuple[int, int] | None = None


@dataclass(slots=True)
class Notes:
    """Deductions in order, and the cells whose value has been told."""

    deductions: list[Deduction] = field(default_factory=list)
    told: set[int] = field(default_factory=set)

    @classmethod
    def after(cls, net: Network, alive: int) -> Self:
        """Empty notes of somebody who sees what the choices that are alive leave to each cell."""
        return cls([], {cell for cell in range(len(net.spots)) if len(net.candidates(cell, alive)) == 1})

    def placed(self, net: Network, number: int, choice: int) -> None:
        """A unit has one choice left."""
        cell, value = divmod(choice, len(net.symbols))
        if cell in self.told:
            return
        self.told.add(cell)
        what, symbol = net.units[number].said, net.symbols[value]
        found = symbol if number < len(net.spots) else net.spot(cell)
        self.deductions.append(Deduction(f"The only {what} is {found}.", ((cell, (value,)),)))

    def narrowed(self, net: Network, table: Table, ways: int, before: int, after: int) -> None:
        """A table has taken choices away."""
        left = [
            (cell, values)
            for cell in table.cells
            if (values := net.candidates(cell, after)) != net.candidates(cell, before)
        ]
        self.told.update(cell for cell, values in left if len(values) == 1)
        number = ways.bit_count()
        leaves = "; ".join(
            f"{net.spot(cell)} is {' or '.join(net.symbols[value] for value in values)}" for cell, values in left
        )
        text = f"{table.said} can be filled in {number:,} way{'s' * (number > 1)}, so {leaves}."
        self.deductions.append(Deduction(text, tuple(left)))


def solutions(net: Network, rng: Random | None = None) -> Iterator[Values]:
    """All solutions; with ``rng`` in random order."""
    for alive in _search(net, net.alive, [table.fits for table in net.tables], rng, []):
        if alive:
            width = len(net.symbols)
            mask = (1 << width) - 1
            yield tuple((alive >> cell * width & mask).bit_length() - 1 for cell in range(len(net.spots)))


def solved(net: Network) -> Values | None:
    """A solution; None where there is none."""
    return next(solutions(net), None)


def count(net: Network) -> int:
    """How many solutions there are: 0, 1, or 2 for more."""
    return sum(1 for _ in islice(solutions(net), 2))


def other(net: Network, solution: Values, rng: Random | None = None) -> Values | None:
    """A solution that differs from the given one; None where there is none."""
    return next((found for found in islice(solutions(net, rng), 2) if found != solution), None)


def remaining(net: Network) -> list[Values]:
    """The values that the rules leave to each cell without any being tried; one each where they tell the solution."""
    left = closed(net, net.alive, [table.fits for table in net.tables]) or 0
    return [net.candidates(cell, left) for cell in range(len(net.spots))]


def doubt(net: Network) -> int:
    """How many values the rules leave beside those of the solution."""
    return sum(map(len, remaining(net))) - len(net.spots)


def trials(net: Network) -> int:
    """How many values are tried by a search for every solution: 0 where the rules tell it."""
    tried: list[int] = []
    for _ in _search(net, net.alive, [table.fits for table in net.tables], None, tried):
        pass
    return len(tried)


def labour(net: Network) -> float:
    """Choices to be ruled out until every cell is known, and ten for each value that has to be tried."""
    return float(net.alive.bit_count() - len(net.spots) + 10 * trials(net))


def needed(net: Network, solution: Values, wanted: int, rng: Random) -> list[int]:
    """Cells to be given so that ``solution`` is the only one: ``wanted`` of them, or more where no cell can be spared.

    A given is added in a cell in which another solution differs, until there is no other.
    """
    cells = rng.sample(range(len(solution)), wanted)
    while (wrong := other(net.knowing((cell, solution[cell]) for cell in cells), solution, rng)) is not None:
        cells.append(rng.choice([cell for cell, value in enumerate(wrong) if value != solution[cell]]))
    for cell in rng.sample(cells, len(cells)):
        if len(cells) <= wanted:
            break
        rest = [each for each in cells if each != cell]
        if other(net.knowing((each, solution[each]) for each in rest), solution) is None:
            cells = rest
    return sorted(cells)


def explained(net: Network) -> list[Deduction]:
    """How the solution is found: what rules leave, and where they leave too much, values tried that fail.

    At least one value is refuted, if any cell is open.
    """
    solution = solved(net)
    assert solution is not None, "there is nothing to explain without a solution"
    notes, fits = Notes.after(net, net.alive), [table.fits for table in net.tables]
    alive = closed(net, net.alive, fits, notes) or 0
    if all(len(net.candidates(cell, alive)) == 1 for cell in range(len(solution))):
        wrong = _fallacy(net, net.alive, [table.fits for table in net.tables], solution)
        return [wrong, *notes.deductions] if wrong else notes.deductions
    while (wrong := _fallacy(net, alive, fits, solution)) and wrong.refuted is not None:
        notes.deductions.append(wrong)
        cell, value = wrong.refuted
        alive = closed(net, alive & ~(1 << cell * len(net.symbols) + value), fits, notes) or 0
    return notes.deductions


def closed(net: Network, alive: int, fits: list[int], notes: Notes | None = None) -> int | None:
    """The choices left when every rule has had its say; None where one of them is left with nothing.

    ``fits`` is narrowed as well. With ``notes``, the deductions are added to them.
    """
    placed, conflicts = 0, net.conflicts
    seen = [-1] * len(net.tables)
    while True:
        before = alive
        for number, unit in enumerate(net.units):
            left = alive & unit.mask
            if left & (left - 1) or left & placed:
                continue
            if not left:
                _stuck(notes, f"there is no {unit.said}")
                return None
            placed |= left
            choice = left.bit_length() - 1
            alive &= ~conflicts[choice]
            if notes is not None:
                notes.placed(net, number, choice)
        if alive != before:
            continue
        for number, table in enumerate(net.tables):
            if alive & table.scope == seen[number]:
                continue
            ways, left = _revised(table, alive, fits[number])
            if not ways:
                said = table.said[0].lower() + table.said[1:]
                _stuck(notes, f"there is no way to fill {said}")
                return None
            if notes is not None and left != alive:
                notes.narrowed(net, table, ways, alive, left)
            alive, fits[number], seen[number] = left, ways, left & table.scope
            if table.rivals and not ways & (ways - 1):
                for rival in table.rivals:
                    if fits[rival] & ways:
                        fits[rival] &= ~ways
                        seen[rival], before = -1, -1
            if notes is not None and alive != before:
                break  # what is now plain is told before the next table
        if alive == before:
            return alive


def bits(mask: int) -> Iterator[int]:
    """The numbers of the bits that are set, from the lowest."""
    while mask:
        low = mask & -mask
        yield low.bit_length() - 1
        mask ^= low


def _search(net: Network, alive: int, fits: list[int], rng: Random | None, tried: list[int]) -> Iterator[int]:
    """What is alive at each leaf of a search, depth first: 0 at a dead end, else a solution.

    It branches over the unit with the fewest choices; the choices tried are added to ``tried``.
    """
    left = closed(net, alive, fits)
    if left is None:
        yield 0
        return
    choices = _narrowest(net, left, rng)
    if not choices:
        yield left
    for choice in choices:
        tried.append(choice)
        yield from _search(net, left & ~net.conflicts[choice], fits.copy(), rng, tried)


def _narrowest(net: Network, alive: int, rng: Random | None) -> list[int]:
    """The choices of a unit with the fewest, of those with more than one; none where all is decided."""
    best: list[int] = []
    fewest = alive.bit_count() + 1
    for unit in net.units:
        left = alive & unit.mask
        number = left.bit_count()
        if 1 < number < fewest:
            best, fewest = [left], number
            if number == 2 and rng is None:
                break
        elif number == fewest and rng is not None:
            best.append(left)
    if not best:
        return []
    choices = list(bits(best[0] if rng is None else rng.choice(best)))
    if rng is not None:
        rng.shuffle(choices)
    return choices


def _stuck(notes: Notes | None, why: str) -> None:
    if notes is not None:
        notes.deductions.append(Deduction(why))


def _revised(table: Table, alive: int, ways: int) -> tuple[int, int]:
    """The ways of a table that the choices alive allow, and the choices that these ways allow."""
    supports = table.ways.supports
    width = len(supports[0])
    mask = (1 << width) - 1
    for cell, support in zip(table.cells, supports, strict=True):
        here = alive >> cell * width & mask
        if here != mask:
            allowed = 0
            for value in range(width):
                if here >> value & 1:
                    allowed |= support[value]
            ways &= allowed
    for cell, support in zip(table.cells, supports, strict=True):
        here = alive >> cell * width & mask
        for value in range(width):
            if here >> value & 1 and not support[value] & ways:
                alive &= ~(1 << cell * width + value)
    return ways, alive


def _fallacy(net: Network, alive: int, fits: Sequence[int], solution: Values) -> Deduction | None:
    """A wrong value that some cell could have and why it cannot, by the rules alone if they suffice for any."""
    open_cells = [cell for cell in range(len(solution)) if len(net.candidates(cell, alive)) > 1]
    open_cells.sort(key=lambda cell: len(net.candidates(cell, alive)))
    wrong = [(cell, each) for cell in open_cells for each in net.candidates(cell, alive) if each != solution[cell]]
    for cell, value in wrong:
        notes = Notes()
        if closed(net, alive & ~net.conflicts[cell * len(net.symbols) + value], list(fits), notes) is None:
            text = (
                f"Suppose {net.spot(cell)} were {net.symbols[value]}. Following the rules from there, in the end "
                f"{notes.deductions[-1].text}. So it is not {net.symbols[value]}."
            )
            return Deduction(text, (), (cell, value))
    for cell, value in wrong[:1]:
        text = (
            f"Suppose {net.spot(cell)} were {net.symbols[value]}. However the rest is then filled, a rule is broken in "
            f"the end. So it is not {net.symbols[value]}."
        )
        return Deduction(text, (), (cell, value))
    return None
