"""Gymnasium environments as episodes: every step is a turn.

Anything with ``reset`` and ``step`` in Gymnasium's form, whose actions are texts, plays so; ``terminated`` (the task is
over) and ``truncated`` (a limit of the environment) stay apart.
"""

import asyncio
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any, Protocol, TypeVar

from asterism.core.environment import Agent
from asterism.core.episode import Episode
from asterism.core.image import Image
from asterism.core.message import Message
from asterism.core.reward import Reward
from asterism.core.task import Task
from asterism.core.trajectory import Status

Seen = TypeVar("Seen", covariant=True)
Info = Mapping[str, Any]


class Steps(Protocol[Seen]):
    """The two methods of ``gymnasium.Env`` that are played with."""

    def reset(self, *, seed: int | None = None, options: dict[str, Any] | None = None) -> tuple[Seen, Info]:
        """The first observation."""
        ...

    def step(self, action: str) -> tuple[Seen, float, bool, bool, Info]:
        """Observation, reward, terminated, truncated, info."""
        ...


@dataclass(frozen=True, slots=True)
class Shown:
    """An observation as a model reads it."""

    text: str
    images: tuple[Image, ...] = ()


@dataclass(frozen=True, slots=True)
class GymEnvironment:
    """Plays a Gymnasium environment of text actions.

    Args:
        make: the environment of a task, reset already or not; one of its own for every episode.
        begin: resets it for the task and returns the first observation and its info.
        show: an observation with its info as a model reads it.
        stop: strings after which an action ends.
        threaded: step in a thread of its own, so that a slow environment holds up no other episode.
    """

    make: Callable[[Task], Steps[Any]]
    begin: Callable[[Steps[Any], Task], tuple[Any, Info]]
    show: Callable[[Any, Info], Shown]
    stop: tuple[str, ...] = ()
    threaded: bool = False

    async def play(self, task: Task, agent: Agent) -> Episode:
        """One episode; its reward is the sum over the steps, with the number of steps as a part.

        ``accuracy`` is 1 where the environment terminated with a reward of 1 or more in the last step.
        """
        environment = self.make(task)
        first = self.show(*self.begin(environment, task))
        conversation = agent.begin([Message.user(first.text, first.images)])
        total, steps = 0.0, 0
        while True:
            action = await conversation.reply(stop=self.stop)
            seen, reward, terminated, truncated, info = await self._step(environment, action.text)
            total, steps = total + float(reward), steps + 1
            if terminated or truncated:
                break
            shown = self.show(seen, info)
            conversation.observe(shown.text, shown.images)
        trajectory = conversation.trajectory
        parts = {"accuracy": float(terminated and reward >= 1), "steps": float(steps)}
        status = trajectory.status if terminated else Status.TRUNCATED_TURNS
        return Episode(task, (trajectory,), Reward(total, parts), status)

    async def _step(self, environment: Steps[Any], action: str) -> tuple[Any, float, bool, bool, Info]:
        if self.threaded:
            return await asyncio.to_thread(environment.step, action)
        return environment.step(action)
