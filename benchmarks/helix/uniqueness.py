"""Whether a promised single solution is the only one, and what happens when clues are taken away."""

from collections import Counter
from collections.abc import Callable, Sequence
from importlib import import_module
from typing import Any

from asterism.core.seeds import rng_for
from asterism.helix.catalogue import puzzle_of
from asterism.helix.puzzle import LEVELS, Puzzle
from benchmarks.helix.states import states
from benchmarks.helix.tables import Row
from benchmarks.helix.tables import table as markdown
from tests.helix.models import single, thinned, told

TITLE = "One solution, and clues taken away"
TEXT = """
Each task that promises a single solution has an exact model in `tests/helix/models`, solved by CP-SAT (the place of a
word is found by looking everywhere) and written from the rule text by a hand that had read neither the task's solver
nor its verifier. Of 40 instances of each level the model has to find one solution, that of the task, and prove that
there is no other. Then clues are taken away at random, one after another, until the task counts several solutions or
three clues are gone; each time the model says whether it finds one solution or several. They must agree either way. A
word search has no clue to lose; a number asked about a chart or a graph is computed, and has none either. A search
that gives up raises an error: it is never taken for a proof.
"""

COUNT = 40
COUNTS = ("instances", "single", "own", "thinned", "several", "modelled", "differences")
"""Instances; those with one solution by the model; where it is the task's; the same with clues gone; those of them with
several solutions by the task's count; by the model; where the two differ."""


def prove(task: str, seed: int) -> list[dict[str, Any]]:
    """A row for each level, or none for a task that promises nothing or only computes a number."""
    if task not in single():
        return []
    answers = import_module(f"tests.helix.models.{task}").answers
    return [_level(puzzle_of(task), answers, level, seed) for level in LEVELS]


def table(rows: Sequence[Row]) -> list[str]:
    """The sums, then a line for each task."""
    total = {name: sum(row[name] for row in rows) for name in COUNTS}
    header = ["task", "instances", "one solution", "the task's", "clues gone", "several: task", "model", "differences"]
    lines = Counter[tuple[str, str]]()
    for row in rows:
        lines.update({(row["task"], name): row[name] for name in COUNTS})
    tasks = dict.fromkeys(row["task"] for row in rows)
    return [
        f"Instances: {total['instances']:,}; one solution by the model, and that the task's: {total['own']:,}. With "
        f"clues gone: {total['thinned']:,}, of them with several solutions by the task: {total['several']:,}, by the "
        f"model: {total['modelled']:,}; differences: {total['differences']}.",
        "",
        *markdown(header, [[task, *(lines[task, name] for name in COUNTS)] for task in tasks]),
    ]


def _level(puzzle: Puzzle[Any], answers: Callable[..., list[str]], level: int, seed: int) -> dict[str, Any]:
    rng = rng_for("thinned", puzzle.name, level, seed)
    counts: Counter[str] = Counter(dict.fromkeys(COUNTS, 0))
    examples = []
    for state in states(puzzle, level, seed, COUNT):
        found = answers(state)
        own = [told(puzzle.form, answer) for answer in found] == [told(puzzle.form, puzzle.solve(state) or "")]
        counts.update(instances=1, single=len(found) == 1, own=own)
        if not own or puzzle.count(state) != 1:
            examples.append(puzzle.dump(state))
        for less in thinned(puzzle, state, rng):
            several, modelled = puzzle.count(less) > 1, len(answers(less)) > 1
            counts.update(thinned=1, several=several, modelled=modelled, differences=several != modelled)
            if several != modelled:
                examples.append(puzzle.dump(less))
    return {"task": puzzle.name, "level": level, **counts, "examples": examples[:3], "failed": bool(examples)}
