"""Hamiltonian cycle, from its rule text: a round trip along edges through every vertex."""

from collections.abc import Mapping
from typing import Any

from ortools.sat.python.cp_model import CpModel

from asterism.helix.graphs import Graph
from tests.helix.cpsat import Model, answering

Way = tuple[int, int]
"""From a vertex to another."""


def model(state: Graph) -> Model[Way]:
    """The ways of the trip; it may run in either direction."""
    constraints = CpModel()
    taken = circuit(constraints, [*state.edges, *((b, a) for a, b in state.edges)])
    return Model(constraints, taken, lambda found: str([*trip(found, 0), 0]))


def circuit(constraints: CpModel, ways: list[Way]) -> dict[Way, Any]:
    """Whether each way is taken by a circuit through all vertices."""
    taken = {way: constraints.new_bool_var(str(way)) for way in ways}
    constraints.add_circuit([(a, b, switch) for (a, b), switch in taken.items()])
    return taken


def trip(found: Mapping[Way, int], start: int) -> list[int]:
    """The vertices in the order of a circuit, each once."""
    onward = {a: b for (a, b), taken in found.items() if taken}
    order = [start]
    while onward[order[-1]] != start:
        order.append(onward[order[-1]])
    return order


answers = answering(model)
