"""Tasks that a reward judges, alone or among others: accuracy or mean reward, overall and by family."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any, Literal

from asterism.answers.grade import read_answer
from asterism.core.reward import RewardFunction
from asterism.core.task import Task
from asterism.core.trajectory import Segment, Status, Trajectory
from asterism.evaluate import units
from asterism.evaluate.bench import grade_prediction
from asterism.evaluate.intervals import Estimate
from asterism.evaluate.prediction import Prediction
from asterism.evaluate.result import Result
from asterism.evaluate.truefalse import PairedDifference


@dataclass(frozen=True, slots=True)
class VerifiedSummary:
    """One run over verified tasks; shares are of all results.

    ``metric`` says what ``accuracy`` and ``by_family`` are: the share right, or, where no reward has a part
    ``accuracy``, the mean reward.
    """

    accuracy: Estimate
    by_family: Mapping[str, Estimate]
    share_ungraded: float
    share_truncated: float
    share_failed: float
    n_questions: int
    metric: Literal["accuracy", "reward"] = "accuracy"

    def as_json(self) -> dict[str, Any]:
        """The form that ``summary.json`` holds for one arm."""
        return {
            self.metric: self.accuracy.value,
            "n_questions": self.n_questions,
            "interval": {self.metric: list(self.accuracy.interval)},
            "by_family": {name: units.figure(each) for name, each in self.by_family.items()},
            "share_ungraded": self.share_ungraded,
            "share_truncated": self.share_truncated,
            "share_failed": self.share_failed,
        }


def grader(judge: RewardFunction) -> Callable[[Task, Prediction], Result]:
    """Grades ``verified`` tasks by the part ``accuracy`` of their reward, others by their stored answers.

    A reward without such a part is a score itself. A result whose reward failed or abstained has no score.
    """

    def graded(task: Task, prediction: Prediction) -> Result:
        if task.kind != "verified" or prediction.failure:
            return grade_prediction(task, prediction)
        said = Segment("model", prediction.token_ids, prediction.completion)
        status = Status.TRUNCATED_LENGTH if prediction.truncated else Status.COMPLETED
        (reward,) = judge(task, [Trajectory((said,), status)])
        return Result(
            id=prediction.id,
            sample=prediction.sample,
            completion=prediction.completion,
            answer=read_answer(task, prediction.completion).value,
            reason=reward.reason,
            score=reward.parts.get("accuracy", reward.value),
            parts=dict(reward.parts),
            seconds=prediction.seconds,
            tokens=prediction.tokens,
            truncated=prediction.truncated,
        )

    return graded


def summarise(
    tasks: Sequence[Task], results: Sequence[Result], *, cluster_key: str | None = None, seed: int = 0
) -> VerifiedSummary:
    """All measures of one run; a result without a score counts as wrong and in ``share_ungraded`` or ``share_failed``.

    Raises:
        AsterismError: tasks and results do not match.
        ValueError: there are no tasks.
    """
    metric = metric_of(results)
    scored = units.join(tasks, comparable(results, metric))
    accuracy = units.estimate(units.statements(scored, cluster_key), seed=seed)
    if accuracy is None:
        raise ValueError("a summary needs at least one task")
    families = sorted({item.task.family for item in scored})
    parts = {
        name: units.estimate(
            units.statements([item for item in scored if item.task.family == name], cluster_key), seed=seed
        )
        for name in families
    }
    return VerifiedSummary(
        accuracy=accuracy,
        by_family={name: each for name, each in parts.items() if each is not None},
        share_ungraded=units.share(scored, lambda result: result.score is None and not result.failed),
        share_truncated=units.share(scored, lambda result: result.truncated),
        share_failed=units.share(scored, lambda result: result.failed),
        n_questions=len({item.task.id for item in scored}),
        metric=metric,
    )


def metric_of(results: Sequence[Result]) -> Literal["accuracy", "reward"]:
    """What the scores of a run are: rewards, where there are parts and none of them is called ``accuracy``."""
    parts = [result.parts for result in results if result.parts]
    return "accuracy" if not parts or any("accuracy" in each for each in parts) else "reward"


def comparable(results: Sequence[Result], metric: str) -> list[Result]:
    """The results, those without a score whose score would be of another kind."""
    if metric == "reward":
        return list(results)
    return [replace(each, score=None) if each.parts and "accuracy" not in each.parts else each for each in results]


def compare(
    tasks: Sequence[Task],
    a: tuple[str, Sequence[Result]],
    b: tuple[str, Sequence[Result]],
    *,
    cluster_key: str | None = None,
    seed: int = 0,
) -> PairedDifference | None:
    """The paired difference ``a - b`` in accuracy, or mean reward, of two named runs over the same tasks.

    None where there are no tasks.

    Raises:
        AsterismError: the runs do not hold the same tasks and samples.
    """
    metric = metric_of([*a[1], *b[1]])
    first, second = (units.statements(units.join(tasks, comparable(run[1], metric)), cluster_key) for run in (a, b))
    gap = units.difference(first, second, seed=seed)
    return None if gap is None else PairedDifference(a[0], b[0], metric, gap)
