"""What a policy is asked while it is trained or measured in a run."""

from collections.abc import Callable
from typing import Literal

from asterism.answers.options import lettered
from asterism.core.task import Task
from asterism.helix.catalogue import puzzle_of
from asterism.helix.records import FAMILY, entry_of_task
from asterism.helix.wording import Language, plain_prompt, short_prompt, titled_prompt

Rules = Literal["full", "short", "title"]


def is_puzzle(task: Task) -> bool:
    """Whether a task is one of this wing, and not from another set."""
    return task.family.startswith(FAMILY)


def prompt_style(rules: Rules, language: Language) -> Callable[[Task], str]:
    """The prompt of a task. A puzzle's question with its ``full`` rules is that of its record; ``short`` leaves the
    rules out, ``title`` how to end as well. Questions of other sets come with their options and the ending."""

    def prompt_of(task: Task) -> str:
        if not is_puzzle(task):
            return plain_prompt(f"{task.question}{lettered(task.options)}", language)
        if rules == "full":
            return task.question
        entry = entry_of_task(task)
        puzzle = puzzle_of(entry.task)
        instance = None if task.images else puzzle.text(puzzle.load(entry.metadata["state"]))
        said = titled_prompt if rules == "title" else short_prompt
        return said(puzzle.title, instance, language)

    return prompt_of
