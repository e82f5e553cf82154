"""Futoshiki, from its rule text: a Latin square with signs between neighbours."""

from ortools.sat.python.cp_model import CpModel

from asterism.helix.tasks.futoshiki import Futoshiki
from tests.helix.cpsat import Cell, Model, answering, latin, spaced


def model(state: Futoshiki) -> Model[Cell]:
    """The numbers."""
    constraints = CpModel()
    grid = latin(constraints, state.size)
    for number, given in zip(grid.values(), state.givens, strict=True):
        if given:
            constraints.add(number == given)
    for lesser, greater in state.less:
        constraints.add(grid[divmod(lesser, state.size)] < grid[divmod(greater, state.size)])
    return Model(constraints, grid, spaced)


answers = answering(model)
