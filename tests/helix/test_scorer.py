"""The benchmark as `asterism eval` measures it."""

from dataclasses import replace

import pytest

from asterism.core.errors import AsterismError
from asterism.core.results.prediction import Prediction
from asterism.core.results.result import Result
from asterism.core.task import Task
from asterism.evaluate.baselines import without_images
from asterism.helix.dataset import create_dataset
from asterism.helix.records import entry_of_task, task_of
from asterism.helix.score import grade, summarise
from asterism.helix.scorer import PuzzleScorer
from asterism.helix.system import BENCH

TASKS = [
    task_of(entry)
    for name, size in (("h_index", 3), ("tower_of_hanoi", 1))
    for entry in create_dataset(name, 1, size, 0, pictured=False)
]
SCORER = PuzzleScorer()


def results(*texts: str | None) -> list[Result]:
    predictions = [
        Prediction(task.id, 0, text or "", failure="" if text is not None else "no reply")
        for task, text in zip(TASKS, texts, strict=True)
    ]
    return [SCORER.grade(task, each) for task, each in zip(TASKS, predictions, strict=True)]


def answers() -> list[str]:
    return [f"Thus \\boxed{{{task.answer}}}" for task in TASKS]


def test_verdicts_are_the_verifiers_and_the_figure_is_the_mean_of_tasks() -> None:
    said = results(answers()[0], "\\boxed{x}", None, answers()[3])
    assert [each.score for each in said] == [1.0, 0.0, None, 1.0]
    assert [each.reason for each in said[:2]] == ["right", "form"]
    found = SCORER.summarise(TASKS, said).condition()
    assert found.metrics["accuracy"].value == pytest.approx((1 / 3 + 1) / 2)
    by_task = {each.field: each for each in found.breakdowns}["task"].cells["h_index"]
    assert by_task is not None and by_task.value == pytest.approx(1 / 3)
    assert (found.counts, found.shares["failed"]) == ({"questions": 4}, 0.25)
    assert found.reasons == {"right": 2, "form": 1, "unanswered": 1}


def test_it_agrees_with_the_wings_own_scorer_of_answers() -> None:
    texts = [answers()[0], "\\boxed{x}", answers()[2], "nothing"]
    entries = {task.id: entry_of_task(task) for task in TASKS}
    own = summarise(grade(entries, dict(zip(entries, texts, strict=True))))
    found = SCORER.summarise(TASKS, results(*texts))
    assert found.score.overall == own.overall
    assert found.score.tasks == own.tasks


def test_figures_by_category_level_and_task_stand_beside_it() -> None:
    shown = {each.field: each.cells for each in SCORER.breakdowns(TASKS, results(*answers()))}
    by_task, by_level = shown["task"]["h_index"], shown["level"]["1"]
    assert by_task is not None and by_task.value == 1.0
    assert by_level is not None and by_level.n == 4
    assert set(shown["category"]) == {entry_of_task(task).metadata["category"] for task in TASKS}


def test_an_answer_without_thinking_is_the_baseline() -> None:
    found = SCORER.constants(TASKS)
    assert 0 <= found["random_answer"].metrics["accuracy"] < 1
    assert found == SCORER.constants(TASKS)


def test_of_two_orders_both_must_be_right() -> None:
    entry = entry_of_task(TASKS[0])
    pair = [
        task_of(type(entry)(entry.task, entry.question, (), entry.answer, {**entry.metadata, "pair": "p"}), id=name)
        for name in ("one", "other")
    ]
    both = [SCORER.grade(task, Prediction(task.id, 0, answers()[0])) for task in pair]
    assert SCORER.summarise(pair, both).score.overall.value == 1.0
    one = [both[0], SCORER.grade(pair[1], Prediction("other", 0, ""))]
    assert SCORER.summarise(pair, one).score.overall.value == 0.0


def test_runs_are_compared_instance_by_instance_and_blind_ones_keep_their_clusters() -> None:
    right, wrong = results(*answers()), results("", "", "", "")
    (gap,) = SCORER.compare(TASKS, ("a", right), ("b", wrong))
    assert (gap.metric, gap.estimate.value, gap.estimate.n) == ("accuracy", 1.0, 4)
    assert SCORER.summarise(without_images(TASKS), right) == SCORER.summarise(TASKS, right)


def test_the_bench_asks_puzzles_only_and_shows_no_answer() -> None:
    task = TASKS[0]
    for mode in BENCH.modes:
        prompt_of = BENCH.mode(mode)
        assert callable(prompt_of)
        assert prompt_of(task) == prompt_of(replace(task, answer="sentinel"))
    foreign = Task("v", (), "?", "1", "verified", family="other/x")
    with pytest.raises(AsterismError, match="not a verified record of helix"):
        SCORER.grade(foreign, Prediction("v", 0, "1"))
