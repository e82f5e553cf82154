"""Hitori, from its rule text: no number twice among unshaded cells, shaded ones apart, unshaded ones connected."""

from collections.abc import Mapping
from itertools import combinations

from ortools.sat.python.cp_model import CpModel

from asterism.helix.tasks.hitori import Hitori
from tests.helix.cpsat import Cell, Model, answering, beside, joined, listed, switches


def model(state: Hitori) -> Model[Cell]:
    """Cells that stay unshaded."""
    size = len(state.numbers)
    constraints = CpModel()
    clear = switches(constraints, size, size)
    for one, other in combinations(clear, 2):
        number = state.numbers[one[0]][one[1]]
        if one[0] == other[0] or one[1] == other[1]:
            if number and number == state.numbers[other[0]][other[1]]:
                constraints.add_at_most_one(clear[one], clear[other])
            if other in beside(one):
                constraints.add_bool_or(clear[one], clear[other])
    return Model(constraints, clear, _written, joined(clear))


def _written(found: Mapping[Cell, int]) -> str:
    return listed(cell for cell, kept in found.items() if not kept)


answers = answering(model)
