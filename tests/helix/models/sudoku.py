"""Sudoku, from its rule text: every row, column and box holds every digit once."""

from itertools import product

from ortools.sat.python.cp_model import CpModel

from asterism.helix.tasks.sudoku import Sudoku
from tests.helix.cpsat import Cell, Model, answering, latin, spaced


def model(state: Sudoku) -> Model[Cell]:
    """The digits."""
    constraints = CpModel()
    grid = latin(constraints, 9)
    for top, left in product((0, 3, 6), repeat=2):
        constraints.add_all_different(grid[top + down, left + right] for down, right in product(range(3), repeat=2))
    for digit, given in zip(grid.values(), state.givens, strict=True):
        if given:
            constraints.add(digit == given)
    return Model(constraints, grid, spaced)


answers = answering(model)
