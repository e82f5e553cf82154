"""Whether every verifier says the same as the rule text, candidate by candidate."""

from collections.abc import Iterator, Sequence
from importlib import import_module
from itertools import islice
from typing import Any

from asterism.core.seeds import derive_seed, rng_for
from asterism.helix.catalogue import puzzle_of
from asterism.helix.puzzle import Puzzle
from benchmarks.helix.tables import Row
from benchmarks.helix.tables import table as markdown

TITLE = "Verifiers against the rule text"
TEXT = """
`tests/helix/rules/` has a predicate for each task, written from the rule text by a hand that had not read the
verifier. Both judge the same candidates: for hand-made small instances all answers where they can be enumerated, else
answers that a search of the predicate's own finds, answers near them, and random ones; then the same for fresh
level-1 instances of random seeds, until 100,000 candidates have been judged or 3,000 instances drawn (tasks whose
answer is one of few numbers have few candidates each). The task's own solution is always among them.
"""

ENOUGH = 100_000
INSTANCES = 3_000
SHARE = 5_000
"""Most candidates of one instance, so that several are seen."""


def prove(task: str, seed: int) -> list[dict[str, Any]]:
    """One row: how many candidates were judged, how many accepted, and where verifier and predicate differ."""
    puzzle, rule = puzzle_of(task), import_module(f"tests.helix.rules.{task}")
    judged = accepted = instances = 0
    differences: list[Any] = []
    for number, state in enumerate(_states(puzzle, rule, seed)):
        if judged >= ENOUGH or number >= INSTANCES:
            break
        instances += 1
        solution = puzzle.solve(state)
        own = [] if solution is None else [solution]
        drawn = islice(rule.candidates(state, rng_for("proof", task, seed, number)), SHARE)
        for answer in dict.fromkeys([*own, *drawn]):
            right = rule.accepts(state, answer)
            judged, accepted = judged + 1, accepted + right
            if puzzle.verify_answer(state, answer).right != right or (answer in own and not right):
                differences.append({"state": puzzle.dump(state), "answer": answer, "rule": right})
    return [
        {
            "task": task,
            "instances": instances,
            "candidates": judged,
            "right": accepted,
            "differences": len(differences),
            "first": differences[:1],
            "failed": bool(differences) or not 0 < accepted < judged,
        }
    ]


def table(rows: Sequence[Row]) -> list[str]:
    """A line for each task, and their sum."""
    columns = ("instances", "candidates", "right", "differences")
    lines = [[row["task"], *(f"{row[name]:,}" for name in columns)] for row in rows]
    total = ["**all**", *(f"**{sum(row[name] for row in rows):,}**" for name in columns)]
    return markdown(["task", *columns], [*lines, total])


def _states(puzzle: Puzzle[Any], rule: Any, seed: int) -> Iterator[Any]:
    yield from rule.small() if hasattr(rule, "small") else []
    for index in range(INSTANCES):
        yield puzzle.instance(1, derive_seed("acceptance", seed, index), 0)
