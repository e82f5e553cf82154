"""An environment of one's own: it draws its tasks, asks for them in its words, and judges the answers."""

import random
from collections.abc import Sequence
from typing import Literal

import numpy as np
from pydantic import Field

from asterism import Config, Image, Reward, Suite, System, Task, Trajectory

SHADES = {"dark": 40, "grey": 128, "light": 220}


class Options(Config):
    """The recipe's ``environment`` section. Unknown keys are refused; `asterism recipe show` fills in the defaults."""

    count: int = Field(12, ge=1, description="number of tasks to train on")
    wording: Literal["plain", "polite"] = Field("plain", description="how the model is asked")


def tasks(count: int, split: str) -> list[Task]:
    """Images of one shade. Each follows from its name alone, so that a resumed run draws the same."""
    found = []
    for index in range(count):
        name = f"shade-{split}-{index}"
        shade = random.Random(name).choice(list(SHADES))
        pixels = np.full((32, 32, 3), SHADES[shade], dtype=np.uint8)
        found.append(Task(name, (Image.from_pixels(pixels),), "Is this dark, grey or light?", shade, "verified"))
    return found


def reward(task: Task, trajectories: Sequence[Trajectory]) -> list[Reward]:
    """1 where the shade is named and no other; the part ``accuracy`` is what a run is measured by."""
    rewards = []
    for trajectory in trajectories:
        named = {shade for shade in SHADES if shade in trajectory.completion.lower()}
        right = float(named == {task.answer})
        rewards.append(Reward(right, {"accuracy": right}, reason="" if named else "no shade is named"))
    return rewards


def prepare(options: Options) -> Suite:
    """What training and measuring need to know."""
    ending = "" if options.wording == "plain" else " Please answer with one word."
    return Suite(
        train=lambda: tasks(options.count, "train"),
        evaluate=lambda: tasks(6, "evaluate"),
        prompt_of=lambda task: task.question + ending,
        reward=reward,
    )


SYSTEM = System("shades", Options, prepare)
