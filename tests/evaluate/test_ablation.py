"""Arms compared seed by seed, by hand."""

import math

import pytest
from hypothesis import given
from hypothesis import strategies as st

from asterism.evaluate.ablation import Arm, Point, summarise
from asterism.evaluate.seeds import at_height, mean_over_seeds


def point(tokens: int, accuracy: float, entropy: float) -> Point:
    return Point(0, tokens, tokens, tokens // 10, accuracy, accuracy / 2, accuracy, entropy, 20.0)


BASE = Arm("as it is", {"tfq": 28}, {seed: [point(0, 0.5, 1.0)] for seed in (0, 1)})
RL = Arm("RL", {}, {0: [point(10, 0.6, 0.9), point(20, 0.9, 0.8)], 1: [point(10, 0.7, 0.9), point(20, 0.8, 0.7)]})
SFT = Arm("SFT", {}, {0: [point(10, 0.7, 0.5), point(20, 0.7, 0.1)], 1: [point(10, 0.6, 0.6), point(20, 0.8, 0.2)]})


def test_figures_differences_and_entropy_at_equal_accuracy_are_those_worked_out_by_hand() -> None:
    told = summarise("title", "paper", "rl", {"base": BASE, "rl": RL, "sft": SFT})
    assert told.seeds == 2 and told.target == pytest.approx((0.7 + 0.8) / 2)
    assert told.arms["rl"].figures["per_statement"].value == pytest.approx(0.85)
    assert told.arms["sft"].differences["per_statement"].value == pytest.approx((-0.2 + 0.0) / 2)
    # RL, seed 0: 0.7 lies a third of the way from 0.6 to 0.9; seed 1: 0.8 is its end.
    assert told.arms["rl"].matched is not None and told.arms["sft"].matched_difference is not None
    assert told.arms["rl"].matched.value == pytest.approx(((0.9 - 0.1 / 3) + 0.7) / 2)
    # SFT, seed 0: first at 0.7 after ten tokens; seed 1: its end.
    assert told.arms["sft"].matched_difference.value == pytest.approx(((0.5 - (0.9 - 0.1 / 3)) + (0.2 - 0.7)) / 2)
    assert told.arms["base"].matched is None and told.arms["base"].tokens == 0
    assert told.arms["rl"].curve == [(10, pytest.approx(0.65), pytest.approx(0.9)), (20, pytest.approx(0.85), 0.75)]


def test_an_arm_without_a_seed_is_refused() -> None:
    with pytest.raises(ValueError, match="every seed"):
        summarise("title", "paper", "rl", {"rl": RL, "sft": Arm("SFT", {}, {0: SFT.points[0]})})


def test_the_interval_is_students() -> None:
    told = mean_over_seeds([1.0, 2.0, 3.0, 4.0, 5.0])
    half = 2.776445105 * math.sqrt(2.5 / 5)
    assert told.value == 3 and told.interval == pytest.approx((3 - half, 3 + half))
    assert mean_over_seeds([0.4]).interval is None
    with pytest.raises(ValueError, match="at least one"):
        mean_over_seeds([])


@given(st.lists(st.tuples(st.floats(0, 1), st.floats(0, 2)), min_size=1, max_size=6), st.floats(0, 1))
def test_a_curve_is_read_where_it_first_reaches_a_height_and_nowhere_else(
    curve: list[tuple[float, float]], height: float
) -> None:
    value = at_height(curve, height)
    assert (value is None) == (max(y for y, _ in curve) < height)
    if value is not None:
        values = [v for _, v in curve]
        assert min(values) - 1e-9 <= value <= max(values) + 1e-9
