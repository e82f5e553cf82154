"""Multiple choice and the rules that never look."""

import os
from pathlib import Path

import pytest

from asterism.core.errors import AsterismError
from asterism.core.records import read_records
from asterism.core.results.result import Result
from asterism.core.task import Task
from asterism.evaluate.options import Choices, constants

TASKS = [
    Task("q1", (), "?", "B", "mcq", ("one", "the longest", "two")),
    Task("q2", (), "?", "C", "mcq", ("one", "the longest", "two")),
    Task("q3", (), "?", "B", "mcq", ("four", "five", "x", "y")),
    Task("q4", (), "?", "D", "mcq", ("p", "q", "rr", "sss")),
]
SAID = ["B", "B", None, "D"]
RESULTS = [Result(task.id, 0, "", said, "", float(said == task.answer)) for task, said in zip(TASKS, SAID, strict=True)]


def test_accuracy_and_shares_have_their_hand_computed_values() -> None:
    found = Choices().summarise(TASKS, RESULTS)
    assert (found.accuracy.value, found.accuracy.n) == (0.5, 4)
    assert found.share_by_letter == {"A": 0.0, "B": 0.5, "C": 0.0, "D": 0.25}
    assert (found.shares["unreadable"], found.n_questions) == (0.25, 4)
    condition = found.condition("after")
    assert (condition.title, condition.metrics) == ("after", {"accuracy": found.accuracy})
    assert (condition.answers["B"], condition.shares["unreadable"]) == (0.5, 0.25)


def test_constant_rules_have_their_hand_computed_values() -> None:
    found = constants(TASKS)
    assert found.by_letter == {"A": 0.0, "B": 0.5, "C": 0.25, "D": 0.25}
    assert found.most_frequent == "B"
    assert found.longest == 0.5  # q1 and q4; in q3 the first of the two longest is A
    assert found.chance == pytest.approx((1 / 3 + 1 / 3 + 1 / 4 + 1 / 4) / 4)
    assert found.baselines()["longest_option"].metrics == {"accuracy": 0.5}


def test_runs_are_compared_question_by_question() -> None:
    better = [Result(task.id, 0, "", task.answer, "", 1.0) for task in TASKS]
    (gap,) = Choices().compare(TASKS, ("after", better), ("before", RESULTS))
    assert (gap.metric, gap.estimate.value) == ("accuracy", 0.5)


def test_a_question_without_options_is_refused() -> None:
    with pytest.raises(AsterismError, match="0 options"):
        constants([Task("q", (), "?", "A", "mcq")])


def test_the_longest_option_alone_scores_three_eighths_on_cii_bench() -> None:
    data = Path(os.environ.get("ASTERISM_DATA", Path(__file__).parents[2] / "../shared/data"))
    if not (data / "cii_bench" / "records.jsonl").is_file():
        pytest.skip("needs cii_bench under the folder named by ASTERISM_DATA")
    found = constants(read_records(data / "cii_bench"))
    assert found.longest == pytest.approx(0.375)
    assert found.chance == pytest.approx(1 / 6)
