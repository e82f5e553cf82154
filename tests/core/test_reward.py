import pytest

from asterism.core.errors import AsterismError
from asterism.core.reward import Reward, per_completion
from asterism.core.task import Task
from asterism.core.trajectory import Segment, Trajectory

TASK = Task("t", (), "?", "x", "short")


def said(text: str) -> Trajectory:
    return Trajectory((Segment("prompt", (1,), "?"), Segment("model", (2,), text)))


def length(task: Task, text: str) -> Reward:
    if not text:
        raise ZeroDivisionError("no\ntext")
    if text == task.answer:
        raise AsterismError("the stored answer is broken")
    return Reward(float(len(text)))


def test_each_completion_is_scored_and_a_fault_is_the_error_of_its_own_trajectory() -> None:
    rewards = per_completion(length)(TASK, [said("abc"), said(""), said("ab")])
    assert [each.value for each in rewards] == [3.0, None, 2.0]
    assert [each.status for each in rewards] == ["ok", "error", "ok"]
    assert rewards[1].reason == "ZeroDivisionError: no text"


def test_an_error_that_explains_itself_is_raised() -> None:
    with pytest.raises(AsterismError, match="stored answer"):
        per_completion(length)(TASK, [said("abc"), said("x")])


def test_an_interruption_is_no_fault_of_a_scorer() -> None:
    def interrupted(task: Task, text: str) -> Reward:
        raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        per_completion(interrupted)(TASK, [said("x")])
