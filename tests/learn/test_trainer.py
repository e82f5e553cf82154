"""Group-relative policy optimisation over a toy reward."""

import itertools
import json
import math
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest
import torch
from torch import Tensor

from asterism.core.episode import Episode, Group
from asterism.core.errors import AsterismError
from asterism.core.lines import read_objects
from asterism.core.results.rollout import read_rollouts
from asterism.core.reward import Reward
from asterism.core.sample import Sample
from asterism.core.task import Task
from asterism.core.task_sampler import SampledTask
from asterism.core.trajectory import Segment, Trajectory
from asterism.learn.advantages import AdvantageConfig, relative, spread
from asterism.learn.algorithms.algorithm import AlgorithmContext, AlgorithmSettings, Expert, GroupUpdate
from asterism.learn.algorithms.grpo import Grpo
from asterism.learn.collected import Collected, CollectedGroup
from asterism.learn.divergence import refuse_divergence
from asterism.learn.losses import LossConfig
from asterism.learn.record_step import GROUPS_IN_COLOUR, record_step
from asterism.learn.rollout_config import RolloutConfig
from asterism.learn.stop import StopConfig, remaining_steps
from asterism.learn.trainer import Trainer
from asterism.learn.views import View
from asterism.policy.encoder import Encoder
from asterism.policy.policy import Policy
from tests.learn.toys import SHORT, Pictures, run_in, suite_of, take_step, toy_tasks, trainer_of, vowels
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
    trainer = trainer_of(llava, toy_tasks(picture), vowels, rollout=ROLLOUT)
    before = weights_of(llava)
    run = run_in(tmp_path)
    told = [take_step(trainer, run) for _ in range(5)]
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
    trainer = trainer_of(llava, toy_tasks(picture), vowels, rollout=rollout, rate=5e-3)
    run = run_in(tmp_path)
    rewards = [take_step(trainer, run)["reward"] for _ in range(25)]
    assert sum(rewards[-5:]) / 5 > 3 * sum(rewards[:5]) / 5


def test_the_same_seed_takes_the_same_steps(picture: Pictures, tmp_path: Path) -> None:
    told = []
    for name in ("a", "b"):
        trainer = trainer_of(BUILDERS["llava"](), toy_tasks(picture), vowels, rollout=ROLLOUT)
        run = run_in(tmp_path / name)
        told.append([{**take_step(trainer, run), "seconds": 0} for _ in range(2)])
    assert told[0] == told[1]


def test_reward_errors_over_the_threshold_stop_the_run_before_anything_is_learned(
    llava: Policy, picture: Pictures, tmp_path: Path
) -> None:
    tasks = toy_tasks(picture, 3)
    trainer = trainer_of(llava, tasks, failing_on("task-1"), rollout=ROLLOUT)
    before = weights_of(llava)
    run = run_in(tmp_path)
    with pytest.raises(AsterismError, match=r"4 of 12 rewards failed \(ZeroDivisionError: no letters\)") as caught:
        take_step(trainer, run)
    assert caught.value.where == "step 1"
    assert "rollout.max_error_share" in str(caught.value.remedy)
    assert same_weights(llava, before) and trainer.done == 0
    assert lines(tmp_path, "ledger") == lines(tmp_path, "metrics") == lines(tmp_path, "rollouts") == []


def test_reward_errors_within_the_threshold_are_counted_and_are_never_a_zero(
    llava: Policy, picture: Pictures, tmp_path: Path
) -> None:
    rollout = ROLLOUT.model_copy(update={"max_error_share": 0.34})
    trainer = trainer_of(llava, toy_tasks(picture, 3), failing_on("task-1"), rollout=rollout)
    line = take_step(trainer, run_in(tmp_path))
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

    trainer = trainer_of(llava, toy_tasks(picture), refusing, rollout=ROLLOUT)
    with pytest.raises(AsterismError, match="the judge's key is missing"):
        take_step(trainer, run_in(tmp_path))


def test_a_reward_that_forgets_a_trajectory_is_refused(llava: Policy, picture: Pictures, tmp_path: Path) -> None:
    trainer = trainer_of(llava, toy_tasks(picture), lambda task, them: vowels(task, them)[1:], rollout=ROLLOUT)
    with pytest.raises(AsterismError, match=r"12 of 12 rewards failed.*gave 0 rewards for 1 answer"):
        take_step(trainer, run_in(tmp_path))


def test_abstentions_are_counted_and_teach_nothing(llava: Policy, picture: Pictures, tmp_path: Path) -> None:
    trainer = trainer_of(llava, toy_tasks(picture), abstaining, rollout=ROLLOUT)
    before = weights_of(llava)
    line = take_step(trainer, run_in(tmp_path))
    assert (line["abstained"], line["reward_errors"], line["loss"], line["tokens"]) == (12, 0, 0, 0)
    assert "reward" not in line  # nobody gave one: that is not a 0
    assert same_weights(llava, before)
    assert all(math.isfinite(value) for value in line.values())


@pytest.mark.parametrize("drop", [False, True])
def test_groups_without_variance_teach_nothing(llava: Policy, picture: Pictures, tmp_path: Path, drop: bool) -> None:
    trainer = trainer_of(
        llava,
        toy_tasks(picture),
        lambda task, them: [Reward(0.7)] * len(them),
        rollout=ROLLOUT,
        advantage=AdvantageConfig(drop_zero_variance=drop),
    )
    before = weights_of(llava)
    line = take_step(trainer, run_in(tmp_path))
    assert (line["zero_variance_groups"], line["loss"], line["grad_norm"]) == (1, 0, 0)
    assert (line["tokens"] == 0) == drop
    assert same_weights(llava, before)


def test_truncated_trajectories_are_masked_where_that_is_asked(
    llava: Policy, picture: Pictures, tmp_path: Path
) -> None:
    trainer = trainer_of(
        llava, toy_tasks(picture), vowels, rollout=ROLLOUT, advantage=AdvantageConfig(mask_truncated=True)
    )
    line = take_step(trainer, run_in(tmp_path))
    written = [each for record in read_rollouts(tmp_path / "rollouts.jsonl") for each in record.episodes]
    cut_off = [each for each in written if each.status == "truncated_length"]
    assert cut_off and all(each.advantage is None for each in cut_off)
    assert line["truncated"] == pytest.approx(len(cut_off) / 12)


def test_two_updates_a_step_are_measured_against_the_policy_that_sampled(
    llava: Policy, picture: Pictures, tmp_path: Path
) -> None:
    rollout = RolloutConfig(prompts_per_step=4, group_size=4, updates_per_step=2, sampling=SHORT)
    trainer = trainer_of(llava, toy_tasks(picture), vowels, rollout=rollout, rate=3e-3)
    once = trainer_of(
        BUILDERS["llava"](), toy_tasks(picture), vowels, rollout=rollout.model_copy(update={"updates_per_step": 1})
    )
    line, single = take_step(trainer, run_in(tmp_path / "two")), take_step(once, run_in(tmp_path / "one"))
    assert (trainer.learner.step, once.learner.step) == (2, 1)
    assert line["tokens"] == single["tokens"]  # every trajectory is trained on once
    assert single["approx_kl"] == 0
    assert line["approx_kl"] > 1e-4


def test_the_mismatch_of_several_updates_is_that_of_the_weights_that_sampled(picture: Pictures, tmp_path: Path) -> None:
    told = {}
    for updates in (1, 3):
        rollout = RolloutConfig(prompts_per_step=3, group_size=4, updates_per_step=updates, sampling=SHORT)
        trainer = trainer_of(BUILDERS["llava"](), toy_tasks(picture), vowels, rollout=rollout, rate=3e-3)
        told[updates] = take_step(trainer, run_in(tmp_path / str(updates)))
    assert told[3]["approx_kl"] > 1e-4  # the policy did move between the updates
    assert 0 < told[3]["mismatch"] < 1e-6 and told[1]["mismatch"] < 1e-6


def failing_step(llava: Policy, picture: Pictures, stop_after: int) -> Trainer:
    """A trainer whose every advantage is far beyond what float32 holds."""
    rollout = ROLLOUT.model_copy(update={"updates_per_step": 2})
    huge, number = AdvantageConfig(normalise="none"), itertools.count()
    trainer = trainer_of(
        llava,
        toy_tasks(picture),
        lambda task, them: [Reward(1e39 * next(number)) for _ in them],  # one at a time, so no two are the same
        rollout=rollout,
        advantage=huge,
    )
    trainer.learner.config = trainer.learner.config.model_copy(update={"stop_after_skips": stop_after})
    return trainer


def test_a_step_that_is_not_finite_is_skipped_and_counted_and_changes_nothing(
    llava: Policy, picture: Pictures, tmp_path: Path
) -> None:
    trainer, run = failing_step(llava, picture, 3), run_in(tmp_path)
    before = weights_of(llava)
    line = take_step(trainer, run)
    assert line["skipped_updates"] == 2 and same_weights(llava, before)
    assert not trainer.learner.optimiser.state  # no moment was touched either
    assert all(math.isfinite(value) for value in line.values())
    refuse_divergence(trainer.learner, trainer.done)
    take_step(trainer, run)
    with pytest.raises(AsterismError, match="not finite in the last 4 optimiser steps") as stopped:
        refuse_divergence(trainer.learner, trainer.done)
    assert stopped.value.where == "step 2" and "learning_rate" in str(stopped.value.remedy)


def test_one_good_step_ends_a_row_of_skipped_ones(llava: Policy, picture: Pictures, tmp_path: Path) -> None:
    trainer, run = failing_step(llava, picture, 3), run_in(tmp_path)
    take_step(trainer, run)
    trainer.suite = suite_of(toy_tasks(picture), vowels)
    assert take_step(trainer, run)["skipped_updates"] == 0
    assert trainer.learner.skipped == 0 and trainer.learner.optimiser.state


def test_the_state_of_a_trainer_is_all_that_another_needs(picture: Pictures, tmp_path: Path) -> None:
    rollout = ROLLOUT.model_copy(update={"tokens_per_step": 90})
    one, two = (
        trainer_of(BUILDERS["llava"](), toy_tasks(picture), vowels, rollout=rollout, rate=0.0) for _ in range(2)
    )
    run = run_in(tmp_path / "one")
    for _ in range(3):
        take_step(one, run)
    two.load_state_dict(json.loads(json.dumps(one.state_dict())))
    assert two.state_dict() == one.state_dict() and (two.done, two.tokens) == (3, one.tokens)
    again = run_in(tmp_path / "two")
    told = [{**take_step(trainer, place), "seconds": 0} for trainer, place in ((one, run), (two, again))]
    assert told[0] == told[1]


class TwoTraces(Grpo):
    """Credit as a two-pass reward gives it: the actor's two turns differ, and a second conversation is trained too."""

    def update(self, group: Group, expert: Expert | None, context: AlgorithmContext) -> GroupUpdate:
        parts = {
            name: relative([reward.parts[name] for reward in group.rewards], self.advantage)
            for name in ("description", "answer")
        }
        samples = []
        for place, episode in enumerate(group.episodes):
            actor, reader = episode.trajectories
            own = [parts[name][place] or 0.0 for name in ("description", "answer")]
            samples.append(Sample(actor, {"rl": spread(actor, own)}, place))
            samples.append(Sample(reader, {"rl": (own[0],) * reader.trained_tokens}, place))
        return GroupUpdate(tuple(samples), parts["answer"])


def test_tokens_of_one_episode_may_be_credited_apart_and_its_other_conversations_too(
    llava: Policy, picture: Pictures, tmp_path: Path
) -> None:
    task = toy_tasks(picture)[0]
    prompt = Segment("prompt", llava.encode(task.question, task.images).token_ids, task.question, task.images)
    asked = Segment("prompt", llava.encode("A cup.", ()).token_ids, "A cup.")

    def episode(words: int, described: float, answered: float) -> Episode:
        turns = (Segment("model", (50, words), trainable=True), Segment("model", (60,), trainable=True))
        reader = Trajectory((asked, Segment("model", (70, 71), trainable=True)), name="reader")
        reward = Reward(answered, {"description": described, "answer": answered})
        return Episode(task, (Trajectory((prompt, *turns)), reader), reward)

    group = Group(task, (episode(51, 1.0, 0.0), episode(52, 0.0, 1.0)))
    algorithm = TwoTraces(AlgorithmSettings(AdvantageConfig(normalise="none"), LossConfig(kl_coef=0.0)))
    trainer = trainer_of(llava, [task], vowels, rollout=ROLLOUT, algorithm=algorithm)
    (update,) = algorithm.updates([(group, None)], AlgorithmContext(0, 0))
    assert [each.weights["rl"] for each in update.samples] == [
        (0.5, 0.5, -0.5),
        (0.5, 0.5),
        (-0.5, -0.5, 0.5),
        (-0.5, -0.5),
    ]
    before = weights_of(llava)
    step = trainer.learn(Collected([SampledTask(task, 0)], [CollectedGroup(group)], [], 0.0))
    assert step.tokens == 10 and not same_weights(llava, before)
    record_step(run_in(tmp_path), step, llava)
    (record,) = read_rollouts(tmp_path / "rollouts.jsonl")
    assert [each.advantage for each in record.episodes] == [-0.5, 0.5]
    for each, sign in zip(record.episodes, (1, -1), strict=True):
        actor, reader = each.trajectories
        _, first, second = actor.segments
        assert (actor.name, reader.name, reader.segments[0].text) == ("actor", "reader", "A cup.")
        assert (first.advantages, second.advantages) == ((0.5 * sign, 0.5 * sign), (-0.5 * sign,))
        assert reader.segments[1].advantages == (0.5 * sign, 0.5 * sign)
        assert [len(written.entropies) for written in (first, second, reader.segments[1])] == [2, 1, 2]


def test_more_updates_than_prompts_leave_some_without_a_share(llava: Policy, picture: Pictures, tmp_path: Path) -> None:
    rollout = ROLLOUT.model_copy(update={"prompts_per_step": 1, "updates_per_step": 3})
    trainer = trainer_of(llava, toy_tasks(picture), vowels, rollout=rollout)
    line = take_step(trainer, run_in(tmp_path))
    assert trainer.learner.step == 3
    assert math.isfinite(line["loss"]) and line["tokens"] > 0


def test_the_reference_holds_the_policy_back(picture: Pictures, tmp_path: Path) -> None:
    moved = []
    for coefficient in (0.0, 5.0):
        policy = BUILDERS["llava"]()
        loss = LossConfig(kl_coef=coefficient, kl_clamp=100.0)
        reference = View.reference(BUILDERS["llava"](), Encoder(policy)) if coefficient else None
        trainer = trainer_of(
            policy, toy_tasks(picture), vowels, rollout=ROLLOUT, loss=loss, reference=reference, rate=3e-3
        )
        run = run_in(tmp_path / str(coefficient))
        told = [take_step(trainer, run) for _ in range(8)]
        assert told[0]["kl"] == pytest.approx(0, abs=1e-6)
        assert (told[-1]["kl"] > 0) == (coefficient > 0)
        start = BUILDERS["llava"]().model.state_dict()
        moved.append(
            sum(float((value - start[name]).pow(2).sum()) for name, value in policy.model.state_dict().items())
        )
    assert moved[1] < moved[0]


def test_a_kl_term_without_a_reference_is_refused(llava: Policy, picture: Pictures) -> None:
    with pytest.raises(AsterismError, match="no reference policy"):
        trainer_of(llava, toy_tasks(picture), vowels, rollout=ROLLOUT, loss=LossConfig(kl_coef=0.1))


@dataclass
class Counted:
    """Progress that a test moves by hand."""

    done: int = 0
    tokens: int = 0


def taken(stop: StopConfig, progress: Counted, tokens_a_step: int = 0) -> list[int]:
    numbers = []
    for number in remaining_steps(stop, progress):
        progress.done, progress.tokens = number, progress.tokens + tokens_a_step
        numbers.append(number)
    return numbers


def test_steps_end_at_the_number_asked_for_counted_from_where_the_run_stood() -> None:
    assert taken(StopConfig(steps=5), Counted(done=2)) == [3, 4, 5]
    assert taken(StopConfig(steps=5), Counted(done=5)) == []


def test_no_step_begins_after_the_time_limit(monkeypatch: pytest.MonkeyPatch) -> None:
    clock = iter(range(100))  # one second passes between two looks at the clock
    monkeypatch.setattr("time.perf_counter", lambda: next(clock))
    assert taken(StopConfig(steps=50, max_seconds=3.5), Counted()) == [1, 2, 3]


def test_no_step_begins_once_the_tokens_are_spent() -> None:
    assert taken(StopConfig(steps=50, tokens=25), Counted(), tokens_a_step=10) == [1, 2, 3]
    assert taken(StopConfig(steps=50, tokens=25), Counted(tokens=25)) == []
