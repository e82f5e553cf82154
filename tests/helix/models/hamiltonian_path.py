"""Hamiltonian path, from its rule text: a way along edges from the start through every vertex."""

from ortools.sat.python.cp_model import CpModel

from asterism.helix.tasks.hamiltonian_path import Journey
from tests.helix.cpsat import Model, answering
from tests.helix.models.hamiltonian_cycle import Way, circuit, trip


def model(state: Journey) -> Model[Way]:
    """The ways of a round trip that may come back to the start from anywhere."""
    graph, constraints = state.graph, CpModel()
    along = [(a, b) for edge in graph.edges for a, b in (edge, edge[::-1]) if b != state.start]
    back = [(vertex, state.start) for vertex in graph.vertices if vertex != state.start]
    return Model(constraints, circuit(constraints, along + back), lambda found: str(trip(found, state.start)))


answers = answering(model)
