"""Every other kind of finding, each shown by a small target that has it and one that has not."""

import random
from collections.abc import Callable, Sequence
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from asterism.audit.config import AuditConfig
from asterism.audit.duplicates import find_duplicates
from asterism.audit.faults import find_swallowed
from asterism.audit.leaks import find_leaks
from asterism.audit.report import AuditReport, BlindFloor, Hostile
from asterism.audit.run import run_audit
from asterism.audit.scale import scale_of
from asterism.audit.target import Target
from asterism.core.environment import Agent
from asterism.core.episode import Episode
from asterism.core.errors import AsterismError
from asterism.core.image import Image
from asterism.core.message import Message
from asterism.core.results.estimate import Estimate
from asterism.core.reward import Reward
from asterism.core.single_turn import SingleTurn
from asterism.core.task import Task
from asterism.core.trajectory import Trajectory
from asterism.records.reward import exact
from asterism.show.audit import audit_page
from tests.audit.test_planted import silent

TASKS = tuple(Task(f"t{i}", (), f"How many, in drawing {'abcdefghijkl'[i]}?", str(i + 11), "short") for i in range(12))


def ask(task: Task) -> str:
    return f"{task.question}\nPut the answer between <answer> and </answer>."


def target(score: Callable[[Task, str], Reward], tasks: Sequence[Task] = TASKS) -> Target:
    def judge(task: Task, trajectories: Sequence[Trajectory]) -> list[Reward]:
        return [score(task, each.completion) for each in trajectories]

    return Target("toy", tuple(tasks), ask, judge, SingleTurn(ask))


def audited(given: Target, **settings: float) -> AuditReport:
    return run_audit(given, AuditConfig(per_class=3, **settings), silent)  # type: ignore[arg-type]


def test_our_reward_gives_none_of_them() -> None:
    report = audited(target(exact))
    assert not report.codes
    assert report.scale.right == 1 and report.scale.wrong == 0 and report.unscored == 0


def test_a_reward_that_only_likes_brevity_tells_nothing() -> None:
    report = audited(target(lambda task, text: Reward(max(0.0, 1 - len(text) / 2000))))
    assert {"no_signal", "pays_for_nothing"} <= report.codes
    assert "false_accepts" not in report.codes


def test_the_part_that_tells_right_from_wrong_is_found() -> None:
    def score(task: Task, text: str) -> Reward:
        parts = {"brief": max(0.0, 1 - len(text) / 500), "form": 0.5, "right": float(exact(task, text).value or 0)}
        return Reward(sum(parts.values()), parts)

    given = target(score)
    scale = scale_of(given, TASKS)
    assert (scale.part, scale.right, scale.wrong) == ("right", 1.0, 0.0)
    assert scale_of(given, TASKS, part="brief").part == "brief" and not scale_of(given, TASKS, part="form").tells


def test_errors_and_numbers_that_are_not_finite_are_counted() -> None:
    def score(task: Task, text: str) -> Reward:
        if "\\boxed" in text:
            raise KeyError("box")
        return Reward(float("nan")) if "JSON" in text or "{" in text else exact(task, text)

    report = audited(target(score))
    (finding,) = [each for each in report.findings if each.code == "reward_errors"]
    assert finding.severity == "error" and "KeyError" in finding.sentence


def test_a_reward_that_draws_is_not_deterministic() -> None:
    rng = random.Random(1)
    report = audited(target(lambda task, text: Reward(float(exact(task, text).value or 0) + rng.random() / 100)))
    assert "not_deterministic" in report.codes and "depends_on_batch" not in report.codes


def test_a_score_that_depends_on_others_is_told() -> None:
    def judge(task: Task, trajectories: Sequence[Trajectory]) -> list[Reward]:
        values = [float(exact(task, each.completion).value or 0) for each in trajectories]
        return [Reward(value + 0.1 * len(values)) for value in values]

    report = audited(replace(target(exact), judge=judge))
    assert "depends_on_batch" in report.codes and "not_deterministic" not in report.codes


def test_duplicates_and_contradictions_are_told_apart() -> None:
    picture = Image.from_pixels(np.zeros((4, 4, 3), dtype=np.uint8))
    other = Image.from_pixels(np.ones((4, 4, 3), dtype=np.uint8))
    tasks = [
        Task("a", (picture,), "Which?", "A", "mcq", ("cup", "key")),
        Task("b", (picture,), "which? ", "B", "mcq", ("key", "cup")),  # the same option
        Task("c", (picture,), "How many?", "5", "short"),
        Task("d", (picture,), "How many?", "6", "short"),
        Task("e", (other,), "How many?", "7", "short"),
        Task("f", (other,), "Is it so?", "T", "tfq"),
        Task("g", (other,), "Is it so?", "true", "tfq"),
    ]
    found = find_duplicates(tasks, lambda count: None)
    assert found.agreeing == (("a", "b"), ("f", "g")) and found.contradictory == (("c", "d"),)
    report = audited(target(exact, tasks))
    assert {"duplicates", "contradictory_golds"} <= report.codes


class Guessing:
    """An environment of several turns that tells, after the first reply, how far off it was, or the answer itself."""

    def __init__(self, tells: bool) -> None:
        self.tells = tells

    async def play(self, task: Task, agent: Agent) -> Episode:
        conversation = agent.begin([Message.user(ask(task), task.images)])
        for _ in range(2):
            await conversation.reply()
            conversation.observe(f"Wrong, it is {task.answer}." if self.tells else "Wrong, try again.")
        return Episode.of(task, conversation.trajectory, Reward(0.0))


@pytest.mark.parametrize("tells", [True, False])
def test_an_answer_in_an_observation_is_found(tells: bool) -> None:
    leaks = find_leaks(TASKS, Guessing(tells), lambda count: None)
    assert len(leaks.observations) == (len(TASKS) if tells else 0) and not leaks.prompts
    report = audited(replace(target(exact), player=Guessing(tells)))
    assert ("gold_in_observation" in report.codes) is tells


def test_an_answer_in_meta_that_a_prompt_shows_is_found() -> None:
    tasks = [replace(task, meta={"note": task.answer}) for task in TASKS]
    leaks = find_leaks(tasks, SingleTurn(lambda task: f"{task.question} ({task.meta['note']})"), lambda count: None)
    assert len(leaks.prompts) == len(tasks)


def test_an_answer_that_stands_in_the_question_is_a_warning() -> None:
    tasks = [replace(task, question=f"Is it {task.answer} or 99, in {task.id}?") for task in TASKS]
    report = audited(target(exact, tasks))
    assert "gold_in_question" in report.codes and "gold_in_prompt" not in report.codes


def test_a_constant_that_is_mostly_right_is_guessable() -> None:
    tasks = [Task(f"s{i}", (), f"Statement {i}.", "F" if i == 0 else "T", "tfq") for i in range(40)]
    assert "guessable" in audited(target(exact, tasks)).codes
    even = [replace(task, answer="TF"[i % 2]) for i, task in enumerate(tasks)]
    assert "guessable" not in audited(target(exact, even)).codes


def test_slow_inputs_and_blind_models_are_told() -> None:
    half = Estimate(0.5, 0.4, 0.6, 40, 40)
    report = run_audit(
        target(exact),
        AuditConfig(per_class=2),
        silent,
        hostile=lambda advance: [Hostile("brackets", 30_000, 2.5), Hostile("digits", 300, 5.0, finished=False)],
        blind=BlindFloor("tiny", half, half),
    )
    assert {"slow", "blind"} <= report.codes and report.failed
    page = audit_page(report)
    assert "brackets" in page and "over 5.0 s" in page and "The model tiny" in page


def test_tasks_without_stored_answers_are_told() -> None:
    tasks = [Task("o", (), "What does it mean?", "Hope.", "osq")]
    report = audited(target(lambda task, text: Reward.abstain("kind"), tasks))
    assert report.codes == {"unprobed"} and report.false_accepts is None
    with pytest.raises(AsterismError, match="no tasks"):
        audited(target(exact, []))


def test_only_a_handler_of_every_exception_swallows_a_fault() -> None:
    def careful(task: Task, text: str) -> Reward:
        try:
            number = int(text.partition("<answer>")[2].partition("</answer>")[0])
        except ValueError:
            return Reward(0.0)
        return Reward(float(number == int(task.answer or 0)))

    def falling_back(task: Task, text: str) -> Reward:
        try:
            return careful(task, text)
        except Exception:
            return careful(task, text)

    def silent_one(task: Task, text: str) -> Reward:
        try:
            return careful(task, text)
        except Exception:
            return Reward(0.0)

    asked = [(TASKS[0], f"<answer>{TASKS[0].answer}</answer>")]
    here = (Path(__file__).resolve(),)
    counts = []
    for score in (careful, falling_back, silent_one):
        given = replace(target(score), sources=here)
        counts.append(len(find_swallowed(given, asked, lambda count: None)))
    assert counts[:2] == [0, 0] and counts[2] >= 3
