"""A completion in the making, and those that wait to be begun."""

from collections import deque
from collections.abc import Iterator
from dataclasses import dataclass, field
from itertools import chain, islice

import numpy as np
from numpy.typing import NDArray

from asterism.core.environment import FinishReason
from asterism.policy.inputs import Encoded
from asterism.rollout.engine import Request
from asterism.rollout.past import Past


@dataclass(slots=True)
class Draft:
    """One sample of a request while it is written; ``place`` is its place among all samples of the call.

    ``uniforms`` are its random numbers, one for each token that it may have. ``ended`` says how it ended itself, None
    while it has not.
    """

    place: int
    request: Request
    sample: int
    prompt: Encoded
    uniforms: NDArray[np.float64]
    token_ids: list[int] = field(default_factory=list)
    logprobs: list[float] = field(default_factory=list)
    ended: FinishReason | None = None
    past: Past | None = None
    """What was read already of its context."""

    @property
    def done(self) -> bool:
        """Whether nothing more is written."""
        return self.ended is not None or len(self.token_ids) == len(self.uniforms)

    @property
    def uniform(self) -> float:
        """The random number of the next token."""
        return 0.0 if self.done else float(self.uniforms[len(self.token_ids)])


class Waiting:
    """Drafts that wait in line, made only when they are looked at."""

    def __init__(self, drafts: Iterator[Draft]) -> None:
        self._drafts = drafts
        self._seen: deque[Draft] = deque()

    def append(self, drafts: Iterator[Draft]) -> None:
        """More drafts come behind those in line."""
        self._drafts = chain(self._drafts, drafts)

    def first(self, count: int) -> list[Draft]:
        """The next drafts, at most ``count``; they stay in line."""
        self._seen.extend(islice(self._drafts, max(0, count - len(self._seen))))
        return [*islice(self._seen, count)]

    def leave(self, count: int) -> None:
        """The next ``count`` drafts, looked at before, leave the line."""
        for _ in range(count):
            self._seen.popleft()
