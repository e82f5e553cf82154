"""Numbrix, from its rule text: every number once, consecutive ones in cells that share a side."""

from collections.abc import Mapping

from ortools.sat.python.cp_model import CpModel

from asterism.helix.tasks.numbrix import Numbrix
from tests.helix.cpsat import Cell, Model, answering, beside, lines

Place = tuple[Cell, int]
"""A cell and a number."""


def model(state: Numbrix) -> Model[Place]:
    """Whether a cell holds a number."""
    constraints = CpModel()
    cells = {divmod(place, state.side): given for place, given in enumerate(state.givens)}
    given = {number: cell for cell, number in cells.items() if number}
    numbers = range(1, state.side**2 + 1)
    held = {
        (cell, number): constraints.new_bool_var(f"{cell},{number}")
        for cell in cells
        for number in numbers
        if all(_reaches(cell, other, abs(number - known)) for known, other in given.items())
    }
    for cell in cells:
        constraints.add_exactly_one(held[cell, number] for number in numbers if (cell, number) in held)
    for number in numbers:
        constraints.add_exactly_one(held[cell, number] for cell in cells if (cell, number) in held)
    for (cell, number), here in held.items():
        for following in {number - 1, number + 1}.intersection(numbers):
            near = [held[other, following] for other in beside(cell) if (other, following) in held]
            constraints.add_bool_or(~here, *near)
    return Model(constraints, held, _written)


def _reaches(cell: Cell, other: Cell, steps: int) -> bool:
    """Whether so many steps can lead from a cell to another; none leads to itself alone."""
    away = abs(cell[0] - other[0]) + abs(cell[1] - other[1])
    return away <= steps and (away - steps) % 2 == 0


def _written(found: Mapping[Place, int]) -> str:
    grid = {cell: number for (cell, number), here in found.items() if here}
    return "\n".join(f"|{'|'.join(map(str, row))}|" for row in lines(grid, 0))


answers = answering(model)
