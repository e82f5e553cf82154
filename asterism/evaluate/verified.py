"""Tasks that a verifier judges, alone or among others: accuracy, overall and by family."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass

from asterism.answers.grade import read_answer
from asterism.core.results.summary import Breakdown, Condition, PairedDifference
from asterism.core.reward import RewardFunction
from asterism.core.task import Task
from asterism.core.trajectory import Segment, Status, Trajectory
from asterism.evaluate import units
from asterism.evaluate.bench import grade_prediction
from asterism.evaluate.intervals import Estimate
from asterism.evaluate.prediction import Prediction
from asterism.evaluate.result import Result


@dataclass(frozen=True, slots=True)
class VerifiedSummary:
    """One run over verified tasks; shares are of all results."""

    accuracy: Estimate
    by_family: Mapping[str, Estimate]
    share_ungraded: float
    share_truncated: float
    share_failed: float
    n_questions: int

    def condition(self, title: str = "") -> Condition:
        """The form in which ``summary.json`` holds it."""
        shares = {"ungraded": self.share_ungraded, "truncated": self.share_truncated, "failed": self.share_failed}
        families = (Breakdown("accuracy", "family", self.by_family),) if any(self.by_family) else ()
        return Condition(
            {"accuracy": self.accuracy}, title, {"questions": self.n_questions}, shares, breakdowns=families
        )


def grader(judge: RewardFunction) -> Callable[[Task, Prediction], Result]:
    """Grades ``verified`` tasks by the part ``accuracy`` of their reward, others by their stored answers.

    A result whose reward failed or abstained has no score.
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
            score=reward.parts.get("accuracy"),
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
    scored = units.join(tasks, results)
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
    )


def compare(
    tasks: Sequence[Task],
    a: tuple[str, Sequence[Result]],
    b: tuple[str, Sequence[Result]],
    *,
    cluster_key: str | None = None,
    seed: int = 0,
) -> PairedDifference | None:
    """The paired difference ``a - b`` in accuracy of two named runs over the same tasks; None where there are none.

    Raises:
        AsterismError: the runs do not hold the same tasks and samples.
    """
    first, second = (units.statements(units.join(tasks, run[1]), cluster_key) for run in (a, b))
    gap = units.difference(first, second, seed=seed)
    return None if gap is None else PairedDifference(a[0], b[0], "accuracy", gap)
