"""Tapa, from its rule text."""

import re
from collections.abc import Iterator
from itertools import product
from random import Random

from asterism.helix.tasks.tapa import Clue, Tapa

AROUND = ((-1, -1), (-1, 0), (-1, 1), (0, 1), (1, 1), (1, 0), (1, -1), (0, -1))
"""Once around a cell."""


def _groups(cell: tuple[int, int], shaded: set[tuple[int, int]]) -> list[int]:
    """The lengths of the groups around a cell, the least first."""
    ring = [(cell[0] + down, cell[1] + right) in shaded for down, right in AROUND]
    if all(ring):
        return [8]
    gap = ring.index(False)
    line = "".join("X" if dark else "." for dark in ring[gap:] + ring[:gap])
    return sorted(len(group) for group in line.split(".") if group)


def accepts(state: Tapa, answer: str) -> bool:
    """Whether these are the shaded cells."""
    shaded = {(int(row) - 1, int(column) - 1) for row, column in re.findall(r"\((\d+), (\d+)\)", answer)}
    if any(clue.cell in shaded or _groups(clue.cell, shaded) != sorted(clue.groups) for clue in state.clues):
        return False
    for row, column in shaded:
        if {(row, column + 1), (row + 1, column), (row + 1, column + 1)} <= shaded:
            return False
    reached, border = set(), sorted(shaded)[:1]
    while border:
        row, column = border.pop()
        if (row, column) in shaded and (row, column) not in reached:
            reached.add((row, column))
            border += [(row - 1, column), (row + 1, column), (row, column - 1), (row, column + 1)]
    return reached == shaded


def candidates(state: Tapa, rng: Random) -> Iterator[str]:
    """All sets of cells of a small grid; else what a search finds for the clues and random sets, with changes."""
    cells = [(row, column) for row in range(state.rows) for column in range(state.columns)]
    if len(cells) <= 10:
        for chosen in product((False, True), repeat=len(cells)):
            yield from _answer({cell for cell, dark in zip(cells, chosen, strict=True) if dark})
        return
    for shaded in _shadings(state, cells, rng):
        yield from _answer(shaded)
        for _ in range(4):
            yield from _answer(shaded ^ {rng.choice(cells)})
    free = [cell for cell in cells if cell not in {clue.cell for clue in state.clues}]
    for _ in range(300):
        yield from _answer({cell for cell in free if rng.random() < 0.6})


def _shadings(state: Tapa, cells: list[tuple[int, int]], rng: Random) -> list[set[tuple[int, int]]]:
    """Shadings that satisfy the clues and hold no block, connected or not: a search that ends after 20,000 steps."""
    clued = {clue.cell for clue in state.clues}
    shaded: set[tuple[int, int]] = set()
    found: list[set[tuple[int, int]]] = []
    steps = 0

    def fits(row: int, column: int) -> bool:
        if {(row, column), (row - 1, column), (row, column - 1), (row - 1, column - 1)} <= shaded:
            return False
        for clue in state.clues:
            last = (min(clue.cell[0] + 1, state.rows - 1), min(clue.cell[1] + 1, state.columns - 1))
            if last == (row, column) and _groups(clue.cell, shaded) != sorted(clue.groups):
                return False
        return True

    def search(depth: int) -> None:
        nonlocal steps
        if depth == len(cells):
            found.append(set(shaded))
            return
        for dark in rng.sample((True, False), 2):
            steps += 1
            if steps > 20_000 or len(found) > 200 or (dark and cells[depth] in clued):
                continue
            if dark:
                shaded.add(cells[depth])
            if fits(*cells[depth]):
                search(depth + 1)
            shaded.discard(cells[depth])

    search(0)
    return found


def _answer(cells: set[tuple[int, int]]) -> Iterator[str]:
    if cells:
        yield ", ".join(f"({row + 1}, {column + 1})" for row, column in sorted(cells))


def small() -> list[Tapa]:
    """Every number of groups, a clue in the middle, at a side and in a corner; with several solutions and none."""
    middle = [(8,), (7,), (5,), (1,), (1, 5), (3, 3), (2, 3), (1, 1, 3), (1, 1, 1, 1)]
    states = [Tapa(3, 3, (Clue((1, 1), groups),)) for groups in middle]
    states += [Tapa(3, 3, (Clue((1, 0), groups),)) for groups in ((5,), (3,), (1, 1), (1, 3), (1, 1, 1))]
    states += [Tapa(3, 3, (Clue((0, 0), groups),)) for groups in ((3,), (2,), (1, 1))]
    states.append(Tapa(3, 3, (Clue((0, 0), (2,)), Clue((2, 2), (1, 1)))))
    states.append(Tapa(2, 5, (Clue((0, 2), (1, 2)), Clue((1, 0), (1,)))))
    states += [Tapa(4, 4, (Clue((1, 1), groups),)) for groups in ((1, 3), (2, 2), (1, 1, 1))]
    states.append(Tapa(5, 5, (Clue((2, 2), (1, 1, 1, 1)), Clue((0, 4), (1,)))))
    return [*states, Tapa(3, 4, (Clue((1, 1), (3, 1)), Clue((0, 3), (2,))))]
