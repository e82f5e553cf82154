"""Bridges, from its rule text: islands joined into one network by as many bridges as their numbers say."""

from collections.abc import Mapping
from itertools import combinations

from ortools.sat.python.cp_model import CpModel

from asterism.helix.tasks.bridges import Bridges
from tests.helix.cpsat import Cell, Cuts, Model, answering, split

Pair = tuple[Cell, Cell]
"""Two islands as (x, y), the left or upper one first."""


def model(state: Bridges) -> Model[Pair]:
    """How many bridges join each pair of islands that see each other."""
    constraints = CpModel()
    islands = {(x, y) for x, y, _ in state.islands}
    pairs = [(a, b) for a, b in combinations(sorted(islands), 2) if _sees(a, b) and not islands & _between(a, b)]
    bridges = {pair: constraints.new_int_var(0, 2, str(pair)) for pair in pairs}
    built = {pair: constraints.new_bool_var(str(pair)) for pair in pairs}
    for pair in pairs:
        constraints.add(bridges[pair] >= 1).only_enforce_if(built[pair])
        constraints.add(bridges[pair] == 0).only_enforce_if(~built[pair])
    for one, other in combinations(pairs, 2):
        if _between(*one) & _between(*other):
            constraints.add_at_most_one(built[one], built[other])
    for x, y, number in state.islands:
        if number:
            constraints.add(sum(bridges[pair] for pair in pairs if (x, y) in pair) == number)

    def cuts(found: Mapping[Pair, int]) -> Cuts:
        """A bridge leaves every part of a network that falls apart."""
        joined = {
            island: [other for pair in pairs if found[pair] and island in pair for other in pair] for island in islands
        }
        parts = split(islands, joined.__getitem__)
        return [
            [built[pair] for pair in pairs if len(part.intersection(pair)) == 1] for part in parts if len(parts) > 1
        ]

    return Model(constraints, bridges, _written, cuts)


def _sees(a: Cell, b: Cell) -> bool:
    return a[0] == b[0] or a[1] == b[1]


def _between(a: Cell, b: Cell) -> set[Cell]:
    """The points between two islands in line."""
    if a[0] == b[0]:
        return {(a[0], y) for y in range(a[1] + 1, b[1])}
    return {(x, a[1]) for x in range(a[0] + 1, b[0])}


def _written(found: Mapping[Pair, int]) -> str:
    return ", ".join(f"({x},{y})-({u},{v}):{count}" for ((x, y), (u, v)), count in found.items() if count)


answers = answering(model)
