"""Supervised fine-tuning: imitating expert traces."""

import math
from dataclasses import replace
from pathlib import Path

import pytest
import torch

from asterism.core.errors import AsterismError
from asterism.core.lines import read_objects
from asterism.core.sample import Sample
from asterism.core.task import Task
from asterism.learn.algorithms.algorithm import AlgorithmSettings
from asterism.learn.algorithms.sft import SftConfig
from asterism.learn.expert import expert_sample
from asterism.learn.losses import LossConfig
from asterism.learn.rollout_config import RolloutConfig
from asterism.learn.trainer import Trainer
from asterism.policy.encoder import Encoder
from asterism.policy.policy import Policy
from asterism.rollout.engine import Request, SamplingConfig
from asterism.rollout.local import LocalEngine
from tests.learn.plain import plain_logprobs
from tests.learn.toys import NO_KL, Pictures, run_in, take_step, toy_tasks, trainer_of, vowels

TRACES = ("The cup.", "A hat", "True", "moon?", "briefly")


def tasks_with_traces(picture: Pictures) -> list[Task]:
    tasks = toy_tasks(picture)
    return [replace(task, meta={"trace": trace}) for task, trace in zip(tasks, TRACES, strict=True)]


def sft_of(
    policy: Policy, tasks: list[Task], *, rate: float = 1e-3, a_step: int = 3, loss: LossConfig = NO_KL
) -> Trainer:
    rollout = RolloutConfig(prompts_per_step=a_step, group_size=0)
    algorithm = SftConfig().build(AlgorithmSettings(loss=loss))
    return trainer_of(policy, tasks, vowels, rollout=rollout, algorithm=algorithm, rate=rate)


def test_an_expert_sample_is_prompt_trace_and_end_of_text(policy: Policy, picture: Pictures) -> None:
    task = tasks_with_traces(picture)[0]
    sample = expert_sample(task, "Is it?", "The cup.", Encoder(policy))
    prompt, answer = sample.trajectory.segments
    assert prompt.token_ids == policy.encode("Is it?", task.images).token_ids
    assert answer.token_ids[-1] in policy.stop_token_ids
    assert policy.decode(answer.token_ids) == sample.trajectory.completion == "The cup."
    assert sample.weights == {"ce": (1.0,) * len(answer.token_ids)} and sample.episode is None


def test_the_loss_is_the_mean_cross_entropy_over_the_traces_tokens(
    llava: Policy, picture: Pictures, tmp_path: Path
) -> None:
    tasks = tasks_with_traces(picture)
    sft = sft_of(llava, tasks, a_step=5)
    samples: list[Sample] = [expert_sample(t, t.question, str(t.meta["trace"]), Encoder(llava)) for t in tasks]
    with torch.no_grad():
        expected = -torch.cat([plain_logprobs(llava, sample, 1.0) for sample in samples]).mean()
    line = take_step(sft, run_in(tmp_path))
    assert line["loss"] == line["ce"] == pytest.approx(float(expected), abs=1e-5)
    assert line["tokens"] == sum(sample.trajectory.trained_tokens for sample in samples)


def test_traces_are_learned_by_heart_and_said_again(llava: Policy, picture: Pictures, tmp_path: Path) -> None:
    tasks = tasks_with_traces(picture)
    sft = sft_of(llava, tasks, rate=1e-2, a_step=5)
    run = run_in(tmp_path)
    losses = [take_step(sft, run)["loss"] for _ in range(40)]
    assert losses[-1] < 0.1 * losses[0]
    requests = [Request.ask(task.id, task.question, task.images) for task in tasks]
    said = LocalEngine(llava).generate(requests, SamplingConfig(max_tokens=20, temperature=0.0))
    assert [(completion.text, completion.stopped) for completion in said] == [(trace, True) for trace in TRACES]


def test_a_run_writes_finite_metrics_and_each_task_once_an_epoch(
    llava: Policy, picture: Pictures, tmp_path: Path
) -> None:
    sft = sft_of(llava, tasks_with_traces(picture))
    run = run_in(tmp_path)
    told = [take_step(sft, run) for _ in range(5)]
    metrics = list(read_objects(tmp_path / "metrics.jsonl"))
    assert metrics == told
    assert all(math.isfinite(value) for line in metrics for value in line.values())
    assert not any("reward" in line or "length" in line for line in metrics)  # nothing was sampled or rewarded
    ledger = [(line["task"], line["epoch"]) for line in read_objects(tmp_path / "ledger.jsonl")]
    assert sorted(ledger) == sorted((f"task-{number}", epoch) for number in range(5) for epoch in range(3))


def test_a_task_without_a_trace_is_refused_by_its_name(llava: Policy, picture: Pictures, tmp_path: Path) -> None:
    tasks = [replace(task, meta={}) for task in toy_tasks(picture, 1)]
    with pytest.raises(AsterismError, match="no expert trace to imitate") as caught:
        take_step(sft_of(llava, tasks), run_in(tmp_path))
    assert caught.value.where == "task task-0" and caught.value.remedy


def test_control_tokens_in_a_trace_are_trained_as_text(policy: Policy, picture: Pictures) -> None:
    task = toy_tasks(picture, 1)[0]
    for token in policy.controls.tokens:
        sample = expert_sample(task, "Is it?", f"I see {token} here", Encoder(policy))
        answer = sample.trajectory.segments[1].token_ids
        assert not {*answer} & {*policy.suppressed_token_ids} and answer.count(policy.tokenizer.eos_token_id) == 1
        assert policy.decode(answer) == sample.trajectory.completion == f"I see {token} here"
