"""The tasks about charts: their answers against the rules taken literally, and what a chart shows."""

import random
from itertools import combinations, pairwise
from typing import Any

import pytest

from asterism.helix.charts import COUNTED, LABEL_GREY, LONGEST, ChartStyle, Series, chart
from asterism.helix.puzzle import LEVELS
from asterism.helix.tasks import (
    container,
    h_index,
    hills_and_valleys,
    largest_rectangle,
    longest_increasing_subsequence,
    stock,
    trapping_rain,
)
from tests.helix.legibility import faults


def most_earned(prices: tuple[int, ...], holding: bool = False) -> int:
    """By trying on each day to do nothing, or to sell or buy."""
    if not prices:
        return -(10**6) if holding else 0
    wait = most_earned(prices[1:], holding)
    change = prices[0] + most_earned(prices[1:]) if holding else most_earned(prices[1:], True) - prices[0]
    return max(wait, change)


def most_held(heights: tuple[int, ...]) -> int:
    return max((j - i) * min(heights[i], heights[j]) for i, j in combinations(range(len(heights)), 2))


def largest_area(heights: tuple[int, ...]) -> int:
    spans = combinations(range(len(heights) + 1), 2)
    return max((last - first) * min(heights[first:last]) for first, last in spans)


def squares_of_water(heights: tuple[int, ...]) -> int:
    return sum(
        any(h > y for h in heights[:x]) and any(h > y for h in heights[x + 1 :])
        for x, height in enumerate(heights)
        for y in range(height, max(heights))
    )


def hills_and_valleys_of(heights: tuple[int, ...]) -> int:
    total = 0
    for place in range(1, len(heights)):
        before = [height for height in heights[:place] if height != heights[place]]
        after = [height for height in heights[place:] if height != heights[place]]
        begins = heights[place - 1] != heights[place]
        total += begins and bool(before and after) and (before[-1] < heights[place]) == (after[0] < heights[place])
    return total


def h_of(citations: tuple[int, ...]) -> int:
    return max(h for h in range(len(citations) + 1) if len([c for c in citations if c >= h]) >= h)


def longest_rising(values: tuple[int, ...]) -> int:
    every = (kept for size in range(len(values) + 1) for kept in combinations(values, size))
    return max(len(kept) for kept in every if all(a < b for a, b in pairwise(kept)))


TASKS = (
    (stock.PUZZLE, most_earned),
    (container.PUZZLE, most_held),
    (largest_rectangle.PUZZLE, largest_area),
    (trapping_rain.PUZZLE, squares_of_water),
    (hills_and_valleys.PUZZLE, hills_and_valleys_of),
    (h_index.PUZZLE, h_of),
    (longest_increasing_subsequence.PUZZLE, longest_rising),
)
EXAMPLES: tuple[tuple[Any, tuple[int, ...], int], ...] = (
    (stock.PUZZLE, (7, 1, 5, 3, 6, 4), 7),
    (stock.PUZZLE, (9, 7, 4, 3, 1), 0),
    (container.PUZZLE, (1, 8, 6, 2, 5, 4, 8, 3, 7), 49),
    (largest_rectangle.PUZZLE, (2, 1, 5, 6, 2, 3), 10),
    (largest_rectangle.PUZZLE, (4, 4, 4), 12),
    (trapping_rain.PUZZLE, (0, 1, 0, 2, 1, 0, 1, 3, 2, 1, 2, 1), 6),
    (trapping_rain.PUZZLE, (5, 4, 3), 0),
    (hills_and_valleys.PUZZLE, (2, 4, 1, 1, 6, 5), 3),
    (hills_and_valleys.PUZZLE, (6, 6, 5, 5, 4, 1), 0),
    (hills_and_valleys.PUZZLE, (3, 3, 7, 7, 7, 3, 3), 1),
    (h_index.PUZZLE, (3, 0, 6, 1, 5), 3),
    (h_index.PUZZLE, (0, 0), 0),
    (longest_increasing_subsequence.PUZZLE, (10, 9, 2, 5, 3, 7, 101, 18), 4),
    (longest_increasing_subsequence.PUZZLE, (7, 7, 7), 1),
)
every_task = pytest.mark.parametrize("puzzle", [puzzle for puzzle, _ in TASKS], ids=lambda puzzle: puzzle.name)
counted = pytest.mark.parametrize(
    "puzzle", [puzzle for puzzle, _ in TASKS if puzzle.levels is COUNTED], ids=lambda puzzle: puzzle.name
)


@pytest.mark.parametrize(("puzzle", "rule"), TASKS, ids=lambda each: getattr(each, "name", ""))
def test_the_answer_is_that_of_the_rules_taken_literally(puzzle: Any, rule: Any) -> None:
    rng = random.Random(7)
    for _ in range(150):
        values = tuple(rng.choices(range(rng.choice((3, 6, 20))), k=rng.randint(3, 9)))
        assert puzzle.answer(values) == rule(values) <= max(1, puzzle.ceiling(values)), values


@pytest.mark.parametrize(("puzzle", "values", "answer"), EXAMPLES, ids=lambda each: getattr(each, "name", ""))
def test_charts_with_known_answers(puzzle: Any, values: tuple[int, ...], answer: int) -> None:
    assert puzzle.solve(Series(values)) == str(answer)


@every_task
def test_a_number_is_read_however_it_is_written_and_nothing_else_is(puzzle: Any) -> None:
    state = puzzle.instance(3, 1, 1)
    right = int(puzzle.solve(state))
    for answer in (f"{right}", f" {right}. ", f"${right}$", f"it is {right}", f"+{right}", f"[{right}]"):
        assert puzzle.verify_answer(state, answer).right, answer
    for answer in ("many", f"{right} or {right + 1}", f"{right}.5", f"{right}/2", "９" * 50):
        assert puzzle.verify_answer(state, answer).code == "form", answer
    for answer in (f"{right + 1}", f"-{right}", "0"):
        assert puzzle.verify_answer(state, answer).code == "claim", answer


@every_task
def test_steps_that_are_not_so_do_not_hold(puzzle: Any) -> None:
    state, other = puzzle.instance(2, 3, 1), puzzle.instance(2, 3, 2)
    claims = [step.claim for step in puzzle.reasoning(state) if step.claim is not None]
    assert sum(puzzle.holds(other, claim) for claim in claims) < len(claims) / 3
    for claim in claims:
        for key, value in claim.items():
            if isinstance(value, int) and claim.get("is", True):
                assert not puzzle.holds(state, {**claim, key: value + 1000}), (claim, key)
    for claim in (
        {"answer": "no"},
        {"values": []},
        [],
        "right",
        7,
        {"pair": [1], "holds": None},
        {"groups": [[1], "x"]},
    ):
        assert not puzzle.holds(state, claim)


@every_task
def test_published_parameters_stay_possible(puzzle: Any) -> None:
    for level in LEVELS:
        few, many = puzzle.reference[level].length
        for index in range(3):
            state = puzzle.instance(level, 5, index, reference=True)
            assert few <= len(state.values) <= many
            assert not faults(puzzle.draw(state))


@counted
def test_no_constant_answers_more_than_one_chart_in_twenty(puzzle: Any) -> None:
    for level, parameters in puzzle.levels.items():
        few, many = parameters.answers
        assert many - few + 1 > 20
        rng = random.Random(level)
        for answer in (few, (few + many) // 2, many):
            for length in parameters.length:
                values = puzzle.composed(length, parameters.top, answer, rng)
                assert len(values) == length and min(values) >= 1 and max(values) <= parameters.top
                assert puzzle.answer(values) == answer


@pytest.mark.parametrize("kind", ["bars", "line", "area"])
@pytest.mark.parametrize(("length", "rows"), [(2, 1), (19, 1), (20, 2), (70, 4)])
def test_a_chart_shows_every_value_and_position_once(kind: Any, length: int, rows: int) -> None:
    values = random.Random(length).choices(range(1, 100), k=length)
    canvas = chart(values, ChartStyle(kind, (40, 90, 160)))
    assert not faults(canvas)
    texts = sorted(int(mark.text) for mark in canvas.marks if mark.kind == "text")
    assert texts == sorted([*values, *range(1, length + 1)])
    grey = {round(mark.box[3]) for mark in canvas.marks if mark.kind == "text" and mark.colour == LABEL_GREY}
    assert (
        1 + sum(b - a > 50 for a, b in pairwise(sorted(grey))) == rows and max(canvas.width, canvas.height) <= LONGEST
    )


@pytest.mark.parametrize("kind", ["bars", "line", "area"])
def test_any_value_changes_the_picture(kind: Any) -> None:
    values = [5, 9, 2, 7, 7, 30]
    look = ChartStyle(kind, (40, 90, 160))
    pictures = {chart(values, look).image().digest}
    for place in range(len(values)):
        changed = [value + (each == place) for each, value in enumerate(values)]
        pictures.add(chart(changed, look).image().digest)
    assert len(pictures) == len(values) + 1
