"""A judge for open answers: any engine, asked for one or several votes, and asked again where it gives no mark."""

import statistics
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Literal

from pydantic import Field

from asterism.core.config import Config
from asterism.core.results.prediction import Key, Prediction
from asterism.core.seeds import derive_seed
from asterism.core.task import Task
from asterism.evaluate.generate import complete
from asterism.evaluate.judge_reply import JudgeReply, Marks, read_marks
from asterism.rollout.engine import Engine, SamplingConfig

Rubric = Callable[[Task, str], str]
"""What a judge reads about a task, whose answer is the reference, and what was said to it."""

Round = tuple[int, int]
"""A vote and the attempt at it."""


class JudgeConfig(Config):
    """How a judge is asked."""

    votes: int = Field(1, ge=1, le=99, description="independent marks for each answer")
    retries: int = Field(2, ge=0, description="times that a reply without a mark is asked for anew")
    combine: Literal["median", "mean"] = Field("median", description="how several votes become one mark")
    parts: bool = Field(False, description="ask for five finer marks beside the one for the whole")
    temperature: float = Field(0.0, ge=0, description="softmax temperature of the first attempt at the first vote")
    fresh_temperature: float = Field(0.7, ge=0, description="softmax temperature of every other attempt and vote")
    top_p: float = Field(0.9, gt=0, le=1, description="nucleus mass")
    max_tokens: int = Field(512, ge=1, description="longest reply, in tokens")


@dataclass(frozen=True, slots=True)
class Case:
    """What is to be judged: one answer to one task that has a reference."""

    task: Task
    sample: int
    said: str

    @property
    def key(self) -> Key:
        """What names it: the record and the sample."""
        return self.task.id, self.sample


@dataclass(frozen=True, slots=True)
class Judged:
    """What the votes on one answer come to.

    ``points`` from 1 to 5, None where half of the votes or more hold no mark; ``reason`` is then the last vote's.
    ``spread`` is the distance between the highest and the lowest vote.
    """

    points: float | None
    votes: int
    spread: int = 0
    reason: str = ""
    parts: Mapping[str, float] = field(default_factory=dict)


def judge_all(
    engine: Engine,
    cases: Sequence[Case],
    rubric: Rubric,
    config: JudgeConfig,
    *,
    criteria: Sequence[str] = (),
    seed: int = 0,
    chunk: int = 64,
    done: Iterable[JudgeReply] = (),
    on_progress: Callable[[int], None] | None = None,
    on_reply: Callable[[JudgeReply], None] | None = None,
) -> list[JudgeReply]:
    """Every vote on every case, those of ``done`` included; replies without a mark are asked for anew.

    What is drawn depends on ``(seed, record, sample, vote, attempt)``. A reply of ``done`` for which there was no
    reply does not count as an attempt.

    Args:
        on_progress: called with the number of votes that are settled since the last call.
        on_reply: called with each new reply, for example :meth:`JudgeReplyLog.append`.
    """
    by_name = {_name(case): case for case in cases}
    found = {(reply.id, reply.sample, reply.vote, reply.attempt): reply for reply in _replies(done)}
    new: list[JudgeReply] = []
    settled = 0
    for vote in range(config.votes):
        open_cases = dict(by_name)
        for attempt in range(config.retries + 1):
            asked = [name for name, case in open_cases.items() if (*case.key, vote, attempt) not in found]

            def take(prediction: Prediction, vote: int = vote, attempt: int = attempt) -> None:
                reply = _judge_reply(by_name[prediction.id], vote, attempt, prediction)
                found[reply.id, reply.sample, vote, attempt] = reply
                new.append(reply)
                if on_reply is not None:
                    on_reply(reply)

            complete(
                engine,
                [_task(name, by_name[name], rubric) for name in asked],
                lambda task: task.question,
                _sampling(config, (vote, attempt)),
                seed=derive_seed(seed, "judge", vote, attempt),
                chunk=chunk,
                on_prediction=take,
            )
            open_cases = {
                name: case
                for name, case in open_cases.items()
                if read_marks(found[*case.key, vote, attempt].reply, criteria).overall is None
            }
            still = len(open_cases) if attempt < config.retries else 0
            if on_progress is not None:
                on_progress((vote + 1) * len(by_name) - still - settled)
            settled = (vote + 1) * len(by_name) - still
    return [*_replies(done), *new]


def combined(replies: Iterable[JudgeReply], config: JudgeConfig, criteria: Sequence[str] = ()) -> dict[Key, Judged]:
    """What the replies come to for each answer; of the attempts at a vote the first with a mark counts."""
    votes: dict[Key, dict[int, Marks]] = {}
    for reply in sorted(replies, key=lambda each: each.attempt):
        if reply.vote >= config.votes:
            continue
        cast = votes.setdefault((reply.id, reply.sample), {})
        if reply.vote not in cast or cast[reply.vote].overall is None:
            marks = read_marks(reply.reply, criteria)
            cast[reply.vote] = Marks(None, "no_reply") if reply.failure else marks
    return {key: _judged([cast[vote] for vote in sorted(cast)], config) for key, cast in votes.items()}


def _judged(votes: Sequence[Marks], config: JudgeConfig) -> Judged:
    marks = [vote.overall for vote in votes if vote.overall is not None]
    if 2 * len(marks) <= config.votes:
        reasons = [str(vote.reason) for vote in votes if vote.overall is None]
        return Judged(None, len(marks), reason=reasons[-1] if reasons else "not_asked")
    join = statistics.median if config.combine == "median" else statistics.fmean
    names = dict.fromkeys(name for vote in votes for name in vote.parts)
    parts = {name: float(join([vote.parts[name] for vote in votes if name in vote.parts])) for name in names}
    return Judged(float(join(marks)), len(marks), max(marks) - min(marks), parts=parts)


def _replies(replies: Iterable[JudgeReply]) -> list[JudgeReply]:
    return [reply for reply in replies if not reply.failure]


def _name(case: Case) -> str:
    return f"{case.task.id}#{case.sample}"


def _task(name: str, case: Case, rubric: Rubric) -> Task:
    return Task(name, case.task.images, rubric(case.task, case.said), None, "osq")


def _sampling(config: JudgeConfig, place: Round) -> SamplingConfig:
    temperature = config.temperature if place == (0, 0) else config.fresh_temperature
    return SamplingConfig(max_tokens=config.max_tokens, temperature=temperature, top_p=config.top_p)


def _judge_reply(case: Case, vote: int, attempt: int, prediction: Prediction) -> JudgeReply:
    return JudgeReply(
        case.task.id,
        case.sample,
        vote,
        attempt,
        prediction.completion,
        prediction.failure,
        prediction.seconds,
        prediction.tokens,
    )
