"""Kukurasu, from its rule text: shaded cells count as the number of their column in rows, of their row in columns."""

from ortools.sat.python.cp_model import CpModel

from asterism.helix.tasks.kukurasu import Kukurasu
from tests.helix.cpsat import Cell, Model, answering, lines, spaced, switches


def model(state: Kukurasu) -> Model[Cell]:
    """Shaded cells."""
    constraints = CpModel()
    shaded = switches(constraints, len(state.rows), len(state.columns))
    for axis, sums in enumerate((state.rows, state.columns)):
        for line, wanted in zip(lines(shaded, axis), sums, strict=True):
            if wanted is not None:
                constraints.add(sum(weight * cell for weight, cell in enumerate(line, 1)) == wanted)
    return Model(constraints, shaded, spaced)


answers = answering(model)
