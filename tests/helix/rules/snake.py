"""Snake: a path from S to E that never touches itself, with the numbers of cells of each row and column."""

import re
from collections.abc import Iterator
from itertools import combinations, islice
from random import Random

from asterism.helix.tasks.snake import Snake
from tests.helix.rules import formed

Cell = tuple[int, int]


def accepts(state: Snake, answer: str) -> bool:
    """Whether the cells are the snake."""
    formed(r"\[\(-?\d+, -?\d+\)(, \(-?\d+, -?\d+\))*\]", answer)
    numbers = list(map(int, re.findall(r"-?\d+", answer)))
    cells = list(zip(numbers[::2], numbers[1::2], strict=True))
    if cells[0] != state.start or cells[-1] != state.end or len(set(cells)) < len(cells):
        return False
    for (i, (y, x)), (j, (v, u)) in combinations(enumerate(cells), 2):
        side, corner = abs(y - v) + abs(x - u) == 1, abs(y - v) == abs(x - u) == 1
        if side != (j == i + 1) or (corner and j != i + 2):
            return False
    if not set(state.shown) <= set(cells):
        return False
    height, width = len(state.row_counts), len(state.column_counts)
    if any(not (0 <= y < height and 0 <= x < width) for y, x in cells):
        return False
    rows = tuple(sum(y == row for y, _ in cells) for row in range(height))
    columns = tuple(sum(x == column for _, x in cells) for column in range(width))
    return rows == state.row_counts and columns == state.column_counts


def ways(state: Snake, way: list[Cell], rng: Random, *, loose: bool) -> Iterator[list[Cell]]:
    """Paths on from here to the end within the counts; where they are not loose, within those of rows and columns."""
    y, x = way[-1]
    counts = (state.row_counts, state.column_counts)
    if len(way) > sum(state.row_counts) or (
        not loose and any(sum(cell[k] == way[-1][k] for cell in way) > counts[k][way[-1][k]] for k in (0, 1))
    ):
        return
    if way[-1] == state.end:
        yield way
        return
    onward = [(y - 1, x), (y, x - 1), (y, x + 1), (y + 1, x)]
    for v, u in rng.sample(onward, 4):
        if 0 <= v < len(counts[0]) and 0 <= u < len(counts[1]) and (v, u) not in way:
            yield from ways(state, [*way, (v, u)], rng, loose=loose)


def candidates(state: Snake, rng: Random) -> Iterator[str]:
    """Paths within the counts, touching ones too, paths of any shape, and both with a change."""
    tight = list(islice(ways(state, [state.start], rng, loose=False), 400))
    loose = list(islice(ways(state, [state.start], rng, loose=True), 100))
    for way in tight + loose:
        yield str(way)
    for way in tight[:100] + loose:
        yield str(way[::-1])
        yield str(way[:-1])
        at = rng.randrange(len(way))
        yield str([*way[:at], *way[at + 1 :]] if len(way) > 1 else way)
        yield str([*way[:at], way[at], *way[at:]])
        yield str([*way[:at], (way[at][0] + rng.choice((-1, 1)), way[at][1]), *way[at + 1 :]])
        yield str([(column, row) for row, column in way])


def small() -> list[Snake]:
    """Straight and bent ones, some with a shown cell, and counts that no path has or only one that touches itself."""
    return [
        Snake((0, 0), (0, 2), (), (3, 0, 0), (1, 1, 1)),
        Snake((0, 0), (1, 1), (), (1, 2), (2, 1)),
        Snake((0, 0), (1, 1), (), (1, 2), (1, 2)),
        Snake((0, 0), (2, 2), (), (1, 1, 3), (3, 1, 1)),
        Snake((0, 0), (0, 2), ((2, 1),), (2, 2, 3), (3, 1, 3)),
        Snake((0, 0), (0, 1), (), (2, 2, 0), (2, 2, 0)),
        Snake((0, 0), (2, 2), ((1, 1),), (2, 1, 2), (1, 3, 1)),
        Snake((0, 0), (2, 1), (), (3, 1, 2), (1, 2, 3)),
        Snake((0, 0), (3, 3), (), (2, 2, 2, 2), (2, 2, 2, 2)),
        Snake((0, 0), (0, 4), (), (4, 2, 3, 0, 0), (1, 1, 3, 2, 2)),
    ]
