"""``rollouts.jsonl``: what a policy was asked and what it wrote while it learned, one line for each group.

The conversation that all episodes of a group begin with (the prompt) is stored once, and each of their trajectories
says that it continues from there::

    {"format": 2, "step": 4, "task": "kitchen-1", "question": "...", "answer": "T", "images": ["images/ab12.png"],
     "prompt": [{"role": "prompt", "text": "...", "images": ["images/ab12.png"], "token_ids": [...]}],
     "episodes": [{"trajectories": [{"name": "actor", "continues_prompt": true, "status": "completed",
                                     "segments": [{"role": "model", "text": "<think>...", "trainable": true,
                                                   "token_ids": [...], "pieces": [...], "logprobs": [...],
                                                   "entropies": [...]}]}],
                   "reward": {"value": 1.0, "parts": {"accuracy": 1.0}, "status": "ok", "reason": "tagged"},
                   "status": "completed", "advantage": 0.87}]}

In memory every trajectory has all of its segments. Fields that are empty are left out of the file. Format 1, which knew
completions only and no prompt, is read too.
"""

import json
from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import MISSING, dataclass, fields
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING, Any

from pydantic import TypeAdapter, ValidationError

from asterism.core.errors import AsterismError
from asterism.core.lines import plain, read_texts
from asterism.core.reward import Reward
from asterism.core.validation import first_error

if TYPE_CHECKING:
    from _typeshed import DataclassInstance

FORMAT = 2
ROLLOUTS = "rollouts.jsonl"

Values = tuple[float | None, ...]
"""One number for each token; None where there is none, or it is not finite."""


@dataclass(frozen=True, slots=True)
class SegmentRecord:
    """What one speaker contributed (see :class:`asterism.core.trajectory.Segment`).

    ``images`` are files relative to the run's folder. Of ``token_ids``, ``pieces`` (the text that each token adds),
    ``logprobs`` (the sampler's), ``entropies`` (exact, in nats, of the distribution that each token was drawn from) and
    ``advantages``, each is empty where it is not known, and else has one entry for each token.
    """

    role: str
    text: str = ""
    images: tuple[str, ...] = ()
    trainable: bool = False
    token_ids: tuple[int, ...] = ()
    pieces: tuple[str, ...] = ()
    logprobs: Values = ()
    entropies: Values = ()
    advantages: Values = ()


@dataclass(frozen=True, slots=True)
class TrajectoryRecord:
    """One conversation of an episode from its first segment on, and how it ended."""

    name: str
    segments: tuple[SegmentRecord, ...]
    status: str = "completed"

    @property
    def completion(self) -> str:
        """The text of the model's last turn, a response prefix that it was given included."""
        turn: list[str] = []
        for segment in reversed(self.segments):
            if segment.role == "model":
                turn.append(segment.text)
            elif turn:
                break
        return "".join(reversed(turn))


@dataclass(frozen=True, slots=True)
class EpisodeRecord:
    """One episode: its conversations, the actor's first; its reward; its advantage where it has one for all tokens."""

    trajectories: tuple[TrajectoryRecord, ...]
    reward: Reward
    status: str = "completed"
    advantage: float | None = None
    error: str = ""

    @property
    def actor(self) -> TrajectoryRecord:
        """The conversation that answers the task."""
        return self.trajectories[0]

    @property
    def right(self) -> bool:
        """Whether the answer was right: by the reward's part ``accuracy``, or a positive reward where it has none."""
        accuracy = self.reward.parts.get("accuracy")
        return (accuracy if accuracy is not None else (self.reward.value or 0.0)) > 0.5


@dataclass(frozen=True, slots=True)
class RolloutRecord:
    """A task and the episodes that one step played of it.

    ``expert`` says what became of the task's expert trace (``used``, ``left out`` or why it could not be used), empty
    where none takes part. ``prefix_tokens`` of each answer were given to the policy and not sampled.
    """

    step: int
    task: str
    question: str = ""
    options: tuple[str, ...] = ()
    answer: str | None = None
    kind: str = ""
    family: str = ""
    images: tuple[str, ...] = ()
    episodes: tuple[EpisodeRecord, ...] = ()
    expert: str = ""
    prefix_tokens: int = 0

    @property
    def prompt(self) -> tuple[SegmentRecord, ...]:
        """The segments that all actors begin with, up to the first that the model wrote."""
        actors = [episode.actor.segments for episode in self.episodes if episode.trajectories]
        shared: list[SegmentRecord] = []
        for column in zip(*actors, strict=False):
            if column[0].role == "model" or any(segment != column[0] for segment in column):
                break
            shared.append(column[0])
        return tuple(shared)

    @property
    def prompt_text(self) -> str:
        """What the policy was asked, as text; empty where it is not known."""
        return "\n\n".join(segment.text for segment in self.prompt if segment.text)

    def as_json(self) -> dict[str, Any]:
        """The line of ``rollouts.jsonl``."""
        prompt = self.prompt
        line = _compact(self)
        line["episodes"] = [_episode_json(episode, prompt) for episode in self.episodes]
        return {"format": FORMAT, **line, "prompt": [_compact(segment) for segment in prompt]}


def read_rollouts(path: Path, numbers: Collection[int] | None = None) -> Iterator[RolloutRecord]:
    """The records of ``rollouts.jsonl`` in order; only the lines of some ``numbers`` (from 1) where they are given.

    Raises:
        AsterismError: the file is missing, or a line is no record.
    """
    for number, text in read_texts(path):
        if numbers is None or number in numbers:
            yield _parse(text, f"{path}:{number}")


def has_entropies(line: bytes) -> bool:
    """Whether a line of the file holds entropies of tokens, without reading it; inside texts, quotes are escaped."""
    return b'"entropies": [' in line


def _parse(text: bytes, where: str) -> RolloutRecord:
    remedy = "Fix or remove the line."
    try:
        values = json.loads(text)
        if not isinstance(values, dict):
            raise ValueError("not a JSON object")
        if values.get("format", 1) not in (1, FORMAT):
            raise AsterismError(f"is of format {values['format']!r}", where=where, remedy="Update Asterism.")
        return _form().validate_python(_with_prompt(values) if "format" in values else _from_format_1(values))
    except ValidationError as error:
        raise AsterismError(first_error(error), where=where, remedy=remedy) from error
    except (ValueError, TypeError, AttributeError) as error:
        raise AsterismError(f"no record of rollouts ({error})", where=where, remedy=remedy) from error


def _with_prompt(values: dict[str, Any]) -> dict[str, Any]:
    """Plain values of a line in which every trajectory has all of its segments."""
    prompt = values.get("prompt", [])
    for episode in values.get("episodes", ()):
        for trajectory in episode["trajectories"]:
            if trajectory.get("continues_prompt"):
                trajectory["segments"] = [*prompt, *trajectory["segments"]]
    return values


def _from_format_1(values: Mapping[str, Any]) -> dict[str, Any]:
    episodes = []
    for written in values.get("completions", ()):
        segment = {
            "role": "model",
            "text": written["text"],
            "trainable": True,
            "pieces": written.get("pieces", ()),
            "entropies": written.get("entropies", ()),
        }
        value, status = written.get("reward"), written.get("status") or "completed"
        parts = {name: part for name, part in written.get("parts", {}).items() if part is not None}
        reward_status = "abstain" if value is None else "ok"  # format 1 did not tell abstentions from errors
        reward = {"value": value, "parts": parts, "status": reward_status, "reason": written.get("reason", "")}
        trajectory = {"name": "actor", "segments": [segment], "status": status}
        episodes.append(
            {"trajectories": [trajectory], "reward": reward, "status": status, "advantage": written.get("advantage")}
        )
    renamed = {"expert": values.get("expert", ""), "prefix_tokens": values.get("opening", 0), "episodes": episodes}
    return {**values, **renamed}


def _episode_json(episode: EpisodeRecord, prompt: Sequence[SegmentRecord]) -> dict[str, Any]:
    trajectories = []
    for trajectory in episode.trajectories:
        continues = bool(prompt) and trajectory.segments[: len(prompt)] == tuple(prompt)
        segments = trajectory.segments[len(prompt) :] if continues else trajectory.segments
        entry = {**_compact(trajectory), "segments": [_compact(segment) for segment in segments]}
        trajectories.append({**entry, "continues_prompt": True} if continues else entry)
    return {**_compact(episode), "trajectories": trajectories, "reward": plain(episode.reward)}


def _compact(entry: "DataclassInstance") -> dict[str, Any]:
    """A dataclass in plain values, without the fields that have their default; nested ones are the caller's."""
    return {
        each.name: plain(value)
        for each in fields(entry)
        if (value := getattr(entry, each.name)) != each.default or each.default is MISSING
    }


@cache
def _form() -> TypeAdapter[RolloutRecord]:
    return TypeAdapter(RolloutRecord)
