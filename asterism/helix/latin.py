"""Latin squares and other grids with one value in each cell: making, reading, verifying, and reasoning about them."""

import re
from collections.abc import Collection, Iterable, Sequence
from functools import cache
from itertools import combinations
from random import Random
from typing import Any

from pydantic import JsonValue

from asterism.helix.answer_readers import number_grid
from asterism.helix.constraints import Deduction, Network, Values, Ways, explained, solutions
from asterism.helix.puzzle import Puzzle, Step

_SIGNS = re.compile(r"[<>^]|(?<![a-z])v(?![a-z])")
"""What may stand between the cells of a grid, as in the text of futoshiki."""
MOST_STEPS = 90
"""Steps of a search; where there are more deductions, some share a step."""


@cache
def square(size: int) -> Network:
    """The rules of a Latin square: every row and column holds each of the values once."""
    values = range(size)
    units = {}
    for line in values:
        for value in values:
            units[f"place for {value + 1} in row {line + 1}"] = [(line * size + each, value) for each in values]
            units[f"place for {value + 1} in column {line + 1}"] = [(each * size + line, value) for each in values]
    return Network.of(spots(size, size), [str(value + 1) for value in values], units)


def random_square(size: int, rng: Random) -> Values:
    """A Latin square at random, its values from 0."""
    return next(solutions(square(size), rng))


@cache
def rising(values: int) -> Ways:
    """The ways to fill two cells, the first with the lesser value."""
    return Ways.of(list(combinations(range(values), 2)), values)


def spots(rows: int, columns: int) -> list[tuple[int, int]]:
    """Row and column of the cells of a grid, from 1, in reading order."""
    return [(row + 1, column + 1) for row in range(rows) for column in range(columns)]


def lines(size: int) -> list[tuple[str, list[int]]]:
    """The rows and then the columns of a square grid: names and cells."""
    across = [(f"Row {row + 1}", [row * size + column for column in range(size)]) for row in range(size)]
    down = [(f"Column {column + 1}", [row * size + column for row in range(size)]) for column in range(size)]
    return across + down


def spot(cell: int, columns: int) -> str:
    """The name of a cell of a grid."""
    return f"row {cell // columns + 1}, column {cell % columns + 1}"


def near(cell: int, size: int) -> list[int]:
    """The cells above, below, to the left and to the right in a square grid."""
    row, column = divmod(cell, size)
    around = ((row - 1, column), (row + 1, column), (row, column - 1), (row, column + 1))
    return [down * size + right for down, right in around if 0 <= down < size and 0 <= right < size]


def connected(cells: Collection[int], size: int) -> bool:
    """Whether every cell can be reached from every other by steps to neighbours, in a square grid."""
    wave = list(cells)[:1]
    reached = set(wave)
    while wave:
        wave = sorted({side for cell in wave for side in near(cell, size)} & set(cells) - reached)
        reached.update(wave)
    return len(reached) == len(cells)


def repetition(values: Sequence[int], size: int) -> str | None:
    """What breaks the rule of Latin squares in values from 1; None where nothing does."""
    for name, cells in lines(size):
        if sorted(values[cell] for cell in cells) != list(range(1, size + 1)):
            return f"{name.lower()} does not hold each of 1 to {size} once"
    return None


def digit_grid(answer: str, rows: int, columns: int) -> Values | None:
    """The one-digit numbers of a grid in reading order, with or without spaces between them."""
    grid = number_grid(_SIGNS.sub(" ", answer), rows, columns) or unspaced(answer, rows, columns)
    return tuple(value for row in grid for value in row) if grid else None


def unspaced(answer: str, rows: int, columns: int) -> list[list[int]] | None:
    """The one-digit numbers of a grid with nothing between them, or only in part."""
    return number_grid(" ".join(_SIGNS.sub(" ", answer)), rows, columns)


def written(symbols: Iterable[object], columns: int) -> str:
    """A grid as text: a line for each row, spaces between the cells."""
    cells = list(map(str, symbols))
    return "\n".join(" ".join(cells[start : start + columns]) for start in range(0, len(cells), columns))


def example(size: int, solution: Values | None) -> str:
    """A Latin square as text that is not the solution (values from 0)."""
    step = 2 if size % 2 else 1
    first, second = (
        tuple((step * row + column + shift) % size for row in range(size) for column in range(size)) for shift in (0, 1)
    )
    return written((value + 1 for value in (second if first == solution else first)), size)


def shuffled_rows(size: int, rng: Random, given: Sequence[int] = ()) -> list[int]:
    """Rows that each hold 1 to ``size`` in random order around the cells that are given (0 where none is)."""
    cells: list[int] = []
    for row in range(size):
        known = list(given[row * size : (row + 1) * size]) or [0] * size
        missing = [value for value in range(1, size + 1) if value not in known]
        rng.shuffle(missing)
        cells += [value or missing.pop() for value in known]
    return cells


def reasoning(puzzle: Puzzle[Any], state: Any, net: Network, rules: str, reading: str) -> list[Step]:
    """Worked reasoning for a puzzle that is a network: rules, what is seen, the deductions, a check, the answer."""
    answer = puzzle.solve(state)
    assert answer is not None, "there is nothing to reason about without a solution"
    return [
        Step("rules", rules),
        Step("reading", f"{reading}\n{puzzle.text(state)}", {"state": puzzle.dump(state)}),
        *_steps(net, explained(net)),
        Step("check", f"The grid is full:\n{answer}\nEvery rule is kept.", {"solved": answer}),
        Step("answer", answer, {"solved": answer}),
    ]


def holds(puzzle: Puzzle[Any], state: Any, net: Network, solution: Values | None, claim: JsonValue) -> bool:
    """Whether a claim of :func:`reasoning` is so."""
    match claim:
        case None:
            return True
        case {"state": read}:
            return read == puzzle.dump(state)
        case {"solved": str(answer)}:
            return puzzle.verify_answer(state, answer).right
        case {"left": list(left), "not": list(refuted)} if solution is not None and (left or refuted):
            known = {spot: net.symbols[value] for spot, value in zip(net.spots, solution, strict=True)}
            return all(_among(known, each) for each in left) and all(_differs(known, each) for each in refuted)
    return False


def _among(known: dict[tuple[int, int], str], claim: JsonValue) -> bool:
    match claim:
        case [int(row), int(column), list(values)]:
            return known.get((row, column)) in values
    return False


def _differs(known: dict[tuple[int, int], str], claim: JsonValue) -> bool:
    match claim:
        case [int(row), int(column), str(value)]:
            return known.get((row, column), value) != value
    return False


def _steps(net: Network, deductions: Sequence[Deduction]) -> list[Step]:
    together = -(-len(deductions) // MOST_STEPS) or 1
    groups = (deductions[start : start + together] for start in range(0, len(deductions), together))
    return [Step("search", " ".join(each.text for each in group), _claim(net, group)) for group in groups]


def _claim(net: Network, deductions: Sequence[Deduction]) -> JsonValue:
    """The cells with the values that are left to them, and those with a value that they do not have."""
    left = [
        [*net.spots[cell], [net.symbols[value] for value in values]]
        for each in deductions
        for cell, values in each.left
    ]
    refuted = [[*net.spots[each.refuted[0]], net.symbols[each.refuted[1]]] for each in deductions if each.refuted]
    return {"left": left, "not": refuted}  # type: ignore[dict-item]
