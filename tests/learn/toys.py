"""A small world to learn in: pictures of noise, short questions, and rewards that a test chooses."""

from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

from asterism.core.image import Image
from asterism.core.reward import Reward, RewardFunction
from asterism.core.system import Suite
from asterism.core.task import Task
from asterism.core.trajectory import Trajectory
from asterism.learn.advantages import AdvantageConfig
from asterism.learn.algorithms.algorithm import Algorithm, AlgorithmSettings
from asterism.learn.algorithms.grpo import Grpo
from asterism.learn.losses import LossConfig
from asterism.learn.optimiser_config import OptimiserConfig
from asterism.learn.record_step import record_step
from asterism.learn.rollout_config import RolloutConfig
from asterism.learn.run import Run
from asterism.learn.schedule import ScheduleConfig
from asterism.learn.shuffled_sampler import ShuffledSampler
from asterism.learn.terms import LossTerm
from asterism.learn.trainer import Trainer
from asterism.learn.update import Learner
from asterism.learn.views import View
from asterism.policy.encoder import Encoder
from asterism.policy.policy import Policy
from asterism.rollout.engine import SamplingConfig
from asterism.rollout.local import LocalEngine

Pictures = Callable[..., Image]
NO_KL = LossConfig(kl_coef=0.0)
SHORT = SamplingConfig(max_tokens=6)


def toy_tasks(picture: Pictures, count: int = 5) -> list[Task]:
    words = ("cup", "hat", "key", "moon", "picture")
    return [
        Task(f"task-{number}", (picture(number),), f"Is the {words[number % 5]} left?", "T", "tfq", meta={"trace": "T"})
        for number in range(count)
    ]


def vowels(task: Task, trajectories: Sequence[Trajectory]) -> list[Reward]:
    """The share of what was written that is the letter ``e`` or ``a``."""
    shares = [sum(map(t.completion.count, "ea")) / max(1, len(t.completion)) for t in trajectories]
    return [Reward(share, {"accuracy": float(share > 0.2)}, reason="counted") for share in shares]


def suite_of(tasks: list[Task], reward: RewardFunction) -> Suite:
    return Suite(
        train=lambda: tasks,
        evaluate=lambda: tasks,
        prompt_of=lambda task: task.question,
        reward=reward,
        trace_of=lambda task: task.meta.get("trace"),
    )


def learner_of(policy: Policy, terms: Sequence[LossTerm], *, rate: float = 1e-3, decay: float = 0.0) -> Learner:
    optimiser = OptimiserConfig(
        schedule=ScheduleConfig(learning_rate=rate), weight_decay=decay, tokens_per_micro_batch=300
    )
    return Learner(policy, Encoder(policy), terms=terms, optimiser=optimiser, total_steps=100)


def trainer_of(
    policy: Policy,
    tasks: list[Task],
    reward: RewardFunction,
    *,
    rollout: RolloutConfig,
    algorithm: Algorithm | None = None,
    suite: Suite | None = None,
    advantage: AdvantageConfig | None = None,
    loss: LossConfig = NO_KL,
    reference: View | None = None,
    rate: float = 1e-3,
) -> Trainer:
    """A trainer of GRPO over the toy world, unless it is given another algorithm."""
    algorithm = algorithm or Grpo(AlgorithmSettings(advantage or AdvantageConfig(), loss))
    learner = learner_of(policy, algorithm.terms, rate=rate)
    return Trainer(
        learner,
        LocalEngine(policy, encoder=learner.encoder),
        suite or suite_of(tasks, reward),
        ShuffledSampler(tasks, 3),
        algorithm,
        rollout=rollout,
        reference=reference,
        seed=8,
    )


def take_step(trainer: Trainer, run: Run) -> dict[str, Any]:
    """One step, written down; the line of metrics.jsonl."""
    with trainer.clock("step"):
        return record_step(run, trainer.learn(trainer.collect()), trainer.learner.policy).as_json()


def run_in(folder: Path) -> Run:
    return Run.start(folder, {"toy": True}, {"toy": True})
