"""Saying once, after a few steps, when the training will end."""

import sys
import time
from collections.abc import Callable
from datetime import datetime, timedelta

from asterism.runs.progress import duration

WARM_UP, ENOUGH = 1, 4
"""Steps that are not counted (the first reads every image), and the step after which the projection is made."""


class Projection:
    """Tells when ``steps`` steps will have been taken, at the rate of the first few of this process.

    ``afterwards`` gives the seconds of what follows the training, from those of a step.
    """

    def __init__(
        self,
        steps: int,
        *,
        done: int = 0,
        afterwards: Callable[[float], float] = lambda seconds: 0.0,
        clock: Callable[[], float] = time.monotonic,
        now: Callable[[], datetime] = datetime.now,
    ) -> None:
        self._steps = steps
        self._start = done
        self._afterwards = afterwards
        self._clock = clock
        self._now = now
        self._warm = 0.0

    def after(self, step: int) -> str | None:
        """What there is to say after a step: a line once there were enough, and nothing before and later.

        >>> times = iter([0.0, 30.0])
        >>> projection = Projection(10, clock=lambda: next(times), now=lambda: datetime(2026, 1, 1, 12, 0))
        >>> [projection.after(step) for step in (1, 2, 3)]
        [None, None, None]
        >>> projection.after(4)
        'After 4 of 10 steps: about 1 min 00 s to go, until 12:01.'
        """
        taken = step - self._start
        if taken == WARM_UP:
            self._warm = self._clock()
        if taken != ENOUGH or step >= self._steps:
            return None
        seconds = (self._clock() - self._warm) / (ENOUGH - WARM_UP)
        left = seconds * (self._steps - step) + self._afterwards(seconds)
        end = self._now() + timedelta(seconds=left)
        return f"After {step} of {self._steps} steps: about {duration(left)} to go, until {end:%H:%M}."


def say(line: str) -> None:
    """One line on stderr, above a progress bar where there is one."""
    print(line, file=sys.stderr)  # noqa: T201 - for whoever waits
