"""Tasks that a verifier judges: graded by their reward, summed up by family."""

from collections.abc import Sequence

import pytest

from asterism.core.reward import Reward
from asterism.core.task import Task
from asterism.core.trajectory import Status, Trajectory
from asterism.evaluate.prediction import Prediction
from asterism.evaluate.verified import compare, grader, summarise

TASKS = [Task(f"{family}-{n}", (), "?", None, "verified", family=family) for family in ("a", "b") for n in range(2)]


def says_yes(task: Task, trajectories: Sequence[Trajectory]) -> list[Reward]:
    """Right is yes; a broken grader for what is empty."""
    return [
        Reward(0.7 * (t.completion == "yes"), {"accuracy": float(t.completion == "yes")}, reason=str(t.status))
        if t.completion
        else Reward.error("nothing to read")
        for t in trajectories
    ]


def predictions(*texts: str) -> list[Prediction]:
    return [Prediction(task.id, 0, text, truncated=text == "no") for task, text in zip(TASKS, texts, strict=True)]


def test_the_score_is_raw_correctness_and_a_fault_of_the_grader_has_none() -> None:
    grade = grader(says_yes)
    results = [grade(task, each) for task, each in zip(TASKS, predictions("yes", "no", "", "yes"), strict=True)]
    assert [each.score for each in results] == [1.0, 0.0, None, 1.0]
    assert results[1].reason == Status.TRUNCATED_LENGTH and results[2].reason == "nothing to read"
    failed = grade(TASKS[0], Prediction(TASKS[0].id, 0, "", "no reply"))
    assert failed.failed and failed.score is None
    stored = grade(Task("q", (), "?", "T", "tfq"), Prediction("q", 0, "<answer>T</answer>"))
    assert stored.score == 1.0 and stored.parts == {"accuracy": 1.0}


def test_a_summary_tells_accuracy_overall_and_by_family() -> None:
    grade = grader(says_yes)

    def results(*texts: str) -> list[object]:
        return [grade(task, each) for task, each in zip(TASKS, predictions(*texts), strict=True)]

    found = summarise(TASKS, results("yes", "no", "", "yes")).condition()  # type: ignore[arg-type]
    assert found.metrics["accuracy"].value == 0.5 and found.counts == {"questions": 4}
    (families,) = found.breakdowns
    assert {name: cell.value for name, cell in families.cells.items() if cell} == {"a": 0.5, "b": 0.5}
    assert found.shares == {"ungraded": 0.25, "truncated": 0.25, "failed": 0.0}
    better = compare(TASKS, ("after", results("yes", "yes", "yes", "yes")), ("before", results("yes", "no", "", "yes")))  # type: ignore[arg-type]
    assert better is not None and better.estimate.value == pytest.approx(0.5)
    assert compare([], ("a", []), ("b", [])) is None
