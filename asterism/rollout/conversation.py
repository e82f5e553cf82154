"""A conversation of one episode: segments that grow by what the model writes and what it is shown."""

import asyncio
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field, replace
from typing import Protocol

from asterism.core.environment import Reply
from asterism.core.image import Image
from asterism.core.trajectory import Segment, Status, Trajectory
from asterism.policy.encoder import Encoder
from asterism.rollout.engine import Completion


class EpisodeOver(Exception):
    """A limit of the episode is reached: it ends with what was said so far."""

    def __init__(self, status: Status) -> None:
        super().__init__(str(status))
        self.status = status


class Renderer(Protocol):
    """Says in tokens what an environment says in words."""

    @property
    def context_length(self) -> int | None:
        """The longest conversation, tokens; None where it is not known."""
        ...

    def observation(self, text: str, images: Sequence[Image], after: Sequence[int], where: str) -> tuple[int, ...]:
        """The tokens that follow a reply of these tokens; none where a server's own template writes them."""
        ...

    def opened(self, token_ids: Sequence[int]) -> str:
        """What a prompt or observation of these tokens has begun of the model's turn; empty where that is not known."""
        ...


@dataclass(frozen=True, slots=True)
class LocalRenderer:
    """Renders with the policy's own chat template."""

    encoder: Encoder

    @property
    def context_length(self) -> int | None:
        """The policy's context."""
        return self.encoder.policy.context_length

    def observation(self, text: str, images: Sequence[Image], after: Sequence[int], where: str) -> tuple[int, ...]:
        """The template's separators, the text with the images' placeholders, and the cue to answer."""
        return self.encoder.encode_observation(text, images, after=after, where=where).token_ids

    def opened(self, token_ids: Sequence[int]) -> str:
        """The ``<think>`` with which they end."""
        return self.encoder.policy.opened(token_ids)


@dataclass(frozen=True, slots=True)
class ServerRenderer:
    """Leaves rendering to a server: conversations go there as messages."""

    @property
    def context_length(self) -> int | None:
        """Not known."""
        return None

    def observation(self, text: str, images: Sequence[Image], after: Sequence[int], where: str) -> tuple[int, ...]:
        """None."""
        return ()

    def opened(self, token_ids: Sequence[int]) -> str:
        """Not known."""
        return ""


@dataclass(frozen=True, slots=True)
class Limits:
    """What one episode may use; None: no limit but the model's context."""

    turns: int | None = None
    """Replies of all conversations together."""
    tokens: int | None = None
    """Tokens that the model writes in all conversations together."""
    seconds: float | None = None
    """Wall-clock seconds that the environment itself takes: waiting for the model does not count."""


@dataclass(slots=True)
class Turn:
    """A reply that is waited for: the conversation, the limits of this turn, and where the completion goes."""

    conversation: "LiveConversation"
    stop: tuple[str, ...]
    max_tokens: int | None
    outcome: "asyncio.Future[Completion]"
    since: float = field(default_factory=time.monotonic)


@dataclass(slots=True)
class LiveConversation:
    """The conversation of :class:`asterism.core.environment.Conversation`, as the runner keeps it.

    ``ask`` hands a turn to the runner. ``number`` is its place among the episode's conversations, ``turns`` the replies
    it has had: together they name what is drawn.
    """

    name: str
    number: int
    trainable: bool
    segments: list[Segment]
    ask: Callable[[Turn], None]
    renderer: Renderer
    where: str
    turns: int = 0
    status: Status = Status.COMPLETED
    _awaited: "asyncio.Future[Completion] | None" = field(default=None)

    async def reply(self, *, stop: Sequence[str] = (), max_tokens: int | None = None) -> Reply:
        """Let the model write (see :meth:`asterism.core.environment.Conversation.reply`)."""
        if self._awaited is not None:
            raise RuntimeError(f"{self.where}: a conversation waits for one reply at a time")
        self._awaited = asyncio.get_running_loop().create_future()
        try:
            self.ask(Turn(self, tuple(stop), max_tokens, self._awaited))
            completion = await self._awaited
        finally:
            self._awaited = None
        self._append(completion)
        return Reply(completion.text, completion.finish_reason, completion.tokens)

    def observe(self, text: str, images: Sequence[Image] = ()) -> None:
        """Append what the environment says (see :meth:`asterism.core.environment.Conversation.observe`).

        Raises:
            EpisodeOver: nothing could be written after it: the episode ends with what was said before.
        """
        last = self.segments[-1]
        if last.role != "model":
            raise RuntimeError(f"{self.where}: an observation follows a reply")
        token_ids = self.renderer.observation(text, images, last.token_ids, self.where)
        length, most = sum(len(each.token_ids) for each in self.segments) + len(token_ids), self.renderer.context_length
        if most is not None and length >= most:
            self.status = Status.TRUNCATED_LENGTH
            raise EpisodeOver(self.status)
        self.segments.append(Segment("tool", token_ids, text, tuple(images), opened=self.renderer.opened(token_ids)))

    @property
    def trajectory(self) -> Trajectory:
        """What was said so far."""
        return Trajectory(tuple(self.segments), self.status, self.name)

    def _append(self, completion: Completion) -> None:
        if not self.segments[0].token_ids:  # known from the first completion on
            token_ids = completion.prompt_token_ids
            self.segments[0] = replace(self.segments[0], token_ids=token_ids, opened=self.renderer.opened(token_ids))
        self.turns += 1
        self.status = Status.TRUNCATED_LENGTH if completion.finish_reason == "length" else Status.COMPLETED
        self.segments.append(
            Segment(
                "model",
                completion.token_ids,
                completion.text,
                trainable=self.trainable,
                logprobs=completion.logprobs or None,  # a server may give none
                policy_version=completion.policy_version,
                counted=completion.counted,
            )
        )
