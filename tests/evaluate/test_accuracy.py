"""Tasks that a verifier judges: graded by their reward, summed up by family."""

from collections.abc import Sequence

import pytest

from asterism.core.results.prediction import Prediction
from asterism.core.results.result import Result
from asterism.core.results.summary import Baseline
from asterism.core.reward import Reward
from asterism.core.task import Task
from asterism.core.trajectory import Status, Trajectory
from asterism.evaluate.accuracy import ShortAnswers, Verified

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
    grade = Verified(says_yes).grade
    results = [grade(task, each) for task, each in zip(TASKS, predictions("yes", "no", "", "yes"), strict=True)]
    assert [each.score for each in results] == [1.0, 0.0, None, 1.0]
    assert results[1].reason == Status.TRUNCATED_LENGTH and results[2].reason == "nothing to read"
    failed = grade(TASKS[0], Prediction(TASKS[0].id, 0, "", "no reply"))
    assert failed.failed and failed.score is None


def test_a_summary_tells_accuracy_overall_and_by_family() -> None:
    scorer = Verified(says_yes)

    def results(*texts: str) -> list[Result]:
        return [scorer.grade(task, each) for task, each in zip(TASKS, predictions(*texts), strict=True)]

    told = scorer.summarise(TASKS, results("yes", "no", "", "yes")).condition()
    assert told.metrics["accuracy"].value == 0.5 and told.counts == {"questions": 4}
    (families,) = told.breakdowns
    assert (families.metric, families.field) == ("accuracy", "family")
    assert {name: each.value for name, each in families.cells.items() if each} == {"a": 0.5, "b": 0.5}
    assert (told.shares["ungraded"], told.shares["truncated"], told.shares["failed"]) == (0.25, 0.25, 0.0)
    after, before = results("yes", "yes", "yes", "yes"), results("yes", "no", "", "yes")
    (better,) = scorer.compare(TASKS, ("after", after), ("before", before))
    assert better.estimate.value == pytest.approx(0.5)
    assert scorer.compare([], ("a", []), ("b", [])) == []


SHORTS = [Task(f"s{n}", (), "How many?", answer, "short") for n, answer in enumerate(("3", "3", "a dog", "4"))]


def test_short_answers_are_graded_by_what_is_stored() -> None:
    scorer = ShortAnswers()
    said = ("<answer>3</answer>", "<answer>4</answer>", "<answer>A dog.</answer>", "")
    results = [scorer.grade(task, Prediction(task.id, 0, text)) for task, text in zip(SHORTS, said, strict=True)]
    assert [each.score for each in results] == [1.0, 0.0, 1.0, 0.0]
    found = scorer.summarise(SHORTS, results)
    assert (found.accuracy.value, found.shares["unreadable"], found.share_ungraded) == (0.5, 0.25, 0.0)
    assert scorer.constants(SHORTS) == {"most_frequent_answer (3)": Baseline({"accuracy": 0.5})}


def test_a_reward_without_a_part_accuracy_is_measured_by_its_mean() -> None:
    values = iter((0.25, 0.75, 1.0, 0.0))

    def shaded(task: Task, trajectories: Sequence[Trajectory]) -> list[Reward]:
        return [Reward(value := next(values), {"shade": value}) for _ in trajectories]

    scorer = Verified(shaded)
    results = [scorer.grade(task, each) for task, each in zip(TASKS, predictions("a", "b", "c", "d"), strict=True)]
    told = scorer.summarise(TASKS, results).condition()
    assert set(told.metrics) == {"reward"}
    assert (told.metrics["reward"].value, told.metrics["reward"].bounds) == (0.5, None)
    (gap,) = scorer.compare(TASKS, ("after", results), ("before", results))
    assert (gap.metric, gap.estimate.value) == ("reward", 0.0)
    assert gap.estimate.bounds is None
