"""Aquarium, from its rule text."""

import re
from collections.abc import Iterator
from itertools import product
from random import Random

from asterism.helix.tasks.aquarium import Aquarium


def accepts(state: Aquarium, answer: str) -> bool:
    """Whether these are the cells with water."""
    water = {(int(row) - 1, int(column) - 1) for row, column in re.findall(r"\((\d+), (\d+)\)", answer)}
    for row, column in water:
        for other, line in enumerate(state.regions):
            for place, region in enumerate(line):
                wanted = region == state.regions[row][column] and other >= row
                if wanted and (other, place) not in water:
                    return False
    for row, clue in enumerate(state.rows):
        if clue is not None and sum(1 for cell in water if cell[0] == row) != clue:
            return False
    for column, clue in enumerate(state.columns):
        if clue is not None and sum(1 for cell in water if cell[1] == column) != clue:
            return False
    return True


def candidates(state: Aquarium, rng: Random) -> Iterator[str]:
    """Every level of water in every region, each also with one cell changed; or all sets of cells of a small grid."""
    cells = [(row, column) for row in range(len(state.rows)) for column in range(len(state.columns))]
    if len(cells) <= 10:
        for chosen in product((False, True), repeat=len(cells)):
            yield from _answer({cell for cell, wet in zip(cells, chosen, strict=True) if wet})
        return
    regions = sorted({region for line in state.regions for region in line})
    tops = [sorted({row for row, column in cells if state.regions[row][column] == region}) for region in regions]
    for level in _levels([[*rows, len(state.rows)] for rows in tops], rng):
        top = dict(zip(regions, level, strict=True))
        water = {(row, column) for row, column in cells if row >= top[state.regions[row][column]]}
        yield from _answer(water)
        yield from _answer(water ^ {rng.choice(cells)})


def _levels(choices: list[list[int]], rng: Random) -> list[tuple[int, ...]]:
    """All combinations in random order, or 1,500 random ones where there are too many."""
    total = 1
    for choice in choices:
        total *= len(choice)
    if total > 3000:
        return [tuple(rng.choice(choice) for choice in choices) for _ in range(1500)]
    levels = list(product(*choices))
    rng.shuffle(levels)
    return levels


def _answer(cells: set[tuple[int, int]]) -> Iterator[str]:
    if cells:
        yield ", ".join(f"({row + 1}, {column + 1})" for row, column in sorted(cells))


def small() -> list[Aquarium]:
    """With one solution, with several, with none, and with water that has to rise in two arms of a region."""
    arms = ((0, 1, 0), (0, 1, 0), (0, 0, 0))
    steps = ((0, 0, 1), (0, 1, 1), (2, 2, 1))
    return [
        Aquarium(arms, (0, 2, 3), (2, 1, 2)),
        Aquarium(arms, (0, 1, 3), (2, 1, 1)),
        Aquarium(arms, (None, None, None), (2, None, 2)),
        Aquarium(steps, (2, 3, 1), (2, 2, 2)),
        Aquarium(steps, (None, 2, 1), (None, None, None)),
        Aquarium(steps, (0, 0, 3), (1, 1, 1)),
    ]
