"""Hitori, from its rule text."""

import re
from collections.abc import Iterator
from itertools import pairwise, product
from random import Random

from asterism.helix.tasks.hitori import Hitori


def accepts(state: Hitori, answer: str) -> bool:
    """Whether these are the shaded cells."""
    shaded = {(int(row) - 1, int(column) - 1) for row, column in re.findall(r"\((\d+), (\d+)\)", answer)}
    size = len(state.numbers)
    clear = {(row, column) for row in range(size) for column in range(size)} - shaded
    for row, column in shaded:
        if (row + 1, column) in shaded or (row, column + 1) in shaded:
            return False
    for line in range(size):
        across = [state.numbers[row][column] for row, column in clear if row == line]
        down = [state.numbers[row][column] for row, column in clear if column == line]
        if len(set(across)) != len(across) or len(set(down)) != len(down):
            return False
    return _connected(clear)


def _connected(cells: set[tuple[int, int]]) -> bool:
    reached, border = set(), sorted(cells)[:1]
    while border:
        row, column = border.pop()
        if (row, column) in cells and (row, column) not in reached:
            reached.add((row, column))
            border += [(row - 1, column), (row + 1, column), (row, column - 1), (row, column + 1)]
    return reached == cells


def candidates(state: Hitori, rng: Random) -> Iterator[str]:
    """All sets of cells of a small grid; else sets that leave no number twice in a row, and with one cell changed."""
    size = len(state.numbers)
    cells = [(row, column) for row in range(size) for column in range(size)]
    if size <= 3:
        for chosen in product((False, True), repeat=len(cells)):
            yield from _answer({cell for cell, dark in zip(cells, chosen, strict=True) if dark})
        return
    choices = [_rows(numbers) for numbers in state.numbers]
    for _ in range(1500):
        rows: list[tuple[int, ...]] = []
        for choice in choices:
            apart = [places for places in choice if not rows or not set(places) & set(rows[-1])]
            rows.append(rng.choice(apart or choice))
        shaded = {(row, column) for row, places in enumerate(rows) for column in places}
        yield from _answer(shaded)
        yield from _answer(shaded ^ {rng.choice(cells)})


def _rows(numbers: tuple[int, ...]) -> list[tuple[int, ...]]:
    """The shadings of a row without neighbours that leave no number twice."""
    found = []
    for chosen in product((False, True), repeat=len(numbers)):
        left = [number for number, dark in zip(numbers, chosen, strict=True) if not dark]
        if len(set(left)) == len(left) and not any(a and b for a, b in pairwise(chosen)):
            found.append(tuple(place for place, dark in enumerate(chosen) if dark))
    return found


def _answer(cells: set[tuple[int, int]]) -> Iterator[str]:
    if cells:
        yield ", ".join(f"({row + 1}, {column + 1})" for row, column in sorted(cells))


def small() -> list[Hitori]:
    """With several solutions, with one, and with none."""
    return [
        Hitori(((1, 2, 3), (2, 3, 1), (3, 1, 2))),
        Hitori(((1, 1, 2), (2, 3, 3), (3, 2, 2))),
        Hitori(((1, 1, 1), (2, 3, 1), (3, 2, 1))),
        Hitori(((1, 1, 1), (1, 1, 1), (1, 1, 1))),
        Hitori(((1, 1, 2), (3, 2, 2), (3, 1, 1))),
        Hitori(((1, 1, 2), (1, 3, 3), (2, 3, 1))),
    ]
