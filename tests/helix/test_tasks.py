"""What must hold of every task, at every level."""

import json
import random
import re
import statistics
import time
from functools import cache
from itertools import pairwise
from typing import Any

import numpy as np
import pytest

from asterism.helix.catalogue import catalogue
from asterism.helix.puzzle import LEVELS, Puzzle
from tests.helix.legibility import faults
from tests.helix.mutations import mutation

SEEDS = 6
"""Instances of each task and level; `python -m benchmarks.helix records` looks at 200."""

every_task = pytest.mark.parametrize("puzzle", catalogue().values(), ids=lambda puzzle: puzzle.name)
every_level = pytest.mark.parametrize("level", LEVELS)


@cache
def drawn(name: str, level: int, index: int) -> Any:
    return catalogue()[name].instance(level, 1 + 2**61 * level, index)


def instances(puzzle: Puzzle[Any], level: int, count: int = SEEDS) -> list[Any]:
    return [drawn(puzzle.name, level, index) for index in range(count)]


@every_task
@every_level
def test_the_own_solution_is_right_however_it_is_wrapped(puzzle: Puzzle[Any], level: int) -> None:
    for state in instances(puzzle, level):
        answer = puzzle.solve(state)
        assert answer is not None
        for text in (answer, f"<think>no</think><answer>{answer}</answer>", f"So:\n\\boxed{{{answer}}}"):
            verdict = puzzle.verify(state, text)
            assert verdict.right, (verdict, text)


FULL_WIDTH = str.maketrans({digit: chr(ord(digit) + 0xFEE0) for digit in "0123456789"})
WRAPPINGS = {
    "bold": lambda answer: f"**Answer:** {answer}",
    "fence": lambda answer: f"So it is\n```\n{answer}\n```",
    "fence with a language": lambda answer: f"```text\n{answer}\n```",
    "cue": lambda answer: f"I looked twice. Final answer: {answer}",
    "Chinese cue": lambda answer: f"经过检查，答案是：{answer}",
    "several boxes": lambda answer: f"\\boxed{{0}} or \\boxed{{1, 2}}, no: \\boxed{{{answer}}}",
    "text in a box": lambda answer: f"$\\boxed{{\\text{{{answer}}}}}$",
    "full-width digits": lambda answer: f"<answer>{answer.translate(FULL_WIDTH)}</answer>",
    "other line ends": lambda answer: answer.replace("\n", "\r\n") + "\r\n",
}


@every_task
@pytest.mark.parametrize("wrapping", WRAPPINGS)
def test_a_right_answer_is_right_however_models_dress_it(puzzle: Puzzle[Any], wrapping: str) -> None:
    state = drawn(puzzle.name, 2, 0)
    answer = puzzle.solve(state) or ""
    verdict = puzzle.verify(state, WRAPPINGS[wrapping](answer))
    assert verdict.right, (verdict, WRAPPINGS[wrapping](answer))


@every_task
@every_level
def test_what_is_no_answer_is_wrong(puzzle: Puzzle[Any], level: int) -> None:
    state = puzzle.instance(level, 3, 0)
    echo = puzzle.prompt(state, pictured=False)
    for text in ("", "I cannot answer this.", "\\boxed{}", "<answer></answer>", "?", echo, "[" * 1_000, "9" * 10_000):
        assert not puzzle.verify(state, text).right, text[:60]


@every_task
def test_any_text_has_a_verdict_soon(puzzle: Puzzle[Any]) -> None:
    state = puzzle.instance(3, 5, 0)
    answer = puzzle.solve(state) or ""
    for text in (
        "x" * 10_000_000,
        "[" * 1_000_000,
        "\\boxed{" * 200_000,
        "1" * 10_000,
        f"\\boxed{{{'9' * 10_000}}}",
        "(" * 5_000 + answer,
        "<answer>" + "1, " * 6_000 + "</answer>",
        "**答案** ответ: $\\frac{" * 20_000,
        answer.translate({ord(digit): ord(digit) + 0xFEE0 for digit in "0123456789"}),
    ):
        assert min(seconds_for(puzzle, state, text) for _ in range(3)) < 0.1


def seconds_for(puzzle: Puzzle[Any], state: Any, text: str) -> float:
    """Processor time of a verdict; the least of several tells it on a machine that does other work."""
    start = time.process_time()
    puzzle.verify(state, text)
    return time.process_time() - start


@every_task
@every_level
def test_mutations_of_the_solution_are_judged_and_mostly_wrong(puzzle: Puzzle[Any], level: int) -> None:
    rng = random.Random(level)
    right = total = 0
    for state in instances(puzzle, level, 4):
        answer = puzzle.solve(state) or ""
        for mutated in {mutation(answer, rng) for _ in range(10)} - {answer}:
            total += 1
            right += puzzle.verify(state, mutated).right
    assert right <= total / 2


@every_task
@every_level
def test_instances_are_functions_of_their_names(puzzle: Puzzle[Any], level: int) -> None:
    first = instances(puzzle, level)
    assert [puzzle.instance(level, 1 + 2**61 * level, index) for index in (5, 0)] == [first[5], first[0]]
    dumped = [json.dumps(puzzle.dump(state), sort_keys=True) for state in first]
    assert [puzzle.load(json.loads(each)) for each in dumped] == first
    assert len(set(dumped)) == len(dumped), "duplicates"


@every_task
@every_level
def test_unique_means_that_a_solver_found_one_solution(puzzle: Puzzle[Any], level: int) -> None:
    if not puzzle.unique:
        pytest.skip("several solutions may be right")
    rng = random.Random(level)
    for state in instances(puzzle, level, 4):
        assert puzzle.count(state) == 1
        thinner = next(iter(puzzle.thinned(state, rng)), None)
        assert thinner is None or puzzle.count(thinner) in (1, 2)


@every_task
@every_level
def test_the_picture_is_legible_and_shows_the_state(puzzle: Puzzle[Any], level: int) -> None:
    states = instances(puzzle, level, 4)
    pictures = []
    for state in states:
        canvas = puzzle.draw(state)
        assert not faults(canvas), faults(canvas)[:5]
        pictures.append(canvas.image())
    assert len({picture.digest for picture in pictures}) == len(states)
    assert np.asarray(pictures[0].pixels).std() > 5


@every_task
@every_level
def test_the_prompt_says_everything_and_gives_nothing_away(puzzle: Puzzle[Any], level: int) -> None:
    state = puzzle.instance(level, 9, 1)
    answer = puzzle.solve(state) or ""
    for language in ("en", "zh"):
        written, pictured = (puzzle.prompt(state, pictured=each, language=language) for each in (False, True))  # type: ignore[arg-type]
        assert puzzle.text(state) in written and puzzle.rules(state).said(language) in pictured  # type: ignore[arg-type]
        assert len(answer) < 6 or answer not in written
    assert not re.search(r"[\u4e00-\u9fff]", puzzle.prompt(state, pictured=False))


@every_task
@every_level
def test_every_step_of_the_reasoning_holds_and_it_ends_with_the_answer(puzzle: Puzzle[Any], level: int) -> None:
    for state in instances(puzzle, level, 3):
        steps = puzzle.reasoning(state)
        assert [step.part for step in steps][:2] == ["rules", "reading"] and steps[-1].part == "answer"
        assert "search" in {step.part for step in steps} and "check" in {step.part for step in steps}
        for step in steps:
            assert puzzle.holds(state, step.claim), step
        assert sum(step.claim is not None for step in steps) >= 3
        assert puzzle.verify(state, steps[-1].text).right
        assert not puzzle.holds(state, {"no": "such claim"})


@every_task
def test_levels_rise(puzzle: Puzzle[Any]) -> None:
    medians = [statistics.median(map(puzzle.effort, instances(puzzle, level, 12))) for level in LEVELS]
    assert all(low < high for low, high in pairwise(medians)), medians


@every_task
@every_level
def test_guesses_have_the_right_form_and_are_seldom_right(puzzle: Puzzle[Any], level: int) -> None:
    rng, right = random.Random(level), 0
    states = instances(puzzle, level, 12)
    for state in states:
        verdict = puzzle.verify(state, puzzle.guess(state, rng))
        assert verdict.code not in ("missing", "form"), verdict
        right += verdict.right
    assert right <= (0.9 if puzzle.decision else 0.34) * len(states)


@pytest.mark.parametrize(
    "puzzle", [each for each in catalogue().values() if each.reference], ids=lambda each: each.name
)
def test_the_published_parameters_give_instances_as_well(puzzle: Puzzle[Any]) -> None:
    for level in puzzle.reference:
        state = puzzle.instance(level, 5, 0, reference=True)
        assert puzzle.verify_answer(state, puzzle.solve(state) or "").right
        assert not faults(puzzle.draw(state))
