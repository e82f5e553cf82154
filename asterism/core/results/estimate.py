"""A figure and how sure it is."""

from dataclasses import dataclass

Interval = tuple[float, float]
"""Lower and upper end."""

SHARE: Interval = (0.0, 1.0)
"""The bounds of a share, such as accuracy."""


@dataclass(frozen=True, slots=True)
class Estimate:
    """A figure with its 95 % interval, over ``n`` values in ``clusters`` independent clusters.

    ``bounds`` are the least and the greatest value that the figure can have: (0, 1) of a share, (1, 5) of marks,
    (-1, 1) of a correlation or of a difference of shares; None where it has no ends, as a reward.
    """

    value: float
    low: float
    high: float
    n: int
    clusters: int
    bounds: Interval | None = SHARE

    @property
    def interval(self) -> Interval:
        """``(low, high)``."""
        return self.low, self.high
