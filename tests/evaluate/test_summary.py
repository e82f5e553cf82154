"""What a run comes to, over records of which some have no key."""

import time
from dataclasses import replace

import numpy as np
import pytest

from asterism.core.errors import AsterismError
from asterism.core.image import Image
from asterism.core.results.prediction import Prediction
from asterism.core.results.summary import Counts
from asterism.core.task import Task
from asterism.evaluate.baselines import without_images
from asterism.evaluate.bench import grade_all, grade_prediction
from asterism.evaluate.breakdowns import labels_of
from asterism.evaluate.options import Choices
from asterism.evaluate.summary import BLIND, MODEL, SHUFFLE, Arm, compare, summarise
from asterism.evaluate.truefalse import Statements

PICTURES = [Image.from_pixels(np.full((2, 2, 3), shade, dtype=np.uint8)) for shade in range(3)]
OPTIONS = ("ant", "bee", "cat")
LABELS = ("domain", "rhetoric", "level")
MCQ = Choices(labels=LABELS)
TFQ = Statements(labels=LABELS, level="level")
CHOICES = [
    Task("q1", (PICTURES[0],), "?", "A", "mcq", OPTIONS, meta={"rhetoric": ["Metaphor", "Contrast"], "domain": "Life"}),
    Task("q2", (PICTURES[0],), "?", "bee", "mcq", OPTIONS, meta={"rhetoric": "Metaphor", "domain": "Art"}),
    Task("q3", (PICTURES[1],), "?", "C", "mcq", OPTIONS, meta={"rhetoric": {"choices": []}, "domain": " Art "}),
    Task("q4", (PICTURES[2],), "?", None, "mcq", OPTIONS),
    Task("q5", (PICTURES[2],), "?", None, "mcq", OPTIONS),
]


def _arm(tasks: list[Task], *said: str | None) -> Arm:
    predictions = {
        (task.id, 0): Prediction(task.id, 0, text) for task, text in zip(tasks, said, strict=True) if text is not None
    }
    return Arm(tasks, grade_all(tasks, predictions))


def test_choices_are_hand_computed_and_records_without_a_key_have_no_score() -> None:
    arm = _arm(CHOICES, "(A)", "Answer: Based on…", None, "B", "well")
    assert [result.score for result in arm.results] == [1.0, 0.0, None, None, None]
    found = summarise(MCQ, {MODEL: arm})
    model = found.conditions[MODEL]
    assert model.metrics["accuracy"].value == pytest.approx(1 / 3)
    assert (model.counts["questions"], model.shares["failed"]) == (3, pytest.approx(1 / 3))
    assert found.counts == Counts(
        records=5,
        images=3,
        completions=5,
        failed=1,
        unreadable=2,
        truncated=0,
        without_key=2,
        without_key_unreadable=1,
    )
    assert found.failures == {"failed: no prediction": 1}
    assert found.baselines["longest_option"].metrics == {"accuracy": pytest.approx(1 / 3)}
    cells = {(each.field, label): cell for each in found.breakdowns for label, cell in each.cells.items()}
    assert {key: (cell.value, cell.n, cell.clusters) for key, cell in cells.items() if cell} == {
        ("domain", "Art"): (0.0, 2, 2),
        ("domain", "Life"): (1.0, 1, 1),
        ("rhetoric", "Contrast"): (1.0, 1, 1),
        ("rhetoric", "Metaphor"): (0.5, 2, 1),
    }


def test_without_any_key_there_is_no_accuracy_but_every_count() -> None:
    found = summarise(MCQ, {MODEL: _arm(CHOICES[3:], "B", "well")})
    assert found.conditions == {} and found.counts is not None
    assert (found.counts.without_key, found.counts.unreadable) == (2, 1)


def test_the_blind_arm_and_other_orders_stand_beside_the_model() -> None:
    blind = without_images(CHOICES)
    arms = {
        MODEL: _arm(CHOICES, "A", "B", "C", "A", "A"),
        BLIND: _arm(blind, "A", "A", "A", "A", "A"),
        f"{SHUFFLE}1": _arm(CHOICES, "A", "B", "A", "A", None),
    }
    found = summarise(MCQ, arms)
    (gap,) = found.paired
    assert (gap.a, gap.b, gap.estimate.value) == ("model", "blind", pytest.approx(2 / 3))
    assert (gap.estimate.n, gap.estimate.clusters) == (3, 2)
    assert found.consistency is not None and found.consistency.always_right is not None
    assert found.consistency.consistent.value == pytest.approx(3 / 5)
    assert found.consistency.always_right.value == pytest.approx(2 / 3)
    assert found.conditions["shuffle_1"].metrics["accuracy"].value == pytest.approx(2 / 3)
    assert [found.title(name) for name in arms] == ["model", "no image", "options in order 1"]


def test_statements_have_both_metrics_by_domain_and_constants() -> None:
    rows = [("a", 0, "T"), ("b", 0, "F"), ("c", 1, "T"), ("d", 2, "F")]
    tasks = [
        Task(n, (PICTURES[p],), "?", gold, "tfq", meta={"domain": "Life", "level": "literal"}) for n, p, gold in rows
    ]
    found = summarise(TFQ, {MODEL: _arm(tasks, "T", "T", "True", "错误")})
    metrics = found.conditions[MODEL].metrics
    assert (metrics["per_statement"].value, metrics["all_correct"].value) == (0.75, pytest.approx(2 / 3))
    assert found.baselines["majority"].metrics["per_statement"] == 0.5
    shown = {(each.metric, each.field): each.cells for each in found.breakdowns}
    by_domain, by_level = shown["all_correct", "domain"]["Life"], shown["per_statement", "level"]["literal"]
    assert by_domain is not None and by_domain.value == pytest.approx(2 / 3)
    assert ("all_correct", "level") not in shown
    assert by_level is not None and by_level.n == 4


def test_runs_are_compared_over_the_records_that_both_have() -> None:
    first = _arm(CHOICES[:3], "A", "B", "C")
    second = _arm(CHOICES[1:], "A", "C", "A", "A")
    (gap,) = compare(MCQ, ("x", first), ("y", second))
    assert (gap.estimate.value, gap.estimate.n) == (0.5, 2)
    with pytest.raises(AsterismError, match="share no record"):
        compare(MCQ, ("x", _arm(CHOICES[:1], "A")), ("y", second))


def test_a_missing_prediction_has_failed_and_an_unreadable_one_is_wrong() -> None:
    task = CHOICES[0]
    assert grade_prediction(task, Prediction("q1", 0, "", "server went away")).reason == "failed: server went away"
    unread = grade_prediction(task, Prediction("q1", 0, "hm"))
    assert (unread.score, unread.answer, unread.failed) == (0.0, None, False)


def test_ten_thousand_predictions_are_graded_and_summed_up_in_ten_seconds() -> None:
    thought = "<think>" + "I see a key that traps a heart, so opportunity imprisons love. " * 12 + "</think>"
    tasks = [
        Task(f"t{n:05d}", (), "?", "TF"[n % 2], "tfq", meta={"own_image": f"p{n // 10}", "domain": f"d{n // 10 % 6}"})
        for n in range(10_000)
    ]
    predictions = {(task.id, 0): Prediction(task.id, 0, f"{thought}<answer>T</answer>") for task in tasks}
    start = time.process_time()
    found = summarise(TFQ, {MODEL: Arm(tasks, grade_all(tasks, predictions))})
    assert time.process_time() - start < 10
    metrics = found.conditions[MODEL].metrics
    assert (metrics["per_statement"].value, metrics["all_correct"].value) == (0.5, 0.0)


@pytest.mark.parametrize(
    ("value", "labels"),
    [
        ("Metaphor", ("Metaphor",)),
        (["Metaphor", "Contrast", "Metaphor"], ("Metaphor", "Contrast")),
        ({"choices": ["隐喻"]}, ("隐喻",)),
        (None, ()),
        ({"choices": None}, ()),
        (3, ()),
        ("  ", ()),
    ],
)
def test_labels_are_read_from_text_lists_and_choices(value: object, labels: tuple[str, ...]) -> None:
    assert labels_of(replace(CHOICES[0], meta={"rhetoric": value}), "rhetoric") == labels
