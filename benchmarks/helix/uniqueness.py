"""Whether a promised single solution is the only one, and what happens when a clue is taken away."""

from collections import Counter
from collections.abc import Sequence
from importlib import import_module
from itertools import islice
from typing import Any

from asterism.core.seeds import rng_for
from asterism.helix.catalogue import puzzle_of
from asterism.helix.puzzle import LEVELS, Puzzle
from benchmarks.helix.states import states
from benchmarks.helix.tables import Row
from benchmarks.helix.tables import table as markdown

TITLE = "One solution, and one clue less"
TEXT = """
Of each task that promises a single solution, 40 instances of each level lose one clue at random. The task's solver
then counts one solution or several. An independent search (that of `tests/helix/rules`, which knows the rule text
only, or CP-SAT where the tests have a model) looks for solutions of the thinned instance: finding a second one where
the solver counted one, or a complete search that finds one where it counted several, would be a *difference*. *Seen*
are the several of which the independent search showed two; for the others it ended before. A number asked about a
chart or a graph is computed, and has no clues to lose. A solver that gives up raises an error; no count is made of
it.
"""

COUNT = 40
MOST = 4_000
"""Candidates of the independent search that are looked at."""


def prove(task: str, seed: int) -> list[dict[str, Any]]:
    """One row, or none for a task that promises nothing or only computes a number."""
    puzzle = puzzle_of(task)
    if not puzzle.unique or puzzle.form == "integer":
        return []
    rule = import_module(f"tests.helix.rules.{task}")
    counts: Counter[str] = Counter()
    for level in LEVELS:
        rng = rng_for("thinned", task, level, seed)
        for state in states(puzzle, level, seed, COUNT):
            counts["instances"] += 1
            counts["whole_several"] += puzzle.count(state) != 1
            thinned = next(iter(puzzle.thinned(state, rng)), None)
            if thinned is None:
                counts["clueless"] += 1
                continue
            several = puzzle.count(thinned) > 1
            answers = _found(puzzle, rule, thinned, rng)
            counts["several"] += several
            counts["seen"] += several and len(answers) > 1
            counts["differences"] += not several and len(answers) > 1
    return [{"task": task, **counts, "failed": bool(counts["whole_several"] or counts["differences"])}]


def table(rows: Sequence[Row]) -> list[str]:
    """A line for each task."""
    names = ("instances", "several", "seen", "differences")
    return markdown(
        ["task", "instances", "several after a clue is gone", "seen by the independent search", "differences"],
        [[row["task"], *(row.get(name, 0) for name in names)] for row in rows],
    )


def _found(puzzle: Puzzle[Any], rule: Any, state: Any, rng: Any) -> set[str]:
    """Right answers that the independent search comes upon, as text."""
    drawn = islice(rule.candidates(state, rng), MOST)
    return {answer for answer in dict.fromkeys(drawn) if rule.accepts(state, answer)}
