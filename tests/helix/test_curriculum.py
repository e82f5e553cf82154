import json
import random

import pytest

from asterism.core.errors import AsterismError
from asterism.helix.curriculum import Curriculum, CurriculumConfig


def curriculum(**values: object) -> Curriculum:
    return Curriculum(["sudoku"], CurriculumConfig.parse({"window": 4, **values}, where="test"))


def play(found: Curriculum, outcomes: str) -> int:
    for outcome in outcomes:
        found.record("sudoku", found.level("sudoku"), outcome == "1")
    return found.level("sudoku")


@pytest.mark.parametrize(
    ("start", "outcomes", "level"),
    [
        (1, "111", 1),  # the window is not full
        (1, "1110", 2),  # three of four are enough
        (1, "1100", 1),
        (1, "11000111", 2),  # the window slides
        (2, "0000", 1),
        (1, "0000", 1),  # there is nothing below
        (5, "1111", 5),  # nor above
        (1, "1111111", 2),  # and it is empty after a move
        (1, "11111111", 3),
    ],
)
def test_the_level_follows_the_share_of_right_answers(start: int, outcomes: str, level: int) -> None:
    assert play(curriculum(start=start), outcomes) == level


def test_outcomes_at_another_level_do_not_count() -> None:
    found = curriculum()
    play(found, "111")
    for level in (2, 3):
        found.record("sudoku", level, True)
    assert found.level("sudoku") == 1
    assert play(found, "1") == 2


def test_a_level_settles_where_success_crosses_the_thresholds() -> None:
    found = Curriculum(["sudoku"], CurriculumConfig(window=50))
    rng = random.Random(1)
    chance = {1: 0.98, 2: 0.9, 3: 0.4, 4: 0.02, 5: 0.0}
    visited = [play(found, str(int(rng.random() < chance[found.level("sudoku")]))) for _ in range(3_000)]
    assert visited[-1] == 3 and set(visited[1_000:]) == {3}


def test_what_is_remembered_goes_through_a_checkpoint() -> None:
    first, second = curriculum(), curriculum()
    play(first, "1111101")
    second.load(json.loads(json.dumps(first.state())))
    assert second.state() == first.state() and second.levels == {"sudoku": 2}
    assert play(first, "1") == play(second, "1") == 3


@pytest.mark.parametrize(
    ("state", "message"),
    [
        ({"tasks": {"sudoku": {"level": 6}}}, "less than or equal to 5"),
        ({"tasks": {}}, "a curriculum of other tasks (sudoku)"),
        ({"task": {}}, "unknown key 'task'"),
        ([], "curriculum"),
    ],
)
def test_a_checkpoint_of_another_form_is_refused(state: object, message: str) -> None:
    found = curriculum()
    with pytest.raises(AsterismError) as refused:
        found.load(state)  # type: ignore[arg-type]
    assert message in str(refused.value)
    assert found.levels == {"sudoku": 1}


def test_unknown_tasks_and_thresholds_out_of_order_are_refused() -> None:
    for tasks, message in ((["sudoko"], "Did you mean sudoku?"), ([], "a curriculum of no tasks")):
        with pytest.raises(AsterismError) as refused:
            Curriculum(tasks)
        assert message in str(refused.value)
    with pytest.raises(AsterismError, match="the curriculum holds no task 'maze'"):
        curriculum().record("maze", 1, True)
    with pytest.raises(AsterismError, match="lower_at must lie below raise_at"):
        curriculum(raise_at=0.2, lower_at=0.5)
