"""Prompts that follow a number of tokens."""

import random

import pytest
from hypothesis import given
from hypothesis import strategies as st

from asterism.core.results.metrics import StepMetrics, ValidationMetrics
from asterism.learn.pace import Pace


def test_without_a_number_of_tokens_every_step_has_its_prompts() -> None:
    pace = Pace(8)
    pace.note(prompts=8, tokens=1000)
    assert pace.prompts() == 8


def test_what_a_step_missed_is_made_good_by_the_next() -> None:
    pace = Pace(8, 100)
    assert pace.prompts() == 8
    pace.note(prompts=8, tokens=40)  # 5 a prompt; 200 - 40 are due
    assert pace.prompts() == 32
    pace.note(prompts=32, tokens=320)  # 9 a prompt; 300 - 360: nothing is due, and a step has at least one prompt
    assert pace.prompts() == 1


@given(st.integers(0, 10**6), st.integers(200, 2000), st.floats(2, 30))
def test_the_sum_keeps_to_the_budget_though_the_cost_of_a_prompt_moves(seed: int, wanted: int, cost: float) -> None:
    rng, pace = random.Random(seed), Pace(8, wanted)
    for _ in range(80):
        prompts = pace.prompts()
        pace.note(prompts=prompts, tokens=sum(round(cost * rng.uniform(0.7, 1.3)) for _prompt in range(prompts)))
        cost = max(2.0, cost * rng.uniform(0.97, 1.02))
        assert prompts >= 1
    assert pace.spent == pytest.approx(80 * wanted, rel=0.02)


def test_a_resumed_run_goes_on_as_if_it_had_never_stopped() -> None:
    lines = [StepMetrics(1, prompts=8, tokens_generated=30, tokens_expert=12), ValidationMetrics(1, {})]
    whole, resumed = Pace(8, 100), Pace(8, 100)
    whole.note(prompts=8, tokens=42)
    resumed.recall(lines)
    assert (resumed.prompts(), resumed.spent) == (whole.prompts(), 42)
