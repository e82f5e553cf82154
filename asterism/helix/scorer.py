"""The benchmark as `asterism eval` measures it: the verifier's verdicts, and what they come to as the paper counts.

The figure of a task is the mean over its instances, the overall figure the mean over tasks (see
:mod:`asterism.helix.score`, which scores a file of answers in the same way).
"""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import ClassVar

from asterism.core.results.prediction import Prediction
from asterism.core.results.result import Result
from asterism.core.results.summary import Baseline, Breakdown, Condition, PairedDifference
from asterism.core.seeds import rng_for
from asterism.core.task import Kind, Task
from asterism.evaluate import units
from asterism.evaluate.bench import grade_prediction, unanswered
from asterism.evaluate.intervals import Estimate
from asterism.evaluate.paired import NamedRun, paired_difference
from asterism.evaluate.units import Scored
from asterism.helix.answer_readers import final_answer
from asterism.helix.catalogue import puzzle_of
from asterism.helix.entry import verify_answer
from asterism.helix.records import entry_of_task
from asterism.helix.score import UNANSWERED, Graded, Score, in_pairs, mean_of_tasks, summarise


@dataclass(frozen=True, slots=True)
class PuzzleSummary:
    """One run over puzzles; ``score.overall`` is the mean of tasks."""

    score: Score
    shares: Mapping[str, float]
    n_questions: int

    def condition(self, title: str = "") -> Condition:
        """The form in which ``summary.json`` holds it."""
        return Condition(
            {"accuracy": self.score.overall},
            title,
            {"questions": self.n_questions},
            self.shares,
            breakdowns=(
                Breakdown("accuracy", "category", self.score.categories),
                Breakdown("accuracy", "task", self.score.tasks),
            ),
            reasons=self.score.reasons,
        )


@dataclass(frozen=True, slots=True)
class PuzzleScorer:
    """Scores puzzles of this wing by their verifiers.

    Of two orders of one instance (see `asterism helix bench write --both-orders`) both must be right, or neither is.
    """

    kind: ClassVar[Kind] = "verified"
    needs_answer: ClassVar[bool] = False
    counts_unscored: ClassVar[bool] = False
    has_options: ClassVar[bool] = False

    def grade(self, task: Task, prediction: Prediction) -> Result:
        """What the verifier says of the completion.

        Raises:
            AsterismError: the task is no puzzle of this wing.
        """
        if prediction.failure:
            return grade_prediction(task, prediction)
        if prediction.truncated:
            return unanswered(task, prediction)
        verdict = verify_answer(prediction.completion, entry_of_task(task))
        return Result(
            id=prediction.id,
            sample=prediction.sample,
            completion=prediction.completion,
            answer=final_answer(prediction.completion) or None,
            reason=verdict.code,
            score=float(verdict.right),
            parts={"accuracy": float(verdict.right)},
            seconds=prediction.seconds,
            tokens=prediction.tokens,
            truncated=prediction.truncated,
        )

    def summarise(
        self, tasks: Sequence[Task], results: Sequence[Result], *, cluster_key: str | None = None, seed: int = 0
    ) -> PuzzleSummary:
        """All measures of one run; instances are the clusters, and ``cluster_key`` names others.

        Raises:
            AsterismError: tasks and results do not match, or a task is no puzzle of this wing.
        """
        scored = units.join(tasks, results)
        return PuzzleSummary(
            summarise(graded(scored, cluster_key), seed=seed),
            units.shares(scored),
            len({item.task.id for item in scored}),
        )

    def constants(self, tasks: Sequence[Task], *, cluster_key: str | None = None) -> dict[str, Baseline]:
        """What answers of the right form reach that were given without thinking (:meth:`Puzzle.guess`)."""
        guesses = [Result(task.id, 0, guess, guess, *_verdict_of(task, guess)) for task, guess in map(_guess, tasks)]
        found = self.summarise(tasks, guesses, cluster_key=cluster_key)
        return {"random_answer": Baseline({"accuracy": found.score.overall.value})}

    def compare(
        self, tasks: Sequence[Task], a: NamedRun, b: NamedRun, *, cluster_key: str | None = None, seed: int = 0
    ) -> list[PairedDifference]:
        """The paired difference ``a - b`` in the share of instances that are right.

        Raises:
            AsterismError: the runs do not hold the same tasks and samples.
        """
        return paired_difference("accuracy", tasks, a, b, units.statements, cluster_key=cluster_key, seed=seed)

    def breakdowns(
        self, tasks: Sequence[Task], results: Sequence[Result], *, cluster_key: str | None = None, seed: int = 0
    ) -> list[Breakdown]:
        """Accuracy by category, level and task."""
        found = graded(units.join(tasks, results), cluster_key)
        parts: tuple[tuple[str, Callable[[Graded], str]], ...] = (
            ("category", lambda each: each.category),
            ("level", lambda each: str(each.level)),
            ("task", lambda each: each.task),
        )
        return [Breakdown("accuracy", name, _cells(found, key, seed)) for name, key in parts]


def graded(scored: Sequence[Scored], cluster_key: str | None) -> list[Graded]:
    """Scored results as the wing's own scorer counts them, with the rule for pairs."""
    return in_pairs([_graded(item, cluster_key) for item in scored])


def _graded(item: Scored, cluster_key: str | None) -> Graded:
    entry, sample = entry_of_task(item.task), item.result.sample
    pair = entry.metadata.get("pair", "")
    instance = pair or entry.fingerprint
    return Graded(
        id=f"{item.task.id}#{sample}",
        task=entry.task,
        category=entry.metadata["category"],
        level=entry.metadata["level"],
        instance=instance if cluster_key is None else units.cluster_of(item.task, cluster_key),
        reason=UNANSWERED if item.result.failed else item.result.reason,
        pair=f"{pair}#{sample}" if pair else "",
    )


def _cells(found: Sequence[Graded], key: Callable[[Graded], str], seed: int) -> dict[str, Estimate]:
    groups: dict[str, list[Graded]] = {}
    for each in found:
        groups.setdefault(key(each), []).append(each)
    return {name: mean_of_tasks(part, seed=seed) for name, part in sorted(groups.items())}


def _guess(task: Task) -> tuple[Task, str]:
    entry = entry_of_task(task)
    puzzle = puzzle_of(entry.task)
    return task, puzzle.guess(puzzle.load(entry.metadata["state"]), rng_for("guess", task.id))


def _verdict_of(task: Task, answer: str) -> tuple[str, float]:
    verdict = verify_answer(answer, entry_of_task(task))
    return verdict.code, float(verdict.right)
