"""Snake, from its rule text: a path from S to E that never touches itself, and the cells of each line it covers."""

from collections.abc import Mapping

from ortools.sat.python.cp_model import CpModel

from asterism.helix.tasks.snake import Snake
from tests.helix.cpsat import Cell, Model, answering, beside, counted, joined, switches


def model(state: Snake) -> Model[Cell]:
    """Cells of the snake: none but the two next to it on the path is beside a cell, so the cells tell the path."""
    constraints = CpModel()
    body = switches(constraints, len(state.row_counts), len(state.column_counts))
    ends = {state.start, state.end}
    for cell in {*ends, *state.shown}:
        constraints.add(body[cell] == 1)
    for cell, here in body.items():
        near = sum(body[other] for other in beside(cell) if other in body)
        constraints.add(near == (len(ends) - 1 if cell in ends else 2)).only_enforce_if(here)
    for (row, column), here in body.items():
        if row and column:
            left, up, corner = body[row, column - 1], body[row - 1, column], body[row - 1, column - 1]
            constraints.add_bool_or(~here, ~corner, left, up)  # cells at a corner are two steps apart
            constraints.add_bool_or(~left, ~up, here, corner)
    counted(
        constraints,
        body,
        ([None if count < 0 else count for count in counts] for counts in (state.row_counts, state.column_counts)),
    )

    def written(found: Mapping[Cell, int]) -> str:
        path = [state.start]
        while onward := [cell for cell in beside(path[-1]) if found.get(cell) and cell not in path]:
            path += onward
        return str(path)

    return Model(constraints, body, written, joined(body))


answers = answering(model)
