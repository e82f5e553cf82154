"""What it means to sample: requests in, completions out."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Protocol, Self

from pydantic import Field, field_validator

from asterism.core.config import Config
from asterism.core.environment import FinishReason
from asterism.core.errors import AsterismError
from asterism.core.image import Image
from asterism.core.message import Message
from asterism.core.trajectory import Segment


class SamplingConfig(Config):
    """How completions are drawn."""

    max_tokens: int = Field(128, ge=1, description="longest completion, in tokens")
    temperature: float = Field(1.0, ge=0, description="softmax temperature; 0 takes the most likely token")
    top_p: float = Field(1.0, gt=0, le=1, description="nucleus mass; 1 keeps every token")
    top_k: int = Field(0, ge=0, description="keep the k most likely tokens; 0 keeps every token")
    stop: tuple[str, ...] = Field((), description="strings after which a completion ends; they are kept in it")

    @field_validator("stop")
    @classmethod
    def _not_empty(cls, stop: tuple[str, ...]) -> tuple[str, ...]:
        if "" in stop:
            raise ValueError("an empty stop string would end every completion at its first token")
        return stop


@dataclass(frozen=True, slots=True)
class Request:
    """A conversation to be continued, ``samples`` times.

    ``context`` is what the model reads before it writes: a prompt segment (its messages; its token ids too, where they
    are known already), and whatever followed in token ids. A model segment at its end is a response prefix, from which
    the model goes on. ``seed`` names the random numbers: sample ``i`` depends on ``(seed, i)`` and never on what else
    is in the batch; ``first`` is the number of the first one.

    ``stop`` are strings beside those of the sampling settings, ``max_tokens`` a limit in place of theirs. ``keep`` says
    that the conversation will probably be continued, so that an engine may hold on to what it has read of it.
    """

    id: str
    context: tuple[Segment, ...]
    samples: int = 1
    seed: int = 0
    first: int = 0
    stop: tuple[str, ...] = ()
    max_tokens: int | None = None
    keep: bool = False

    @classmethod
    def ask(
        cls,
        id: str,
        prompt: str,
        images: Sequence[Image] = (),
        samples: int = 1,
        seed: int = 0,
        *,
        prefix: tuple[int, ...] = (),
    ) -> Self:
        """One message of a user, the images before its text; ``prefix`` are tokens with which every reply begins."""
        given = (Segment("model", prefix),) if prefix else ()
        return cls(id, (Segment.prompt([Message.user(prompt, images)]), *given), samples, seed)


@dataclass(frozen=True, slots=True)
class Completion:
    """One continuation.

    ``logprobs`` are the model's at the sampling temperature (1 where that is 0), placeholders left out, before top-k
    and top-p: what a trainer computes for the same tokens. ``token_ids`` include the end-of-text token where there was
    one; ``text``, which is what these tokens say, does not. ``prompt_token_ids`` are those of the context's first
    segment.

    A server may give no token ids and no log-probs; they are empty then, and ``counted`` is the length of the
    completion in tokens by the server's own count.
    """

    request: str
    sample: int
    prompt_token_ids: tuple[int, ...]
    token_ids: tuple[int, ...]
    logprobs: tuple[float, ...]
    text: str
    finish_reason: FinishReason
    counted: int | None = None
    policy_version: int | None = None

    @property
    def stopped(self) -> bool:
        """Whether the model ended its text itself or completed a stop string."""
        return self.finish_reason in ("stop", "call")

    @property
    def tokens(self) -> int:
        """The length of the completion in tokens."""
        return len(self.token_ids) if self.counted is None else self.counted


class Incomplete(AsterismError):
    """Some completions failed; the others are in ``completions``.

    ``causes`` says, by request and sample, why one is missing. ``end`` is a fault that no other request would escape:
    what is missing without a cause was not asked for.
    """

    def __init__(
        self,
        completions: Sequence[Completion],
        causes: Mapping[tuple[str, int], str],
        end: AsterismError | None = None,
    ) -> None:
        first = end.what if end is not None else next(iter(causes.values()))
        super().__init__(
            f"{len(completions)} completions came and {len(causes)} failed: {first}",
            where=None if end is None else end.where,
            remedy=None if end is None else end.remedy,
        )
        self.completions = list(completions)
        self.causes = dict(causes)
        self.end = end


Follow = Callable[[Sequence[Completion], bool], Sequence[Request]]
"""Told which completions have finished since the last call, and whether nothing is left to be written; answers with
further requests. With nothing left it may wait for them; where it then answers with none, the call is over."""


class Engine(Protocol):
    """Anything that continues conversations: in this process, in vLLM, behind an API."""

    def generate(
        self,
        requests: Sequence[Request],
        sampling: SamplingConfig,
        *,
        on_progress: Callable[[int], None] | None = None,
        follow: Follow | None = None,
    ) -> list[Completion]:
        """All samples of all requests, ordered by request, then sample.

        Args:
            on_progress: called with the number of completions finished since the last call.
            follow: asked for further requests whenever completions have finished; those of them come after the others,
                in the order in which they were asked.

        Raises:
            Incomplete: some of them could not be had.
        """
        ...

    def update_weights(self, version: int) -> None:
        """The policy has new weights: they are in force from the next call on, and no cache of the old ones is left."""
        ...

    def close(self) -> None:
        """Give back what the engine holds: connections, processes, memory."""
        ...
