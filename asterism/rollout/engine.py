"""What it means to sample: requests in, completions out."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Protocol

from pydantic import Field, field_validator

from asterism.core.config import Config
from asterism.core.errors import AsterismError
from asterism.core.image import Image


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
    """One prompt to be continued ``samples`` times.

    ``prompt`` is the user's text without placeholders; pictures stand before it. ``seed`` names the random numbers:
    sample ``i`` of a request depends on ``(seed, i)`` and never on what else is in the batch. ``opening`` are tokens
    with which every answer begins; the model goes on from there.
    """

    id: str
    prompt: str
    images: tuple[Image, ...]
    samples: int = 1
    seed: int = 0
    opening: tuple[int, ...] = ()


@dataclass(frozen=True, slots=True)
class Completion:
    """One continuation.

    ``logprobs`` are the model's at the sampling temperature (1 where that is 0), placeholders left out, before top-k
    and top-p: what a trainer computes for the same tokens. ``stopped`` is true where the model ended the text itself or
    hit a stop string, false where ``max_tokens`` cut it off. ``token_ids`` include the end-of-text token where there
    was one; ``text`` does not. Of a request with an opening they are what was written after it; ``text`` is all of the
    answer.

    A server may tell no token ids and no log-probs; they are empty then, and ``counted`` is the length of the
    completion in tokens by the server's own count.
    """

    request: str
    sample: int
    prompt_token_ids: tuple[int, ...]
    token_ids: tuple[int, ...]
    logprobs: tuple[float, ...]
    text: str
    stopped: bool
    counted: int | None = None

    @property
    def tokens(self) -> int:
        """The length of the completion in tokens."""
        return len(self.token_ids) if self.counted is None else self.counted


class Incomplete(AsterismError):
    """Some completions could not be had; those that could are in ``completions``.

    ``causes`` tells, by request and sample, why one is missing. ``end`` is a fault that no other request would escape:
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
            f"{len(completions)} completions were had and {len(causes)} failed: {first}",
            where=None if end is None else end.where,
            remedy=None if end is None else end.remedy,
        )
        self.completions = list(completions)
        self.causes = dict(causes)
        self.end = end


class Engine(Protocol):
    """Anything that continues prompts: in this process, in vLLM, behind an API."""

    def generate(
        self,
        requests: Sequence[Request],
        sampling: SamplingConfig,
        *,
        on_progress: Callable[[int], None] | None = None,
    ) -> list[Completion]:
        """All samples of all requests, ordered by request, then sample.

        ``on_progress`` is called with the number of completions finished since the last call.

        Raises:
            Incomplete: some of them could not be had.
        """
        ...
