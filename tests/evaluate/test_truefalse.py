"""Statements without anything that only one bench knows."""

import numpy as np
import pytest

from asterism.core.image import Image
from asterism.core.results.result import Result
from asterism.core.task import Task
from asterism.evaluate.truefalse import Statements
from asterism.evaluate.units import Scored, Unit

PICTURES = [Image.from_pixels(np.full((2, 3, 3), shade, dtype=np.uint8)) for shade in range(2)]
ROWS = [("a", 0, "T", "T"), ("b", 0, "F", "F"), ("c", 1, "T", "F"), ("d", 1, "F", None)]
TASKS = [
    Task(name, (PICTURES[picture],), name, gold, "tfq", meta={"level": "literal", "twin": "t"})
    for name, picture, gold, _ in ROWS
]
RESULTS = [Result(name, 0, "", said, "", float(said == gold)) for name, _, gold, said in ROWS]


def test_accuracy_is_by_statement_and_by_image() -> None:
    found = Statements().summarise(TASKS, RESULTS)
    assert (found.per_statement.value, found.all_correct.value, found.balanced.value) == (0.5, 0.5, 0.5)
    assert (found.shares["unreadable"], found.n_statements, found.n_images) == (0.25, 4, 2)


def test_levels_and_further_metrics_are_measured_only_where_a_bench_names_them() -> None:
    plain = Statements().summarise(TASKS, RESULTS).condition("before")
    assert plain.title == "before" and plain.breakdowns == ()
    assert set(plain.metrics) == {"per_statement", "balanced", "all_correct"}
    assert plain.counts == {"statements": 4, "images": 2}

    def sets(scored: list[Scored], cluster_key: str | None = None) -> list[Unit]:
        return [Unit(("t", 0), float(all(item.value == 1 for item in scored)), "t")]

    named = Statements(more={"sets": sets}, level="level")  # type: ignore[dict-item]
    found = named.summarise(TASKS, RESULTS).condition()
    (levels,) = found.breakdowns
    literal = levels.cells["literal"]
    assert (levels.metric, levels.field) == ("per_statement", "level")
    assert literal is not None and (literal.value, literal.n) == (0.5, 4)
    assert (found.metrics["sets"].value, found.counts["sets"]) == (0.0, 1)
    right = [Result(task.id, 0, "", task.answer, "", 1.0) for task in TASKS]
    gaps = {gap.metric: gap.estimate.value for gap in named.compare(TASKS, ("a", right), ("b", RESULTS))}
    assert gaps == {"per_statement": 0.5, "all_correct": 0.5, "sets": 1.0}


def test_constant_readers_are_right_as_often_as_their_truth_value() -> None:
    found = Statements().constants(TASKS)
    assert {name: entry.metrics["per_statement"] for name, entry in found.items()} == {
        "always_true": 0.5,
        "always_false": 0.5,
        "majority": 0.5,
    }


def test_breakdowns_are_by_the_labels_of_the_bench() -> None:
    assert Statements().breakdowns(TASKS, RESULTS) == []
    (only,) = Statements(labels=("level",), level="level").breakdowns(TASKS, RESULTS)
    literal = only.cells["literal"]
    assert (only.metric, only.field) == ("per_statement", "level") and literal is not None and literal.value == 0.5
    with pytest.raises(ValueError, match="at least one"):
        Statements().summarise([], [])
