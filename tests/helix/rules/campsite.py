"""Campsite, from its rule text."""

import re
from collections.abc import Iterator
from itertools import combinations, product
from random import Random

from asterism.helix.tasks.campsite import Campsite


def accepts(state: Campsite, answer: str) -> bool:
    """Whether these are the tents."""
    tents = [(int(row) - 1, int(column) - 1) for row, column in re.findall(r"\((\d+), (\d+)\)", answer)]
    trees = set(state.trees)
    for row, column in tents:
        if (row, column) in trees:
            return False
        if not trees & {(row - 1, column), (row + 1, column), (row, column - 1), (row, column + 1)}:
            return False
    for one, other in combinations(tents, 2):
        if abs(one[0] - other[0]) <= 1 and abs(one[1] - other[1]) <= 1:
            return False
    for row, clue in enumerate(state.rows):
        if clue is not None and [cell[0] for cell in tents].count(row) != clue:
            return False
    for column, clue in enumerate(state.columns):
        if clue is not None and [cell[1] for cell in tents].count(column) != clue:
            return False
    return True


def candidates(state: Campsite, rng: Random) -> Iterator[str]:
    """All sets of cells of a small site; else tents in the right number for each row, also with one cell changed."""
    cells = [(row, column) for row in range(len(state.rows)) for column in range(len(state.columns))]
    if len(cells) <= 10:
        for chosen in product((False, True), repeat=len(cells)):
            yield from _answer({cell for cell, pitched in zip(cells, chosen, strict=True) if pitched})
        return
    choices = []
    for row, clue in enumerate(state.rows):
        free = [(row, column) for column in range(len(state.columns)) if (row, column) not in state.trees]
        counts = range(len(free) + 1) if clue is None else [clue]
        choices.append([places for count in counts for places in combinations(free, count) if _apart(places)])
    for _ in range(1500):
        tents = {cell for choice in choices for cell in rng.choice(choice)}
        yield from _answer(tents)
        yield from _answer(tents ^ {rng.choice(cells)})


def _apart(places: tuple[tuple[int, int], ...]) -> bool:
    return all(other[1] - one[1] > 1 for one, other in combinations(places, 2))


def _answer(cells: set[tuple[int, int]]) -> Iterator[str]:
    if cells:
        yield ", ".join(f"({row + 1}, {column + 1})" for row, column in sorted(cells))


def small() -> list[Campsite]:
    """With several solutions, one and none; a tree with two tents, and one with none."""
    middle = ((1, 1),)
    return [
        Campsite(middle, (None, None, None), (None, None, None)),
        Campsite(middle, (0, 2, 0), (1, 0, 1)),
        Campsite(middle, (1, 1, 0), (None, None, None)),
        Campsite(((0, 1), (2, 1)), (1, 0, 1), (None, None, None)),
        Campsite(((0, 0), (2, 2), (1, 1)), (None, None, None), (1, 0, 1)),
        Campsite(((0, 0), (0, 2)), (None, None), (1, None, 1)),
        Campsite(((0, 0), (0, 4)), (2, 1), (0, 1, 0, 1, 1)),
    ]
