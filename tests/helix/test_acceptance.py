"""Verifiers agree with predicates written from the rule texts alone (``tests/helix/rules``)."""

from collections.abc import Iterator
from importlib import import_module
from itertools import islice
from pkgutil import iter_modules
from types import ModuleType
from typing import Any

import pytest

from asterism.core.seeds import rng_for
from asterism.helix.catalogue import puzzle_of
from asterism.helix.puzzle import Puzzle
from tests.helix import rules

TASKS = sorted(module.name for module in iter_modules(rules.__path__))
MOST = 3_000


def states(puzzle: Puzzle[Any], rule: ModuleType) -> Iterator[Any]:
    """Hand-made instances where there are some, two of level 1 and one of level 3."""
    yield from rule.small() if hasattr(rule, "small") else ()
    yield from (puzzle.instance(1, 7, index) for index in range(2))
    yield puzzle.instance(3, 7, 0)


@pytest.mark.parametrize("task", TASKS)
def test_the_verifier_agrees_with_the_rule_text(task: str) -> None:
    puzzle, rule = puzzle_of(task), import_module(f"{rules.__name__}.{task}")
    seen = set()
    for number, state in enumerate(states(puzzle, rule)):
        solution = puzzle.solve(state)
        answers = dict.fromkeys(islice(rule.candidates(state, rng_for("acceptance", task, number)), MOST))
        if solution is not None:
            assert rule.accepts(state, solution), (puzzle.dump(state), solution)
            answers[solution] = None
        verdicts = {answer: rule.accepts(state, answer) for answer in answers}
        for answer, right in verdicts.items():
            assert puzzle.judge(state, answer).right == right, (puzzle.dump(state), answer)
        assert solution is not None or not any(verdicts.values()), puzzle.dump(state)
        seen.update(verdicts.values())
    assert seen == {True, False}
