"""Tapa, from its rule text: a connected wall with no two by two block, whose pieces around clues have their lengths."""

from itertools import product

from ortools.sat.python.cp_model import CpModel

from asterism.helix.tasks.tapa import Tapa
from tests.helix.cpsat import Cell, Model, answering, around, chosen, joined, switches


def model(state: Tapa) -> Model[Cell]:
    """Shaded cells."""
    constraints = CpModel()
    wall = switches(constraints, state.rows, state.columns)
    for row, column in wall:
        if row and column:
            block = product((row - 1, row), (column - 1, column))
            constraints.add_bool_or(~wall[cell] for cell in block)
    for clue in state.clues:
        constraints.add(wall[clue.cell] == 0)
        ring = around(clue.cell)
        near = [cell for cell in ring if cell in wall]
        turns = (dict(zip(near, taken, strict=True)) for taken in product((0, 1), repeat=len(near)))
        allowed = [
            tuple(turn.values())
            for turn in turns
            if _groups([turn.get(cell, 0) for cell in ring]) == sorted(clue.groups)
        ]
        constraints.add_allowed_assignments([wall[cell] for cell in near], allowed)
    return Model(constraints, wall, chosen, joined(wall))


def _groups(ring: list[int]) -> list[int]:
    """Lengths of the groups in a ring, the least first: each begins where a shaded cell follows one that is not."""
    if all(ring):
        return [len(ring)]
    starts = [place for place in range(len(ring)) if ring[place] and not ring[place - 1]]
    turned = (ring[start:] + ring[:start] for start in starts)
    return sorted(line.index(0) for line in turned)


answers = answering(model)
