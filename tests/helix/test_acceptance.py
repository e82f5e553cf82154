"""What each verifier accepts is what a predicate accepts that was written from the rule text alone."""

from importlib import import_module
from itertools import islice
from pkgutil import iter_modules
from typing import Any

import pytest

from asterism.core.seeds import rng_for
from asterism.helix.catalogue import puzzle_of
from tests.helix import rules

NAMES = sorted(module.name for module in iter_modules(rules.__path__))


def instances(name: str) -> list[tuple[Any, int]]:
    """States of a task, and how many candidates are tried on each."""
    puzzle, module = puzzle_of(name), import_module(f"tests.helix.rules.{name}")
    small = [(state, 2000) for state in module.small()] if hasattr(module, "small") else []
    first = [(puzzle.instance(1, seed, 0), 1500 if small else 3000) for seed in range(3)]
    return [*small, *first, (puzzle.instance(3, 0, 0), 300)]


@pytest.mark.parametrize("name", NAMES)
def test_verifier_and_rule_text_accept_the_same_answers(name: str) -> None:
    puzzle, module = puzzle_of(name), import_module(f"tests.helix.rules.{name}")
    seen = set()
    for number, (state, most) in enumerate(instances(name)):
        solution = puzzle.solve(state)
        answers = list(islice(module.candidates(state, rng_for("acceptance", name, number)), most))
        for answer in [*answers, *([] if solution is None else [solution])]:
            right = module.accepts(state, answer)
            assert puzzle.judge(state, answer).right == right, (puzzle.dump(state), answer, right)
            seen.add(right)
        assert solution is None or module.accepts(state, solution), (puzzle.dump(state), solution)
    assert seen == {True, False}
