"""Options in other orders."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from asterism.answers.options import LETTERS
from asterism.core.results.result import Result
from asterism.core.task import Task
from asterism.evaluate.arrangements import chosen, consistency, rearrange


def _task(name: str, answer: str | None, count: int = 4) -> Task:
    return Task(name, (), "?", answer, "mcq", tuple(f"{name}{place}" for place in range(count)))


@given(st.integers(2, 10), st.integers(1, 5), st.integers(), st.data())
def test_the_answer_goes_with_its_option(count: int, number: int, seed: int, data: st.DataObject) -> None:
    gold = data.draw(st.integers(0, count - 1))
    task = _task("q", LETTERS[gold], count)
    other = rearrange(task, number, seed)
    assert sorted(other.options) == sorted(task.options)
    assert other.options != task.options
    assert other.options[LETTERS.index(str(other.answer))] == task.options[gold]
    assert other == rearrange(task, number, seed)
    for place in range(count):
        assert chosen(other, Result("q", 0, "", LETTERS[place], "", None)) == other.options[place]
    assert chosen(other, Result("q", 0, "", None, "", None)) is None


def test_orders_differ_until_each_had_its_turn() -> None:
    for count, orders in ((2, 1), (3, 5)):
        task = _task("q", "A", count)
        options = [rearrange(task, number, 3).options for number in range(1, orders + 2)]
        assert len(set(options[:orders])) == orders
        assert task.options not in options


def test_a_stored_text_is_an_answer_too_and_none_stays_none() -> None:
    other = rearrange(_task("q", "q2"), 1, 0)
    assert other.options[LETTERS.index(str(other.answer))] == "q2"
    assert rearrange(_task("q", None), 1, 0).answer is None


@pytest.mark.parametrize(
    ("options", "movable"),
    [
        (("red", "blue", "green", "None of the above"), {0, 1, 2}),
        (("red", "blue", "green", "none of these"), {0, 1, 2}),
        (("red", "blue", "green", "All of the above."), {0, 1, 2}),
        (("red", "blue", "green", "Both A and C"), {1}),
        (("red", "blue", "green", "pink", "A and B only"), {2, 3}),
        (("red", "blue", "green", "pink", "Neither (A) nor (C)"), {1, 3}),
        (("red", "blue", "All of the above", "green", "pink"), {0, 1, 3, 4}),
        (("红", "蓝", "绿", "以上都不对"), {0, 1, 2}),
        (("紅", "藍", "綠", "以上皆非"), {0, 1, 2}),
        (("红", "蓝", "绿", "黄", "A和C"), {1, 3}),
        (("红", "蓝", "绿", "黄", "A、B都对"), {2, 3}),
        (("Vitamin C", "Plan B", "triangle ABC", "All birds", "None"), {0, 1, 2, 3}),
    ],
)
def test_options_that_name_options_keep_their_places_and_what_they_say(
    options: tuple[str, ...], movable: set[int]
) -> None:
    task = Task("q", (), "?", "A", "mcq", options)
    moved = set()
    for number in range(1, 8):
        other = rearrange(task, number, 5)
        assert sorted(other.options) == sorted(options)
        assert other.options[LETTERS.index(str(other.answer))] == options[0]
        moved |= {place for place, option in enumerate(options) if other.options[place] != option}
    assert moved == (movable if len(movable) > 1 else set())


def test_what_is_above_stays_above() -> None:
    task = Task("q", (), "?", "A", "mcq", ("red", "blue", "All of the above", "green", "pink"))
    for number in range(1, 4):
        options = rearrange(task, number, 0).options
        assert set(options[:2]) == {"red", "blue"}
        assert options[2] == "All of the above"


def test_a_question_without_another_order_stays_as_it_is() -> None:
    task = Task("q", (), "?", "C", "mcq", ("red", "blue", "Both A and B", "Neither A nor B"))
    assert rearrange(task, 3, 0) == task


def _said(tasks: list[Task], places: list[int | None]) -> list[Result]:
    """Results that choose the option which stands at a place of the original order."""
    results = []
    for task, place in zip(tasks, places, strict=True):
        letter = None if place is None else LETTERS[task.options.index(f"{task.id}{place}")]
        score = None if task.answer is None else float(letter == task.answer)
        results.append(Result(task.id, 0, "", letter, "", score))
    return results


def test_consistency_is_hand_computed() -> None:
    tasks = [_task("q1", "A"), _task("q2", "B"), _task("q3", "C"), _task("q4", None), _task("q5", "A")]
    first, second = ([rearrange(task, number, 7) for task in tasks] for number in (1, 2))
    arms = [
        (tasks, _said(tasks, [0, 1, 3, 2, None])),
        (first, _said(first, [0, 1, 3, 2, None])),
        (second, _said(second, [0, 2, 3, 2, None])),
    ]
    found = consistency(arms)
    assert found.orders == 3
    assert (found.consistent.value, found.consistent.n) == (pytest.approx(3 / 5), 5)  # q1, q3 and q4; q5 chose nothing
    assert found.always_right is not None
    assert (found.always_right.value, found.always_right.n) == (pytest.approx(1 / 4), 4)


def test_whoever_always_says_one_letter_is_not_consistent() -> None:
    tasks = [_task(f"q{n}", "A") for n in range(30)]
    other = [rearrange(task, 1, 0) for task in tasks]
    arms = [
        (part, [Result(task.id, 0, "", "A", "", float(task.answer == "A")) for task in part]) for part in (tasks, other)
    ]
    expected = sum(task.options[0] == f"{task.id}0" for task in other) / 30
    assert consistency(arms).consistent.value == pytest.approx(expected)
    assert expected < 0.5
