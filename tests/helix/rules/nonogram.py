"""Nonogram, from its rule text."""

from collections.abc import Iterator
from itertools import product
from random import Random

from asterism.helix.tasks.nonogram import Nonogram


def _lengths(line: str) -> tuple[int, ...]:
    """The lengths of the runs of a line; a single 0 where nothing is shaded."""
    return tuple(len(run) for run in line.split(".") if run) or (0,)


def accepts(state: Nonogram, answer: str) -> bool:
    """Whether the runs of all rows and columns are right."""
    rows = answer.split("\n")
    columns = ["".join(column) for column in zip(*rows, strict=True)]
    if any(clue is not None and _lengths(row) != clue for row, clue in zip(rows, state.rows, strict=True)):
        return False
    return all(clue is None or _lengths(line) == clue for line, clue in zip(columns, state.columns, strict=True))


def candidates(state: Nonogram, rng: Random) -> Iterator[str]:
    """All shadings of a small grid; else such as have the runs of the rows, also with one cell changed."""
    width = len(state.columns)
    lines = ["".join(line) for line in product(".X", repeat=width)]
    if len(state.rows) * width <= 10:
        for rows in product(lines, repeat=len(state.rows)):
            yield "\n".join(rows)
        return
    choices = [[line for line in lines if clue is None or _lengths(line) == clue] for clue in state.rows]
    for _ in range(1500):
        rows = tuple(rng.choice(choice) for choice in choices)
        yield "\n".join(rows)
        row, column = rng.randrange(len(rows)), rng.randrange(width)
        sign = "." if rows[row][column] == "X" else "X"
        changed = rows[row][:column] + sign + rows[row][column + 1 :]
        yield "\n".join((*rows[:row], changed, *rows[row + 1 :]))


def small() -> list[Nonogram]:
    """With one solution, several and none; with empty lines, and with clues missing."""
    return [
        Nonogram(((1, 1), (1,), (1, 1)), ((1, 1), (1,), (1, 1))),
        Nonogram(((1,), (1,), (1,)), ((1,), (1,), (1,))),
        Nonogram(((0,), (3,), (0,)), ((1,), (1,), (1,))),
        Nonogram(((2,), None, (1, 1)), (None, (2,), None)),
        Nonogram(((3,), (0,), (3,)), ((2,), (1, 1), (1, 1))),
        Nonogram(((1, 2), (2, 1)), ((2,), (1,), (1,), (0,), (1,))),
    ]
