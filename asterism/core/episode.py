"""One play of a task from its first question to its reward, and the plays of one task side by side."""

from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Self

from asterism.core.errors import AsterismError
from asterism.core.reward import Reward
from asterism.core.task import Task
from asterism.core.trajectory import Status, Trajectory


@dataclass(frozen=True, slots=True)
class Episode:
    """What happened between an environment and an agent over one task.

    ``trajectories`` hold every conversation in the order in which they began; the first is the actor's. A question that
    is answered once has one of one turn; a tool agent one of several turns; a self-reward a second one, in which a
    reader that sees no image is asked::

        Episode
          task          "How many cups are on the table?"
          trajectories  actor   prompt (image, question) · model · tool (text, crop) · model
                        reader  prompt (the actor's description, question) · model
          reward        1.0 = 0.9 accuracy + 0.1 format

    ``status`` tells how it ended; ``error`` why, where the environment failed: the reward is an error then, and
    whatever was said until that moment is kept.
    """

    task: Task
    trajectories: tuple[Trajectory, ...]
    reward: Reward
    status: Status = Status.COMPLETED
    error: str = ""
    fault: AsterismError | None = field(default=None, compare=False)
    """The error that explains itself to a person, where it was one: bad input, not a bug of the environment."""

    @classmethod
    def of(cls, task: Task, trajectory: Trajectory, reward: Reward) -> Self:
        """The episode of one conversation, which ended as that did."""
        return cls(task, (trajectory,), reward, trajectory.status)

    @property
    def actor(self) -> Trajectory:
        """The first conversation, the one that answers the task; empty where the environment failed before it began."""
        return self.trajectories[0] if self.trajectories else Trajectory((), self.status)

    @property
    def generated_tokens(self) -> int:
        """Tokens that the model wrote, in all conversations."""
        return sum(trajectory.generated_tokens for trajectory in self.trajectories)


@dataclass(frozen=True, slots=True)
class Group:
    """The episodes of one task; advantages compare its members."""

    task: Task
    episodes: tuple[Episode, ...] = field(default=())

    @classmethod
    def of(cls, task: Task, trajectories: Sequence[Trajectory], rewards: Sequence[Reward]) -> Self:
        """A group of episodes of one conversation each.

        Raises:
            ValueError: there are not as many rewards as trajectories.
        """
        if len(trajectories) != len(rewards):
            raise ValueError(f"{task.id}: {len(rewards)} rewards for {len(trajectories)} trajectories")
        return cls(task, tuple(Episode.of(task, *pair) for pair in zip(trajectories, rewards, strict=True)))

    @property
    def trajectories(self) -> tuple[Trajectory, ...]:
        """The actor's conversation of each episode."""
        return tuple(episode.actor for episode in self.episodes)

    @property
    def rewards(self) -> tuple[Reward, ...]:
        """The reward of each episode."""
        return tuple(episode.reward for episode in self.episodes)
