"""All that the benchmarks of a step ask of the package: a trainer, a real run, a step, a loss.

Where the package changes, this is the file to change with it; what measures does not import the trainer.
"""

import asterism  # noqa: F401  before torch: it says how threads wait, as in every command

# isort: split
import time
from collections.abc import Sequence
from pathlib import Path

import torch
from agreement import Batch
from case import BETAS, CLIP, EPSILON, LEARNING_RATE, MAX_GRAD_NORM, Case
from naive import NaiveEngine, see_every_copy
from prompts import read_prompts, reward_of
from wire import Seconds

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
from asterism.learn.profile import Profile, profile_of
from asterism.learn.record_step import record_step
from asterism.learn.rollout_config import RolloutConfig
from asterism.learn.run import Run
from asterism.learn.schedule import ScheduleConfig
from asterism.learn.shuffled_sampler import ShuffledSampler
from asterism.learn.streams import StoredLogProbs
from asterism.learn.trainer import Trainer
from asterism.learn.update import Learner
from asterism.policy.encoder import Encoder
from asterism.policy.policy import Policy
from asterism.rollout.engine import Engine, SamplingConfig
from asterism.rollout.local import LocalEngine
from asterism.runs.recipe import read_recipe
from asterism.runs.session import open_session

WHOLE_BATCH = 10**9
"""Tokens of a micro-batch: no limit, as no peer splits its batch."""


class Steps:
    """A trainer with a run of its own in a folder, as a training has; it writes what any run writes."""

    def __init__(self, trainer: Trainer, run: Run) -> None:
        self.trainer = trainer
        self.run = run

    @classmethod
    def of_case(cls, folder: Path, case: Case, *, naive: bool) -> "Steps":
        """The trainer of a case's folder; each process writes a run folder of its own there."""
        policy, tasks = Policy.load(folder / "model"), tasks_of(folder)
        return cls.of(policy, tasks, case, folder, naive=naive, budget=WHOLE_BATCH)

    @classmethod
    def of(cls, policy: Policy, tasks: list[Task], case: Case, folder: Path, *, naive: bool, budget: int) -> "Steps":
        """The trainer of a policy, as a recipe would put it together; ``budget`` is the tokens of a micro-batch."""
        out = folder / f"run-{time.time_ns()}"
        return cls(_trainer(policy, tasks, case, naive=naive, budget=budget), Run.start(out, {}, {}))

    @classmethod
    def of_recipe(cls, recipe: Path, overrides: list[str], folder: Path) -> "Steps":
        """The trainer of a recipe."""
        session = open_session(read_recipe(recipe, overrides), folder, where=str(recipe), checkpoint=False)
        return cls(session.trainer, session.run)

    @property
    def learner(self) -> Learner:
        """What takes the update."""
        return self.trainer.learner

    def step(self, *, tokens: int | None = None) -> Seconds:
        """One training step, on ``tokens`` trained tokens where they are given.

        Raises:
            AssertionError: it trained on another number.
        """
        before, start, used = self._update_seconds(), time.perf_counter(), time.process_time()
        with self.trainer.clock("step"):
            taken = self.trainer.learn(self.trainer.collect())
            record_step(self.run, taken, self.trainer.learner.policy)
        wall, processor = time.perf_counter() - start, time.process_time() - used
        assert tokens in (None, taken.tokens), f"{taken.tokens} trained tokens, not {tokens}"
        return Seconds(wall, self._update_seconds() - before, processor)

    def loss(self, batch: Batch) -> dict[str, float]:
        """Loss and gradient norm of a fixed batch, scored over the whole vocabulary as TRL does."""
        samples, stored = [], []
        for answer in batch.answers:
            image = Image.open(batch.prompts[answer.prompt].image)
            prompt = Segment("prompt", (), batch.prompts[answer.prompt].text, (image,))
            written = Segment("model", tuple(answer.token_ids), trainable=True)
            samples.append(Sample(Trajectory((prompt, written)), {"rl": (answer.advantage,) * len(answer.token_ids)}))
            stored.append(StoredLogProbs(old=torch.tensor(answer.old_logprobs)))
        learner = self.learner
        suppressed = learner.policy.suppressed_token_ids
        object.__setattr__(learner.policy, "suppressed_token_ids", ())
        sums = learner.accumulate(GlobalBatch(samples, stored))
        object.__setattr__(learner.policy, "suppressed_token_ids", suppressed)
        norm = torch.nn.utils.clip_grad_norm_(learner.policy.trainable_parameters(), float("inf"))
        learner.optimiser.zero_grad(set_to_none=True)
        return {"loss": sums.total(learner.terms), "grad_norm": float(norm)}

    def forget(self) -> None:
        """Measure anew from here."""
        self.learner.forget_measures()

    def profile(self, steps: int) -> Profile:
        """Where the time of the last ``steps`` steps went."""
        return profile_of(self.learner, steps)

    def _update_seconds(self) -> float:
        clock = self.learner.policy.clock
        return sum(clock.whole(name) for name in ("log-prob", "update"))


def tasks_of(folder: Path) -> list[Task]:
    """The prompts of a case's folder as tasks, their images decoded."""
    tasks = []
    for number, prompt in enumerate(read_prompts(folder)):
        image = Image.open(prompt.image)
        _ = image.pixels
        tasks.append(Task(f"task-{number}", (image,), prompt.text, None, "short"))
    return tasks


def rewards(task: Task, trajectories: Sequence[Trajectory]) -> list[Reward]:
    """The reward of each answer."""
    return [Reward(reward_of(trajectory.segments[1].token_ids)) for trajectory in trajectories]


def _trainer(policy: Policy, tasks: list[Task], case: Case, *, naive: bool, budget: int) -> Trainer:
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
        _endless(policy, learner.encoder, naive=naive),
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


def _endless(policy: Policy, encoder: Encoder, *, naive: bool) -> Engine:
    """An engine that never samples the end of the text, so that every answer has the full length."""
    kind = NaiveEngine if naive else LocalEngine
    return kind(policy, encoder=encoder, never=policy.stop_token_ids)
