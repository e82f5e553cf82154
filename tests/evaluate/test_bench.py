"""The runner over an engine that answers by rule."""

from collections.abc import Callable, Sequence
from dataclasses import replace

import pytest

from asterism.core.environment import Agent
from asterism.core.episode import Episode
from asterism.core.errors import AsterismError
from asterism.core.message import Message
from asterism.core.results.prediction import Prediction
from asterism.core.results.result import Result
from asterism.core.reward import Reward, Truncated
from asterism.core.task import Kind, Task
from asterism.evaluate.accuracy import Verified
from asterism.evaluate.bench import grade_all, grade_prediction, measure
from asterism.rollout.engine import Completion, Request, SamplingConfig

SAMPLING = SamplingConfig(max_tokens=8)


class RuleEngine:
    """Says T to prompts that hold "true", F to others; refuses "broken"; draws nothing for "silent"."""

    def __init__(self) -> None:
        self.asked: list[list[Request]] = []

    def generate(
        self,
        requests: Sequence[Request],
        sampling: SamplingConfig,
        *,
        on_progress: Callable[[int], None] | None = None,
    ) -> list[Completion]:
        self.asked.append(list(requests))
        found = []
        for request in requests:
            if "broken" in request.context[0].text:
                raise AsterismError("image cannot be decoded", where=request.id)
            if "silent" not in request.context[0].text:
                found += [self._say(request, request.first + number, sampling) for number in range(request.samples)]
                if on_progress:
                    on_progress(request.samples)
        return found

    def _say(self, request: Request, sample: int, sampling: SamplingConfig) -> Completion:
        if "long" in request.context[0].text:
            words = tuple(range(sampling.max_tokens))
            return Completion(request.id, sample, (1,), words, (0.0,) * len(words), "<think>and so on and", "length")
        letter = "T" if "true" in request.context[0].text else "F"
        text = f"<think>seen</think><answer>{letter}</answer>"
        return Completion(request.id, sample, (1,), (5, 6, 7), (0.0, 0.0, 0.0), text, "stop")


def _task(name: str, question: str, answer: str = "T") -> Task:
    return Task(name, (), question, answer, "tfq")


def _prompt(task: Task) -> str:
    return f"Judge: {task.question}"


def _by_id(results: Sequence[Result]) -> dict[str, Result]:
    return {result.id: result for result in results}


def test_every_record_leaves_its_lines_in_order_also_where_the_engine_refuses() -> None:
    tasks = [_task("a", "true"), _task("b", "broken"), _task("c", "no"), _task("d", "silent"), _task("e", "long")]
    progress: list[int] = []
    results = measure(RuleEngine(), tasks, _prompt, SAMPLING, samples=2, on_progress=progress.append)
    assert [(result.id, result.sample) for result in results] == [(name, k) for name in "abcde" for k in (0, 1)]
    by_id = _by_id(results)
    assert (by_id["a"].answer, by_id["a"].score, by_id["a"].tokens) == ("T", 1.0, 3)
    assert (by_id["c"].answer, by_id["c"].score) == ("F", 0.0)
    assert by_id["b"].failed and by_id["b"].score is None
    assert "image cannot be decoded" in by_id["b"].reason
    assert by_id["d"].failed
    assert (by_id["e"].truncated, by_id["e"].answer, by_id["e"].score, by_id["e"].failed) == (True, None, 0.0, False)
    assert sum(progress) == 10


CUT = Prediction("t", 0, "<answer>T</answer> and", truncated=True, tokens=3)


def graded(kind: Kind, answer: str | None, truncated: Truncated = "zero") -> Result:
    task = Task("t", (), "?", answer, kind, ("a", "b") if kind == "mcq" else ())
    reward = Reward(0.7, {"own": 0.7})
    grader = Verified(lambda task, trajectories: [reward]).grade if kind == "verified" else grade_prediction
    (result,) = grade_all([task], {CUT.key: CUT}, grader=grader, truncated=truncated)
    return result


@pytest.mark.parametrize(
    ("kind", "answer", "score"),
    [
        ("tfq", "T", 0.0),
        ("mcq", "A", 0.0),
        ("short", "T", 0.0),
        ("osq", "T", None),
        ("tfq", None, None),
    ],
)
def test_a_completion_that_a_limit_cut_off_has_no_answer(kind: Kind, answer: str | None, score: float | None) -> None:
    found = graded(kind, answer)
    assert (found.score, found.answer, found.reason) == (score, None, "truncated")
    assert (found.truncated, found.failed, found.tokens, found.completion) == (True, False, 3, CUT.completion)


def test_what_was_cut_off_of_a_verified_task_is_left_to_its_reward() -> None:
    found = graded("verified", "T")
    assert (found.score, found.truncated) == (0.7, True)


def test_it_is_read_as_far_as_it_goes_where_that_is_asked() -> None:
    assert (graded("tfq", "T", "read").score, graded("verified", "T", "read").score) == (1.0, 0.7)
    results = measure(RuleEngine(), [_task("e", "long")], _prompt, SAMPLING, truncated="read")
    assert [(each.truncated, each.reason) for each in results] == [(True, "missing")]
    results = measure(RuleEngine(), [_task("e", "long")], _prompt, SAMPLING)
    assert [(each.truncated, each.reason, each.score) for each in results] == [(True, "truncated", 0.0)]


def test_a_prediction_that_failed_stays_failed_whatever_else_it_says() -> None:
    failed = replace(CUT, failure="no network")
    (result,) = grade_all([_task("t", "?")], {failed.key: failed})
    assert result.failed and result.score is None


def test_seeds_and_results_do_not_depend_on_the_chunks() -> None:
    tasks = [_task(f"t{n}", "true" if n % 3 else "no") for n in range(11)]
    small, large = RuleEngine(), RuleEngine()
    few = measure(small, tasks, _prompt, SAMPLING, seed=5, chunk=2)
    many = measure(large, tasks[::-1], _prompt, SAMPLING, seed=5)
    assert {r.id: (r.answer, r.score) for r in few} == {r.id: (r.answer, r.score) for r in many}
    seeds = [{request.id: request.seed for part in engine.asked for request in part} for engine in (small, large)]
    assert seeds[0] == seeds[1]
    assert len(set(seeds[0].values())) == 11
    assert [len(part) for part in small.asked] == [2, 2, 2, 2, 2, 1]


def test_what_was_done_is_not_asked_again() -> None:
    tasks = [_task(f"t{n}", "true") for n in range(4)]
    engine, fresh, progress = RuleEngine(), [], []
    done = measure(RuleEngine(), tasks[:3], _prompt, SAMPLING)
    results = measure(engine, tasks, _prompt, SAMPLING, done=done, on_result=fresh.append, on_progress=progress.append)
    assert [request.id for part in engine.asked for request in part] == ["t3"]
    assert [result.id for result in fresh] == ["t3"]
    assert results[:3] == done
    assert sum(progress) == 4


def test_the_answer_never_reaches_the_engine() -> None:
    engine = RuleEngine()
    measure(engine, [Task("a", (), "what?", "sentinel-gold", "short")], _prompt, SAMPLING)
    assert "sentinel-gold" not in repr(engine.asked)


def test_records_that_cannot_be_measured_are_refused_before_anything_is_asked() -> None:
    engine = RuleEngine()
    with pytest.raises(AsterismError, match="same id"):
        measure(engine, [_task("a", "x"), _task("a", "y")], _prompt, SAMPLING)
    with pytest.raises(AsterismError, match="task b"):
        measure(engine, [_task("a", "x"), _task("b", "y", answer="perhaps")], _prompt, SAMPLING)
    assert engine.asked == []


def test_tasks_that_only_a_judge_can_grade_have_no_score() -> None:
    task = Task("o", (), "true or what?", "love traps freedom", "osq")
    (result,) = measure(RuleEngine(), [task], _prompt, SAMPLING)
    assert result.score is None
    assert not result.failed


class SecondThought:
    """Asks twice; the reward is 0.25 and 1 more where the second answer is F."""

    async def play(self, task: Task, agent: Agent) -> Episode:
        conversation = agent.begin([Message.user(task.question)])
        await conversation.reply()
        conversation.observe("Are you sure? Say false.")
        reply = await conversation.reply()
        right = float("F" in reply.text)
        return Episode.of(
            task, conversation.trajectory, Reward(0.25 + right, {"accuracy": right}, reason="asked twice")
        )


class TurnEngine(RuleEngine):
    """Says T first and F in the second turn."""

    def _say(self, request: Request, sample: int, sampling: SamplingConfig) -> Completion:
        letter = "F" if len(request.context) > 1 else "T"
        return Completion(request.id, sample, (1,), (5,), (0.0,), letter, "stop")


def test_an_environment_is_measured_as_it_is_trained() -> None:
    tasks = [_task("a", "true"), _task("b", "silent at first", "F")]
    first, second = measure(TurnEngine(), tasks, _prompt, SAMPLING, environment=SecondThought())
    assert (first.score, first.parts, first.reason, first.tokens) == (1.0, {"accuracy": 1.0}, "asked twice", 2)
    assert second.failed and second.score is None
