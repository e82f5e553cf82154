"""Minesweeper, from its rule text: mines in hidden cells, as many as given, and as many around a digit as it says."""

from collections.abc import Mapping

from ortools.sat.python.cp_model import CpModel

from asterism.helix.tasks.minesweeper import Minesweeper
from tests.helix.cpsat import Cell, Model, answering, around, listed, switches


def model(state: Minesweeper) -> Model[Cell]:
    """Cells with mines."""
    constraints = CpModel()
    mines = switches(constraints, len(state.rows), len(state.rows[0]))
    constraints.add(sum(mines.values()) == state.mines)
    for cell, mine in mines.items():
        sign = state.rows[cell[0]][cell[1]]
        if sign.isdigit():
            constraints.add(mine == 0)
            constraints.add(sum(mines[other] for other in around(cell) if other in mines) == int(sign))
    return Model(constraints, mines, _written)


def _written(found: Mapping[Cell, int]) -> str:
    return f"[{listed((cell for cell, mine in found.items() if mine), first=0)}]"


answers = answering(model)
