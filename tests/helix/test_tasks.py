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

SEEDS = 12
"""Instances of each task and level; the slow test has 200."""

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
        answer.translate({ord(digit): ord(digit) + 0xFEE0 for digit in "0123456789"}),
    ):
        start = time.process_time()
        puzzle.verify(state, text)
        assert time.process_time() - start < 0.2


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
    medians = [statistics.median(puzzle.effort(state) for state in instances(puzzle, level)) for level in LEVELS]
    assert all(low < high for low, high in pairwise(medians)), medians


@every_task
@every_level
def test_guesses_have_the_right_form_and_are_seldom_right(puzzle: Puzzle[Any], level: int) -> None:
    rng, right = random.Random(level), 0
    states = instances(puzzle, level)
    for state in states:
        verdict = puzzle.verify(state, puzzle.guess(state, rng))
        assert verdict.code not in ("missing", "form"), verdict
        right += verdict.right
    assert right <= (0.9 if puzzle.decision else 0.34) * len(states)
