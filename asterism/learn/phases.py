"""Where the time goes: seconds and tokens per named phase."""

import time
from collections.abc import Iterator, Mapping
from contextlib import contextmanager


class Phases:
    """Adds up wall-clock seconds, and tokens where they are told, by phase."""

    def __init__(self) -> None:
        self._seconds: dict[str, float] = {}
        self._tokens: dict[str, int] = {}

    @contextmanager
    def __call__(self, name: str) -> Iterator[None]:
        """Time what is done inside."""
        start = time.perf_counter()
        try:
            yield
        finally:
            self._seconds[name] = self._seconds.get(name, 0.0) + time.perf_counter() - start

    def count(self, name: str, tokens: int) -> None:
        """Add tokens handled in a phase."""
        self._tokens[name] = self._tokens.get(name, 0) + tokens

    @property
    def seconds(self) -> Mapping[str, float]:
        """Seconds by phase."""
        return dict(self._seconds)

    @property
    def tokens_per_second(self) -> Mapping[str, float]:
        """Tokens a second, for the phases that count tokens."""
        return {name: count / max(1e-9, self._seconds.get(name, 0.0)) for name, count in self._tokens.items()}
