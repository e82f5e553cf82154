"""Where the time goes: seconds and tokens by phase, a phase inside another counted once."""

import time
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from typing import TypeVar

Amount = TypeVar("Amount", int, float)
Place = tuple[str, ...]
"""The phases that are open, the outermost first."""


class Clock:
    """Wall-clock seconds by phase; every moment belongs to the innermost open phase alone.

    With ``step`` around ``rollout`` and ``update``, and ``vision`` within both::

        step     |-------------------------------|
        rollout     |-----------|
        update                     |----------|
        vision         |--|          |-|

    ``own()["vision"]`` holds its two stretches, ``own()["rollout"]`` the rest of that phase, and ``own(within="step")``
    adds up to ``whole("step")``.

    ``wait`` is called before the time is read, and lets a device finish what it was given. A clock is for one thread.
    """

    def __init__(self, wait: Callable[[], None] = lambda: None) -> None:
        self._wait = wait
        self._open: Place = ()
        self._since = 0.0
        self._seconds: dict[Place, float] = {}
        self._tokens: dict[Place, int] = {}

    @contextmanager
    def __call__(self, name: str) -> Iterator[None]:
        """Time what is done inside."""
        outer = self._open
        self._turn_to((*outer, name))
        try:
            yield
        finally:
            self._turn_to(outer)

    def count(self, tokens: int) -> None:
        """Add tokens (of vision: patches) handled in the open phase."""
        self._tokens[self._open] = self._tokens.get(self._open, 0) + tokens

    def own(self, *, within: str | None = None) -> dict[str, float]:
        """Seconds by innermost phase, without the phases inside it; only those spent ``within`` a phase, itself too."""
        return _summed(self._seconds, -1, within)

    def tokens(self, *, within: str | None = None) -> dict[str, int]:
        """Tokens by the phase that counted them."""
        return _summed(self._tokens, -1, within)

    def whole(self, name: str) -> float:
        """Seconds of a phase with everything inside it; 0.0 where it was never entered."""
        return sum(self.own(within=name).values(), 0.0)

    @property
    def outermost(self) -> dict[str, float]:
        """Whole seconds of the phases that stand in no other."""
        return _summed(self._seconds, 0, None)

    def clear(self) -> None:
        """Forget what was measured so far."""
        self._seconds.clear()
        self._tokens.clear()

    def _turn_to(self, place: Place) -> None:
        """Charge the time since the last turn to the phase that was open, and go over to another."""
        self._wait()
        now = time.perf_counter()
        if self._open:
            self._seconds[self._open] = self._seconds.get(self._open, 0.0) + now - self._since
        self._open, self._since = place, now


def _summed(measured: Mapping[Place, Amount], depth: int, within: str | None) -> dict[str, Amount]:
    """What was measured, by the phase at a depth; where ``within`` is given, only inside that phase."""
    found: dict[str, Amount] = {}
    for place, amount in measured.items():
        if within is None or within in place:
            found[place[depth]] = found.get(place[depth], 0) + amount
    return found
