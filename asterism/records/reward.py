"""What a completion earns by functions of the user's own, alone or several by weight.

    R = Σ weight · value

over the functions that do not abstain. A function is a name built in here (``exact``, ``format``) or
``file.py:name`` or ``package.module:name``; :mod:`asterism.records.signature` tells which forms it may have.
"""

import math
from collections import Counter
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from pydantic import Field

from asterism.answers.format import check_format
from asterism.answers.grade import gold_value, grade
from asterism.core.config import Config
from asterism.core.errors import AsterismError
from asterism.core.reward import Reward, Truncated, without_answer
from asterism.core.task import Task
from asterism.core.trajectory import Trajectory
from asterism.core.usercode import describe, line_of_users, load_object, names_code
from asterism.records.background import run
from asterism.records.signature import Caller, Form, Said, Single, caller_of

COMPARED = ("tfq", "mcq", "short")
"""The kinds of task whose stored answer says what is right."""

TAKEN = frozenset(
    {"reward", "step", "loss", "rl", "ce", "kl", "entropy", "mismatch", "length", "truncated", "grad_norm", "tokens"}
    | {"learning_rate", "prompts", "seconds", "success", "abstained", "reward_errors", "zero_variance_groups"}
)
"""Names of other figures of a step: a part that is called so is written as ``own_NAME``."""


class RewardEntry(Config):
    """One function and its weight. A string is short for its ``function``."""

    function: str = Field(description="exact, format, my_rewards.py:score or my_package.rewards:score")
    weight: float = Field(1.0, description="what its value is multiplied with in the sum")
    name: str = Field("", description="what its part is called; none: the function's own name")
    completions: Form = Field(
        "text", description="how a function in TRL's form is given prompts and completions: text, or chat messages"
    )
    truncated: Truncated | None = Field(
        None, description="a completion cut off by a limit: zero, or read; null: zero by exact and format, else read"
    )

    def __str__(self) -> str:
        return self.function if self.weight == 1 else f"{self.weight} {self.function}"


@dataclass(frozen=True, slots=True)
class _Part:
    """A function at hand."""

    name: str
    weight: float
    caller: Caller
    truncated: Truncated


class OwnReward:
    """The reward of a recipe's functions: called for the trajectories of one task, as any reward is."""

    def __init__(self, entries: Sequence[RewardEntry], prompt_of: Callable[[Task], str], *, where: str) -> None:
        """Load the functions.

        Raises:
            AsterismError: a file or function is missing or broken, or two parts have one name.
        """
        self._parts = [_open(entry, prompt_of, where) for entry in entries]
        self._compares = any(entry.function == "exact" for entry in entries)
        self._measures = any(entry.function not in BUILT_IN for entry in entries)
        twice = [name for name, count in Counter(part.name for part in self._parts).items() if count > 1]
        if twice:
            raise AsterismError(
                f"two reward functions are called {twice[0]!r}", where=where, remedy="Give one of them another name."
            )

    def __call__(self, task: Task, trajectories: Sequence[Trajectory]) -> list[Reward]:
        """A reward of each trajectory; whatever a function raises is a reward error with its message, never a 0."""
        return run(self.judge(task, trajectories))

    async def judge(self, task: Task, trajectories: Sequence[Trajectory]) -> list[Reward]:
        """The same where an event loop runs: asynchronous functions wait beside whatever else waits there."""
        said = [_said(trajectory) for trajectory in trajectories]
        if not said:
            return []
        columns = []
        for part in self._parts:
            rewards = [as_reward(value, part.name) for value in await part.caller.call(task, said)]
            zero = [part.truncated == "zero" and trajectory.cut_off for trajectory in trajectories]
            pairs = zip(rewards, zero, strict=True)
            columns.append([without_answer(reward) if cut_off else reward for reward, cut_off in pairs])
        weights = [part.weight for part in self._parts]
        return [weighted(rewards, weights) for rewards in zip(*columns, strict=True)]

    def check(self, tasks: Sequence[Task]) -> None:
        """See that tasks have what the functions need, before anything is sampled.

        Raises:
            AsterismError: a column is missing, a stored answer cannot be read, or nothing could earn a reward.
        """
        for part in self._parts:
            for task in tasks:
                part.caller.check(task)
        if not self._compares:
            return
        answered = [task for task in tasks if task.kind in COMPARED]
        for task in answered:
            gold_value(task)
        if tasks and not answered and not self._measures:
            raise AsterismError(
                f"no record has an answer to compare with (the first is {tasks[0].id})",
                remedy=f"Name its column: columns: {{answer: ...}}. Columns: {', '.join(tasks[0].meta)}. "
                "Or give a reward function of your own.",
            )


def as_reward(value: Any, name: str) -> Reward:
    """What a function gave, as a reward: a number, parts that add up, None (it abstains), a Reward, or a fault."""
    try:
        if isinstance(value, BaseException):
            place = line_of_users(value)
            return Reward.error(f"{name}: {describe(value)}" + (f" ({place})" if place else ""))
        if value is None:
            return Reward.abstain(f"{name} gave None")
        if isinstance(value, Reward):
            return value if value.parts or value.value is None else Reward(value.value, {name: value.value})
        if isinstance(value, Mapping):
            parts = {_free(str(key)): _number(entry) for key, entry in value.items()}
            return Reward(sum(parts.values()), parts) if parts else Reward.error(f"{name}: an empty dict")
        number = _number(value)
        return Reward(number, {name: number})
    except (TypeError, ValueError) as error:
        return Reward.error(f"{name}: {error}")


def weighted(rewards: Sequence[Reward], weights: Sequence[float]) -> Reward:
    """The sum of rewards by weight, with all their parts as they are; an error of one is that of the sum.

    Those that abstain are left out; where all do, so does the sum.
    """
    failed = [reward for reward in rewards if reward.status == "error"]
    if failed:
        return failed[0]
    given = [(reward, weight) for reward, weight in zip(rewards, weights, strict=True) if reward.value is not None]
    reason = "; ".join(filter(None, (reward.reason for reward in rewards)))
    if not given:
        return Reward.abstain(reason)
    names = Counter(name for reward, _ in given for name in reward.parts)
    twice = [name for name, count in names.items() if count > 1]
    if twice:
        return Reward.error(f"two functions give a part called {twice[0]!r}")
    parts = {name: part for reward, _ in given for name, part in reward.parts.items()}
    return Reward(sum(weight * (reward.value or 0.0) for reward, weight in given), parts, reason=reason)


def exact(task: Task, completion: str) -> Reward:
    """1 where the answer, as it is read from the completion, equals the stored one, else 0; the part ``accuracy``.

    Tasks without an answer to compare with are abstained from.
    """
    if task.kind not in COMPARED:
        return Reward.abstain(f"kind_{task.kind}")
    result = grade(task, completion)
    right = float(result.correct is True)
    return Reward(right, {"accuracy": right}, reason=str(result.reading.reason))


def well_formed(task: Task, completion: str) -> Reward:
    """1 where the completion is ``<think>...</think><answer>...</answer>`` and nothing else; the part ``format``."""
    form = float(check_format(completion).ok)
    return Reward(form, {"format": form})


BUILT_IN: Mapping[str, tuple[Callable[[Task, str], Reward], str]] = {
    "exact": (exact, "accuracy"),
    "format": (well_formed, "format"),
}
"""Rewards by name, with the name of their part."""


def _open(entry: RewardEntry, prompt_of: Callable[[Task], str], where: str) -> _Part:
    if entry.function in BUILT_IN:
        function, name = BUILT_IN[entry.function]
        return _Part(name, entry.weight, Single(function), entry.truncated or "zero")
    if not names_code(entry.function):
        raise AsterismError(
            f"there is no reward {entry.function!r}",
            where=where,
            remedy=f"Built in: {', '.join(BUILT_IN)}. Your own: my_rewards.py:score. See docs/own_code.md.",
        )
    name = entry.name or entry.function.rpartition(":")[2]
    loaded = load_object(entry.function, where=where)
    caller = caller_of(loaded, entry.function, prompt_of, entry.completions, where=where)
    return _Part(_free(name), entry.weight, caller, entry.truncated or "read")


def _said(trajectory: Trajectory) -> Said:
    ids = tuple(token for segment in trajectory.segments if segment.role == "model" for token in segment.token_ids)
    return Said(trajectory.completion, ids)


def _free(name: str) -> str:
    """A name for a part that is no other figure's."""
    return f"own_{name}" if name in TAKEN else name


def _number(value: Any) -> float:
    """A reward as a number.

    Raises:
        TypeError: it is none.
        ValueError: it is not finite.
    """
    if isinstance(value, str | bytes):
        raise TypeError(f"gave {value[:40]!r}, not a number")
    try:
        number = float(value)
    except (TypeError, ValueError) as error:
        raise TypeError(f"gave {type(value).__name__}, not a number") from error
    if not math.isfinite(number):
        raise ValueError(f"gave {number}, which is not finite")
    return number
