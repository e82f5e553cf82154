"""Kakuro, from its rule text: digits that add up in every run, none twice."""

from collections.abc import Mapping

from ortools.sat.python.cp_model import CpModel

from asterism.helix.tasks.kakuro import Kakuro
from tests.helix.cpsat import Cell, Model, answering, spaced


def model(state: Kakuro) -> Model[Cell]:
    """The digits of white cells."""
    constraints = CpModel()
    board = {divmod(place, state.size): clue for place, clue in enumerate(state.cells)}
    digits = {cell: constraints.new_int_var(1, 9, str(cell)) for cell, clue in board.items() if clue is None}
    for row, column in digits:
        for part, (down, right) in enumerate(((1, 0), (0, 1))):
            before = (row - down, column - right)
            if before in digits:
                continue
            run, here = [], (row, column)
            while here in digits:
                run.append(digits[here])
                here = (here[0] + down, here[1] + right)
            clue = board.get(before)
            constraints.add_all_different(run)
            if clue and clue[part]:
                constraints.add(sum(run) == clue[part])

    def written(found: Mapping[Cell, int]) -> str:
        return spaced({cell: found.get(cell, "x") for cell in board})

    return Model(constraints, digits, written)


answers = answering(model)
