"""Group-relative policy optimisation over a toy reward."""

import math
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import pytest
import torch
from torch import Tensor

from asterism.core.errors import AsterismError
from asterism.core.lines import read_objects
from asterism.core.results.rollout import read_rollouts
from asterism.core.reward import Reward
from asterism.core.task import Task
from asterism.core.trajectory import Trajectory
from asterism.learn.advantages import AdvantageConfig
from asterism.learn.grpo import GROUPS_IN_COLOUR, RolloutConfig, StopConfig, train_steps
from asterism.learn.losses import LossConfig
from asterism.learn.views import View
from asterism.policy.encoder import Encoder
from asterism.policy.policy import Policy
from tests.learn.toys import SHORT, Pictures, grpo_of, run_in, toy_tasks, vowels
from tests.policy.tiny_families import BUILDERS

ROLLOUT = RolloutConfig(prompts_per_step=3, group_size=4, sampling=SHORT)


def lines(folder: Path, name: str) -> list[dict[str, Any]]:
    return list(read_objects(folder / f"{name}.jsonl"))


def weights_of(policy: Policy) -> dict[str, Tensor]:
    return {name: value.clone() for name, value in policy.model.state_dict().items()}


def same_weights(policy: Policy, before: dict[str, Tensor]) -> bool:
    return all(torch.equal(value, before[name]) for name, value in policy.model.state_dict().items())


def failing_on(*names: str) -> Any:
    """The toy reward with a fault on some tasks."""

    def reward(task: Task, trajectories: Sequence[Trajectory]) -> list[Reward]:
        if task.id in names:
            raise ZeroDivisionError("no letters")
        return vowels(task, trajectories)

    return reward


def abstaining(task: Task, trajectories: Sequence[Trajectory]) -> list[Reward]:
    return [Reward.abstain("no opinion") for _ in trajectories]


def test_a_run_writes_finite_metrics_whole_groups_and_each_task_once_an_epoch(
    llava: Policy, picture: Pictures, tmp_path: Path
) -> None:
    grpo = grpo_of(llava, toy_tasks(picture), vowels, rollout=ROLLOUT)
    before = weights_of(llava)
    run = run_in(tmp_path)
    told = [grpo.step(run).as_json() for _ in range(5)]
    assert not same_weights(llava, before)

    metrics = lines(tmp_path, "metrics")
    assert metrics == told
    assert [line["step"] for line in metrics] == [1, 2, 3, 4, 5]
    for line in metrics:
        assert all(isinstance(value, int | float) and math.isfinite(value) for value in line.values()), line
        assert line["mismatch"] < 1e-4
        assert line["tokens"] == pytest.approx(line["length"] * 12)
        assert line["grad_norm"] > 0 and line["entropy"] > 0 and 0 <= line["reward"] <= 1

    ledger = [(line["task"], line["epoch"]) for line in lines(tmp_path, "ledger")]
    assert sorted(ledger) == sorted((f"task-{number}", epoch) for number in range(5) for epoch in range(3))

    rollouts = list(read_rollouts(tmp_path / "rollouts.jsonl"))
    assert len(rollouts) == 15
    for place, record in enumerate(rollouts):
        coloured = place % 3 < GROUPS_IN_COLOUR
        assert len(record.episodes) == 4
        for written in (episode.actor.segments[-1] for episode in record.episodes):
            assert bool(written.entropies) == bool(written.pieces) == bool(written.token_ids) == coloured
            if coloured:
                assert "".join(written.pieces).startswith(written.text.split("\N{REPLACEMENT CHARACTER}")[0])
                assert len(written.entropies) == len(written.pieces) == len(written.logprobs) == len(written.token_ids)
                assert min(value for value in written.entropies if value is not None) > 0
        advantages = [episode.advantage for episode in record.episodes]
        assert sum(value for value in advantages if value is not None) == pytest.approx(0, abs=1e-6)
        assert None not in advantages and all((tmp_path / name).is_file() for name in record.images)
    first = [episode.reward.value for record in rollouts if record.step == 1 for episode in record.episodes]
    assert metrics[0]["reward"] == pytest.approx(sum(filter(None, first)) / len(first))


def test_the_reward_rises(llava: Policy, picture: Pictures, tmp_path: Path) -> None:
    rollout = RolloutConfig(prompts_per_step=4, group_size=8, sampling=SHORT)
    grpo = grpo_of(llava, toy_tasks(picture), vowels, rollout=rollout, rate=5e-3)
    run = run_in(tmp_path)
    rewards = [grpo.step(run).as_json()["reward"] for _ in range(25)]
    assert sum(rewards[-5:]) / 5 > 3 * sum(rewards[:5]) / 5


def test_the_same_seed_takes_the_same_steps(picture: Pictures, tmp_path: Path) -> None:
    told = []
    for name in ("a", "b"):
        grpo = grpo_of(BUILDERS["llava"](), toy_tasks(picture), vowels, rollout=ROLLOUT)
        run = run_in(tmp_path / name)
        told.append([{**grpo.step(run).as_json(), "seconds": 0} for _ in range(2)])
    assert told[0] == told[1]


def test_reward_errors_over_the_threshold_stop_the_run_before_anything_is_learned(
    llava: Policy, picture: Pictures, tmp_path: Path
) -> None:
    tasks = toy_tasks(picture, 3)
    grpo = grpo_of(llava, tasks, failing_on("task-1"), rollout=ROLLOUT)
    before = weights_of(llava)
    run = run_in(tmp_path)
    with pytest.raises(AsterismError, match=r"4 of 12 rewards failed \(ZeroDivisionError: no letters\)") as caught:
        grpo.step(run)
    assert caught.value.where == "step 1"
    assert "rollout.max_error_share" in str(caught.value.remedy)
    assert same_weights(llava, before) and grpo.done == 0
    assert lines(tmp_path, "ledger") == lines(tmp_path, "metrics") == lines(tmp_path, "rollouts") == []


def test_reward_errors_within_the_threshold_are_counted_and_are_never_a_zero(
    llava: Policy, picture: Pictures, tmp_path: Path
) -> None:
    rollout = ROLLOUT.model_copy(update={"max_error_share": 0.34})
    grpo = grpo_of(llava, toy_tasks(picture, 3), failing_on("task-1"), rollout=rollout)
    line = grpo.step(run_in(tmp_path)).as_json()
    groups = {record.task: record.episodes for record in read_rollouts(tmp_path / "rollouts.jsonl")}
    assert line["reward_errors"] == 4
    failed = groups["task-1"]
    assert {each.reward.value for each in failed} == {None} == {each.advantage for each in failed}
    assert {(each.reward.status, each.reward.reason) for each in failed} == {("error", "ZeroDivisionError: no letters")}
    counted = [each.reward.value or 0.0 for name in ("task-0", "task-2") for each in groups[name]]
    assert line["reward"] == pytest.approx(sum(counted) / 8) and line["reward"] > 0
    assert line["tokens"] < line["length"] * 12  # the failed group is not trained on


def test_a_fault_that_the_reward_explains_is_passed_on(llava: Policy, picture: Pictures, tmp_path: Path) -> None:
    def refusing(task: Task, trajectories: Sequence[Trajectory]) -> list[Reward]:
        raise AsterismError("the judge's key is missing", remedy="Set JUDGE_KEY.")

    grpo = grpo_of(llava, toy_tasks(picture), refusing, rollout=ROLLOUT)
    with pytest.raises(AsterismError, match="the judge's key is missing"):
        grpo.step(run_in(tmp_path))


def test_a_reward_that_forgets_a_trajectory_is_refused(llava: Policy, picture: Pictures, tmp_path: Path) -> None:
    grpo = grpo_of(llava, toy_tasks(picture), lambda task, them: vowels(task, them)[1:], rollout=ROLLOUT)
    with pytest.raises(ValueError, match="3 rewards for 4 trajectories"):
        grpo.step(run_in(tmp_path))


def test_abstentions_are_counted_and_teach_nothing(llava: Policy, picture: Pictures, tmp_path: Path) -> None:
    grpo = grpo_of(llava, toy_tasks(picture), abstaining, rollout=ROLLOUT)
    before = weights_of(llava)
    line = grpo.step(run_in(tmp_path)).as_json()
    assert (line["abstained"], line["reward_errors"], line["loss"], line["tokens"]) == (12, 0, 0, 0)
    assert "reward" not in line  # nobody gave one: that is not a 0
    assert same_weights(llava, before)
    assert all(math.isfinite(value) for value in line.values())


@pytest.mark.parametrize("drop", [False, True])
def test_groups_without_variance_teach_nothing(llava: Policy, picture: Pictures, tmp_path: Path, drop: bool) -> None:
    grpo = grpo_of(
        llava,
        toy_tasks(picture),
        lambda task, them: [Reward(0.7)] * len(them),
        rollout=ROLLOUT,
        advantage=AdvantageConfig(drop_zero_variance=drop),
    )
    before = weights_of(llava)
    line = grpo.step(run_in(tmp_path)).as_json()
    assert (line["zero_variance_groups"], line["loss"], line["grad_norm"]) == (1, 0, 0)
    assert (line["tokens"] == 0) == drop
    assert same_weights(llava, before)


def test_truncated_trajectories_are_masked_where_that_is_asked(
    llava: Policy, picture: Pictures, tmp_path: Path
) -> None:
    grpo = grpo_of(llava, toy_tasks(picture), vowels, rollout=ROLLOUT, advantage=AdvantageConfig(mask_truncated=True))
    line = grpo.step(run_in(tmp_path)).as_json()
    written = [each for record in read_rollouts(tmp_path / "rollouts.jsonl") for each in record.episodes]
    cut_off = [each for each in written if each.status == "truncated_length"]
    assert cut_off and all(each.advantage is None for each in cut_off)
    assert line["truncated"] == pytest.approx(len(cut_off) / 12)


def test_two_updates_a_step_are_measured_against_the_policy_that_sampled(
    llava: Policy, picture: Pictures, tmp_path: Path
) -> None:
    rollout = RolloutConfig(prompts_per_step=4, group_size=4, updates_per_step=2, sampling=SHORT)
    grpo = grpo_of(llava, toy_tasks(picture), vowels, rollout=rollout, rate=3e-3)
    once = grpo_of(
        BUILDERS["llava"](), toy_tasks(picture), vowels, rollout=rollout.model_copy(update={"updates_per_step": 1})
    )
    line, single = grpo.step(run_in(tmp_path / "two")).as_json(), once.step(run_in(tmp_path / "one")).as_json()
    assert (grpo.learner.step, once.learner.step) == (2, 1)
    assert line["tokens"] == single["tokens"]  # every trajectory is trained on once
    assert single["approx_kl"] == 0
    assert line["approx_kl"] > 1e-4


def test_more_updates_than_prompts_leave_some_without_a_share(llava: Policy, picture: Pictures, tmp_path: Path) -> None:
    rollout = ROLLOUT.model_copy(update={"prompts_per_step": 1, "updates_per_step": 3})
    grpo = grpo_of(llava, toy_tasks(picture), vowels, rollout=rollout)
    line = grpo.step(run_in(tmp_path)).as_json()
    assert grpo.learner.step == 3
    assert math.isfinite(line["loss"]) and line["tokens"] > 0


def test_the_reference_holds_the_policy_back(picture: Pictures, tmp_path: Path) -> None:
    moved = []
    for coefficient in (0.0, 5.0):
        policy = BUILDERS["llava"]()
        loss = LossConfig(kl_coef=coefficient, kl_clamp=100.0)
        reference = View.reference(BUILDERS["llava"](), Encoder(policy)) if coefficient else None
        grpo = grpo_of(policy, toy_tasks(picture), vowels, rollout=ROLLOUT, loss=loss, reference=reference, rate=3e-3)
        run = run_in(tmp_path / str(coefficient))
        told = [grpo.step(run).as_json() for _ in range(8)]
        assert told[0]["kl"] == pytest.approx(0, abs=1e-6)
        assert (told[-1]["kl"] > 0) == (coefficient > 0)
        start = BUILDERS["llava"]().model.state_dict()
        moved.append(
            sum(float((value - start[name]).pow(2).sum()) for name, value in policy.model.state_dict().items())
        )
    assert moved[1] < moved[0]


def test_a_kl_term_without_a_reference_is_refused(llava: Policy, picture: Pictures) -> None:
    with pytest.raises(AsterismError, match="no reference policy"):
        grpo_of(llava, toy_tasks(picture), vowels, rollout=ROLLOUT, loss=LossConfig(kl_coef=0.1))


def test_steps_end_at_the_number_asked_for_counted_from_where_the_run_stood() -> None:
    seen: list[tuple[int, str]] = []
    done = train_steps(lambda: "told", done=2, stop=StopConfig(steps=5), after=lambda *each: seen.append(each))
    assert (done, seen) == (5, [(3, "told"), (4, "told"), (5, "told")])
    assert train_steps(lambda: 1 / 0, done=5, stop=StopConfig(steps=5), after=lambda *_: None) == 5


def test_no_step_begins_after_the_time_limit(monkeypatch: pytest.MonkeyPatch) -> None:
    clock = iter(range(100))  # one second passes between two looks at the clock
    monkeypatch.setattr("time.perf_counter", lambda: next(clock))
    stop = StopConfig(steps=50, max_seconds=3.5)
    assert train_steps(lambda: None, done=0, stop=stop, after=lambda *_: None) == 3
