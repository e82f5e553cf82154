"""Eulero, from its rule text: letters and digits once in each row and column, and every pair of them once."""

from collections.abc import Mapping
from itertools import combinations, product
from string import ascii_uppercase
from typing import Any

from ortools.sat.python.cp_model import CpModel

from asterism.helix.tasks.eulero import Eulero
from tests.helix.cpsat import Model, answering, spaced

Place = tuple[int, int, int, int]
"""Row, column, letter and digit."""


def model(state: Eulero) -> Model[Place]:
    """Whether a cell holds a letter and a digit.

    Of row, column, letter and digit any two occur together just once: a pair in a cell, a letter in a row, and so on.
    """
    constraints = CpModel()
    numbers = range(state.order)
    held = {place: constraints.new_bool_var(str(place)) for place in product(numbers, repeat=4)}
    for one, other in combinations(range(4), 2):
        together: dict[tuple[int, int], list[Any]] = {}
        for place, switch in held.items():
            together.setdefault((place[one], place[other]), []).append(switch)
        for switches in together.values():
            constraints.add_exactly_one(switches)
    for place, pair in enumerate(state.cells):
        if pair != "..":
            row, column = divmod(place, state.order)
            constraints.add(held[row, column, ascii_uppercase.index(pair[0]), int(pair[1:]) - 1] == 1)
    return Model(constraints, held, _written)


def _written(found: Mapping[Place, int]) -> str:
    return spaced(
        {
            (row, column): f"{ascii_uppercase[letter]}{digit + 1}"
            for (row, column, letter, digit), here in found.items()
            if here
        }
    )


answers = answering(model)
