"""What a completion earned."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Literal

from asterism.core.errors import AsterismError

if TYPE_CHECKING:
    from asterism.core.task import Task
    from asterism.core.trajectory import Trajectory


@dataclass(frozen=True, slots=True)
class Reward:
    """A value with named parts, or an abstention, or an error.

    ``parts`` name what the value is made of (``accuracy``, ``format``). ``reason`` is a short code: why the
    answer was read as it was, or what went wrong. An error is counted and shown and is never a silent 0.
    """

    value: float | None
    parts: Mapping[str, float] = field(default_factory=dict)
    status: Literal["ok", "abstain", "error"] = "ok"
    reason: str = ""

    def __post_init__(self) -> None:
        if (self.value is None) == (self.status == "ok"):
            raise ValueError(f"a reward has a value exactly when its status is ok (value {self.value}, {self.status})")

    @classmethod
    def abstain(cls, reason: str) -> "Reward":
        """No opinion: the trajectory takes no part in the group's statistics."""
        return cls(None, status="abstain", reason=reason)

    @classmethod
    def error(cls, reason: str) -> "Reward":
        """The grader failed: counted, shown, and above a threshold the run stops."""
        return cls(None, status="error", reason=reason)


Truncated = Literal["zero", "read"]
"""What becomes of a completion that a limit of tokens cut off: it has no answer, or is read as far as it goes."""
TRUNCATED = "truncated"
"""The reason of a 0 for want of an end."""

RewardFunction = Callable[["Task", Sequence["Trajectory"]], Sequence[Reward]]
"""Scores the trajectories of one task, in their order."""


def without_answer(reward: Reward) -> Reward:
    """What a completion earns that was cut off before it had answered: 0 in every part; what is no value stays."""
    if reward.value is None:
        return reward
    return Reward(0.0, dict.fromkeys(reward.parts, 0.0), reason=TRUNCATED)


def per_completion(score: Callable[["Task", str], Reward], *, truncated: Truncated = "read") -> RewardFunction:
    """The reward function that scores each trajectory's completion on its own.

    ``truncated`` says what becomes of those that a limit of tokens cut off.

    Whatever goes wrong in ``score`` becomes the reward error of that one trajectory: counted, shown, and above a
    threshold the run stops. An ``AsterismError`` is no accident of one completion: it explains what is wrong with the
    task or the configuration, so it is raised and ends the run.

    Raises:
        AsterismError: ``score`` raises it.
    """

    def reward(task: "Task", trajectories: Sequence["Trajectory"]) -> list[Reward]:
        rewards = [scored(task, trajectory.completion) for trajectory in trajectories]
        if truncated == "read":
            return rewards
        pairs = zip(rewards, trajectories, strict=True)
        return [without_answer(reward) if trajectory.cut_off else reward for reward, trajectory in pairs]

    def scored(task: "Task", text: str) -> Reward:
        try:
            return score(task, text)
        except AsterismError:
            raise
        except Exception as error:  # the edge between scoring and training: a fault becomes a counted outcome
            return Reward.error(f"{type(error).__name__}: {' '.join(str(error).split())}")

    return reward
