"""Nonogram, from its rule text: the runs of shaded cells of every row and column."""

from collections.abc import Mapping, Sequence

from ortools.sat.python.cp_model import CpModel

from asterism.helix.tasks.nonogram import Nonogram
from tests.helix.cpsat import Cell, Model, answering, lines, switches


def model(state: Nonogram) -> Model[Cell]:
    """Shaded cells."""
    constraints = CpModel()
    shaded = switches(constraints, len(state.rows), len(state.columns))
    for axis, clues in enumerate((state.rows, state.columns)):
        for line, clue in zip(lines(shaded, axis), clues, strict=True):
            if clue is not None:
                last, steps = _runs([length for length in clue if length])
                constraints.add_automaton(line, 0, last, steps)
    return Model(constraints, shaded, _written)


def _runs(lengths: Sequence[int]) -> tuple[list[int], list[tuple[int, int, int]]]:
    """An automaton that reads runs of these lengths: its last states, and its steps as (state, cell, next state)."""
    state, last = 0, [0]
    steps = [(0, 0, 0)]
    for length in lengths:
        for _ in range(length):
            steps.append((state, 1, state + 1))
            state += 1
        steps += [(state, 0, state + 1), (state + 1, 0, state + 1)]  # the gap behind the run, as wide as it likes
        state += 1
        last = [state - 1, state]
    return last, steps


def _written(found: Mapping[Cell, int]) -> str:
    return "\n".join("".join(".X"[cell] for cell in row) for row in lines(found, 0))


answers = answering(model)
