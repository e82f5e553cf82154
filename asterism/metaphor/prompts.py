"""What the model is asked. Only the question and its options enter a prompt, never the answer or the metadata."""

from collections.abc import Callable
from typing import Literal

from asterism.answers.options import lettered
from asterism.core.task import Task

PromptStyle = Literal["short", "full"]

_FORMAT = (
    "Think first, then answer. Put your thinking between <think> and </think> and only the final answer between "
    "<answer> and </answer>."
)
_FULL = {
    "tfq": (
        "Look at the picture and judge the statement below: answer T if it is true of the picture, F if it is not. "
        "First describe what the picture shows, then work out what it implies, then reason from both to the answer. "
        f"{_FORMAT}\nStatement: "
    ),
    "mcq": (
        "Look at the picture and choose the one option that answers the question; answer with its letter. First "
        f"describe what the picture shows, then work out what it implies, then weigh the options. {_FORMAT}\nQuestion: "
    ),
    "osq": (
        "Look at the picture and answer the question in a few sentences. First describe what the picture shows, then "
        f"work out what it implies. {_FORMAT}\nQuestion: "
    ),
}
_SHORT = {"tfq": "True or false? "}


def prompt_style(style: PromptStyle) -> Callable[[Task], str]:
    """The prompt of a task: ``full`` explains the format and the steps (spec of arXiv 2602.10575), ``short`` only asks.

    The tiny model knows the format from its warm start and takes ``short``.
    """
    openings = _FULL if style == "full" else _SHORT

    def prompt_of(task: Task) -> str:
        options = lettered(task.options) if task.kind == "mcq" else ""
        return f"{openings.get(task.kind, '')}{task.question}{options}"

    return prompt_of
