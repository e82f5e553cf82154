"""Whether levels rise, and how far neighbouring ones lie apart."""

import statistics
from collections.abc import Sequence
from importlib import import_module
from itertools import pairwise
from typing import Any

from asterism.helix.catalogue import puzzle_of
from asterism.helix.puzzle import LEVELS
from benchmarks.helix.states import COUNT, states
from benchmarks.helix.tables import Row, by_level
from tests.helix.cpsat import effort
from tests.helix.models import single

TITLE = "Levels rise"
TEXT = """
How hard instances are, by the task's own measure (`effort` in its file: the length of the shortest solution where an
optimal solver gives one, otherwise the cells to decide and the steps of a fixed solver, or the values to read), over
200 instances of each task and level, each of a 64-bit seed of its own. The median rises at every step. Two
neighbouring levels overlap where their middle halves do (strictly: they share more than an end).

The second table measures from outside: the work in which CP-SAT (one worker, one seed, propagation and search alone)
finds the single solution and proves that there is no other, in millionths of its deterministic time, over 40 of these
instances. Its models (`tests/helix/models`) know the rule text only. A part of the work is the size of the model, so
a larger grid alone is more of it. Where a level does not rise, the task's own levels were left as they are: a full 4
× 4 kakuro leaves CP-SAT more to try than a larger board with more black cells.
"""

LIMIT = 0.2
"""Greatest share of neighbouring levels whose middle halves may overlap."""
SEARCHED = 40
"""Instances of a level that CP-SAT solves."""


def prove(task: str, seed: int) -> list[dict[str, Any]]:
    """A row for each level: quartiles of the effort, how it lies to the level below, and quartiles of CP-SAT's."""
    puzzle = puzzle_of(task)
    drawn = [states(puzzle, level, seed) for level in LEVELS]
    quartiles = [_quartiles([puzzle.effort(state) for state in each]) for each in drawn]
    rows: list[dict[str, Any]] = [
        {"task": task, "level": level, "quartiles": here, "instances": COUNT, "failed": False}
        for level, here in zip(LEVELS, quartiles, strict=True)
    ]
    for row, (below, here) in zip(rows[1:], pairwise(quartiles), strict=True):
        row.update(overlaps=below[2] > here[0], failed=not below[1] < here[1])
    if task in single() and task != "word_search":  # whose model looks everywhere and does not search
        model = import_module(f"tests.helix.models.{task}").model
        outside = [_quartiles([effort(model(state)) for state in each[:SEARCHED]]) for each in drawn]
        for row, here in zip(rows, outside, strict=True):
            row["outside"] = here
        for row, (below, here) in zip(rows[1:], pairwise(outside), strict=True):
            row["rises"] = below[1] < here[1]
    return rows


def table(rows: Sequence[Row]) -> list[str]:
    """Median and quartiles, with a mark where a level overlaps with the one below; then the measure from outside."""
    overlaps = [row["overlaps"] for row in rows if "overlaps" in row]
    rises = [row["rises"] for row in rows if "rises" in row]
    return [
        f"Overlapping neighbours: {sum(overlaps)} of {len(overlaps)} ({sum(overlaps) / len(overlaps):.0%}; at most "
        f"{LIMIT:.0%} is asked for). They are marked with an asterisk.",
        "",
        "Cells: median (lower quartile to upper quartile).",
        "",
        *by_level(rows, lambda row: _cell(row["quartiles"], marked=row.get("overlaps", False))),
        "",
        "## Measured from outside",
        "",
        f"CP-SAT's median rises at {sum(rises)} of {len(rises)} steps from a level to the next; where it does not, the "
        "upper level is marked with an asterisk.",
        "",
        *by_level(
            [row for row in rows if "outside" in row],
            lambda row: _cell(row["outside"], marked=not row.get("rises", True)),
        ),
    ]


def _quartiles(values: Sequence[float]) -> list[float]:
    return statistics.quantiles(values, n=4, method="inclusive")


def _cell(quartiles: Sequence[float], *, marked: bool) -> str:
    low, median, high = (f"{value:.6g}" for value in quartiles)
    return f"{median} ({low} to {high})" + (" \\*" if marked else "")
