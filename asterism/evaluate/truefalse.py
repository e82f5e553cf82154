"""True/false statements about images: accuracy, and whether everything said about an image was judged right.

*all-correct* (the metric of TFQ-Bench, arXiv 2602.10575) counts an image only when every statement about it is judged
right. Accuracy per statement, and what constant answers would reach, stand beside it, each with a clustered interval.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import ClassVar

import numpy as np

from asterism.answers.grade import gold_value
from asterism.core.results.prediction import Prediction
from asterism.core.results.result import Result
from asterism.core.results.summary import Baseline, Breakdown, Condition, PairedDifference
from asterism.core.task import Kind, Task
from asterism.evaluate import units
from asterism.evaluate.baselines import TRUTHS, constant_results, majority_truth
from asterism.evaluate.bench import grade_prediction
from asterism.evaluate.breakdowns import break_down
from asterism.evaluate.intervals import Estimate, Floats, bootstrap, cluster_sums
from asterism.evaluate.paired import NamedRun, paired_difference
from asterism.evaluate.units import Scored, UnitsOf

CONSTANT_TITLES = {
    "always_true": "always “true”",
    "always_false": "always “false”",
    "majority": "majority answer",
}
"""What a person reads for the names of the readers who look at nothing."""


@dataclass(frozen=True, slots=True)
class TruthSummary:
    """One run over true/false statements.

    ``more`` holds the further metrics of a bench; one of them is None where the tasks have nothing of that sort. A
    missing completion counts as wrong in every metric and in ``shares["failed"]``.
    """

    per_statement: Estimate
    balanced: Estimate
    all_correct: Estimate
    more: Mapping[str, Estimate | None]
    by_level: Mapping[str, Estimate]
    share_true: float
    shares: Mapping[str, float]
    n_statements: int
    n_images: int

    def condition(self, title: str = "") -> Condition:
        """The form in which ``summary.json`` holds it; a further metric of which there is nothing is left out."""
        further = {name: entry for name, entry in self.more.items() if entry is not None}
        metrics = {
            "per_statement": self.per_statement,
            "balanced": self.balanced,
            "all_correct": self.all_correct,
            **further,
        }
        counts = {
            "statements": self.n_statements,
            "images": self.n_images,
            **{name: entry.n for name, entry in further.items()},
        }
        levels = (Breakdown("per_statement", "level", self.by_level),) if self.by_level else ()
        return Condition(metrics, title, counts, self.shares, {"T": self.share_true}, levels)

    def baseline(self, title: str = "") -> Baseline:
        """The same figures as those of a reader who looks at no image."""
        return Baseline({name: entry.value for name, entry in self.condition().metrics.items()}, title)


@dataclass(frozen=True, slots=True)
class Statements:
    """Scores ``tfq`` tasks.

    ``more`` are further metrics by name, each with the units it counts; ``level`` is the ``meta`` entry by which
    accuracy is also given; ``labels`` are the ``meta`` entries of the breakdowns.
    """

    more: Mapping[str, UnitsOf] = field(default_factory=dict)
    level: str | None = None
    labels: tuple[str, ...] = ()
    kind: ClassVar[Kind] = "tfq"
    needs_answer: ClassVar[bool] = True
    counts_unscored: ClassVar[bool] = False
    has_options: ClassVar[bool] = False

    def grade(self, task: Task, prediction: Prediction) -> Result:
        """The truth value that was read against the stored one."""
        return grade_prediction(task, prediction)

    def summarise(
        self, tasks: Sequence[Task], results: Sequence[Result], *, cluster_key: str | None = None, seed: int = 0
    ) -> TruthSummary:
        """All measures of one run.

        Args:
            tasks: those measured; of an arm with shuffled images or none, either the original tasks or the altered.
            results: one per task and sample.
            cluster_key: the ``meta`` entry whose statements stand or fall together; the image when None.
            seed: of the bootstrap.

        Raises:
            AsterismError: tasks and results do not match, or a task has no such meta entry.
            ValueError: there are no tasks.
        """
        scored = units.join(tasks, results)
        if not scored:
            raise ValueError("a summary needs at least one task")
        per_statement = units.estimate(units.statements(scored, cluster_key), seed=seed)
        all_correct = units.estimate(units.images(scored, cluster_key), seed=seed)
        assert per_statement is not None
        assert all_correct is not None
        return TruthSummary(
            per_statement=per_statement,
            balanced=_balanced(scored, per_statement, cluster_key, seed),
            all_correct=all_correct,
            more={
                name: units.estimate(units_of(scored, cluster_key), seed=seed) for name, units_of in self.more.items()
            },
            by_level=self._by_level(scored, cluster_key, seed),
            share_true=units.share(scored, lambda result: result.answer == "T"),
            shares=units.shares(scored),
            n_statements=len({item.task.id for item in scored}),
            n_images=len({units.image_of(item.task) for item in scored}),
        )

    def readers(self, tasks: Sequence[Task], *, cluster_key: str | None = None) -> dict[str, TruthSummary]:
        """What the readers ``always_true``, ``always_false`` and ``majority`` reach, who look at nothing.

        ``majority`` knows which truth value is the more frequent among these very tasks.
        """
        answers = {"always_true": "T", "always_false": "F", "majority": majority_truth(tasks)}
        return {
            name: self.summarise(tasks, constant_results(tasks, answer), cluster_key=cluster_key)
            for name, answer in answers.items()
        }

    def constants(self, tasks: Sequence[Task], *, cluster_key: str | None = None) -> dict[str, Baseline]:
        """The readers who look at nothing, as ``summary.json`` holds them."""
        found = self.readers(tasks, cluster_key=cluster_key)
        return {name: entry.baseline(CONSTANT_TITLES[name]) for name, entry in found.items()}

    def compare(
        self, tasks: Sequence[Task], a: NamedRun, b: NamedRun, *, cluster_key: str | None = None, seed: int = 0
    ) -> list[PairedDifference]:
        """Paired differences ``a - b``, one for each metric that applies.

        Raises:
            AsterismError: the runs do not hold the same tasks and samples.
        """
        metrics: Mapping[str, UnitsOf] = {
            "per_statement": units.statements,
            "all_correct": units.images,
            **self.more,
        }
        return [
            gap
            for name, units_of in metrics.items()
            for gap in paired_difference(name, tasks, a, b, units_of, cluster_key=cluster_key, seed=seed)
        ]

    def breakdowns(
        self, tasks: Sequence[Task], results: Sequence[Result], *, cluster_key: str | None = None, seed: int = 0
    ) -> list[Breakdown]:
        """Both main metrics by label; statements about one image are of several levels, so whole images have none."""
        scored = units.join(tasks, results)
        whole = tuple(label for label in self.labels if label != self.level)
        return [
            *break_down("per_statement", scored, units.statements, self.labels, cluster_key, seed=seed),
            *break_down("all_correct", scored, units.images, whole, cluster_key, seed=seed),
        ]

    def _by_level(self, scored: Sequence[Scored], cluster_key: str | None, seed: int) -> dict[str, Estimate]:
        groups: dict[str, list[Scored]] = {}
        for item in scored:
            level = None if self.level is None else item.task.meta.get(self.level)
            if level is not None:
                groups.setdefault(str(level), []).append(item)
        found = {name: units.estimate(units.statements(part, cluster_key), seed=seed) for name, part in groups.items()}
        return {name: entry for name, entry in found.items() if entry is not None}


def _balanced(scored: Sequence[Scored], plain: Estimate, cluster_key: str | None, seed: int) -> Estimate:
    """The mean of the shares right among true and among false statements (of those kinds that occur)."""
    gold = [gold_value(item.task) for item in scored]
    kinds = np.array([[value == truth for truth in TRUTHS] for value in gold], dtype=np.float64)  # [n, 2]
    right = kinds * np.array([[item.value] for item in scored])
    columns = np.concatenate([right, kinds], axis=1)  # [n, 4]: right and all, true and false
    table = cluster_sums(columns, _labels(scored, cluster_key))
    value = float(_mean_recall(table.sum(axis=0)))
    if plain.clusters == 1 or plain.value in (0.0, 1.0):
        return Estimate(value, min(value, plain.low), max(value, plain.high), plain.n, plain.clusters)
    low, high = bootstrap(table, _mean_recall, seed=seed)
    return Estimate(value, low, high, plain.n, plain.clusters)


def _labels(scored: Sequence[Scored], cluster_key: str | None) -> list[str]:
    return [units.cluster_of(item.task, cluster_key) for item in scored]


def _mean_recall(sums: Floats) -> Floats:
    """Column sums ``[..., 4]`` to the mean of right / all over the kinds that occur; not a number where none does."""
    occurs = sums[..., 2:] > 0
    recall = np.where(occurs, sums[..., :2] / np.where(occurs, sums[..., 2:], 1.0), 0.0)
    return np.asarray(recall.sum(axis=-1) / occurs.sum(axis=-1))
