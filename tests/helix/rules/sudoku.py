"""Sudoku, from its rule text."""

from collections.abc import Iterator
from itertools import islice
from random import Random

from asterism.helix.tasks.sudoku import Sudoku


def accepts(state: Sudoku, answer: str) -> bool:
    """Whether all 81 digits are right."""
    rows = [[int(digit) for digit in line.split(" ")] for line in answer.split("\n")]
    lines = rows + [list(column) for column in zip(*rows, strict=True)]
    for top in (0, 3, 6):
        for left in (0, 3, 6):
            lines.append([rows[top + i][left + j] for i in range(3) for j in range(3)])
    if any(sorted(line) != [1, 2, 3, 4, 5, 6, 7, 8, 9] for line in lines):
        return False
    digits = [digit for row in rows for digit in row]
    return all(given in (0, digit) for given, digit in zip(state.givens, digits, strict=True))


def candidates(state: Sudoku, rng: Random) -> Iterator[str]:
    """The solutions that a search finds, each also with a cell changed, and with cells, rows or digits exchanged."""
    lines = [state.givens[9 * row : 9 * row + 9] for row in range(9)]
    clash = any(len(set(line) - {0}) != 9 - line.count(0) for line in lines)
    for grid in islice(_fillings([0] * 81 if clash else list(state.givens), rng), 5):
        yield _answer(grid)
        for _ in range(20):
            changed = grid[:]
            changed[rng.randrange(81)] = rng.randint(1, 9)
            yield _answer(changed)
            one, other = rng.sample(range(81), 2)
            order = list(range(81))
            order[one], order[other] = other, one
            yield _answer([grid[cell] for cell in order])
            first, second = rng.sample(range(9), 2)
            swapped = list(range(9))
            swapped[first], swapped[second] = second, first
            yield _answer([grid[9 * row + column] for row in swapped for column in range(9)])
            yield _answer([grid[9 * row + column] for row in range(9) for column in swapped])
            yield _answer([swapped[digit - 1] + 1 for digit in grid])
    yield _answer([(row + column) % 9 + 1 for row in range(9) for column in range(9)])
    yield _answer([(3 * row + row // 3 + column) % 9 + 1 for row in range(9) for column in range(9)])


def _fillings(grid: list[int], rng: Random) -> Iterator[list[int]]:
    """Complete grids, the cell with the fewest possible digits first."""
    fewest, cell = list(range(10)), -1
    for place in range(81):
        if not grid[place]:
            row, column = divmod(place, 9)
            corner = 27 * (row // 3) + 3 * (column // 3)
            used = set(grid[9 * row : 9 * row + 9]) | set(grid[column::9])
            used |= {grid[corner + 9 * i + j] for i in range(3) for j in range(3)}
            left = [digit for digit in range(1, 10) if digit not in used]
            if len(left) < len(fewest):
                fewest, cell = left, place
    if cell < 0:
        yield grid[:]
        return
    for digit in rng.sample(fewest, len(fewest)):
        grid[cell] = digit
        yield from _fillings(grid, rng)
    grid[cell] = 0


def _answer(grid: list[int]) -> str:
    return "\n".join(" ".join(map(str, grid[9 * row : 9 * row + 9])) for row in range(9))


def small() -> list[Sudoku]:
    """Without givens, with a few, and with two that cannot be."""
    return [
        Sudoku((0,) * 81),
        Sudoku((1, 2, 3, 4, 5, 6, 7, 8, 9) + (0,) * 72),
        Sudoku((5, 0, 0, 0, 0, 0, 0, 0, 5) + (0,) * 72),
        Sudoku(
            (3, 4, 5, 6, 7, 8, 9, 1, 2)
            + (6, 7, 8, 9, 1, 2, 3, 4, 5)
            + (9, 1, 2, 3, 4, 5, 6, 7, 8)
            + (0,) * 27
            + (0, 3, 4, 5, 6, 7, 8, 9, 1)
            + (0,) * 18
        ),
    ]
