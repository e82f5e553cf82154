"""Puzzles as CP-SAT models, to hold the tasks' own searches against: all solutions, and how hard they are."""

from collections.abc import Callable, Hashable, Iterable, Mapping
from dataclasses import dataclass
from typing import Any, Generic, TypeVar

from ortools.sat.python.cp_model import FEASIBLE, INFEASIBLE, OPTIMAL, CpModel, CpSolver

LIMIT = 600.0
"""Deterministic time after which a search is given up; a fault of the proof, never a "no"."""

Cell = tuple[int, int]
Key = TypeVar("Key", bound=Hashable)
State = TypeVar("State")
Cuts = list[list[Any]]
"""Clauses: of the literals of each, a solution makes one true."""


def whole(_: Mapping[Any, int]) -> Cuts:
    """No cuts: whatever satisfies the constraints is a solution."""
    return []


@dataclass(frozen=True, slots=True)
class Model(Generic[Key]):
    """The constraints of a puzzle, and the variables that tell its solutions apart.

    ``answer`` writes a solution in the asked form. ``cuts`` are for what is not among the constraints, as that cells
    are connected: clauses that found values break and all solutions keep; none if the values are a solution.
    """

    constraints: CpModel
    variables: Mapping[Key, Any]
    answer: Callable[[Mapping[Key, int]], str]
    cuts: Callable[[Mapping[Key, int]], Cuts] = whole


def answering(model: Callable[[State], Model[Any]]) -> Callable[..., list[str]]:
    """The function that gives up to ``limit`` different solutions of a state as answers.

    Fewer than ``limit`` mean that there are no more. It raises RuntimeError where a search is given up.
    """

    def answers(state: State, limit: int = 2) -> list[str]:
        return _searched(model(state), limit)[0]

    return answers


def effort(model: Model[Any]) -> float:
    """Work of finding the solution and that there is no other, in millionths of CP-SAT's deterministic time.

    Branches and conflicts would not tell easy levels apart: propagation leaves few or none.
    """
    return round(1e6 * _searched(model, 2)[1], 3)


def _searched(model: Model[Any], limit: int) -> tuple[list[str], float]:
    """Answers, and the deterministic time of all searches. Cuts and found solutions are added to the constraints.

    CP-SAT propagates, tries and learns, and does nothing before: presolving solves easy puzzles at no measured effort,
    and aborts the process over some automata (OR-Tools 9.15).
    """
    found: list[str] = []
    work = 0.0
    while len(found) < limit:
        solver = CpSolver()
        solver.parameters.num_workers = 1
        solver.parameters.random_seed = 1
        solver.parameters.max_deterministic_time = LIMIT
        solver.parameters.cp_model_presolve = False
        solver.parameters.cp_model_probing_level = 0
        solver.parameters.linearization_level = 0
        solver.parameters.symmetry_level = 0
        status = solver.solve(model.constraints)
        work += solver.response_proto.deterministic_time
        if status == INFEASIBLE:
            break
        if status not in (OPTIMAL, FEASIBLE):
            raise RuntimeError("the search was given up: nothing is known")
        values = {key: int(solver.value(variable)) for key, variable in model.variables.items()}
        cuts = model.cuts(values)
        for cut in cuts:
            model.constraints.add_bool_or(cut)
        if not cuts:
            found.append(model.answer(values))
            model.constraints.add_forbidden_assignments(list(model.variables.values()), [tuple(values.values())])
    return found, work


def switches(constraints: CpModel, rows: int, columns: int) -> dict[Cell, Any]:
    """A yes or no for each cell of a grid, in reading order."""
    return {
        (row, column): constraints.new_bool_var(f"{row},{column}") for row in range(rows) for column in range(columns)
    }


def latin(constraints: CpModel, size: int) -> dict[Cell, Any]:
    """A number from 1 to ``size`` for each cell, in reading order; every row and column holds each once."""
    square = {
        (row, column): constraints.new_int_var(1, size, f"{row},{column}")
        for row in range(size)
        for column in range(size)
    }
    for axis in (0, 1):
        for line in lines(square, axis):
            constraints.add_all_different(line)
    return square


def lines(grid: Mapping[Cell, Any], axis: int) -> list[list[Any]]:
    """What stands in each row (axis 0) or in each column (axis 1) of a grid."""
    count = 1 + max(cell[axis] for cell in grid)
    return [[value for cell, value in grid.items() if cell[axis] == place] for place in range(count)]


def counted(constraints: CpModel, grid: Mapping[Cell, Any], clues: Iterable[Iterable[int | None]]) -> None:
    """Let each row and column of switches have as many as its clue says, if it has one."""
    for axis, side in enumerate(clues):
        for line, clue in zip(lines(grid, axis), side, strict=True):
            if clue is not None:
                constraints.add(sum(line) == clue)


def beside(cell: Cell) -> list[Cell]:
    """The cells that share a side with one, also those beyond the edge."""
    row, column = cell
    return [(row - 1, column), (row, column - 1), (row, column + 1), (row + 1, column)]


def around(cell: Cell) -> list[Cell]:
    """The cells that share a side or a corner with one, once around it, also those beyond the edge."""
    row, column = cell
    ring = ((-1, -1), (-1, 0), (-1, 1), (0, 1), (1, 1), (1, 0), (1, -1), (0, -1))
    return [(row + down, column + right) for down, right in ring]


def joined(cells: Mapping[Cell, Any]) -> Callable[[Mapping[Cell, int]], Cuts]:
    """Cuts that connect the chosen cells by their sides.

    A part that is cut off grows by a cell around it, or one of its cells or one of another part is not chosen.
    """

    def cuts(found: Mapping[Cell, int]) -> Cuts:
        chosen = {cell for cell, taken in found.items() if taken}
        parts = split(chosen, lambda cell: chosen.intersection(beside(cell)))
        clauses = []
        for part in parts if len(parts) > 1 else []:
            rim = {cell for member in part for cell in beside(member) if cell in cells} - part
            other = min(chosen - part)
            clauses.append([cells[cell] for cell in sorted(rim)] + [~cells[min(part)], ~cells[other]])
        return clauses

    return cuts


def split(members: Iterable[Key], near: Callable[[Key], Iterable[Key]]) -> list[set[Key]]:
    """The members in parts that hang together."""
    left, parts = set(members), []
    while left:
        part: set[Key] = set()
        border = {next(iter(left))}
        while border:
            part |= border
            border = {other for member in border for other in near(member)} - part
        parts.append(part)
        left -= part
    return parts


def spaced(grid: Mapping[Cell, object]) -> str:
    """The rows of a grid, with spaces between what stands in them."""
    return "\n".join(" ".join(map(str, row)) for row in lines(grid, 0))


def listed(cells: Iterable[Cell], first: int = 1) -> str:
    """Cells as (row, column), counted from ``first``, in reading order."""
    return ", ".join(f"({row + first}, {column + first})" for row, column in sorted(cells)) or "[]"


def chosen(found: Mapping[Cell, int]) -> str:
    """The cells that are switched on, as :func:`listed`."""
    return listed(cell for cell, taken in found.items() if taken)
