"""The ways in which a multiple-choice question is put: plainly, step by step, with hints, after examples, thinking.

Source: the prompt modes of II-Bench (arXiv 2406.05862), in our own words.
"""

from collections.abc import Callable, Sequence
from dataclasses import replace

from asterism.answers.grade import gold_value
from asterism.answers.options import LETTERS
from asterism.core.errors import AsterismError
from asterism.core.seeds import derive_seed
from asterism.core.task import Task
from asterism.evaluate.breakdowns import labels_of
from asterism.evaluate.units import picture_of

HINTS = {"domain": "Domain", "emotion": "Emotion", "rhetoric": "Rhetoric"}
"""The entries of ``meta`` that the mode ``keywords`` shows; no other mode shows any."""

_LETTER = "Choose the one option that answers the question. Reply with its letter and nothing else."


def asked(task: Task) -> str:
    """A question with its options, a line each."""
    options = "".join(f"\n({letter}) {option}" for letter, option in zip(LETTERS, task.options, strict=False))
    return f"Question: {task.question}{options}"


def plainly(task: Task) -> str:
    """The question, and that a letter is wanted."""
    return f"{_LETTER}\n{asked(task)}\nAnswer:"


def step_by_step(task: Task) -> str:
    """The question, and that the way to the letter is wanted too."""
    return (
        "Choose the one option that answers the question. Go step by step: what the picture shows, how its parts play "
        "together, what that implies, which options say too little, too much or something else. End with a line "
        f"that reads 'Answer:' and the letter.\n{asked(task)}"
    )


def with_hints(task: Task) -> str:
    """The question, with what annotators noted about the image; plainly where they noted nothing."""
    noted = {title: labels_of(task, field) for field, title in HINTS.items()}
    lines = "".join(f"\n{title}: {', '.join(labels)}" for title, labels in noted.items() if labels)
    return f"{_LETTER}\nWhat is known of the picture:{lines}\n{asked(task)}\nAnswer:" if lines else plainly(task)


def after(examples: Sequence[Task]) -> Callable[[Task], str]:
    """The question after examples with their answers; for tasks whose images :func:`show_with` has put in order."""
    shown = []
    number = 1
    for example in examples:
        shown.append(
            f"{_image_numbers(number, len(example.images))}\n{asked(example)}\nAnswer: {gold_value(example)}\n\n"
        )
        number += len(example.images)

    def prompt_of(task: Task) -> str:
        own = _image_numbers(number, len(task.images) - number + 1)
        return f"{_LETTER} First come examples with their answers.\n\n{''.join(shown)}{own}\n{asked(task)}\nAnswer:"

    return prompt_of


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
    taken = {picture_of(task) for task in examples}
    rest = [task for task in tasks if picture_of(task) not in taken]
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
    shown = {picture_of(task) for task in measured}
    return _drawn([task for task in others if task.id not in ids and picture_of(task) not in shown], count, seed)


def _drawn(tasks: Sequence[Task], count: int, seed: int) -> list[Task]:
    order = sorted((task for task in tasks if task.answer), key=lambda task: derive_seed(seed, "example", task.id))
    by_image: dict[str, Task] = {}
    for task in order:
        by_image.setdefault(picture_of(task), task)
    if len(by_image) < count:
        raise AsterismError(
            f"{count} examples are wanted and {len(by_image)} records may serve: one has an answer and images "
            "of its own, and is not measured",
            remedy="Lower --shots, or take the examples from other records with --examples FILE.",
        )
    return list(by_image.values())[:count]


def _image_numbers(first: int, count: int) -> str:
    if count <= 0:
        return "No picture."
    return f"Picture {first}." if count == 1 else f"Pictures {first} to {first + count - 1}."
