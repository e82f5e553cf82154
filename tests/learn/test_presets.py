"""GSPO, CISPO, RLOO, Dr. GRPO and DAPO against numbers worked out by hand."""

import itertools
import math
from collections.abc import Sequence
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from asterism.core.errors import AsterismError
from asterism.core.reward import Reward
from asterism.core.task import Task
from asterism.core.trajectory import Trajectory
from asterism.learn.advantages import AdvantageConfig
from asterism.learn.algorithms.algorithm import AlgorithmSettings
from asterism.learn.algorithms.dapo import Dapo, DapoConfig, OverlongConfig
from asterism.learn.algorithms.rloo import leave_one_out
from asterism.learn.losses import LossConfig
from asterism.learn.rollout_config import RolloutConfig
from asterism.policy.policy import Policy
from tests.learn.test_algorithms import LOGPROBS, NO_KL, ONE, RIGHT, START, WRONG, algorithm, group, value, written
from tests.learn.toys import SHORT, Pictures, run_in, take_step, toy_tasks, trainer_of

# The rollouts of these tests are ONE (tokens 10, 11, right) and TWO (token 12, wrong): advantages +1/2 and -1/2 without
# division by the deviation. Present log-probs are -1, -0.5 and -2; the old ones differ from them as each test says.
PAIR = [(group(RIGHT, WRONG), None)]
FEW_NATS = {**LOGPROBS, 10: -1.6, 11: -0.1, 12: -1.9}
"""Log-ratios +0.6, -0.4 (mean +0.1) of ONE and -0.1 of TWO."""


def test_gspo_takes_one_ratio_for_an_answer_and_the_mean_over_answers() -> None:
    # s = exp(0.1) = 1.105 and exp(-0.1) = 0.905. Bounds wide open: -(0.5 * 1.105 - 0.5 * 0.905) / 2.
    wide = {"kind": "gspo", "clip_low": 0.5, "clip_high": 0.5}
    expected = -(0.5 * math.exp(0.1) - 0.5 * math.exp(-0.1)) / 2
    assert value(PAIR, old=FEW_NATS, **wide) == pytest.approx(expected, abs=1e-6)
    # The paper's bounds bite on both: min(s A, clip(s) A) is 1.0004 * 0.5 above, and max for A < 0: 0.9997 * -0.5.
    expected = -(0.5 * 1.0004 - 0.5 * 0.9997) / 2
    assert value(PAIR, old=FEW_NATS, kind="gspo") == pytest.approx(expected, abs=1e-6)
    assert value(PAIR, kind="gspo") == pytest.approx(0.0, abs=1e-6)  # on-policy: -(0.5 - 0.5) / 2


def test_cispo_weighs_the_log_likelihood_by_a_clipped_ratio() -> None:
    # Ratios exp(0.6) = 1.822, exp(-0.4) = 0.670, exp(-0.1) = 0.905; -w A log pi over 3 tokens.
    terms = (math.exp(0.6) * 0.5 * -1.0, math.exp(-0.4) * 0.5 * -0.5, math.exp(-0.1) * -0.5 * -2.0)
    assert value(PAIR, old=FEW_NATS, kind="cispo") == pytest.approx(-sum(terms) / 3, abs=1e-6)
    clipped = (1.5 * 0.5 * -1.0, 0.8 * 0.5 * -0.5, math.exp(-0.1) * -0.5 * -2.0)
    bounds = {"clip_low": 0.2, "clip_high": 0.5}
    assert value(PAIR, old=FEW_NATS, kind="cispo", **bounds) == pytest.approx(-sum(clipped) / 3, abs=1e-6)


def test_rloo_sums_the_log_likelihood_of_an_answer_and_takes_the_others_as_baseline() -> None:
    # Of two, the other's reward is the baseline: A = +1, -1. -1/2 [1 (-1 - 0.5) - 1 (-2)] = -1/2 * 0.5.
    assert value(PAIR, kind="rloo") == pytest.approx(-0.25)
    *own, missing = leave_one_out((1.0, 0.0, 0.5, None), AdvantageConfig())
    assert own == pytest.approx([1 - 0.25, 0 - 0.75, 0.5 - 0.5]) and missing is None
    assert leave_one_out((0.1, 0.1, 0.1), AdvantageConfig()) == (0.0, 0.0, 0.0)


@given(st.lists(st.floats(-5, 5), min_size=2, max_size=8))
def test_leave_one_out_is_the_distance_from_the_mean_of_the_others(values: list[float]) -> None:
    expected = []
    for place, own in enumerate(values):
        others = values[:place] + values[place + 1 :]
        expected.append(own - sum(others) / len(others))
    assert leave_one_out(values, AdvantageConfig()) == pytest.approx(expected, abs=1e-9)


def test_dr_grpo_divides_by_a_constant_and_by_no_deviation() -> None:
    # Ratios 1: -(0.5 * 2 - 0.5 * 1) / (2 sequences * 10).
    settings = AlgorithmSettings(loss=LossConfig(constant_length=10))
    assert value(PAIR, settings=settings, kind="dr_grpo") == pytest.approx(-0.5 / 20)
    own = algorithm(settings, kind="dr_grpo")
    assert [term.name for term in own.terms] == ["rl"]  # no KL term unless the recipe gives it a coefficient
    assert own.updates(PAIR, START)[0].advantages == (0.5, -0.5)


def test_dapo_has_bounds_of_its_own_and_the_mean_over_tokens() -> None:
    # Ratios 1.822 (clipped to 1.28), 0.670 (A > 0: free), 0.905 of A = +0.5, +0.5, -0.5.
    expected = -(0.5 * 1.28 + 0.5 * math.exp(-0.4) - 0.5 * math.exp(-0.1)) / 3
    assert value(PAIR, old=FEW_NATS, kind="dapo") == pytest.approx(expected, abs=1e-6)


@pytest.mark.parametrize(
    ("tokens", "punishment"),
    [(0, 0.0), (8, 0.0), (9, -0.25), (10, -0.5), (11, -0.75), (12, -1.0), (13, -1.0), (500, -1.0)],
)
def test_overlong_answers_are_punished_softly(tokens: int, punishment: float) -> None:
    # L = 12, C = 4: free up to 8 tokens, then (8 - |y|) / 4, and -1 beyond 12.
    assert OverlongConfig(longest=12, cache=4).punishment(tokens) == pytest.approx(punishment)


def test_the_punishment_enters_the_advantages_and_is_reported() -> None:
    # Right answers of 2 and 4 tokens, L = 4, C = 4: rewards 1 - 0.5 and 1 - 1, so advantages +0.25 and -0.25.
    both = group(RIGHT, RIGHT, rollouts=(ONE, written(10, 11, 12, 13)))
    own = algorithm(kind="dapo", overlong={"longest": 4, "cache": 4})
    (update,) = own.updates([(both, None)], START)
    assert update.advantages == pytest.approx((0.25, -0.25))
    assert update.figures == {"overlong": pytest.approx(-0.75)}
    assert not own.keeps(both)  # what is kept is told by the rewards themselves
    failed = group(RIGHT, Reward.error("x"), rollouts=(ONE, written(10, 11, 12, 13)))
    assert own.updates([(failed, None)], START)[0].advantages == (0.0, None)


def test_a_setting_without_which_it_would_be_another_algorithm_is_refused() -> None:
    settings = AlgorithmSettings(loss=LossConfig(aggregation="token_mean"))
    with pytest.raises(AsterismError, match=r"gspo has loss\.aggregation sequence_mean, the recipe says token_mean"):
        algorithm(settings, kind="gspo")
    with pytest.raises(AsterismError, match=r"dr_grpo has advantage\.normalise none"):
        algorithm(AlgorithmSettings(AdvantageConfig(normalise="std")), kind="dr_grpo")


def dapo(draws: int) -> Dapo:
    return DapoConfig(kind="dapo", draws=draws).build(AlgorithmSettings(AdvantageConfig(), NO_KL))


def test_groups_without_a_difference_are_drawn_again_and_their_tokens_counted(
    llava: Policy, picture: Pictures, tmp_path: Path
) -> None:
    tasks, number = toy_tasks(picture), itertools.count()

    def reward(task: Task, them: Sequence[Trajectory]) -> list[Reward]:
        if task in tasks[:3]:
            return [Reward(0.7)] * len(them)
        return [Reward(float(next(number))) for _ in them]  # one at a time, so no two are the same

    rollout = RolloutConfig(prompts_per_step=2, group_size=4, sampling=SHORT)
    trainer = trainer_of(llava, tasks, reward, rollout=rollout, algorithm=dapo(8))
    run = run_in(tmp_path)
    collected = trainer.collect()
    assert [each.group.task.id in ("task-3", "task-4") for each in collected.groups] == [True, True]
    assert collected.dropped and len(collected.tasks) == 2 + len(collected.dropped)
    step = trainer.learn(collected)
    assert step.tokens < step.tokens_generated
    spent = sum(t.trained_tokens for group in step.groups for t in group.trajectories)
    assert step.tokens_generated == spent
    line = take_step(trainer, run)
    assert line["dropped_groups"] >= 1 and line["prompts"] == 2 + line["dropped_groups"]


def test_a_step_takes_the_groups_it_has_when_its_draws_are_used_up(
    llava: Policy, picture: Pictures, tmp_path: Path
) -> None:
    rollout = RolloutConfig(prompts_per_step=2, group_size=2, sampling=SHORT)
    same = trainer_of(
        llava, toy_tasks(picture), lambda task, them: [Reward(1.0)] * len(them), rollout=rollout, algorithm=dapo(3)
    )
    line = take_step(same, run_in(tmp_path))
    assert (line["dropped_groups"], line["tokens"], line["loss"]) == (6, 0, 0)
