"""Examples with their answers before a question (few-shot): which tasks serve, and how their images come along."""

from collections.abc import Sequence
from dataclasses import replace

from asterism.core.errors import AsterismError
from asterism.core.seeds import derive_seed
from asterism.core.task import Task
from asterism.evaluate.units import image_of


def show_with(task: Task, examples: Sequence[Task]) -> Task:
    """The task with the images of the examples before its own."""
    return replace(task, images=tuple(image for each in (*examples, task) for image in each.images))


def set_aside(tasks: Sequence[Task], count: int, seed: int) -> tuple[list[Task], list[Task]]:
    """Examples drawn from the tasks, and the tasks that are left to be measured.

    Whatever shows an image of an example is not measured. Examples have an answer and an image each of their own.

    Raises:
        AsterismError: there are not that many, or nothing is left.
    """
    examples = _drawn(tasks, count, seed)
    taken = {image_of(task) for task in examples}
    rest = [task for task in tasks if image_of(task) not in taken]
    if not rest:
        raise AsterismError(
            "every record would be an example, and none is left to be measured",
            remedy="Lower --shots, or take the examples from other records with --examples FILE.",
        )
    return examples, rest


def from_others(others: Sequence[Task], measured: Sequence[Task], count: int, seed: int) -> list[Task]:
    """Examples drawn from other records; none is measured or shows an image that is.

    Raises:
        AsterismError: there are not that many.
    """
    ids = {task.id for task in measured}
    images = {image_of(task) for task in measured}
    return _drawn([task for task in others if task.id not in ids and image_of(task) not in images], count, seed)


def _drawn(tasks: Sequence[Task], count: int, seed: int) -> list[Task]:
    order = sorted((task for task in tasks if task.answer), key=lambda task: derive_seed(seed, "example", task.id))
    by_image: dict[str, Task] = {}
    for task in order:
        by_image.setdefault(image_of(task), task)
    if len(by_image) < count:
        raise AsterismError(
            f"{count} examples are wanted and {len(by_image)} records may serve: one has an answer and images "
            "of its own, and is not measured",
            remedy="Lower --shots, or take the examples from other records with --examples FILE.",
        )
    return list(by_image.values())[:count]
