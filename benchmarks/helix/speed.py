"""How long an instance takes, beside the published generators."""

import statistics
import time
from collections.abc import Mapping, Sequence
from typing import Any

from asterism.helix.catalogue import puzzle_of
from asterism.helix.puzzle import LEVELS
from benchmarks.helix.states import states
from benchmarks.helix.tables import Row
from benchmarks.helix.tables import table as markdown

TITLE = "Seconds for an instance"
TEXT = """
Milliseconds of processor time to draw an instance (state, solution, both prompts), without and with its image
(pixels, not a file), over 60 instances of level 3 and of level 5, each of a seed of its own. At most 50 and 150 are
asked for in the median of level 3, and 1,000 in the 95th percentile of level 5, image included. *Published* are the
seconds an instance took the generators of the paper's repository at levels 1, 3 and 5, image included, on a machine
of this kind with two jobs at a time, so within a factor of two; two of them draw nothing, and one cannot draw level
5.
"""

COUNT = 60
BARE, IMAGED, SLOWEST = 50.0, 150.0, 1_000.0
PUBLISHED: Mapping[str, tuple[float | None, float | None, float | None]] = {
    "twenty_four_points": (0.06, 0.20, 0.09),
    "stock": (0.6, 1.5, 0.65),
    "container": (0.05, 0.27, 0.22),
    "hills_and_valleys": (0.11, 0.46, 0.40),
    "crypto_math": (0.01, 0.12, 0.07),
    "h_index": (0.06, 0.33, 0.31),
    "largest_rectangle": (0.15, 0.48, 0.35),
    "longest_increasing_subsequence": (0.07, 0.25, 0.24),
    "trapping_rain": (0.22, 0.46, 0.22),
    "eulerian_cycle": (0.06, 0.39, 2.9),
    "eulerian_path": (0.05, 0.07, 0.22),
    "graph_isomorphism": (0.18, 0.18, 0.6),
    "hamiltonian_cycle": (0.06, 0.07, 0.38),
    "hamiltonian_path": (0.07, 0.07, 0.25),
    "max_flow": (0.09, 0.15, 0.19),
    "shortest_distance": (0.17, 0.23, 0.40),
    "topological_sort": (0.08, 0.12, 0.73),
    "aquarium": (0.38, 0.8, 0.53),
    "binairo": (0.13, 0.18, 0.03),
    "bridges": (0.74, 0.73, 0.47),
    "calcudoku": (0.03, 0.20, 0.07),
    "futoshiki": (0.18, 0.21, 0.08),
    "hitori": (0.03, 0.03, 0.03),
    "kakuro": (0.02, 0.03, 0.03),
    "kukurasu": (0.01, 0.10, 0.07),
    "nonogram": (0.03, 0.04, 0.06),
    "numbrix": (0.07, 0.09, 0.30),
    "shingoki": (0.9, 4.5, None),
    "skyscrapers": (0.03, 0.13, 0.05),
    "snake": (None, None, None),
    "sudoku": (0.18, 0.18, 1.2),
    "tapa": (0.04, 0.05, 0.10),
    "word_ladder": (None, None, None),
    "word_search": (0.04, 0.03, 0.12),
    "sokoban": (0.01, 0.02, 1.2),
    "tower_of_hanoi": (0.13, 0.16, 0.07),
    "maze": (0.12, 0.18, 0.46),
    "minesweeper": (0.07, 0.09, 0.17),
    "sliding_puzzle": (0.01, 0.01, 0.03),
    "nibbles": (0.17, 0.20, 0.77),
    "eulero": (0.19, 0.19, 0.10),
    "campsite": (0.25, 0.36, 0.28),
}
"""Seconds of the published generators at levels 1, 3 and 5; None where they draw nothing."""


def prove(task: str, seed: int) -> list[dict[str, Any]]:
    """One row, in milliseconds."""
    puzzle = puzzle_of(task)
    puzzle.prompt(states(puzzle, LEVELS[0], seed, 1)[0], pictured=False)  # tables that are made once
    found = {level: [_timed(puzzle, level, seed, place) for place in range(COUNT)] for level in (3, 5)}
    row = {
        "task": task,
        "bare_3": statistics.median(bare for bare, _ in found[3]),
        "pictured_3": statistics.median(whole for _, whole in found[3]),
        "pictured_5": statistics.median(whole for _, whole in found[5]),
        "slow_5": statistics.quantiles([whole for _, whole in found[5]], n=20)[-1],
        "published": PUBLISHED[task],
    }
    failed = row["bare_3"] >= BARE or row["pictured_3"] >= IMAGED or row["slow_5"] >= SLOWEST
    return [{**row, "failed": failed}]


def table(rows: Sequence[Row]) -> list[str]:
    """A line for each task."""
    header = [
        "task",
        "level 3, bare",
        "level 3",
        "level 5",
        "level 5, 95th percentile",
        "published, levels 1, 3, 5 (s)",
    ]
    names = ("bare_3", "pictured_3", "pictured_5", "slow_5")
    return markdown(
        header, [[row["task"], *(f"{row[name]:.1f}" for name in names), _published(row["published"])] for row in rows]
    )


def _timed(puzzle: Any, level: int, seed: int, place: int) -> tuple[float, float]:
    """Milliseconds without and with the image."""
    start = time.process_time()
    state = states(puzzle, level, seed + place, 1)[0]
    puzzle.solve(state)
    for pictured in (True, False):
        puzzle.prompt(state, pictured=pictured)
    bare = time.process_time()
    puzzle.draw(state).image()
    return 1_000 * (bare - start), 1_000 * (time.process_time() - start)


def _published(seconds: Sequence[float | None]) -> str:
    if not any(seconds):
        return "nothing is drawn"
    return ", ".join("none" if each is None else f"{each:g}" for each in seconds)
