"""Prompts that follow a number of tokens."""

import json
import random

import pytest
from hypothesis import given
from hypothesis import strategies as st

from asterism.learn.token_budget import TokenBudgetScheduler


def test_without_a_number_of_tokens_every_step_has_its_prompts() -> None:
    scheduler = TokenBudgetScheduler(8)
    scheduler.update(prompts=8, tokens=1000)
    assert scheduler.prompts() == 8


def test_what_a_step_missed_is_made_good_by_the_next() -> None:
    scheduler = TokenBudgetScheduler(8, 100)
    assert scheduler.prompts() == 8
    scheduler.update(prompts=8, tokens=40)  # 5 a prompt; 200 - 40 are due
    assert scheduler.prompts() == 32
    scheduler.update(prompts=32, tokens=320)  # 300 - 360: nothing is due, and a step has at least one prompt
    assert scheduler.prompts() == 1


@given(st.integers(0, 10**6), st.integers(200, 2000), st.floats(2, 30))
def test_the_sum_keeps_to_the_budget_though_the_cost_of_a_prompt_moves(seed: int, wanted: int, cost: float) -> None:
    rng, scheduler = random.Random(seed), TokenBudgetScheduler(8, wanted)
    for _ in range(80):
        prompts = scheduler.prompts()
        scheduler.update(prompts=prompts, tokens=sum(round(cost * rng.uniform(0.7, 1.3)) for _prompt in range(prompts)))
        cost = max(2.0, cost * rng.uniform(0.97, 1.02))
        assert prompts >= 1
    assert scheduler.spent == pytest.approx(80 * wanted, rel=0.02)


def test_a_resumed_scheduler_continues_as_if_it_had_never_stopped() -> None:
    whole, resumed = TokenBudgetScheduler(8, 100), TokenBudgetScheduler(8, 100)
    for tokens in range(40, 52):  # more steps than are averaged over
        whole.update(prompts=8, tokens=tokens)
    resumed.load_state_dict(json.loads(json.dumps(whole.state_dict())))
    for scheduler in (whole, resumed):
        scheduler.update(prompts=3, tokens=30)
    assert (resumed.prompts(), resumed.spent) == (whole.prompts(), whole.spent)
    assert resumed.state_dict() == whole.state_dict()
