"""Models written from the rule text alone find the tasks' own solutions, and no others."""

import re
from collections.abc import Hashable
from importlib import import_module
from itertools import islice
from typing import Any

import pytest

from asterism.core.seeds import rng_for
from asterism.helix.catalogue import puzzle_of
from asterism.helix.puzzle import LEVELS
from asterism.helix.tasks.sudoku import Sudoku
from tests.helix import cpsat
from tests.helix.models import single, sudoku

MOST = 20
"""Solutions of a small instance that are looked for."""

every_task = pytest.mark.parametrize("name", single())


def model_of(name: str) -> Any:
    return import_module(f"tests.helix.models.{name}")


def held_against_the_task(name: str, level: int, seed: int) -> None:
    """The model finds the task's solution alone, and several exactly where the task does when a clue is gone."""
    puzzle, answers = puzzle_of(name), model_of(name).answers
    state = puzzle.instance(level, seed, 0)
    assert answers(state) == [puzzle.solve(state)]
    for thinned in islice(puzzle.thinned(state, rng_for("thinned", name, level, seed)), 1):
        found = answers(thinned)
        assert len(found) == len(set(found)) == puzzle.count(thinned), puzzle.dump(thinned)
        assert all(puzzle.judge(thinned, answer).right for answer in found)


@every_task
@pytest.mark.parametrize("level", [1, 3])
def test_a_model_finds_what_the_task_finds(name: str, level: int) -> None:
    for seed in range(2):
        held_against_the_task(name, level, seed)


@pytest.mark.slow
@every_task
@pytest.mark.parametrize("level", LEVELS)
def test_a_model_finds_what_the_task_finds_at_every_level(name: str, level: int) -> None:
    for seed in range(100, 140):
        held_against_the_task(name, level, seed)


@every_task
def test_a_model_finds_every_right_answer_of_small_instances(name: str) -> None:
    """What candidates the rule text accepts, and nothing that it does not accept, with clues missing or at odds too."""
    rule, form = import_module(f"tests.helix.rules.{name}"), puzzle_of(name).form
    several = 0
    for index, state in enumerate(rule.small()):
        found = model_of(name).answers(state, MOST)
        assert all(rule.accepts(state, answer) for answer in found), state
        right = {
            answer for answer in rule.candidates(state, rng_for("models", name, index)) if rule.accepts(state, answer)
        }
        assert len(found) == MOST or {told(form, answer) for answer in right} <= {told(form, each) for each in found}
        several += len(found) > 1
    assert several, "no instance has several solutions"


def told(form: str, answer: str) -> Hashable:
    """An answer without the order of its parts and of the ends of a part, where the order says nothing."""
    if form not in ("cells", "bridges", "segments"):
        return answer
    parts = re.findall(r"\(\d+, ?\d+\)(?:-\(\d+,\d+\))?(?::\d)?", answer)
    return frozenset(frozenset(re.findall(r"\(.*?\)|:\d", part)) for part in parts)


def test_a_search_that_is_given_up_is_no_answer(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(cpsat, "LIMIT", 0.0)
    with pytest.raises(RuntimeError, match="given up"):
        sudoku.answers(puzzle_of("sudoku").instance(5, 0, 0))


def test_effort_is_the_same_again_and_least_where_nothing_is_to_be_found() -> None:
    state = puzzle_of("sudoku").instance(5, 0, 0)
    hard = cpsat.effort(sudoku.model(state))
    assert hard == cpsat.effort(sudoku.model(state))
    digits = tuple(map(int, sudoku.answers(state)[0].split()))
    assert hard > cpsat.effort(sudoku.model(Sudoku(digits)))
