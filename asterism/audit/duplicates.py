"""Records that ask the same twice, and those that disagree about the answer."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass

from asterism.answers.options import LETTERS
from asterism.audit.gold import gold_of
from asterism.core.task import Task

Ids = tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Duplicates:
    """Groups of tasks with the same images and question: those of one answer, and those of several."""

    agreeing: tuple[Ids, ...]
    contradictory: tuple[Ids, ...]


def find_duplicates(tasks: Sequence[Task], on_progress: Callable[[int], None]) -> Duplicates:
    """Compare questions in any case and spacing, and options in any order; images by their pixels."""
    groups: dict[tuple[object, ...], list[Task]] = {}
    for task in tasks:
        groups.setdefault(_asked(task), []).append(task)
        on_progress(1)
    several = [group for group in groups.values() if len(group) > 1]
    split: tuple[list[Ids], list[Ids]] = [], []
    for group in several:
        split[len({_answered(task) for task in group}) > 1].append(tuple(task.id for task in group))
    return Duplicates(tuple(split[0]), tuple(split[1]))


def _asked(task: Task) -> tuple[object, ...]:
    images = tuple(image.digest for image in task.images)
    for image in task.images:
        image.forget()
    return images, " ".join(task.question.casefold().split()), tuple(sorted(task.options))


def _answered(task: Task) -> str:
    gold = gold_of(task)
    if gold is None:
        return (task.answer or "").strip().casefold()
    if gold.shape == "letter":
        return gold.options[LETTERS.index(gold.text)]
    if gold.shape == "truth":
        return str(gold.holds)
    return f"{gold.number} {gold.unit}" if gold.number is not None else gold.text.casefold()
