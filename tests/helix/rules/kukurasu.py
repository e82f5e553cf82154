"""Kukurasu, from its rule text."""

from collections.abc import Iterator
from itertools import product
from random import Random

from asterism.helix.tasks.kukurasu import Kukurasu
from tests.helix.rules import formed


def accepts(state: Kukurasu, answer: str) -> bool:
    """Whether all sums are right."""
    formed(r"[01]( [01])*(\n[01]( [01])*)*", answer)
    rows = [[sign == "1" for sign in line.split(" ")] for line in answer.split("\n")]
    if any(len(row) != len(state.columns) for row in rows):
        raise ValueError(f"not {len(state.columns)} digits in each line")
    for row, wanted in zip(rows, state.rows, strict=True):
        if wanted is not None and sum(weight for weight, shaded in enumerate(row, 1) if shaded) != wanted:
            return False
    for column, wanted in enumerate(state.columns):
        if wanted is not None and sum(weight for weight, row in enumerate(rows, 1) if row[column]) != wanted:
            return False
    return True


def candidates(state: Kukurasu, rng: Random) -> Iterator[str]:
    """All shadings of a small grid; else such as have the sums of the rows, also with one cell changed."""
    width = len(state.columns)
    lines = list(product((0, 1), repeat=width))
    if len(state.rows) * width <= 10:
        for rows in product(lines, repeat=len(state.rows)):
            yield _answer(rows)
        return
    choices = [
        [line for line in lines if wanted in (None, sum(place * sign for place, sign in enumerate(line, 1)))]
        for wanted in state.rows
    ]
    for _ in range(1500):
        rows = tuple(rng.choice(choice) for choice in choices)
        yield _answer(rows)
        row, column = rng.randrange(len(rows)), rng.randrange(width)
        changed = (*rows[row][:column], 1 - rows[row][column], *rows[row][column + 1 :])
        yield _answer((*rows[:row], changed, *rows[row + 1 :]))


def _answer(rows: tuple[tuple[int, ...], ...]) -> str:
    return "\n".join(" ".join(map(str, row)) for row in rows)


def small() -> list[Kukurasu]:
    """With one solution, several and none, and with sums missing."""
    return [
        Kukurasu((3, 3, 3), (6, 6, None)),
        Kukurasu((1, 5, 3), (4, 5, 2)),
        Kukurasu((3, 3), (None, None, None, None)),
        Kukurasu((7, 0), (1, 1, 0, 1)),
        Kukurasu((0, 9, 1), (2, 2, 2)),
    ]
