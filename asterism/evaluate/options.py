"""Multiple choice: accuracy beside what a reader reaches who never looks at the picture."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from asterism.answers.grade import gold_value
from asterism.core.errors import AsterismError
from asterism.core.results.summary import Baseline, Condition, PairedDifference
from asterism.core.task import Task
from asterism.evaluate import units
from asterism.evaluate.intervals import Estimate
from asterism.evaluate.result import Result

LETTERS = "ABCDEFGHIJ"


@dataclass(frozen=True, slots=True)
class OptionConstants:
    """What blind rules reach: the longest option, one and the same letter, a throw of the dice.

    ``longest`` takes the first of the options with the most characters; ``most_frequent`` is the letter that is right
    most often among these very tasks.
    """

    longest: float
    most_frequent: str
    by_letter: Mapping[str, float]
    chance: float

    def baselines(self) -> dict[str, Baseline]:
        """The form in which ``summary.json`` holds them."""
        found = {
            "longest_option": self.longest,
            f"most_frequent_letter ({self.most_frequent})": self.by_letter[self.most_frequent],
            **{f"always_{letter}": value for letter, value in self.by_letter.items()},
            "chance": self.chance,
        }
        return {name: Baseline({"accuracy": value}) for name, value in found.items()}


@dataclass(frozen=True, slots=True)
class OptionSummary:
    """One run over multiple-choice questions; shares are of all results."""

    accuracy: Estimate
    share_by_letter: Mapping[str, float]
    share_unreadable: float
    share_truncated: float
    share_failed: float
    n_questions: int
    n_images: int

    def condition(self, title: str = "") -> Condition:
        """The form in which ``summary.json`` holds it."""
        counts = {"questions": self.n_questions, "images": self.n_images}
        shares = {"unreadable": self.share_unreadable, "truncated": self.share_truncated, "failed": self.share_failed}
        return Condition({"accuracy": self.accuracy}, title, counts, shares, self.share_by_letter)


def summarise(
    tasks: Sequence[Task], results: Sequence[Result], *, cluster_key: str | None = None, seed: int = 0
) -> OptionSummary:
    """All measures of one run over ``mcq`` tasks.

    Raises:
        AsterismError: tasks and results do not match.
        ValueError: there are no tasks.
    """
    scored = units.join(tasks, results)
    accuracy = units.estimate(units.statements(scored, cluster_key), seed=seed)
    if accuracy is None:
        raise ValueError("a summary needs at least one task")
    given = [item.result.answer for item in scored]
    return OptionSummary(
        accuracy=accuracy,
        share_by_letter={letter: given.count(letter) / len(given) for letter in _letters(tasks)},
        share_unreadable=units.share(scored, lambda result: result.answer is None and not result.failed),
        share_truncated=units.share(scored, lambda result: result.truncated),
        share_failed=units.share(scored, lambda result: result.failed),
        n_questions=len({item.task.id for item in scored}),
        n_images=len({units.picture_of(item.task) for item in scored}),
    )


def constants(tasks: Sequence[Task]) -> OptionConstants:
    """What the blind rules reach on these tasks.

    Raises:
        AsterismError: a task has no options, or more than there are letters for.
        ValueError: there are no tasks.
    """
    if not tasks:
        raise ValueError("constant answers need at least one task")
    for task in tasks:
        if not 0 < len(task.options) <= len(LETTERS):
            raise AsterismError(
                f"{len(task.options)} options, where 1 to {len(LETTERS)} are meant",
                where=task.id,
                remedy="Give a multiple-choice record.",
            )
    letters = _letters(tasks)
    gold = [gold_value(task) for task in tasks]
    by_letter = {letter: gold.count(letter) / len(tasks) for letter in letters}
    return OptionConstants(
        longest=sum(_longest(task) == right for task, right in zip(tasks, gold, strict=True)) / len(tasks),
        most_frequent=max(letters, key=lambda letter: by_letter[letter]),
        by_letter=by_letter,
        chance=sum(1 / len(task.options) for task in tasks) / len(tasks),
    )


def compare(
    tasks: Sequence[Task],
    a: tuple[str, Sequence[Result]],
    b: tuple[str, Sequence[Result]],
    *,
    cluster_key: str | None = None,
    seed: int = 0,
) -> PairedDifference:
    """The paired difference ``a - b`` in accuracy of two named runs over the same tasks.

    Raises:
        AsterismError: the runs do not hold the same tasks and samples, or there are none.
    """
    first, second = (units.statements(units.join(tasks, run[1]), cluster_key) for run in (a, b))
    gap = units.difference(first, second, seed=seed)
    if gap is None:
        raise AsterismError("there is nothing to compare", remedy="Measure at least one record.")
    return PairedDifference(a[0], b[0], "accuracy", gap)


def _letters(tasks: Sequence[Task]) -> str:
    return LETTERS[: max((len(task.options) for task in tasks), default=0)]


def _longest(task: Task) -> str:
    lengths = [len(option) for option in task.options]
    return LETTERS[lengths.index(max(lengths))]
