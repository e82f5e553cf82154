"""Aquarium, from its rule text: water stands level in every region."""

from itertools import permutations

from ortools.sat.python.cp_model import CpModel

from asterism.helix.tasks.aquarium import Aquarium
from tests.helix.cpsat import Cell, Model, answering, chosen, counted, switches


def model(state: Aquarium) -> Model[Cell]:
    """Cells with water."""
    constraints = CpModel()
    water = switches(constraints, len(state.rows), len(state.columns))
    for one, other in permutations(water, 2):
        if state.regions[one[0]][one[1]] == state.regions[other[0]][other[1]] and other[0] >= one[0]:
            constraints.add_implication(water[one], water[other])
    counted(constraints, water, (state.rows, state.columns))
    return Model(constraints, water, chosen)


answers = answering(model)
