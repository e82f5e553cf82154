"""A small world to learn in: pictures of noise, short questions, and rewards that a test chooses."""

from collections.abc import Callable, Sequence
from pathlib import Path

from asterism.core.image import Image
from asterism.core.reward import Reward, RewardFunction
from asterism.core.system import Suite
from asterism.core.task import Task
from asterism.core.trajectory import Trajectory
from asterism.learn.advantages import AdvantageConfig
from asterism.learn.grpo import Grpo, RolloutConfig
from asterism.learn.losses import LossConfig
from asterism.learn.order import TaskOrder
from asterism.learn.run import Run
from asterism.learn.schedule import ScheduleConfig
from asterism.learn.update import Learner, OptimiserConfig
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


def learner_of(policy: Policy, *, loss: LossConfig = NO_KL, rate: float = 1e-3, decay: float = 0.0) -> Learner:
    optimiser = OptimiserConfig(
        schedule=ScheduleConfig(learning_rate=rate), weight_decay=decay, tokens_per_micro_batch=300
    )
    return Learner(policy, Encoder(policy), loss=loss, optimiser=optimiser, total_steps=100)


def grpo_of(
    policy: Policy,
    tasks: list[Task],
    reward: RewardFunction,
    *,
    rollout: RolloutConfig,
    advantage: AdvantageConfig | None = None,
    loss: LossConfig = NO_KL,
    reference: View | None = None,
    rate: float = 1e-3,
) -> Grpo:
    learner = learner_of(policy, loss=loss, rate=rate)
    return Grpo(
        learner,
        LocalEngine(policy, encoder=learner.encoder),
        suite_of(tasks, reward),
        TaskOrder(tasks, 3),
        rollout=rollout,
        advantage=advantage or AdvantageConfig(),
        reference=reference,
        seed=8,
    )


def run_in(folder: Path) -> Run:
    return Run.start(folder, {"toy": True}, {"toy": True})
