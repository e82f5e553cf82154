"""The median of some ratios and its 95 % interval. Standard library only."""

import random
import statistics
from collections.abc import Sequence
from dataclasses import dataclass

DRAWS = 2000


@dataclass(frozen=True, slots=True)
class Spread:
    """A median over ``count`` values with its 95 % interval by bootstrap (the value itself where there is but one)."""

    median: float
    low: float
    high: float
    count: int

    @classmethod
    def of(cls, values: Sequence[float]) -> "Spread":
        """The spread of at least one value.

        >>> Spread.of([2.0, 2.0, 2.0])
        Spread(median=2.0, low=2.0, high=2.0, count=3)
        """
        rng = random.Random(0)
        drawn = sorted(statistics.median(rng.choices(values, k=len(values))) for _ in range(DRAWS))
        low, high = drawn[round(0.025 * (DRAWS - 1))], drawn[round(0.975 * (DRAWS - 1))]
        return cls(statistics.median(values), low, high, len(values))

    def __str__(self) -> str:
        return f"{self.median:.2f}x [{self.low:.2f}, {self.high:.2f}]"

    def record(self) -> dict[str, float]:
        """For the file of results."""
        return {
            "ratio": round(self.median, 3),
            "low": round(self.low, 3),
            "high": round(self.high, 3),
            "pairs": self.count,
        }
