"""The worker of Asterism: ``--naive`` for the path that shares nothing."""

import argparse
import time
from collections.abc import Sequence
from pathlib import Path
from typing import Any, cast

import torch
from agreement import Batch
from case import BETAS, CLIP, EPSILON, LEARNING_RATE, MAX_GRAD_NORM, Case
from naive import NaiveEngine, see_every_copy
from prompts import read_prompts, reward_of
from wire import Port, Seconds

from asterism.core.image import Image
from asterism.core.reward import Reward
from asterism.core.sample import Sample
from asterism.core.system import Suite
from asterism.core.task import Task
from asterism.core.trajectory import Segment, Trajectory
from asterism.learn.algorithms.algorithm import AlgorithmSettings
from asterism.learn.algorithms.grpo import Grpo
from asterism.learn.global_batch import GlobalBatch
from asterism.learn.losses import LossConfig
from asterism.learn.optimiser_config import OptimiserConfig
from asterism.learn.record_step import record_step
from asterism.learn.rollout_config import RolloutConfig
from asterism.learn.run import Run, versions
from asterism.learn.schedule import ScheduleConfig
from asterism.learn.shuffled_sampler import ShuffledSampler
from asterism.learn.streams import StoredLogProbs
from asterism.learn.trainer import Trainer
from asterism.learn.update import Learner
from asterism.policy.encoder import Encoder
from asterism.policy.policy import Policy
from asterism.rollout.engine import Engine, SamplingConfig
from asterism.rollout.local import LocalEngine

WHOLE_BATCH = 10**9
"""Tokens of a micro-batch: no limit, as no peer splits its batch."""


class NoRun:
    """A run that writes nothing, as the other peers write nothing."""

    def consumed(self, *args: object) -> None:
        """Nothing."""

    rollouts = metrics = consumed


def trainer_of(folder: Path, case: Case, *, naive: bool) -> Trainer:
    """The trainer of a case's folder."""
    return trainer_for(Policy.load(folder / "model"), tasks_of(folder), case, naive=naive, budget=WHOLE_BATCH)


def trainer_for(policy: Policy, tasks: list[Task], case: Case, *, naive: bool, budget: int) -> Trainer:
    """The trainer, as a recipe would put it together; ``budget`` is the most tokens of a micro-batch."""
    algorithm = Grpo(AlgorithmSettings(loss=LossConfig(clip_low=CLIP, clip_high=CLIP, dual_clip=None, kl_coef=0.0)))
    learner = Learner(
        policy,
        Encoder(policy),
        terms=algorithm.terms,
        optimiser=OptimiserConfig(
            schedule=ScheduleConfig(learning_rate=LEARNING_RATE),
            weight_decay=0.0,
            betas=BETAS,
            epsilon=EPSILON,
            max_grad_norm=MAX_GRAD_NORM,
            tokens_per_micro_batch=budget,
            sharing="none" if naive else "branch",
        ),
        total_steps=1,
    )
    if naive:
        see_every_copy(policy)
    return Trainer(
        learner,
        endless(policy, learner.encoder, naive=naive),
        Suite(lambda: tasks, lambda: tasks, lambda task: task.question, rewards, lambda task: None),
        ShuffledSampler(tasks, 3),
        algorithm,
        rollout=RolloutConfig(
            prompts_per_step=case.prompts,
            group_size=case.group_size,
            sampling=SamplingConfig(max_tokens=case.answer_tokens),
        ),
        seed=8,
    )


def endless(policy: Policy, encoder: Encoder, *, naive: bool) -> Engine:
    """An engine that never samples the end of the text, so that every answer has the full length."""
    kind = NaiveEngine if naive else LocalEngine
    return kind(policy, encoder=encoder, never=policy.stop_token_ids)


def tasks_of(folder: Path) -> list[Task]:
    """The prompts as tasks, their pictures decoded."""
    tasks = []
    for number, prompt in enumerate(read_prompts(folder)):
        picture = Image.open(prompt.picture)
        _ = picture.pixels
        tasks.append(Task(f"task-{number}", (picture,), prompt.text, None, "short"))
    return tasks


def rewards(task: Task, trajectories: Sequence[Trajectory]) -> list[Reward]:
    """The reward of each answer."""
    return [Reward(reward_of(trajectory.segments[1].token_ids)) for trajectory in trajectories]


def take_step(trainer: Trainer) -> dict[str, Any]:
    """One step that writes nothing; its figures."""
    with trainer.clock("step"):
        step = trainer.learn(trainer.collect())
        return record_step(cast(Run, NoRun()), step, trainer.learner.policy)


def step(trainer: Trainer) -> Seconds:
    """One training step."""
    before, start = update_seconds(trainer), time.perf_counter()
    line = take_step(trainer)
    seconds = time.perf_counter() - start
    expected = trainer.rollout.prompts_per_step * trainer.rollout.group_size * trainer.rollout.sampling.max_tokens
    assert line["tokens"] == expected, f"{line['tokens']} trained tokens, not {expected}"
    return Seconds(seconds, update_seconds(trainer) - before)


def update_seconds(trainer: Trainer) -> float:
    """Seconds spent on learning so far."""
    return sum(trainer.clock.whole(name) for name in ("log-prob", "update"))


def loss(learner: Learner, batch: Batch) -> dict[str, float]:
    """Loss and gradient norm of a fixed batch, scored over the whole vocabulary as TRL does."""
    samples, stored = [], []
    for answer in batch.answers:
        picture = Image.open(batch.prompts[answer.prompt].picture)
        prompt = Segment("prompt", (), batch.prompts[answer.prompt].text, (picture,))
        written = Segment("model", tuple(answer.token_ids), trainable=True)
        samples.append(Sample(Trajectory((prompt, written)), {"rl": (answer.advantage,) * len(answer.token_ids)}))
        stored.append(StoredLogProbs(old=torch.tensor(answer.old_logprobs)))
    suppressed = learner.policy.suppressed_token_ids
    object.__setattr__(learner.policy, "suppressed_token_ids", ())
    sums = learner.accumulate(GlobalBatch(samples, stored))
    object.__setattr__(learner.policy, "suppressed_token_ids", suppressed)
    norm = torch.nn.utils.clip_grad_norm_(learner.policy.trainable_parameters(), float("inf"))
    learner.optimiser.zero_grad(set_to_none=True)
    return {"loss": sums.total(learner.terms), "grad_norm": float(norm)}


def main() -> None:
    """Serve commands, or take ``--steps`` steps and end."""
    parser = argparse.ArgumentParser()
    parser.add_argument("--folder", type=Path, required=True)
    parser.add_argument("--naive", action="store_true")
    parser.add_argument("--steps", type=int)
    options = parser.parse_args()
    trainer = trainer_of(options.folder, Case.read(options.folder), naive=options.naive)
    if options.steps:
        for _ in range(options.steps):
            step(trainer)
        return
    port = Port()
    port.reply(versions=versions())
    while (command := port.receive()["cmd"]) != "stop":
        if command == "step":
            taken = step(trainer)
            port.reply(step=taken.step, update=taken.update)
        else:
            port.reply(**loss(trainer.learner, Batch.read(options.folder)))


if __name__ == "__main__":
    main()
