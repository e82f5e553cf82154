"""Binairo, from its rule text: as many zeros as ones, never three alike, no two rows and no two columns the same."""

from ortools.sat.python.cp_model import CpModel

from asterism.helix.tasks.binairo import Binairo
from tests.helix.cpsat import Cell, Model, answering, lines, spaced, switches


def model(state: Binairo) -> Model[Cell]:
    """The digits."""
    size = len(state.rows)
    constraints = CpModel()
    grid = switches(constraints, size, size)
    for (row, column), digit in grid.items():
        if state.rows[row][column] in "01":
            constraints.add(digit == int(state.rows[row][column]))
    for axis in (0, 1):
        every = lines(grid, axis)
        for line in every:
            constraints.add(2 * sum(line) == size)
            for three in zip(line, line[1:], line[2:], strict=False):
                constraints.add_linear_constraint(sum(three), 1, 2)
        # lines read as binary numbers: two are the same where the numbers are
        constraints.add_all_different([sum(2**place * digit for place, digit in enumerate(line)) for line in every])
    return Model(constraints, grid, spaced)


answers = answering(model)
