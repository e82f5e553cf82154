"""Binairo, from its rule text."""

from collections.abc import Iterator
from itertools import product
from random import Random

from asterism.helix.tasks.binairo import Binairo


def accepts(state: Binairo, answer: str) -> bool:
    """Whether the whole grid is right."""
    rows = ["".join(line.split(" ")) for line in answer.split("\n")]
    columns = ["".join(column) for column in zip(*rows, strict=True)]
    for row, given in zip(rows, state.rows, strict=True):
        if any(sign not in (".", cell) for cell, sign in zip(row, given, strict=True)):
            return False
    if len(set(rows)) != len(rows) or len(set(columns)) != len(columns):
        return False
    if any("000" in line or "111" in line for line in rows + columns):
        return False
    return all(line.count("0") == line.count("1") for line in rows + columns)


def candidates(state: Binairo, rng: Random) -> Iterator[str]:
    """Grids of balanced rows: all of a small one; also such as hold the givens, and with one cell changed."""
    size = len(state.rows)
    balanced = ["".join(row) for row in product("01", repeat=size) if row.count("0") == size // 2]
    if size <= 4:
        for rows in product(balanced, repeat=size):
            yield _answer(rows)
    fitting = [
        [row for row in balanced if all(sign in (".", cell) for cell, sign in zip(row, given, strict=True))] or balanced
        for given in state.rows
    ]
    for _ in range(1500):
        rows = tuple(rng.choice(choice) for choice in fitting)
        yield _answer(rows)
        row, column = rng.randrange(size), rng.randrange(size)
        flipped = "1" if rows[row][column] == "0" else "0"
        changed = rows[row][:column] + flipped + rows[row][column + 1 :]
        yield _answer((*rows[:row], changed, *rows[row + 1 :]))


def _answer(rows: tuple[str, ...]) -> str:
    return "\n".join(" ".join(row) for row in rows)


def small() -> list[Binairo]:
    """Without givens, with some, with none that fits, and of two rows."""
    return [
        Binairo(("....", "....", "....", "....")),
        Binairo(("0..1", "....", "..1.", "....")),
        Binairo(("000.", "....", "....", "....")),
        Binairo(("..", ".1")),
    ]
