"""Calcudoku, from its rule text: a Latin square whose cages give their results."""

from itertools import product
from math import prod

from ortools.sat.python.cp_model import CpModel

from asterism.helix.tasks.calcudoku import Cage, Calcudoku
from tests.helix.cpsat import Cell, Model, answering, latin, spaced


def model(state: Calcudoku) -> Model[Cell]:
    """The numbers."""
    constraints = CpModel()
    grid = latin(constraints, state.size)
    for cage in state.cages:
        cells = [grid[divmod(cell, state.size)] for cell in cage.cells]
        if cage.operation == "+":
            constraints.add(sum(cells) == cage.target)
        else:
            every = product(range(1, state.size + 1), repeat=len(cells))
            constraints.add_allowed_assignments(cells, [numbers for numbers in every if _gives(cage, numbers)])
    return Model(constraints, grid, spaced)


def _gives(cage: Cage, numbers: tuple[int, ...]) -> bool:
    """Whether numbers give the result by an operation other than a sum."""
    if cage.operation == "*":
        return prod(numbers) == cage.target
    if cage.operation == "-":
        return max(numbers) - min(numbers) == cage.target
    if cage.operation == "/":
        return max(numbers) == cage.target * min(numbers)
    return numbers == (cage.target,)


answers = answering(model)
