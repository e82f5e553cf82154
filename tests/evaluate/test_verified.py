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

    told = summarise(TASKS, results("yes", "no", "", "yes")).as_json()  # type: ignore[arg-type]
    assert told["accuracy"] == 0.5 and told["n_questions"] == 4
    assert {name: each["value"] for name, each in told["by_family"].items()} == {"a": 0.5, "b": 0.5}
    assert (told["share_ungraded"], told["share_truncated"], told["share_failed"]) == (0.25, 0.25, 0.0)
    better = compare(TASKS, ("after", results("yes", "yes", "yes", "yes")), ("before", results("yes", "no", "", "yes")))  # type: ignore[arg-type]
    assert better is not None and better.as_json()["difference"] == pytest.approx(0.5)
    assert compare([], ("a", []), ("b", [])) is None


def test_where_no_reward_tells_accuracy_the_reward_itself_is_measured() -> None:
    def grades(task: Task, trajectories: Sequence[Trajectory]) -> list[Reward]:
        return [Reward(len(t.completion) / 2, {"length": 1.0}) for t in trajectories]

    grade = grader(grades)
    results = [grade(task, each) for task, each in zip(TASKS, predictions("yes", "no", "", "yes"), strict=True)]
    told = summarise(TASKS, results).as_json()
    assert told["reward"] == pytest.approx((1.5 + 1.0 + 0.0 + 1.5) / 4) and "accuracy" not in told
    assert set(told["interval"]) == {"reward"} and told["share_ungraded"] == 0
    gap = compare(TASKS, ("a", results), ("b", results))
    assert gap is not None and (gap.metric, gap.as_json()["difference"]) == ("reward", 0.0)


def test_rewards_are_not_mixed_with_accuracy() -> None:
    def grades(task: Task, trajectories: Sequence[Trajectory]) -> list[Reward]:
        return [Reward(7.0, {"accuracy": 1.0} if task.family == "a" else {"beauty": 7.0}) for _ in trajectories]

    grade = grader(grades)
    results = [grade(task, each) for task, each in zip(TASKS, predictions("yes", "no", "x", "yes"), strict=True)]
    told = summarise(TASKS, results).as_json()
    assert (told["accuracy"], told["share_ungraded"]) == (0.5, 0.5)
