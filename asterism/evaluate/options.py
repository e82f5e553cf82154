"""Multiple choice: accuracy beside what a reader reaches who never looks at the image."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import ClassVar

from asterism.answers.grade import gold_value
from asterism.answers.options import LETTERS
from asterism.core.errors import AsterismError
from asterism.core.results.prediction import Prediction
from asterism.core.results.result import Result
from asterism.core.results.summary import Baseline, Breakdown, Condition, PairedDifference
from asterism.core.task import Kind, Task
from asterism.evaluate import units
from asterism.evaluate.bench import grade_prediction
from asterism.evaluate.breakdowns import break_down
from asterism.evaluate.intervals import Estimate
from asterism.evaluate.paired import NamedRun, paired_difference


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
    shares: Mapping[str, float]
    n_questions: int
    n_images: int

    def condition(self, title: str = "") -> Condition:
        """The form in which ``summary.json`` holds it."""
        counts = {"questions": self.n_questions, "images": self.n_images}
        return Condition({"accuracy": self.accuracy}, title, counts, self.shares, self.share_by_letter)


@dataclass(frozen=True, slots=True)
class Choices:
    """Scores ``mcq`` tasks; ``labels`` are the ``meta`` entries of the breakdowns."""

    labels: tuple[str, ...] = ()
    kind: ClassVar[Kind] = "mcq"
    needs_answer: ClassVar[bool] = True
    counts_unscored: ClassVar[bool] = False
    has_options: ClassVar[bool] = True

    def grade(self, task: Task, prediction: Prediction) -> Result:
        """The option that was read against the stored one."""
        return grade_prediction(task, prediction)

    def summarise(
        self, tasks: Sequence[Task], results: Sequence[Result], *, cluster_key: str | None = None, seed: int = 0
    ) -> OptionSummary:
        """All measures of one run.

        Raises:
            AsterismError: tasks and results do not match.
            ValueError: there are no tasks.
        """
        scored = units.join(tasks, results)
        given = [item.result.answer for item in scored]
        return OptionSummary(
            accuracy=units.accuracy(scored, cluster_key, seed=seed),
            share_by_letter={letter: given.count(letter) / len(given) for letter in _letters(tasks)},
            shares=units.shares(scored),
            n_questions=len({item.task.id for item in scored}),
            n_images=len({units.image_of(item.task) for item in scored}),
        )

    def constants(self, tasks: Sequence[Task], *, cluster_key: str | None = None) -> dict[str, Baseline]:
        """The blind rules, as ``summary.json`` holds them."""
        return constants(tasks).baselines()

    def compare(
        self, tasks: Sequence[Task], a: NamedRun, b: NamedRun, *, cluster_key: str | None = None, seed: int = 0
    ) -> list[PairedDifference]:
        """The paired difference ``a - b`` in accuracy.

        Raises:
            AsterismError: the runs do not hold the same tasks and samples.
        """
        return paired_difference("accuracy", tasks, a, b, units.statements, cluster_key=cluster_key, seed=seed)

    def breakdowns(
        self, tasks: Sequence[Task], results: Sequence[Result], *, cluster_key: str | None = None, seed: int = 0
    ) -> list[Breakdown]:
        """Accuracy by label."""
        scored = units.join(tasks, results)
        return break_down("accuracy", scored, units.statements, self.labels, cluster_key, seed=seed)


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


def _letters(tasks: Sequence[Task]) -> str:
    return LETTERS[: max((len(task.options) for task in tasks), default=0)]


def _longest(task: Task) -> str:
    lengths = [len(option) for option in task.options]
    return LETTERS[lengths.index(max(lengths))]
