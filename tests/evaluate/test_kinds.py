"""What measures the tasks of a run, by their kind."""

import numpy as np
import pytest

from asterism.core.errors import AsterismError
from asterism.core.image import Image
from asterism.core.results.prediction import Prediction
from asterism.core.results.summary import Baseline, RunSummary, parse_summary
from asterism.core.reward import Reward
from asterism.core.system import Suite
from asterism.core.task import Task
from asterism.evaluate.accuracy import ShortAnswers, Verified
from asterism.evaluate.benchmark import Bench
from asterism.evaluate.kinds import GENERIC, plain_prompt, scorer_of
from asterism.evaluate.mixed import MixedScorer
from asterism.evaluate.options import Choices
from asterism.evaluate.truefalse import Statements

IMAGE = Image.from_pixels(np.zeros((2, 2, 3), dtype=np.uint8))
TRUTH = Task("t", (IMAGE,), "It is black.", "T", "tfq", family="x")
CHOICE = Task("m", (IMAGE,), "Which?", "B", "mcq", ("a cat", "a dog"), family="x")
SHORT = Task("s", (IMAGE,), "How many?", "3", "short", family="y")
OPEN = Task("o", (IMAGE,), "Why?", "Because.", "osq")
PUZZLE = Task("v", (IMAGE,), "Solve it.", None, "verified")
SUITE = Suite(
    train=list,
    evaluate=list,
    prompt_of=lambda task: task.question,
    reward=lambda task, trajectories: [Reward(0.5, {"accuracy": 1.0}) for _ in trajectories],
    trace_of=lambda task: None,
)


@pytest.mark.parametrize(
    ("task", "scorer"), [(TRUTH, Statements), (CHOICE, Choices), (SHORT, ShortAnswers), (PUZZLE, Verified)]
)
def test_tasks_of_one_kind_are_measured_by_its_scorer(task: Task, scorer: type) -> None:
    assert isinstance(scorer_of([task], SUITE), scorer)


def test_a_system_brings_its_own_for_runs_that_train_on_such_tasks() -> None:
    own = Statements(level="level")
    bench = Bench("tfq", "mine", ("tfq",), {"plain": plain_prompt}, own, trained=True)
    assert scorer_of([TRUTH], SUITE, [bench]) is own
    only_asked = Bench("tfq", "mine", ("tfq",), {"plain": plain_prompt}, own)
    assert scorer_of([TRUTH], SUITE, [only_asked]) is GENERIC["tfq"].scorer


def test_open_questions_are_refused_by_name_also_among_others() -> None:
    for tasks in ([OPEN], [TRUTH, OPEN]):
        with pytest.raises(AsterismError, match=r"kind osq .* the first is 'o'"):
            scorer_of(tasks, SUITE)
    with pytest.raises(AsterismError, match="nothing to measure"):
        scorer_of([], SUITE)


def test_tasks_of_several_kinds_are_graded_and_summed_up_by_kind() -> None:
    tasks = [TRUTH, CHOICE, SHORT, PUZZLE]
    scorer = scorer_of(tasks, SUITE)
    assert isinstance(scorer, MixedScorer)
    said = ("<answer>T</answer>", "<answer>A</answer>", "<answer>3</answer>", "anything")
    results = [scorer.grade(task, Prediction(task.id, 0, text)) for task, text in zip(tasks, said, strict=True)]
    assert [each.score for each in results] == [1.0, 0.0, 1.0, 1.0]
    found = scorer.summarise(tasks, results).condition("after")
    assert (found.title, found.metrics["accuracy"].value, found.counts) == ("after", 0.75, {"questions": 4})
    assert found.by_kind["tfq"].metrics["per_statement"].value == 1.0
    assert {kind: found.by_kind[kind].metrics["accuracy"].value for kind in ("mcq", "short", "verified")} == {
        "mcq": 0.0,
        "short": 1.0,
        "verified": 1.0,
    }
    constants = scorer.constants(tasks)
    assert constants["tfq: always_true"].metrics["per_statement"] == 1.0
    assert constants["tfq: always_true"].title == "tfq: always “true”"
    assert constants["mcq: always_B"] == Baseline({"accuracy": 1.0}, kind="mcq")
    summary = RunSummary({"after": found}, primary="after", baselines=constants)
    assert parse_summary(summary.as_json()) == summary
    worse = [scorer.grade(task, Prediction(task.id, 0, "")) for task in tasks]
    (gap,) = scorer.compare(tasks, ("after", results), ("before", worse))
    assert (gap.metric, gap.estimate.value) == ("accuracy", 0.5)


@pytest.mark.parametrize("task", [TRUTH, CHOICE, SHORT, OPEN])
def test_every_generic_bench_asks_its_kind_and_shows_no_answer(task: Task) -> None:
    bench = GENERIC[task.kind]
    (asked,) = bench.tasks([task])
    prompt_of = bench.mode("")
    assert callable(prompt_of)
    text = prompt_of(asked)
    assert task.question in text and all(option in text for option in task.options)
    assert "Because" not in text and not text.endswith("3")
