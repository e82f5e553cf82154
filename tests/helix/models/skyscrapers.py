"""Skyscrapers, from its rule text: a Latin square of heights, and how many towers are seen along rows and columns."""

from itertools import product
from typing import Any

from ortools.sat.python.cp_model import CpModel

from asterism.helix.tasks.skyscrapers import Skyscrapers
from tests.helix.cpsat import Cell, Model, answering, latin, lines, spaced


def model(state: Skyscrapers) -> Model[Cell]:
    """The heights."""
    constraints = CpModel()
    grid = latin(constraints, len(state.top))
    for axis, near, far in ((0, state.left, state.right), (1, state.top, state.bottom)):
        for line, first, last in zip(lines(grid, axis), near, far, strict=True):
            _seen(constraints, line, first)
            _seen(constraints, line[::-1], last)
    return Model(constraints, grid, spaced)


def _seen(constraints: CpModel, line: list[Any], clue: int) -> None:
    """Let as many towers be seen from the first cell as a clue says: an automaton keeps the highest and the count."""
    size = len(line)
    if clue:
        heights, names = range(1, size + 1), {}
        for number, state in enumerate(product(range(size + 1), range(clue + 1))):
            names[state] = number
        steps = [
            (name, height, names[max(highest, height), count + (height > highest)])
            for (highest, count), name in names.items()
            for height in heights
            if height <= highest or count < clue
        ]
        constraints.add_automaton(line, names[0, 0], [names[size, clue]], steps)


answers = answering(model)
