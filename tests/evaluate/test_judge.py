"""Judging by an engine that replies as it is told."""

from collections import Counter
from collections.abc import Callable, Sequence

from asterism.core.errors import AsterismError
from asterism.core.task import Task
from asterism.evaluate.judge import Case, JudgeConfig, combined, judge_all
from asterism.evaluate.judge_reply import JudgeReply
from asterism.rollout.engine import Completion, Request, SamplingConfig

REPLIES = {
    "fine": ["[4 points]"],
    "late": ["I would say four.", "[4.5 points]", "[2 points]"],
    "never": ["I cannot judge people."],
    "torn": ["[1 points]", "[5 points]", "[3 points]"],
}


class Judge:
    """Gives each answer its replies in turn, and remembers what it was asked at which temperature."""

    def __init__(self) -> None:
        self.given: Counter[str] = Counter()
        self.temperatures: list[float] = []
        self.prompts: list[str] = []
        self.seeds: list[int] = []

    def generate(
        self,
        requests: Sequence[Request],
        sampling: SamplingConfig,
        *,
        on_progress: Callable[[int], None] | None = None,
    ) -> list[Completion]:
        self.temperatures.append(sampling.temperature)
        return [self._reply(request) for request in requests]

    def _reply(self, request: Request) -> Completion:
        self.prompts.append(request.context[0].text)
        self.seeds.append(request.seed)
        name = request.context[0].text.rpartition("|")[2]
        if name == "broken":
            raise AsterismError("image cannot be decoded", where=request.id)
        replies = REPLIES[name]
        text = replies[min(self.given[name], len(replies) - 1)]
        self.given[name] += 1
        return Completion(request.id, 0, (1,), (2, 3), (0.0, 0.0), text, "stop")


def _cases(*names: str) -> list[Case]:
    return [Case(Task(f"r/{name}", (), "What?", "reference", "osq"), 0, name) for name in names]


def _rubric(task: Task, said: str) -> str:
    return f"{task.question} {task.answer} |{said}"


def test_a_reply_without_a_mark_is_asked_for_anew_and_given_up_at_last() -> None:
    judge, config, settled = Judge(), JudgeConfig(retries=2), list[int]()
    new: list[JudgeReply] = []
    verdicts = judge_all(
        judge, _cases("fine", "late", "never"), _rubric, config, on_reply=new.append, on_progress=settled.append
    )
    assert verdicts == new
    assert [(each.id, each.attempt) for each in verdicts if each.id == "r/late"] == [("r/late", n) for n in range(3)]
    found = combined(verdicts, config)
    assert found["r/fine", 0].points == 4
    assert found["r/late", 0].points == 2
    assert (found["r/never", 0].points, found["r/never", 0].reason) == (None, "missing")
    assert judge.temperatures == [0.0, 0.7, 0.7]
    assert len(set(judge.seeds)) == len(judge.seeds)
    assert sum(settled) == 3


def test_several_votes_are_combined_and_their_spread_is_told() -> None:
    cases = _cases("torn")
    config = JudgeConfig(votes=3, combine="median")
    verdicts = judge_all(Judge(), cases, _rubric, config)
    (found,) = combined(verdicts, config).values()
    assert (found.points, found.votes, found.spread) == (3.0, 3, 4)
    verdicts = [JudgeReply("r", 0, vote, 0, f"[{mark} points]") for vote, mark in enumerate((1, 2, 5))]
    assert combined(verdicts, JudgeConfig(votes=3))["r", 0].points == 2
    assert combined(verdicts, JudgeConfig(votes=3, combine="mean"))["r", 0].points == 8 / 3


def test_an_answer_needs_marks_from_more_than_half_of_the_votes() -> None:
    verdicts = [JudgeReply("r", 0, 0, 0, "[4 points]"), JudgeReply("r", 0, 1, 0, "no"), JudgeReply("r", 0, 2, 0, "no")]
    assert combined(verdicts, JudgeConfig(votes=3))["r", 0].points is None
    assert combined([*verdicts, JudgeReply("r", 0, 2, 1, "[2 points]")], JudgeConfig(votes=3))["r", 0].points == 3


def test_what_was_judged_is_not_asked_again_but_what_had_no_reply_is() -> None:
    cases, config = _cases("fine", "late", "never"), JudgeConfig(retries=0)
    first = judge_all(Judge(), cases, _rubric, config)
    failed = [
        JudgeReply("r/never", 0, 0, 0, "", "server went away") if each.id == "r/never" else each for each in first
    ]
    again = Judge()
    judge_all(again, cases, _rubric, config, done=failed)
    assert dict(again.given) == {"never": 1}


def test_a_case_that_the_judge_cannot_be_asked_about_does_not_stop_the_others() -> None:
    config = JudgeConfig(retries=1)
    verdicts = judge_all(Judge(), _cases("broken", "fine"), _rubric, config)
    found = combined(verdicts, config)
    assert found["r/fine", 0].points == 4
    assert (found["r/broken", 0].points, found["r/broken", 0].reason) == (None, "no_reply")
