"""What was said, by whom, token by token."""

from collections.abc import Sequence
from dataclasses import dataclass
from enum import StrEnum
from typing import Literal, Self

from asterism.core.image import Image
from asterism.core.message import Message

Role = Literal["prompt", "model", "tool"]


class Status(StrEnum):
    """How a conversation, or an episode, ended."""

    COMPLETED = "completed"
    TRUNCATED_LENGTH = "truncated_length"
    TRUNCATED_TURNS = "truncated_turns"
    TIMEOUT = "timeout"
    CANCELLED = "cancelled"
    ERROR = "error"


@dataclass(frozen=True, slots=True)
class Segment:
    """A run of tokens by one speaker.

    ``token_ids`` are exactly the ids that the model read or wrote: they are never decoded and encoded again.
    ``logprobs`` (model segments only) has one entry per token: the log-probability of the token at the
    temperature it was sampled at, before any filter. ``text`` is what a person reads: of a model segment what its own
    tokens say and nothing else.

    ``messages`` are those that a prompt was rendered from, where it is more than one message of a user with its images
    before its text. ``policy_version`` names the weights that wrote the tokens (model segments; None: not known).

    ``opened`` is what a prompt or an observation has itself begun of the model's turn: ``<think>`` and a line break in
    the chat templates of thinking models, else nothing. The model did not write it, but its text goes on from there.
    """

    role: Role
    token_ids: tuple[int, ...]
    text: str = ""
    images: tuple[Image, ...] = ()
    trainable: bool = False
    logprobs: tuple[float, ...] | None = None
    messages: tuple[Message, ...] = ()
    policy_version: int | None = None
    counted: int | None = None
    """Tokens by a server's own count, where it gives no token ids."""
    opened: str = ""

    @property
    def tokens(self) -> int:
        """How many tokens it has."""
        return len(self.token_ids) if self.counted is None else self.counted

    @classmethod
    def prompt(cls, messages: Sequence[Message], token_ids: tuple[int, ...] = ()) -> Self:
        """The segment that a conversation begins with."""
        (first, *more) = messages
        plain = not more and first.role == "user" and first.images_first
        images = tuple(image for message in messages for image in message.images)
        text = "\n".join(message.text for message in messages)
        return cls("prompt", token_ids, text, images, messages=() if plain else tuple(messages))

    @property
    def rendered_from(self) -> tuple[Message, ...]:
        """The messages of a prompt segment."""
        return self.messages or (Message.user(self.text, self.images),)

    def __post_init__(self) -> None:
        if self.logprobs is not None and len(self.logprobs) != len(self.token_ids):
            raise ValueError(f"{len(self.logprobs)} log-probs for {len(self.token_ids)} tokens")


@dataclass(frozen=True, slots=True)
class Trajectory:
    """One episode: segments in order, and how it ended.

    Everything flat is derived. With a prompt segment ``[p p p]`` and a model segment ``[a b c]``::

        token_ids    p p p a b c
        trained      0 0 0 1 1 1
        completion   "abc" as text
    """

    segments: tuple[Segment, ...]
    status: Status = Status.COMPLETED
    name: str = "actor"
    """Whose conversation it is, among those of one episode."""

    @property
    def token_ids(self) -> tuple[int, ...]:
        """All tokens in order."""
        return tuple(token for segment in self.segments for token in segment.token_ids)

    @property
    def trained(self) -> tuple[bool, ...]:
        """For each token, whether the model wrote it and may be trained on it."""
        return tuple(segment.trainable for segment in self.segments for _ in segment.token_ids)

    @property
    def trained_tokens(self) -> int:
        """How many tokens may be trained on."""
        return sum(len(segment.token_ids) for segment in self.segments if segment.trainable)

    @property
    def generated_tokens(self) -> int:
        """How many tokens the model wrote."""
        return sum(
            len(segment.token_ids) for segment in self.segments if segment.logprobs is not None or segment.trainable
        )

    @property
    def sampler_logprobs(self) -> tuple[float, ...] | None:
        """The sampler's log-probs of the trained tokens in order, or None where it gave none."""
        values: list[float] = []
        for segment in self.segments:
            if segment.trainable:
                if segment.logprobs is None:
                    return None
                values.extend(segment.logprobs)
        return tuple(values)

    @property
    def images(self) -> tuple[Image, ...]:
        """Images in the order of their placeholders."""
        return tuple(image for segment in self.segments for image in segment.images)

    @property
    def completion(self) -> str:
        """The text of the model's last turn, with what it was given of it: what was opened, a response prefix."""
        turn: list[str] = []
        for segment in reversed(self.segments):
            if segment.role == "model":
                turn.append(segment.text)
            elif turn:
                turn.append(segment.opened)
                break
        return "".join(reversed(turn))

    @property
    def truncated(self) -> bool:
        """Whether the episode was cut off by a limit."""
        return self.status in (Status.TRUNCATED_LENGTH, Status.TRUNCATED_TURNS)

    @property
    def cut_off(self) -> bool:
        """Whether a limit of tokens ended the model's last text."""
        return self.status == Status.TRUNCATED_LENGTH
