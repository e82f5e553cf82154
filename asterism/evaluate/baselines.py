"""What a figure must beat: constant answers, other images, no image."""

from collections.abc import Sequence
from dataclasses import replace

import numpy as np

from asterism.answers.grade import gold_value
from asterism.core.errors import AsterismError
from asterism.core.image import Image
from asterism.core.records import take_meta
from asterism.core.results.result import Result
from asterism.core.seeds import rng_for
from asterism.core.task import Task
from asterism.evaluate.units import OWN_IMAGE, image_of

TRUTHS = ("T", "F")
_GREY = 128


def constant_results(tasks: Sequence[Task], answer: str) -> list[Result]:
    """What a reader scores who always gives the same answer: ``T``, ``F`` or an option letter."""
    return [Result(task.id, 0, answer, answer, "constant", float(gold_value(task) == answer)) for task in tasks]


def majority_truth(tasks: Sequence[Task]) -> str:
    """The truth value, ``T`` or ``F``, that is right more often; ``T`` where both are right equally often."""
    gold = [gold_value(task) for task in tasks]
    return max(TRUTHS, key=gold.count)


def shuffle_images(tasks: Sequence[Task], seed: int) -> list[Task]:
    """The same questions about other images: no task keeps its own, and each image is used as before.

    All tasks of one image are given the same other image (a random cyclic permutation of the distinct ones, by
    Sattolo's algorithm), so statements that belong together stay together. A task with k images gets those of
    another task with k. Tasks without images stay as they are. ``meta`` remembers the own image, so that intervals
    and all-correct groups stay those of the original.

    Raises:
        AsterismError: there is only one distinct image to give.
    """
    by_count: dict[int, dict[str, tuple[Image, ...]]] = {}
    for task in tasks:
        if task.images:
            by_count.setdefault(len(task.images), {}).setdefault(_shown(task), task.images)
    given: dict[str, tuple[Image, ...]] = {}
    for count, distinct in sorted(by_count.items()):
        if len(distinct) < 2:
            raise AsterismError(
                f"only one distinct image among the tasks with {count}, so there is nothing to shuffle",
                remedy="Shuffle over at least two images.",
            )
        names = sorted(distinct)
        given.update({name: distinct[other] for name, other in zip(names, _cyclic(names, seed, count), strict=True)})
    return [_shown_instead(task, given[_shown(task)]) if task.images else task for task in tasks]


def without_images(tasks: Sequence[Task], *, blank: bool = False) -> list[Task]:
    """The same questions with no image, or with plain grey ones of the same size (``blank``)."""
    return [_shown_instead(task, tuple(map(_grey, task.images)) if blank else ()) for task in tasks]


def _shown(task: Task) -> str:
    return "+".join(image.digest for image in task.images)


def _shown_instead(task: Task, images: tuple[Image, ...]) -> Task:
    return replace(take_meta(task, **{OWN_IMAGE: image_of(task)}), images=images)


def _cyclic(names: Sequence[str], seed: int, count: int) -> list[str]:
    order = list(names)
    rng = rng_for(seed, "shuffle_pictures", count)
    for last in range(len(order) - 1, 0, -1):
        other = rng.randrange(last)  # never `last` itself: this is what makes it one cycle
        order[last], order[other] = order[other], order[last]
    return order


def _grey(image: Image) -> Image:
    width, height = image.size
    return Image.from_pixels(np.full((height, width, 3), _GREY, dtype=np.uint8))
