"""Models written from the rule text alone find the tasks' own solutions, and no others."""

from importlib import import_module
from typing import Any

import pytest

from asterism.core.seeds import rng_for
from asterism.helix.bench import BENCHMARK_TASKS
from asterism.helix.catalogue import puzzle_of
from asterism.helix.puzzle import LEVELS
from asterism.helix.tasks.aquarium import Aquarium
from asterism.helix.tasks.binairo import Binairo
from asterism.helix.tasks.bridges import Bridges
from asterism.helix.tasks.calcudoku import Cage, Calcudoku
from asterism.helix.tasks.campsite import Campsite
from asterism.helix.tasks.eulero import Eulero
from asterism.helix.tasks.futoshiki import Futoshiki
from asterism.helix.tasks.hitori import Hitori
from asterism.helix.tasks.kakuro import Kakuro
from asterism.helix.tasks.kukurasu import Kukurasu
from asterism.helix.tasks.minesweeper import Minesweeper
from asterism.helix.tasks.nonogram import Nonogram
from asterism.helix.tasks.numbrix import Numbrix
from asterism.helix.tasks.shingoki import Circle, Shingoki
from asterism.helix.tasks.skyscrapers import Skyscrapers
from asterism.helix.tasks.snake import Snake
from asterism.helix.tasks.sudoku import Sudoku
from asterism.helix.tasks.tapa import Tapa
from asterism.helix.tasks.word_search import WordSearch
from tests.helix import cpsat
from tests.helix.models import single, sudoku, thinned, told

MOST = 20
"""Solutions of a small instance that are looked for."""

every_task = pytest.mark.parametrize("name", single())


def model_of(name: str) -> Any:
    return import_module(f"tests.helix.models.{name}")


def held_against_the_task(name: str, level: int, seed: int) -> None:
    """The model finds the task's solution alone, and several exactly where the task does when clues are gone."""
    puzzle, answers = puzzle_of(name), model_of(name).answers
    state = puzzle.instance(level, seed, 0)
    assert [told(puzzle.form, answer) for answer in answers(state)] == [told(puzzle.form, puzzle.solve(state) or "")]
    for less in thinned(puzzle, state, rng_for("thinned", name, level, seed)):
        found = answers(less)
        assert len(found) == len(set(found)) == puzzle.count(less), puzzle.dump(less)
        assert all(puzzle.verify_answer(less, answer).right for answer in found)


def test_every_task_of_the_benchmark_that_promises_a_single_solution_has_a_model() -> None:
    promised = [name for name in BENCHMARK_TASKS if puzzle_of(name).unique and puzzle_of(name).form != "integer"]
    assert set(single()) >= set(promised)


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
    """Those of the candidates that the rule text accepts, and none that it does not."""
    rule, form = import_module(f"tests.helix.rules.{name}"), puzzle_of(name).form
    for index, state in enumerate(rule.small()):
        found = model_of(name).answers(state, MOST)
        assert all(rule.accepts(state, answer) for answer in found), state
        candidates = set(rule.candidates(state, rng_for("models", name, index)))
        right = {told(form, answer) for answer in candidates if rule.accepts(state, answer)}
        assert len(found) == MOST or right <= {told(form, answer) for answer in found}, state


@pytest.mark.parametrize(
    ("name", "state", "count"),
    [
        ("aquarium", Aquarium(((0, 0), (0, 0)), (None, None), (None, None)), 3),  # empty, half full, full
        ("binairo", Binairo(("..", "..")), 2),
        ("bridges", Bridges(3, ((0, 0, 0), (2, 0, 0))), 2),  # one bridge or two
        ("bridges", Bridges(3, ((0, 0, 1), (2, 0, 1), (0, 2, 1), (2, 2, 1))), 0),  # never one network
        ("calcudoku", Calcudoku(2, ()), 2),
        ("calcudoku", Calcudoku(3, (Cage("/", 3, (0, 1)),)), 4),  # 1 3 or 3 1 at the top, and two squares of each
        ("campsite", Campsite(((0, 0),), (None, None), (None, None)), 3),  # no tent, or either of two that touch
        ("eulero", Eulero(3, ("..",) * 9), 72),  # 12 Latin squares, and 6 orthogonal to each
        ("futoshiki", Futoshiki(3, (0,) * 9, ()), 12),
        ("futoshiki", Futoshiki(3, (0,) * 9, ((4, 5),)), 6),  # half of them, by exchanging columns
        ("hitori", Hitori(((0, 0), (0, 0))), 5),  # nothing or any cell shaded; two part the others
        ("kakuro", Kakuro(3, ((0, 0), (3, 0), (3, 0), (0, 3), None, None, (0, 3), None, None)), 2),
        ("kukurasu", Kukurasu((None,), (None, None)), 4),
        ("minesweeper", Minesweeper(("1?", "??"), 1), 3),
        ("nonogram", Nonogram(((1,), (1,)), ((1,), None)), 2),
        ("nonogram", Nonogram(((2, 1),), (None,) * 6), 6),  # 2 and 1 with a gap, in six cells
        ("numbrix", Numbrix(2, (0, 0, 0, 0)), 8),  # from four cells in two directions
        ("shingoki", Shingoki(3, ()), 13),  # around one square, two, three or all four
        ("shingoki", Shingoki(3, (Circle(0, 1, "W", 2),)), 4),
        ("skyscrapers", Skyscrapers((0,) * 3, (0,) * 3, (3, 0, 0), (0,) * 3), 2),  # 1 2 3 at the top
        ("snake", Snake((0, 0), (2, 2), (), (-1,) * 3, (-1,) * 3), 6),  # every way to the right and down
        ("tapa", Tapa(2, 2, ()), 13),  # nothing, 4 cells, 4 pairs beside each other, 4 times three
        ("word_search", WordSearch(("SUN", "UUQ", "NQN"), "SUN"), 3),
    ],
)
def test_a_model_finds_as_many_solutions_as_were_counted_by_hand(name: str, state: Any, count: int) -> None:
    found = model_of(name).answers(state, 100)
    assert len(found) == len({told(puzzle_of(name).form, answer) for answer in found}) == count


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
