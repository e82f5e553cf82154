"""Reading the answer to a task, and comparing it with the one that is stored."""

from dataclasses import dataclass

from asterism.answers.options import read_option
from asterism.answers.reading import Reading
from asterism.answers.short.stored import read_short, stored
from asterism.answers.truth import read_truth, truth_label
from asterism.answers.words import read_open
from asterism.core.errors import AsterismError
from asterism.core.task import Task

_TRUTH_WORDS = frozenset({"true", "false", "yes", "no"})


@dataclass(frozen=True, slots=True)
class Grade:
    """Whether an answer is right, and how it was read.

    ``correct`` is None where no comparison can tell (open questions, puzzles with a verifier); an answer that
    cannot be read is not correct.
    """

    correct: bool | None
    reading: Reading


def read_answer(task: Task, text: str) -> Reading:
    """The answer that a completion gives to a task, read by the task's kind.

    A ``short`` task is read by the type of its stored answer (:mod:`asterism.answers.short`); a reading that equals
    it has the stored answer's text as its value.

    Raises:
        WorkerFaultError: the process that compares mathematics failed.
    """
    match task.kind:
        case "tfq":
            return read_truth(text)
        case "mcq":
            return read_option(text, task.options)
        case "short":
            return _read_short(task, text)
        case _:
            return read_open(text)


def grade(task: Task, text: str) -> Grade:
    """The completion's answer compared with the task's.

    Raises:
        AsterismError: the stored answer cannot be read (the task is named).
        WorkerFaultError: the process that compares mathematics failed.
    """
    if task.kind not in ("tfq", "mcq", "short"):
        return Grade(None, read_answer(task, text))
    gold = gold_value(task)
    reading = read_answer(task, text)
    return Grade(reading.value == gold, reading)


def gold_value(task: Task) -> str:
    """The stored answer of a ``tfq``, ``mcq`` or ``short`` task as the value that a right reading has.

    Raises:
        AsterismError: there is none, or it cannot be read (the task is named).
    """
    label = "" if task.answer is None else str(task.answer)
    match task.kind:
        case "tfq":
            value = truth_label(label)
        case "mcq":
            value = read_option(f"<answer>{label}</answer>", task.options).value
        case "short":
            value = _short_gold(label)
        case _:
            value = None
    if not value:
        raise AsterismError(
            f"the stored answer {label[:80]!r} cannot be read as the answer to a {task.kind} task",
            where=f"task {task.id}",
            remedy=_REMEDIES.get(task.kind, "Only tfq, mcq and short tasks have an answer to compare with."),
        )
    return value


_REMEDIES = {
    "tfq": "Store T or F (True, False, yes, no, 1, 0 are accepted too).",
    "mcq": "Store the letter or the exact text of one of the options.",
    "short": "Store a number or a short text.",
}


def _short_gold(label: str) -> str | None:
    return truth_label(label) if _is_truth(label) else stored(label).text


def _read_short(task: Task, text: str) -> Reading:
    label = "" if task.answer is None else str(task.answer)
    return read_truth(text) if _is_truth(label) else read_short(text, label)


def _is_truth(label: str) -> bool:
    return label.strip(" .\n").lower() in _TRUTH_WORDS
