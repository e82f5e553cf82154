"""TFQ-Bench: how well statements about pictures are judged (MetaphorStar, arXiv 2602.10575, evaluation).

The paper's metric is *all-correct*: a picture counts only when every statement about it is judged right. Accuracy per
statement, twin pairs, and what constant answers would reach stand beside it, each with a clustered interval.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Literal, get_args

import numpy as np

from asterism.answers.grade import gold_value
from asterism.core.results.summary import Baseline, Breakdown, Condition, PairedDifference
from asterism.core.task import Task
from asterism.evaluate import units
from asterism.evaluate.baselines import TRUTHS, constant_results, majority_truth
from asterism.evaluate.intervals import Estimate, Floats, bootstrap, cluster_sums
from asterism.evaluate.result import Result
from asterism.evaluate.units import Scored, UnitsOf

Metric = Literal["per_statement", "all_correct", "twin_pairs"]
METRICS: tuple[Metric, ...] = get_args(Metric)

CONSTANT_TITLES = {
    "always_true": "always “true”",
    "always_false": "always “false”",
    "majority": "majority answer",
}
"""What a person reads for the names of :func:`constants`."""

_UNITS: Mapping[Metric, UnitsOf] = {
    "per_statement": units.statements,
    "all_correct": units.pictures,
    "twin_pairs": units.twin_pairs,
}


@dataclass(frozen=True, slots=True)
class TruthSummary:
    """One run over true/false statements. Shares are of all results, samples counted one by one.

    ``twin_pairs`` is None where no twins were measured. A missing completion counts as wrong in every metric and in
    ``share_failed``; ``share_unreadable`` is of completions in which no answer could be read.
    """

    per_statement: Estimate
    balanced: Estimate
    all_correct: Estimate
    twin_pairs: Estimate | None
    by_level: Mapping[str, Estimate]
    share_true: float
    share_unreadable: float
    share_truncated: float
    share_failed: float
    n_statements: int
    n_images: int

    def condition(self, title: str = "") -> Condition:
        """The form in which ``summary.json`` holds it."""
        metrics = {
            "per_statement": self.per_statement,
            "balanced": self.balanced,
            "all_correct": self.all_correct,
            **({} if self.twin_pairs is None else {"twin_pairs": self.twin_pairs}),
        }
        counts = {
            "statements": self.n_statements,
            "images": self.n_images,
            "twin_pairs": self.twin_pairs.n if self.twin_pairs else 0,
        }
        shares = {"unreadable": self.share_unreadable, "truncated": self.share_truncated, "failed": self.share_failed}
        levels = (Breakdown("per_statement", "level", self.by_level),) if self.by_level else ()
        return Condition(metrics, title, counts, shares, {"T": self.share_true}, levels)

    def baseline(self, title: str = "") -> Baseline:
        """The same figures as those of a rule that looks at no image."""
        return Baseline({name: entry.value for name, entry in self.condition().metrics.items()}, title)


def summarise(
    tasks: Sequence[Task], results: Sequence[Result], *, cluster_key: str | None = None, seed: int = 0
) -> TruthSummary:
    """All measures of one run over ``tfq`` tasks.

    Args:
        tasks: the tasks measured; for an arm with shuffled or no pictures, either the original tasks or the altered.
        results: one per task and sample.
        cluster_key: the ``meta`` entry whose statements stand or fall together; the picture when None.
        seed: of the bootstrap.

    Raises:
        AsterismError: tasks and results do not match, or a task has no such meta entry.
        ValueError: there are no tasks.
    """
    scored = units.join(tasks, results)
    if not scored:
        raise ValueError("a summary needs at least one task")
    per_statement = units.estimate(units.statements(scored, cluster_key), seed=seed)
    all_correct = units.estimate(units.pictures(scored, cluster_key), seed=seed)
    assert per_statement is not None
    assert all_correct is not None
    return TruthSummary(
        per_statement=per_statement,
        balanced=_balanced(scored, per_statement, cluster_key, seed),
        all_correct=all_correct,
        twin_pairs=units.estimate(units.twin_pairs(scored, cluster_key), seed=seed),
        by_level=_by_level(scored, cluster_key, seed),
        share_true=units.share(scored, lambda result: result.answer == "T"),
        share_unreadable=units.share(scored, lambda result: result.answer is None and not result.failed),
        share_truncated=units.share(scored, lambda result: result.truncated),
        share_failed=units.share(scored, lambda result: result.failed),
        n_statements=len({item.task.id for item in scored}),
        n_images=len({units.picture_of(item.task) for item in scored}),
    )


def constants(tasks: Sequence[Task], *, cluster_key: str | None = None) -> dict[str, TruthSummary]:
    """What the readers ``always_true``, ``always_false`` and ``majority`` reach, who look at nothing.

    ``majority`` knows which truth value is the more frequent among these very tasks.
    """
    answers = {"always_true": "T", "always_false": "F", "majority": majority_truth(tasks)}
    return {
        name: summarise(tasks, constant_results(tasks, answer), cluster_key=cluster_key)
        for name, answer in answers.items()
    }


def compare(
    tasks: Sequence[Task],
    a: tuple[str, Sequence[Result]],
    b: tuple[str, Sequence[Result]],
    *,
    cluster_key: str | None = None,
    seed: int = 0,
) -> list[PairedDifference]:
    """Paired differences ``a - b`` of two named runs, one for each metric that applies.

    Raises:
        AsterismError: the runs do not hold the same tasks and samples.
    """
    first, second = units.join(tasks, a[1]), units.join(tasks, b[1])
    found = []
    for metric, units_of in _UNITS.items():
        gap = units.difference(units_of(first, cluster_key), units_of(second, cluster_key), seed=seed)
        if gap is not None:
            found.append(PairedDifference(a[0], b[0], metric, gap))
    return found


def _by_level(scored: Sequence[Scored], cluster_key: str | None, seed: int) -> dict[str, Estimate]:
    groups: dict[str, list[Scored]] = {}
    for item in scored:
        if item.task.meta.get("level") is not None:
            groups.setdefault(str(item.task.meta["level"]), []).append(item)
    found = {level: units.estimate(units.statements(part, cluster_key), seed=seed) for level, part in groups.items()}
    return {level: entry for level, entry in found.items() if entry is not None}


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
