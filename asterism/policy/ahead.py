"""Prompts made ready in background threads while a step does something else."""

import time
from collections.abc import Callable, Sequence
from concurrent.futures import Future, ThreadPoolExecutor
from dataclasses import dataclass
from typing import Self

from pydantic import Field

from asterism.core.config import Config
from asterism.core.image import Image
from asterism.core.message import Message
from asterism.policy.inputs import Encoded


class PreprocessConfig(Config):
    """How prompts are made ready: images decoded and scaled, text tokenised."""

    workers: int = Field(
        1,
        ge=0,
        description="threads that make the next step's prompts ready during this one; 0: every step makes its own",
    )


Name = tuple[tuple[str, tuple[str | int, ...]], ...]


@dataclass(frozen=True, slots=True, eq=False)
class Prompt:
    """Messages to be encoded; errors name ``where``."""

    messages: tuple[Message, ...]
    where: str = "prompt"

    @classmethod
    def user(cls, text: str, images: Sequence[Image], where: str = "prompt") -> Self:
        """One message of a user."""
        return cls((Message.user(text, images),), where)

    @property
    def images(self) -> tuple[Image, ...]:
        """The images of all messages, in order."""
        return tuple(image for message in self.messages for image in message.images)

    @property
    def name(self) -> Name:
        """What tells it from others without looking at its images."""
        return tuple(
            (message.role, tuple(part if isinstance(part, str) else id(part) for part in message.parts))
            for message in self.messages
        )


@dataclass(frozen=True, slots=True)
class _Job:
    prompt: Prompt
    outcome: Future[tuple[Encoded, float]]


class Ahead:
    """Encodes announced prompts in ``workers`` threads.

    Threads, since decoding, scaling and tokenising run outside the interpreter's lock and what they make need not be
    copied. At most the prompts of one announcement are held. A prompt that could not be encoded raises where it is
    taken, and nowhere else.
    """

    def __init__(self, encode: Callable[[Prompt], Encoded], workers: int) -> None:
        self.workers = workers
        self.seconds = 0.0
        """Seconds that threads took over the prompts taken so far."""
        self._encode = encode
        self._jobs: dict[Name, _Job] = {}
        self._pool: ThreadPoolExecutor | None = None

    def announce(self, prompts: Sequence[Prompt]) -> None:
        """Begin with those not begun yet, in their order; earlier ones that are not among them are dropped."""
        if not self.workers:
            return
        wanted = {prompt.name: prompt for prompt in prompts}
        for name in self._jobs.keys() - wanted.keys():
            self._jobs.pop(name).outcome.cancel()
        if self._pool is None:
            self._pool = ThreadPoolExecutor(self.workers, thread_name_prefix="preprocess")
        for name, prompt in wanted.items():
            if name not in self._jobs:
                self._jobs[name] = _Job(prompt, self._pool.submit(self._timed, prompt))

    def take(self, prompt: Prompt) -> Encoded | None:
        """What was made of an announced prompt, waited for if need be; None where it was not announced.

        Raises:
            AsterismError: it could not be encoded.
        """
        job = self._jobs.pop(prompt.name, None)
        if job is None:
            return None
        encoded, seconds = job.outcome.result()
        self.seconds += seconds
        return encoded

    def close(self) -> None:
        """Drop what is announced and end the threads, after the prompts that they are at."""
        self._jobs.clear()
        if self._pool is not None:
            self._pool.shutdown(cancel_futures=True)
            self._pool = None

    def _timed(self, prompt: Prompt) -> tuple[Encoded, float]:
        start = time.perf_counter()
        encoded = self._encode(prompt)
        return encoded, time.perf_counter() - start
