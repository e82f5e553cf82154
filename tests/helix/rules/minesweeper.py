"""Minesweeper, by its rule text."""

import re
from collections.abc import Iterator
from itertools import combinations, islice
from random import Random

from asterism.helix.tasks.minesweeper import Minesweeper

Cell = tuple[int, int]


def accepts(state: Minesweeper, answer: str) -> bool:
    """Whether the mines lie in hidden cells, are as many as given, and agree with every digit."""
    mines = [(int(row), int(column)) for row, column in re.findall(r"\((\d+), (\d+)\)", answer)]
    if len(set(mines)) != state.mines or not set(mines) <= set(_hidden(state)):
        return False
    return all(_around(cell, mines) == digit for cell, digit in _digits(state))


def candidates(state: Minesweeper, rng: Random) -> Iterator[str]:
    """Sets of cells: every solution and changes of them, then sets of hidden cells, all of them if they are few."""
    hidden = _hidden(state)
    everywhere = [(row, column) for row in range(len(state.rows) + 1) for column in range(len(state.rows[0]) + 1)]
    for mines in islice(_solutions(state), 5):
        yield _written(mines, rng)
        for _ in range(100):
            others = set(mines) ^ {rng.choice(hidden)} ^ {rng.choice(hidden)}
            yield _written(others, rng)
            yield _written(set(mines) ^ {rng.choice(everywhere)}, rng)
            yield _written({rng.choice(everywhere), *mines[1:]}, rng)
    for size in range(1, state.mines + 2):
        for mines in islice(combinations(hidden, size), 500):
            yield _written(mines, rng)


def small() -> list[Minesweeper]:
    """Boards with one solution, several and none."""
    return [
        Minesweeper(("1??", "???", "??1"), 1),
        Minesweeper(("1??", "???", "??1"), 2),
        Minesweeper(("?1?", "1?1", "?1?"), 2),
        Minesweeper(("?2?", "2?2", "?2?"), 1),
        Minesweeper(("??", "??"), 3),
        Minesweeper(("1?", "??"), 2),
        Minesweeper(("???", "?8?", "???"), 8),
        Minesweeper(("0??", "???", "??1"), 1),
    ]


def _hidden(state: Minesweeper) -> list[Cell]:
    return [(r, c) for r, row in enumerate(state.rows) for c, sign in enumerate(row) if not sign.isdigit()]


def _digits(state: Minesweeper) -> list[tuple[Cell, int]]:
    return [((r, c), int(sign)) for r, row in enumerate(state.rows) for c, sign in enumerate(row) if sign.isdigit()]


def _around(cell: Cell, cells: list[Cell]) -> int:
    return sum(max(abs(cell[0] - row), abs(cell[1] - column)) == 1 for row, column in cells)


def _written(mines: set[Cell] | tuple[Cell, ...] | list[Cell], rng: Random) -> str:
    order = sorted(mines)
    rng.shuffle(order)
    return f"[{', '.join(f'({row}, {column})' for row, column in order)}]"


def _solutions(state: Minesweeper) -> Iterator[list[Cell]]:
    hidden, digits = _hidden(state), _digits(state)

    def extended(mines: list[Cell], at: int) -> Iterator[list[Cell]]:
        left = hidden[at:]
        for cell, digit in digits:
            if not 0 <= digit - _around(cell, mines) <= _around(cell, left):
                return
        if not 0 <= state.mines - len(mines) <= len(left):
            return
        if not left:
            yield mines
            return
        yield from extended([*mines, left[0]], at + 1)
        yield from extended(mines, at + 1)

    return extended([], 0)
