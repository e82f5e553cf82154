"""The learning rate at hand-computed steps."""

import itertools

import pytest
from hypothesis import given
from hypothesis import strategies as st

from asterism.core.errors import AsterismError
from asterism.learn.schedule import ScheduleConfig, learning_rate


def rates(total: int, steps: list[int], **settings: object) -> list[float]:
    config = ScheduleConfig.parse({"learning_rate": 2.0, **settings}, where="test")
    return [learning_rate(step, total, config) for step in steps]


def test_constant_stays() -> None:
    assert rates(10, [0, 5, 9, 100]) == [2.0] * 4


def test_warm_up_rises_to_the_peak_and_the_first_step_already_learns() -> None:
    # 2 * (1/4, 2/4, 3/4, 4/4), then constant
    assert rates(10, [0, 1, 2, 3, 4], warmup_steps=4) == [0.5, 1.0, 1.5, 2.0, 2.0]


def test_linear_falls_to_its_final_fraction() -> None:
    # warm-up 2, total 10: p = (step - 2) / 8; 2 * (0.5 + 0.5 * (1 - p)): p = 0 -> 2, 0.5 -> 1.5, 1 -> 1, beyond -> 1
    assert rates(10, [2, 6, 10, 99], kind="linear", warmup_steps=2, final_fraction=0.5) == [2.0, 1.5, 1.0, 1.0]


def test_cosine_is_half_way_down_in_the_middle() -> None:
    # p = 0, 1/3, 1/2, 1: (1 + cos(pi p)) / 2 = 1, 0.75, 0.5, 0
    assert rates(6, [0, 2, 3, 6], kind="cosine") == pytest.approx([2.0, 1.5, 1.0, 0.0])


@given(st.sampled_from(["constant", "linear", "cosine"]), st.integers(0, 30), st.integers(1, 60), st.floats(0, 1))
def test_the_rate_rises_then_never_rises_again(kind: str, warmup: int, total: int, final: float) -> None:
    values = rates(total, list(range(total + 5)), kind=kind, warmup_steps=warmup, final_fraction=final)
    assert all(0 <= value <= 2.0 + 1e-12 for value in values)
    assert values[:warmup] == sorted(values[:warmup])
    after = values[warmup:]
    assert all(later <= earlier + 1e-12 for earlier, later in itertools.pairwise(after))


def test_an_unknown_kind_is_refused() -> None:
    with pytest.raises(AsterismError, match="kind"):
        rates(10, [0], kind="exponential")
