"""Sokoban, by its rule text."""

from collections.abc import Iterator
from functools import cache, partial
from random import Random

from asterism.helix.tasks.sokoban import Sokoban
from tests.helix.tries import WAYS, played, tries

Cell = tuple[int, int]
Position = tuple[Cell, frozenset[Cell]]
"""Where the player and the boxes are."""


def accepts(state: Sokoban, answer: str) -> bool:
    """Whether all moves are allowed and every box is on a goal at last."""
    end = played(_start(state), answer.split(), partial(_step, state))
    return end is not None and _done(state, end)


def candidates(state: Sokoban, rng: Random) -> Iterator[str]:
    """Moves, all short ones and near right ones."""
    goals = _cells(state, ".*+")

    def ahead(position: Position) -> int:
        return 2 * sum(min(abs(r - row) + abs(c - column) for r, c in goals) for row, column in position[1])

    step, done = partial(_step, state), partial(_done, state)
    yield from map(" ".join, tries(_start(state), list(WAYS), step, done, rng, ahead))


def small() -> list[Sokoban]:
    """Rooms of a few cells, two of them without a solution."""
    rooms = [
        ("#####", "#@$.#", "#####"),
        ("######", "#@-$.#", "#----#", "######"),
        ("#####", "#@*-#", "#--$#", "#--.#", "#####"),
        ("######", "#+$--#", "#-$.-#", "#----#", "######"),
        ("#####", "#.--#", "#$*@#", "#---#", "#####"),
        ("#######", "#@$$..#", "#-----#", "#######"),
        ("#####", "#$-.#", "#-@-#", "#####"),
    ]
    return [Sokoban(rows) for rows in rooms]


@cache
def _cells(state: Sokoban, signs: str) -> frozenset[Cell]:
    return frozenset((r, c) for r, row in enumerate(state.rows) for c, sign in enumerate(row) if sign in signs)


def _start(state: Sokoban) -> Position:
    (player,) = _cells(state, "@+")
    return player, _cells(state, "$*")


def _step(state: Sokoban, position: Position, move: str) -> Position | None:
    (row, column), boxes = position
    down, right = WAYS[move]
    there, beyond = (row + down, column + right), (row + 2 * down, column + 2 * right)
    free = _cells(state, "-.$*@+")
    if there not in free:
        return None
    if there in boxes:
        if beyond not in free or beyond in boxes:
            return None
        boxes = boxes - {there} | {beyond}
    return there, boxes


def _done(state: Sokoban, position: Position) -> bool:
    return position[1] <= _cells(state, ".*+")
