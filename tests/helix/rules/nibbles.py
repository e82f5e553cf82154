"""Nibbles, by its rule text."""

from collections.abc import Iterator
from functools import partial
from random import Random

from asterism.helix.tasks.nibbles import Nibbles
from tests.helix.tries import WAYS, played, tries

Cell = tuple[int, int]
Position = tuple[tuple[Cell, ...], frozenset[Cell]]
"""The snake from head to tail, and the apples that are left."""


def accepts(state: Nibbles, answer: str) -> bool:
    """Whether all moves are allowed and no apple is left at last."""
    end = played(_start(state), answer.split(), partial(_step, state.side))
    return end is not None and not end[1]


def candidates(state: Nibbles, rng: Random) -> Iterator[str]:
    """Moves, all short ones and near right ones."""
    yield from map(" ".join, tries(_start(state), list(WAYS), partial(_step, state.side), _done, rng, _ahead))


def small() -> list[Nibbles]:
    """Boards where the snake fills much: it follows its own tail, is two cells long, or cannot come to the apple."""
    return [
        Nibbles(3, ((0, 0), (0, 1), (1, 1), (1, 0)), ((2, 0),)),
        Nibbles(3, ((1, 1), (1, 0)), ((0, 0), (2, 2))),
        Nibbles(2, ((0, 0), (0, 1)), ((1, 0), (1, 1))),
        Nibbles(2, ((0, 0), (0, 1), (1, 1)), ((1, 0),)),
        Nibbles(3, ((2, 1), (1, 1), (0, 1), (0, 0), (1, 0), (2, 0)), ((0, 2), (2, 2))),
        Nibbles(3, ((0, 0), (0, 1), (1, 1), (2, 1), (2, 0), (1, 0)), ((2, 2),)),
        Nibbles(3, ((0, 0), (0, 1), (1, 1), (2, 1), (2, 0), (1, 0)), ((1, 2), (2, 2))),
        Nibbles(3, ((0, 0), (1, 0), (1, 1), (0, 1), (0, 2)), ((2, 2),)),
    ]


def _start(state: Nibbles) -> Position:
    return state.body, frozenset(state.apples)


def _step(side: int, position: Position, move: str) -> Position | None:
    body, apples = position
    head = body[0][0] + WAYS[move][0], body[0][1] + WAYS[move][1]
    if not (0 <= head[0] < side and 0 <= head[1] < side) or head == body[1]:
        return None
    stays = body if head in apples else body[:-1]
    return None if head in stays else ((head, *stays), apples - {head})


def _done(position: Position) -> bool:
    return not position[1]


def _ahead(position: Position) -> int:
    (row, column), apples = position[0][0], position[1]
    return 20 * len(apples) + 2 * min((abs(r - row) + abs(c - column) for r, c in apples), default=0)
