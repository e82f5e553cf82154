"""Group-relative advantages against numbers worked out by hand."""

import itertools
import math

import pytest
from hypothesis import given
from hypothesis import strategies as st

from asterism.core.episode import Group
from asterism.core.errors import AsterismError
from asterism.core.reward import Reward
from asterism.core.sample import Sample
from asterism.core.task import Task
from asterism.core.trajectory import Segment, Status, Trajectory
from asterism.learn.advantages import AdvantageConfig, advantages, samples_of

TASK = Task(id="t1", images=(), question="?", answer="T", kind="tfq")
PLAIN = AdvantageConfig()


def group(*rewards: float | str, cut: tuple[int, ...] = (), lengths: tuple[int, ...] = ()) -> Group:
    trajectories = []
    for index in range(len(rewards)):
        length = lengths[index] if lengths else 2
        prompt = Segment("prompt", (1, 2, 3))
        answer = Segment("model", tuple(range(length)), trainable=True)
        status = Status.TRUNCATED_LENGTH if index in cut else Status.COMPLETED
        trajectories.append(Trajectory((prompt, answer), status))
    given_rewards = []
    for value in rewards:
        if isinstance(value, str):
            given_rewards.append(Reward.abstain("unsure") if value == "abstain" else Reward.error("broke"))
        else:
            given_rewards.append(Reward(value))
    return Group.of(TASK, tuple(trajectories), tuple(given_rewards))


def samples_in(given_group: Group, config: AdvantageConfig, *, kl: bool) -> list[Sample]:
    return samples_of(given_group.trajectories, advantages(given_group, config), kl=kl)


def test_rewards_are_standardised_by_the_unbiased_deviation() -> None:
    # rewards 1, 1, 0, 0.5, 0: mean 0.5; squared deviations 0.25 0.25 0.25 0 0.25 = 1.0; / (5 - 1) = 0.25; std 0.5
    # (1 - 0.5) / (0.5 + 1e-6) = 0.999998..., (0.5 - 0.5) / ... = 0
    high = 0.5 / 0.500001
    assert advantages(group(1, 1, 0, 0.5, 0), PLAIN) == pytest.approx((high, high, -high, 0.0, -high), abs=1e-12)


def test_without_normalisation_only_the_mean_is_taken_off() -> None:
    # rewards 1, 0, 0, 0: mean 0.25
    config = AdvantageConfig(normalise="none")
    assert advantages(group(1, 0, 0, 0), config) == pytest.approx((0.75, -0.25, -0.25, -0.25))


def test_epsilon_is_added_to_the_deviation() -> None:
    # rewards 2, 0: mean 1, std sqrt((1 + 1) / 1) = sqrt(2); epsilon 1: 1 / (sqrt(2) + 1) = sqrt(2) - 1
    values = advantages(group(2, 0), AdvantageConfig(epsilon=1.0))
    assert values == pytest.approx((math.sqrt(2) - 1, 1 - math.sqrt(2)))


@pytest.mark.parametrize("value", [0.0, 0.1, 1 / 3, 1e9])
def test_equal_rewards_give_exactly_zero_or_are_dropped(value: float) -> None:
    same = group(value, value, value)
    assert advantages(same, PLAIN) == (0.0, 0.0, 0.0)
    assert advantages(same, AdvantageConfig(normalise="none")) == (0.0, 0.0, 0.0)
    assert advantages(same, AdvantageConfig(drop_zero_variance=True)) == (None, None, None)


def test_dropping_leaves_groups_with_variance_alone() -> None:
    mixed = group(1, 0)
    assert advantages(mixed, AdvantageConfig(drop_zero_variance=True)) == advantages(mixed, PLAIN)


def test_abstentions_and_errors_take_no_part() -> None:
    # 1 and 0 remain: mean 0.5, std sqrt(0.5) = 0.7071; +-0.5 / (0.7071 + 1e-6)
    unit = 0.5 / (math.sqrt(0.5) + 1e-6)
    values = advantages(group(1, "abstain", 0, "error"), PLAIN)
    assert values == (pytest.approx(unit), None, pytest.approx(-unit), None)


def test_fewer_than_two_valid_rewards_give_zero() -> None:
    assert advantages(group(1, "error"), PLAIN) == (0.0, None)
    assert advantages(group("error", "abstain"), PLAIN) == (None, None)
    assert advantages(group(), PLAIN) == ()


def test_a_truncated_trajectory_counts_in_the_mean_but_is_not_trained_on() -> None:
    # all three count: mean 1/3; without masking the same values stand at the same places
    config = AdvantageConfig(normalise="none", mask_truncated=True)
    assert advantages(group(1, 0, 0, cut=(2,)), config) == (pytest.approx(2 / 3), pytest.approx(-1 / 3), None)


def test_a_reward_that_is_not_finite_is_refused_with_the_task_named() -> None:
    with pytest.raises(AsterismError, match="task t1: a reward is not finite"):
        advantages(group(1, math.nan), PLAIN)


@given(st.lists(st.floats(-100, 100), min_size=2, max_size=12))
def test_advantages_sum_to_zero_and_keep_the_order_of_rewards(rewards: list[float]) -> None:
    values = advantages(group(*rewards), PLAIN)
    assert all(value is not None and math.isfinite(value) for value in values)
    numbers = [value for value in values if value is not None]
    assert sum(numbers) == pytest.approx(0, abs=1e-6)
    ranked = sorted(range(len(rewards)), key=lambda index: rewards[index])
    assert all(numbers[low] <= numbers[high] for low, high in itertools.pairwise(ranked))


def test_samples_carry_the_advantage_on_every_trained_token() -> None:
    config = AdvantageConfig(normalise="none", mask_truncated=True)
    # rewards 1, 0, 0, -, 1: mean 0.5; the third is cut off, the fourth failed, the fifth wrote nothing
    mixed = group(1, 0, 0, "error", 1, cut=(2,), lengths=(3, 1, 2, 2, 0))
    first, second = samples_in(mixed, config, kl=True)
    assert first.weights == {"rl": (0.5, 0.5, 0.5), "kl": (1.0, 1.0, 1.0)}
    assert second.weights == {"rl": (-0.5,), "kl": (1.0,)}
    assert second.trajectory is mixed.trajectories[1]
    assert not any(sample.carries("kl") for sample in samples_in(mixed, config, kl=False))


def test_an_equal_group_still_feels_the_pull_to_the_reference() -> None:
    # the reference implementation does not filter: advantage 0, KL weight 1
    samples = samples_in(group(1, 1), PLAIN, kl=True)
    assert [sample.weights for sample in samples] == [{"rl": (0.0, 0.0), "kl": (1.0, 1.0)}] * 2
    assert samples_in(group(1, 1), AdvantageConfig(drop_zero_variance=True), kl=True) == []
