"""Whether right answers are read however they are written, and whether nothing else is paid for."""

from collections import Counter
from collections.abc import Iterator, Sequence
from random import Random
from typing import Any

from asterism.core.seeds import rng_for
from asterism.helix.catalogue import puzzle_of
from asterism.helix.puzzle import LEVELS, Puzzle
from benchmarks.helix.states import states
from benchmarks.helix.tables import Row
from benchmarks.helix.tables import table as markdown
from tests.helix.wrappings import changed, spoilt, wrapped

TITLE = "Answers in every dress"
TEXT = """
Of each task and level four instances. Their own solutions are written in each of the ways of
`tests/helix/wrappings.py` that fit the form of the answer (LaTeX, Markdown, JSON, headings, cues in English and
Chinese, sentences around it, lists, tables, units); each must be right. Near misses must not be: the answer of another
instance or with one thing changed, of which the verifier itself says that it is wrong when it is bare, in the same
dresses; the right answer doubted, negated, bounded, asked, beside another, cut off or only thought.
"""
INSTANCES = 4


def prove(task: str, seed: int) -> list[dict[str, Any]]:
    """One row: right answers and near misses, and how many of them were refused or accepted wrongly."""
    puzzle, rng = puzzle_of(task), rng_for("dresses", task, seed)
    right, wrong = Counter[str](), Counter[str]()
    refused, accepted = Counter[str](), Counter[str]()
    first: list[Any] = []
    for state, solution, others in instances(puzzle, seed, rng):
        for name, text in wrapped(solution):
            right[name] += 1
            if not puzzle.verify(state, text).right:
                refused[name] += 1
                first.append(["refused", name, text, puzzle.dump(state)])
        for name, text in spoilt(solution, others, rng):
            wrong[name] += 1
            if puzzle.verify(state, text).right:
                accepted[name] += 1
                first.append(["accepted", name, text, puzzle.dump(state)])
    return [
        {
            "task": task,
            "right": right.total(),
            "refused": refused.total(),
            "wrong": wrong.total(),
            "accepted": accepted.total(),
            "dresses": len(right),
            "refused_by": dict(refused),
            "accepted_by": dict(accepted),
            "first": first[:3],
            "failed": bool(refused or accepted),
        }
    ]


def instances(
    puzzle: Puzzle[Any], seed: int, rng: Random, count: int = INSTANCES, levels: Sequence[int] = LEVELS
) -> Iterator[tuple[Any, str, list[str]]]:
    """States, their solutions, and answers that are wrong."""
    for level in levels:
        drawn = states(puzzle, level, seed, count + 1)
        solutions = [puzzle.solve(state) or "" for state in drawn]
        for place in range(count):
            state, solution = drawn[place], solutions[place]
            tried = [solutions[place + 1], puzzle.guess(state, rng), *changed(solution, rng)]
            yield state, solution, [each for each in tried if each and not puzzle.verify_answer(state, each).right]


def table(rows: Sequence[Row]) -> list[str]:
    """A line for each task, and their sum."""
    total = {"task": "**all**", "dresses": max(row["dresses"] for row in rows)}
    total |= {key: sum(row[key] for row in rows) for key in ("right", "refused", "wrong", "accepted")}
    header = ("task", "dresses", "right answers", "refused", "near misses", "accepted")
    keys = ("task", "dresses", "right", "refused", "wrong", "accepted")
    return markdown(
        header, [[f"{row[key]:,}" if key != "task" else row[key] for key in keys] for row in (*rows, total)]
    )
