"""Tasks that are right or wrong by a stored answer, or judged by a reward: accuracy or mean reward, also by family."""

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import ClassVar, Literal

from asterism.answers.grade import gold_value
from asterism.core.results.estimate import SHARE
from asterism.core.results.prediction import Prediction
from asterism.core.results.result import Result
from asterism.core.results.summary import Baseline, Breakdown, Condition, PairedDifference
from asterism.core.reward import RewardFunction
from asterism.core.task import Kind, Task
from asterism.core.trajectory import Segment, Status, Trajectory
from asterism.evaluate import units
from asterism.evaluate.bench import grade_prediction, rewarded
from asterism.evaluate.intervals import Estimate
from asterism.evaluate.paired import NamedRun, paired_difference
from asterism.evaluate.units import Scored

Metric = Literal["accuracy", "reward"]


@dataclass(frozen=True, slots=True)
class AccuracySummary:
    """One run; ``share_ungraded`` is of results without a score that have a completion.

    ``metric`` says what ``accuracy`` and ``by_family`` are: the share right, or the mean reward, where no reward has a
    part ``accuracy``.
    """

    accuracy: Estimate
    by_family: Mapping[str, Estimate]
    share_ungraded: float
    shares: Mapping[str, float]
    n_questions: int
    metric: Metric = "accuracy"

    @classmethod
    def of(
        cls, scored: Sequence[Scored], cluster_key: str | None, seed: int, metric: Metric = "accuracy"
    ) -> "AccuracySummary":
        """The summary of scored results.

        Raises:
            ValueError: there are none.
        """
        families: dict[str, list[Scored]] = {}
        for item in scored:
            families.setdefault(item.task.family, []).append(item)

        def figure(part: Sequence[Scored]) -> Estimate:
            return units.accuracy(part, cluster_key, bounds=None if metric == "reward" else SHARE, seed=seed)

        return cls(
            accuracy=figure(scored),
            by_family={name: figure(families[name]) for name in sorted(families)},
            share_ungraded=units.share(scored, lambda result: result.score is None and not result.failed),
            shares=units.shares(scored),
            n_questions=len({item.task.id for item in scored}),
            metric=metric,
        )

    def condition(self, title: str = "") -> Condition:
        """The form in which ``summary.json`` holds it."""
        families = (Breakdown(self.metric, "family", self.by_family),) if any(self.by_family) else ()
        shares = {"ungraded": self.share_ungraded, **self.shares}
        counts = {"questions": self.n_questions}
        return Condition({self.metric: self.accuracy}, title, counts, shares, breakdowns=families)


@dataclass(frozen=True, slots=True)
class ShortAnswers:
    """Scores ``short`` tasks by their stored answers."""

    kind: ClassVar[Kind] = "short"
    needs_answer: ClassVar[bool] = True
    counts_unscored: ClassVar[bool] = False
    has_options: ClassVar[bool] = False

    def grade(self, task: Task, prediction: Prediction) -> Result:
        """The number, truth value or words that were read against the stored ones."""
        return grade_prediction(task, prediction)

    def summarise(
        self, tasks: Sequence[Task], results: Sequence[Result], *, cluster_key: str | None = None, seed: int = 0
    ) -> AccuracySummary:
        """All measures of one run.

        Raises:
            AsterismError: tasks and results do not match.
            ValueError: there are no tasks.
        """
        return AccuracySummary.of(units.join(tasks, results), cluster_key, seed)

    def constants(self, tasks: Sequence[Task], *, cluster_key: str | None = None) -> dict[str, Baseline]:
        """What a reader reaches who always gives the answer that is right most often among these very tasks."""
        counts = Counter(gold_value(task) for task in tasks)
        answer, count = min(counts.items(), key=lambda item: (-item[1], item[0]))
        return {f"most_frequent_answer ({answer[:20]})": Baseline({"accuracy": count / len(tasks)})}

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
        """None: each condition holds its figures by family."""
        return []


@dataclass(frozen=True, slots=True)
class Verified:
    """Scores ``verified`` tasks by the part ``accuracy`` of their reward; a reward without it is a score itself.

    Where a reward failed or abstained there is no score; the result counts as wrong and in ``share_ungraded``.
    """

    reward: RewardFunction
    kind: ClassVar[Kind] = "verified"
    needs_answer: ClassVar[bool] = False
    counts_unscored: ClassVar[bool] = False
    has_options: ClassVar[bool] = False

    def grade(self, task: Task, prediction: Prediction) -> Result:
        """What the reward says of the completion."""
        if prediction.failure:
            return grade_prediction(task, prediction)
        said = Segment("model", prediction.token_ids, prediction.completion)
        status = Status.TRUNCATED_LENGTH if prediction.truncated else Status.COMPLETED
        (reward,) = self.reward(task, [Trajectory((said,), status)])
        return rewarded(task, prediction, reward)

    def summarise(
        self, tasks: Sequence[Task], results: Sequence[Result], *, cluster_key: str | None = None, seed: int = 0
    ) -> AccuracySummary:
        """All measures of one run.

        Raises:
            AsterismError: tasks and results do not match.
            ValueError: there are no tasks.
        """
        metric = metric_of(results)
        return AccuracySummary.of(units.join(tasks, comparable(results, metric)), cluster_key, seed, metric)

    def constants(self, tasks: Sequence[Task], *, cluster_key: str | None = None) -> dict[str, Baseline]:
        """None: no constant answer is known that a verifier would accept."""
        return {}

    def compare(
        self, tasks: Sequence[Task], a: NamedRun, b: NamedRun, *, cluster_key: str | None = None, seed: int = 0
    ) -> list[PairedDifference]:
        """The paired difference ``a - b`` in accuracy, or in the mean reward.

        Raises:
            AsterismError: the runs do not hold the same tasks and samples.
        """
        metric = metric_of([*a[1], *b[1]])
        first, second = ((name, comparable(results, metric)) for name, results in (a, b))
        bounds = None if metric == "reward" else (-1.0, 1.0)
        return paired_difference(
            metric, tasks, first, second, units.statements, cluster_key=cluster_key, bounds=bounds, seed=seed
        )

    def breakdowns(
        self, tasks: Sequence[Task], results: Sequence[Result], *, cluster_key: str | None = None, seed: int = 0
    ) -> list[Breakdown]:
        """None: each condition holds its figures by family."""
        return []


def metric_of(results: Sequence[Result]) -> Metric:
    """What the scores of a run are: rewards, where there are parts and none of them is called ``accuracy``."""
    parts = [result.parts for result in results if result.parts]
    return "accuracy" if not parts or any("accuracy" in each for each in parts) else "reward"


def comparable(results: Sequence[Result], metric: Metric) -> list[Result]:
    """The results, without a score where theirs would be a reward among accuracies."""
    if metric == "reward":
        return list(results)
    return [replace(each, score=None) if each.parts and "accuracy" not in each.parts else each for each in results]
