"""Whether levels rise, and how far neighbouring ones lie apart."""

import statistics
from collections.abc import Sequence
from itertools import pairwise
from typing import Any

from asterism.helix.catalogue import puzzle_of
from asterism.helix.puzzle import LEVELS
from benchmarks.helix.states import COUNT, states
from benchmarks.helix.tables import Row, by_level

TITLE = "Levels rise"
TEXT = """
How hard instances are, by the task's own measure (`effort` in its file: the length of the shortest solution where an
optimal solver gives one, otherwise the cells to decide and the steps of a fixed solver, or the values to read), over
200 instances of each task and level, each of a 64-bit seed of its own. The median rises at every step. Two
neighbouring levels overlap where their middle halves do (strictly: they share more than an end).
"""

LIMIT = 0.2
"""Greatest share of neighbouring levels whose middle halves may overlap."""


def prove(task: str, seed: int) -> list[dict[str, Any]]:
    """A row for each level: quartiles of the effort, and how it lies to the level below."""
    puzzle = puzzle_of(task)
    quartiles = [
        statistics.quantiles([puzzle.effort(state) for state in states(puzzle, level, seed)], n=4, method="inclusive")
        for level in LEVELS
    ]
    rows = [{"task": task, "level": LEVELS[0], "quartiles": quartiles[0], "instances": COUNT, "failed": False}]
    for level, (below, here) in zip(LEVELS[1:], pairwise(quartiles), strict=True):
        rises, overlaps = below[1] < here[1], below[2] > here[0]
        rows.append(
            {
                "task": task,
                "level": level,
                "quartiles": here,
                "instances": COUNT,
                "overlaps": overlaps,
                "failed": not rises,
            }
        )
    return rows


def table(rows: Sequence[Row]) -> list[str]:
    """Median and quartiles, and a mark where a level overlaps with the one below."""
    overlaps = [row["overlaps"] for row in rows if "overlaps" in row]
    return [
        f"Overlapping neighbours: {sum(overlaps)} of {len(overlaps)} ({sum(overlaps) / len(overlaps):.0%}; at most "
        f"{LIMIT:.0%} is asked for). They are marked with an asterisk.",
        "",
        "Cells: median (lower quartile to upper quartile).",
        "",
        *by_level(rows, _cell),
    ]


def _cell(row: Row) -> str:
    low, median, high = (f"{value:g}" for value in row["quartiles"])
    mark = " \\*" if row.get("overlaps") else ""
    return f"{median} ({low} to {high}){mark}"
