"""Exact solving with CP-SAT, which the tests hold the tasks' own searches against."""

from collections.abc import Sequence
from typing import Any

from ortools.sat.python import cp_model

LIMIT = 60.0
"""Deterministic time after which a search is given up; a fault of the test, never a "no"."""


def new_model() -> Any:
    """An empty ``CpModel``."""
    return cp_model.CpModel()


def solutions(model: Any, variables: Sequence[Any], limit: int = 1) -> list[tuple[int, ...]]:
    """Up to ``limit`` solutions that differ in ``variables`` (of small integers), their values in order.

    Fewer than ``limit`` means that there are no more. Found solutions are excluded one by one, which changes the model.
    """
    found: list[tuple[int, ...]] = []
    while len(found) < limit:
        solver = cp_model.CpSolver()
        solver.parameters.num_workers = 1
        solver.parameters.random_seed = 1
        solver.parameters.max_deterministic_time = LIMIT
        status = solver.solve(model)
        if status == cp_model.INFEASIBLE:
            break
        assert status in (cp_model.OPTIMAL, cp_model.FEASIBLE), "the search was given up: nothing is known"
        values = tuple(int(solver.value(variable)) for variable in variables)
        found.append(values)
        if len(found) < limit:
            model.add_forbidden_assignments(list(variables), [values])
    return found
