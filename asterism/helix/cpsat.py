"""Exact solving with CP-SAT: one thread, a fixed seed, so that a model gives the same solutions everywhere."""

from collections.abc import Sequence
from typing import Any

from asterism.core.errors import AsterismError

LIMIT = 60.0
"""Deterministic time after which a search is given up; an error, never a "no"."""


def new_model() -> Any:
    """An empty ``CpModel``.

    Raises:
        AsterismError: OR-Tools is not installed.
    """
    return _cp_model().CpModel()


def solutions(model: Any, variables: Sequence[Any], limit: int = 1) -> list[tuple[int, ...]]:
    """Up to ``limit`` solutions that differ in ``variables`` (of small integers), their values in order.

    Fewer than ``limit`` means that there are no more. Found solutions are excluded one by one, which changes the model.

    Raises:
        AsterismError: the search was given up, so nothing is known.
    """
    cp_model = _cp_model()
    found: list[tuple[int, ...]] = []
    while len(found) < limit:
        solver = cp_model.CpSolver()
        solver.parameters.num_workers = 1
        solver.parameters.random_seed = 1
        solver.parameters.max_deterministic_time = LIMIT
        status = solver.solve(model)
        if status == cp_model.INFEASIBLE:
            break
        if status not in (cp_model.OPTIMAL, cp_model.FEASIBLE):
            raise AsterismError("a puzzle was too hard to solve within bounds", remedy="Use smaller parameters.")
        values = tuple(int(solver.value(variable)) for variable in variables)
        found.append(values)
        if len(found) < limit:
            model.add_forbidden_assignments(list(variables), [values])
    return found


def _cp_model() -> Any:
    try:
        from ortools.sat.python import cp_model
    except ImportError as error:
        raise AsterismError(
            "this task is solved by OR-Tools, which is not installed", remedy="pip install 'asterism[helix]'"
        ) from error
    return cp_model
