"""An environment of several turns: the model looks closer at a part of the image, then answers.

The first reply names a corner; the tool answers with words and with an *image*, the enlarged corner; the second reply
is the answer. What the tool says takes no gradient, and nothing that was said is ever encoded twice.
"""

import random

import numpy as np
from pydantic import Field

from asterism import Agent, Config, Episode, Image, Message, Reward, Suite, System, Task

CORNERS = {"top left": (0, 0), "top right": (0, 1), "bottom left": (1, 0), "bottom right": (1, 1)}
MARKS = {"dark": 20, "light": 235}
SIDE = 48
"""Pixels of a corner's side; the image has twice as many."""


class Options(Config):
    """The recipe's ``environment`` section."""

    count: int = Field(12, ge=1, description="number of tasks to train on")


def tasks(count: int, split: str) -> list[Task]:
    """Grey images with a small mark in one corner, which the task names. Each follows from its name alone."""
    found = []
    for index in range(count):
        rng = random.Random(f"{split}-{index}")
        corner, mark = rng.choice(list(CORNERS)), rng.choice(list(MARKS))
        pixels = np.full((2 * SIDE, 2 * SIDE, 3), 128, dtype=np.uint8)
        row, column = (SIDE * place + SIDE // 2 for place in CORNERS[corner])
        pixels[row - 2 : row + 2, column - 2 : column + 2] = MARKS[mark]
        question = f"There is a small mark in the {corner} corner. Is it dark or light?"
        images, meta = (Image.from_pixels(pixels),), {"corner": corner}
        found.append(Task(f"mark-{split}-{index}", images, question, mark, "verified", meta=meta))
    return found


def enlarged(image: Image, corner: str) -> Image:
    """A corner at twice its size."""
    row, column = (SIDE * place for place in CORNERS[corner])
    part = image.pixels[row : row + SIDE, column : column + SIDE]
    return Image.from_pixels(part.repeat(2, axis=0).repeat(2, axis=1))


class LookCloser:
    """Two turns: which corner, then the answer."""

    async def play(self, task: Task, agent: Agent) -> Episode:
        """One episode; 0.8 for the right answer, 0.2 for looking at the right corner."""
        conversation = agent.begin([Message.user(f"Which corner do you want to see? {task.question}", task.images)])
        call = await conversation.reply()
        named = [corner for corner in CORNERS if corner in call.text.lower()]
        corner = named[0] if len(named) == 1 else "top left"
        conversation.observe(f"This is the {corner} corner. {task.question}", [enlarged(task.images[0], corner)])
        answer = await conversation.reply()
        said = {mark for mark in MARKS if mark in answer.text.lower()}
        parts = {"accuracy": float(said == {task.answer}), "looked": float(named == [task.meta["corner"]])}
        reward = Reward(0.8 * parts["accuracy"] + 0.2 * parts["looked"], parts)
        return Episode.of(task, conversation.trajectory, reward)


def prepare(options: Options) -> Suite:
    """What training and measuring need to know."""
    return Suite(
        train=lambda: tasks(options.count, "train"),
        evaluate=lambda: tasks(6, "evaluate"),
        environment=LookCloser(),
    )


SYSTEM = System("marks", Options, prepare)
