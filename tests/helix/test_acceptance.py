"""Every verifier says the same as the rule text, read by somebody who has not seen the verifier."""

from importlib import import_module
from itertools import islice
from pkgutil import iter_modules

import pytest

from asterism.core.seeds import rng_for
from asterism.helix.bench import BENCHMARK_TASKS
from asterism.helix.catalogue import puzzle_of
from tests.helix import rules

MOST = 3_000
TASKS = sorted(module.name for module in iter_modules(rules.__path__))


def test_every_task_of_the_benchmark_has_a_predicate() -> None:
    assert set(TASKS) >= set(BENCHMARK_TASKS)


@pytest.mark.parametrize("name", TASKS)
def test_verifier_agrees_with_the_rule_text(name: str) -> None:
    """Both say the same of every candidate, and the task's own solution is right."""
    puzzle, rule = puzzle_of(name), import_module(f"{rules.__name__}.{name}")
    states = rule.small() if hasattr(rule, "small") else []
    states += [puzzle.instance(level, seed, 0) for level, seed in ((1, 0), (1, 1), (3, 0))]
    seen = set()
    for index, state in enumerate(states):
        solution = puzzle.solve(state)
        if solution is not None:
            assert rule.accepts(state, solution), f"the solution {solution} of {puzzle.dump(state)}"
            seen.add(True)
        for answer in islice(rule.candidates(state, rng_for("rules", name, index)), MOST):
            accepted = rule.accepts(state, answer)
            assert puzzle.verify_answer(state, answer).right == accepted, f"{answer} to {puzzle.dump(state)}"
            seen.add(accepted)
    assert seen == {True, False}
