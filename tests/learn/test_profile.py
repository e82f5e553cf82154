"""Where a step's time goes: rows that add up, tokens, and utilisation."""

import time
from pathlib import Path

import pytest
import torch

from asterism.learn.losses import LossConfig
from asterism.learn.profile import PHASES, Profile, product_rate, profile_of
from asterism.learn.rollout_config import RolloutConfig
from asterism.learn.trainer import Trainer
from asterism.learn.views import View
from asterism.policy.encoder import Encoder
from asterism.policy.policy import FreezeConfig, Policy
from tests.learn.test_sft import sft_of, tasks_with_traces
from tests.learn.toys import NO_KL, SHORT, Pictures, run_in, take_step, toy_tasks, trainer_of, vowels
from tests.policy.tiny_families import BUILDERS

ROLLOUT = RolloutConfig(prompts_per_step=3, group_size=4, sampling=SHORT)
STEPS = 2
REFERENCE = LossConfig(kl_coef=0.1)


def profiled(trainer: Trainer, folder: Path) -> tuple[Profile, float]:
    """The profile of two steps, and the seconds they took by another clock."""
    run = run_in(folder)
    start = time.perf_counter()
    for _ in range(STEPS):
        take_step(trainer, run)
    seconds = time.perf_counter() - start
    return profile_of(trainer.learner, STEPS), seconds


def trainer_for(policy: Policy, picture: Pictures, *, updates: int = 1, loss: LossConfig = NO_KL) -> Trainer:
    rollout = ROLLOUT.model_copy(update={"updates_per_step": updates})
    reference = View.reference(BUILDERS["llava"](), Encoder(policy)) if loss.kl_coef else None
    return trainer_of(policy, toy_tasks(picture), vowels, rollout=rollout, loss=loss, reference=reference)


def test_the_rows_add_up_to_the_step_and_the_step_to_the_time_on_the_wall(
    llava: Policy, picture: Pictures, tmp_path: Path
) -> None:
    profile, seconds = profiled(trainer_for(llava, picture), tmp_path)
    assert sum(row.share for row in profile.phases) == pytest.approx(1)
    assert sum(row.seconds for row in profile.phases) == pytest.approx(profile.seconds)
    assert profile.seconds == pytest.approx(seconds, rel=0.01)
    assert all(row.seconds >= 0 for row in profile.phases)
    absent = ("experts", "log-prob")  # where no expert is asked and nothing is scored
    assert [row.name for row in profile.phases] == [*(name for name in PHASES if name not in absent), "other"]


@pytest.mark.parametrize(("updates", "loss"), [(2, NO_KL), (1, REFERENCE)])
def test_scoring_has_a_row_only_where_something_is_scored(
    llava: Policy, picture: Pictures, tmp_path: Path, updates: int, loss: LossConfig
) -> None:
    profile, _ = profiled(trainer_for(llava, picture, updates=updates, loss=loss), tmp_path)
    rows = {row.name: row for row in profile.phases}
    assert rows["log-prob"].tokens == rows["decode"].tokens and rows["log-prob"].seconds > 0
    assert sum(row.share for row in profile.phases) == pytest.approx(1)


def test_imitation_has_no_sampling_rows(llava: Policy, picture: Pictures, tmp_path: Path) -> None:
    sft = sft_of(llava, tasks_with_traces(picture))
    take_step(sft, run_in(tmp_path))
    names = [row.name for row in profile_of(sft.learner, 1).phases]
    assert names == ["preprocess", "vision", "experts", "forward", "backward", "optimiser", "other"]


def test_tokens_are_those_of_the_samples(llava: Policy, picture: Pictures, tmp_path: Path) -> None:
    tasks = toy_tasks(picture)
    trainer = trainer_of(llava, tasks, vowels, rollout=ROLLOUT)
    drawn = [entry.task for entry in trainer.sampler.peek(STEPS * 3)]
    prompts = [len(llava.encode(task.question, task.images).token_ids) for task in drawn]
    profile, _ = profiled(trainer, tmp_path)
    rows = {row.name: row for row in profile.phases}
    answers = rows["decode"].tokens
    assert answers is not None and answers >= 24
    assert profile.unique_tokens == sum(prompts) + answers
    assert profile.delivered_tokens == 4 * sum(prompts) + answers
    assert rows["prefill"].tokens == sum(prompts)
    assert rows["forward"].tokens == profile.unique_tokens
    assert rows["environment"].seconds > 0
    assert rows["preprocess"].tokens == sum(len(llava.encode(t.question, t.images).token_ids) for t in tasks)
    for row in profile.phases:
        if row.tokens is not None:
            assert row.tokens_per_second == pytest.approx(row.tokens / row.seconds)


def test_a_trained_tower_sees_in_sampling_and_training_a_frozen_one_once(
    llava: Policy, picture: Pictures, tmp_path: Path
) -> None:
    # Five pictures of 16 patches; two steps of three prompts see each of five once and one twice.
    profile, _ = profiled(trainer_for(llava, picture), tmp_path / "trained")
    assert {row.name: row.tokens for row in profile.phases}["vision"] == 2 * 6 * 16
    frozen = BUILDERS["llava"]()
    frozen.freeze(FreezeConfig(vision=True, projector=True))
    profile, _ = profiled(trainer_for(frozen, picture), tmp_path / "frozen")
    assert {row.name: row.tokens for row in profile.phases}["vision"] == 5 * 16


def test_utilisation_is_work_over_time_over_the_rate(llava: Policy, picture: Pictures, tmp_path: Path) -> None:
    profile, _ = profiled(trainer_for(llava, picture), tmp_path)
    rows = {row.name: row.seconds for row in profile.phases}
    assert rows["forward"] + rows["backward"] + rows["optimiser"] < profile.update_seconds < profile.seconds
    assert profile.utilisation == profile.flops / (profile.update_seconds * profile.product_rate)
    assert 0 < profile.utilisation < 1
    assert (profile.device, profile.dtype) == ("cpu", "float32")


def test_measures_can_be_forgotten_between_steps(llava: Policy, picture: Pictures, tmp_path: Path) -> None:
    trainer = trainer_for(llava, picture)
    run = run_in(tmp_path)
    take_step(trainer, run)
    first = profile_of(trainer.learner, 1)
    trainer.learner.forget_measures()
    take_step(trainer, run)
    second = profile_of(trainer.learner, 1)
    assert second.delivered_tokens < 1.5 * first.delivered_tokens
    assert second.seconds < time.perf_counter()
    assert trainer.learner.step == 2


def test_the_rate_of_a_product_is_that_of_real_products() -> None:
    rate = product_rate(torch.device("cpu"), torch.float32)
    left = torch.ones(1024, 1024)
    start = time.process_time()  # other work on the machine does not count
    for _ in range(8):
        left @ left
    own = 8 * 2 * 1024**3 / (time.process_time() - start) * torch.get_num_threads()
    assert own / 5 < rate < own * 5
