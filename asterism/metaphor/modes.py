"""The ways in which a multiple-choice question is put: plainly, step by step, with hints, after examples, thinking.

Source: the prompt modes of II-Bench (arXiv 2406.05862), in our own words.
"""

from collections.abc import Callable, Sequence

from asterism.answers.grade import gold_value
from asterism.answers.options import lettered
from asterism.core.task import Task
from asterism.evaluate.breakdowns import labels_of

HINTS = {"domain": "Domain", "emotion": "Emotion", "rhetoric": "Rhetoric"}
"""The entries of ``meta`` that the mode ``keywords`` shows; no other mode shows any."""

_LETTER = "Choose the one option that answers the question. Reply with its letter and nothing else."


def asked(task: Task) -> str:
    """A question with its options, a line each."""
    return f"Question: {task.question}{lettered(task.options)}"


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
    """The question after examples with their answers; for tasks that show the examples' images before their own."""
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


def _image_numbers(first: int, count: int) -> str:
    if count <= 0:
        return "No picture."
    return f"Picture {first}." if count == 1 else f"Pictures {first} to {first + count - 1}."
