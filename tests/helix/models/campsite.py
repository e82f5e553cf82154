"""Campsite, from its rule text: tents beside trees, none touching another."""

from ortools.sat.python.cp_model import CpModel

from asterism.helix.tasks.campsite import Campsite
from tests.helix.cpsat import Cell, Model, answering, around, beside, chosen, counted, switches


def model(state: Campsite) -> Model[Cell]:
    """Cells with tents."""
    constraints = CpModel()
    tents = switches(constraints, len(state.rows), len(state.columns))
    for cell, tent in tents.items():
        if cell in state.trees or not set(state.trees).intersection(beside(cell)):
            constraints.add(tent == 0)
        for other in around(cell):
            if other in tents:
                constraints.add_at_most_one(tent, tents[other])
    counted(constraints, tents, (state.rows, state.columns))
    return Model(constraints, tents, chosen)


answers = answering(model)
