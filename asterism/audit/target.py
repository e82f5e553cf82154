"""What is audited: tasks, what they ask, and the reward of a completion."""

import math
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path
from time import perf_counter

from asterism.core.environment import Environment
from asterism.core.errors import AsterismError
from asterism.core.reward import Reward
from asterism.core.task import Task
from asterism.core.trajectory import Segment, Trajectory


@dataclass(frozen=True, slots=True)
class Target:
    """A reward with its tasks.

    ``judge`` gives the rewards of trajectories of one task; ``player`` plays a task, for what it shows. ``sources`` are
    files and folders whose code makes the reward: faults are let happen there, and nowhere else.
    """

    name: str
    tasks: tuple[Task, ...]
    prompt_of: Callable[[Task], str]
    judge: Callable[[Task, Sequence[Trajectory]], Sequence[Reward]]
    player: Environment
    sources: tuple[Path, ...] = ()

    def rewards(self, task: Task, texts: Sequence[str]) -> list[Reward]:
        """The reward of each completion, judged together; whatever goes wrong, and what is no number, is an error."""
        try:
            given = list(self.judge(task, [said(text) for text in texts]))
        except AsterismError as error:
            return [Reward.error(f"{error.what}")] * len(texts)
        except Exception as error:  # the edge to other people's code: a fault is what is looked for
            return [Reward.error(f"{type(error).__name__}: {error}")] * len(texts)
        if len(given) != len(texts):
            return [Reward.error(f"{len(given)} rewards for {len(texts)} completions")] * len(texts)
        return [_finite(reward) for reward in given]

    def reward(self, task: Task, text: str) -> Reward:
        """The reward of one completion, judged alone."""
        return self.rewards(task, [text])[0]

    def timed(self, task: Task, text: str) -> tuple[Reward, float]:
        """The same with the seconds it took."""
        start = perf_counter()
        reward = self.reward(task, text)
        return reward, perf_counter() - start


def said(text: str) -> Trajectory:
    """A trajectory in which a model says this."""
    return Trajectory((Segment("model", (), text),))


def _finite(reward: Reward) -> Reward:
    numbers = [number for number in (reward.value, *reward.parts.values()) if number is not None]
    bad = next((number for number in numbers if not math.isfinite(number)), None)
    return reward if bad is None else Reward.error(f"gave {bad}, which is not finite")
