"""Maze, by its rule text."""

from collections.abc import Iterator
from functools import partial
from random import Random

from asterism.helix.tasks.maze import Maze
from tests.helix.tries import WAYS, played, tries

Cell = tuple[int, int]


def accepts(state: Maze, answer: str) -> bool:
    """Whether the way goes through no wall and ends in E."""
    return played(state.start, answer.split(), partial(_step, state)) == state.end


def candidates(state: Maze, rng: Random) -> Iterator[str]:
    """Moves, all short ones and near right ones."""
    yield from map(" ".join, tries(state.start, list(WAYS), partial(_step, state), state.end.__eq__, rng))


def small() -> list[Maze]:
    """Mazes of 2 × 2 cells: with one way, with two, with none."""
    return [
        Maze(((True,), (True,)), ((False, True),), (0, 0), (1, 0)),
        Maze(((True,), (True,)), ((True, True),), (1, 1), (0, 0)),
        Maze(((False,), (False,)), ((True, True),), (0, 0), (1, 1)),
    ]


def _step(state: Maze, cell: Cell, move: str) -> Cell | None:
    down, right = WAYS[move]
    row, column = there = cell[0] + down, cell[1] + right
    if not (0 <= row < len(state.right) and 0 <= column < len(state.down[0])):
        return None
    doors = state.down if down else state.right
    first = min(cell, there)
    return there if doors[first[0]][first[1]] else None
