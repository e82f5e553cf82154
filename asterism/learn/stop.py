"""When training ends."""

import time
from collections.abc import Iterator
from typing import Protocol

from pydantic import Field

from asterism.core.config import Config


class StopConfig(Config):
    """When training ends: whichever comes first."""

    steps: int = Field(100, ge=1, description="most training steps")
    tokens: int | None = Field(None, ge=1, description="no further step begins once this many tokens were trained on")
    max_seconds: float | None = Field(None, gt=0, description="no further step begins after this many seconds")


class Progress(Protocol):
    """How far training has come."""

    done: int
    tokens: int


def remaining_steps(stop: StopConfig, progress: Progress) -> Iterator[int]:
    """The numbers of the steps still to take, asked for one by one: each looks at how far training has come by then."""
    start = time.perf_counter()
    while progress.done < stop.steps:
        if stop.tokens is not None and progress.tokens >= stop.tokens:
            return
        if stop.max_seconds is not None and time.perf_counter() - start >= stop.max_seconds:
            return
        yield progress.done + 1
