"""TFQ-Bench on eleven statements about six pictures, every number computed by hand."""

from dataclasses import replace
from typing import Any

import numpy as np
import pytest

from asterism.core.errors import AsterismError
from asterism.core.image import Image
from asterism.core.results.result import Result
from asterism.core.task import Task
from asterism.evaluate.baselines import without_images
from asterism.evaluate.intervals import wilson
from asterism.metaphor.bench import STATEMENTS

PICTURES = [Image.from_pixels(np.full((2, 3, 3), shade, dtype=np.uint8)) for shade in range(6)]

# statement, picture, gold, answer read, level, twin pair, side, probe
ROWS: list[tuple[str, int, str, str | None, str, str | None, int, bool]] = [
    ("a", 0, "T", "T", "literal", "t1", 0, False),
    ("b", 0, "F", "F", "literal", "t1", 0, False),
    ("c", 0, "T", "F", "implication", "t1", 0, True),
    ("d", 1, "T", "T", "literal", "t1", 1, False),
    ("e", 1, "F", "F", "implication", "t1", 1, True),
    ("f", 2, "F", None, "implication", "t3", 0, True),
    ("g", 3, "T", "T", "symbolic", None, 0, False),
    ("h", 3, "F", "F", "symbolic", None, 0, False),
    ("i", 3, "T", "F", "symbolic", None, 0, False),
    ("k", 4, "T", "T", "symbolic", "t2", 0, True),
    ("l", 5, "F", "F", "symbolic", "t2", 1, True),
]


def _task(row: tuple[Any, ...]) -> Task:
    name, picture, gold, _, level, twin, side, probe = row
    meta = {"level": level, "twin": twin, "twin_side": side, "twin_probe": probe, "sentence_id": name in "abcd"}
    return Task(name, (PICTURES[picture],), f"statement {name}", gold, "tfq", meta=meta)


TASKS = [_task(row) for row in ROWS]
RESULTS = [
    Result(name, 0, "", said, "tagged" if said else "missing", float(said == gold), truncated=said is None)
    for name, _, gold, said, *_ in ROWS
]


def test_every_measure_has_its_hand_computed_value() -> None:
    found = STATEMENTS.summarise(TASKS, RESULTS)
    assert found.per_statement.value == pytest.approx(8 / 11)
    assert (found.per_statement.n, found.per_statement.clusters) == (11, 6)
    assert found.balanced.value == pytest.approx((4 / 6 + 4 / 5) / 2)
    assert found.all_correct.value == pytest.approx(3 / 6)
    assert found.all_correct.interval == pytest.approx(wilson(0.5, 6))
    assert (pairs := found.more["twin_pairs"]) is not None
    assert (pairs.value, pairs.n) == (0.5, 2)
    assert {level: entry.value for level, entry in found.by_level.items()} == pytest.approx(
        {"literal": 1.0, "implication": 1 / 3, "symbolic": 4 / 5}
    )
    assert found.share_true == pytest.approx(4 / 11)
    assert found.shares["unreadable"] == pytest.approx(1 / 11)
    assert found.shares["truncated"] == pytest.approx(1 / 11)
    assert (found.shares["failed"], found.n_statements, found.n_images) == (0.0, 11, 6)


def test_constant_answers_are_right_as_often_as_their_truth_value_occurs() -> None:
    found = STATEMENTS.readers(TASKS)
    values = {name: (one.per_statement.value, one.all_correct.value, one.share_true) for name, one in found.items()}
    assert values["always_true"] == pytest.approx((6 / 11, 1 / 6, 1.0))
    assert values["always_false"] == pytest.approx((5 / 11, 2 / 6, 0.0))
    assert values["majority"] == values["always_true"]
    assert {one.balanced.value for one in found.values()} == {0.5}
    assert {pairs.value for one in found.values() if (pairs := one.more["twin_pairs"])} == {0.0}


def test_a_reader_of_twins_who_ignores_roles_gets_no_pair() -> None:
    """Twins need opposite answers, so whoever says the same about both sides is wrong about one."""
    for said in "TF":
        pairs_of = zip(RESULTS, TASKS, strict=True)
        same = [replace(result, answer=said, score=float(said == task.answer)) for result, task in pairs_of]
        pairs = STATEMENTS.summarise(TASKS, same).more["twin_pairs"]
        assert pairs is not None
        assert pairs.value == 0.0


def test_paired_differences_are_taken_statement_by_statement() -> None:
    mended = [replace(result, score=1.0) if result.id in "cf" else result for result in RESULTS]
    gaps = {gap.metric: gap for gap in STATEMENTS.compare(TASKS, ("after", mended), ("before", RESULTS))}
    assert gaps["per_statement"].estimate.value == pytest.approx(2 / 11)
    assert gaps["all_correct"].estimate.value == pytest.approx(2 / 6)
    assert gaps["twin_pairs"].estimate.value == pytest.approx(1 / 2)
    assert (gaps["all_correct"].a, gaps["all_correct"].estimate.bounds) == ("after", (-1.0, 1.0))
    assert gaps["per_statement"].estimate.low >= 0


def test_samples_count_one_by_one_and_cluster_with_their_picture() -> None:
    twice = RESULTS + [replace(result, sample=1, score=1.0) for result in RESULTS]
    found = STATEMENTS.summarise(TASKS, twice)
    assert found.per_statement.value == pytest.approx(19 / 22)
    assert found.all_correct.value == pytest.approx(9 / 12)
    assert (found.all_correct.n, found.all_correct.clusters, found.n_statements) == (12, 6, 11)


def test_clusters_may_be_named_by_a_meta_entry() -> None:
    assert STATEMENTS.summarise(TASKS, RESULTS, cluster_key="sentence_id").per_statement.clusters == 2
    with pytest.raises(AsterismError, match="'author'"):
        STATEMENTS.summarise(TASKS, RESULTS, cluster_key="author")


@pytest.mark.parametrize("blank", [True, False])
def test_a_blind_arm_keeps_the_pictures_as_clusters(blank: bool) -> None:
    blind = without_images(TASKS, blank=blank)
    assert STATEMENTS.summarise(blind, RESULTS) == STATEMENTS.summarise(TASKS, RESULTS)


def test_a_missing_completion_is_wrong_and_counted_as_failed() -> None:
    failed = [replace(r, score=None, answer=None, reason="failed: no") if r.id == "a" else r for r in RESULTS]
    found = STATEMENTS.summarise(TASKS, failed)
    assert found.per_statement.value == pytest.approx(7 / 11)
    assert found.shares["failed"] == pytest.approx(1 / 11)
    assert found.shares["unreadable"] == pytest.approx(1 / 11)


def test_results_that_do_not_match_the_tasks_are_refused() -> None:
    with pytest.raises(AsterismError, match="1 of 11 tasks have no result"):
        STATEMENTS.summarise(TASKS, RESULTS[1:])
    with pytest.raises(AsterismError, match="not among the tasks"):
        STATEMENTS.summarise(TASKS[1:], RESULTS)
    with pytest.raises(AsterismError, match="two results for sample 0"):
        STATEMENTS.summarise(TASKS, [*RESULTS, replace(RESULTS[0], score=0.0)])
    more = RESULTS + [replace(result, sample=1) for result in RESULTS]
    with pytest.raises(AsterismError, match="cannot be paired"):
        STATEMENTS.compare(TASKS, ("a", RESULTS), ("b", more))


def test_a_condition_holds_figures_with_their_intervals_and_how_much_was_measured() -> None:
    condition = STATEMENTS.summarise(TASKS, RESULTS).condition("before")
    assert condition.metrics["per_statement"].value == pytest.approx(8 / 11)
    pairs = condition.metrics["twin_pairs"]
    assert pairs.low <= pairs.value <= pairs.high
    (levels,) = condition.breakdowns
    literal = levels.cells["literal"]
    assert (levels.metric, levels.field) == ("per_statement", "level")
    assert literal is not None and literal.n == 3
    assert condition.counts == {"statements": 11, "images": 6, "twin_pairs": 2}
