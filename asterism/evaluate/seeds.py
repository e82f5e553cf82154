"""Runs that differ in nothing but their seed: means with Student's interval, and curves read at one height."""

import math
from collections.abc import Sequence
from dataclasses import dataclass
from itertools import pairwise

import numpy as np
from scipy.stats import t


@dataclass(frozen=True, slots=True)
class SeedMean:
    """The mean over ``n`` seeds with its 95 % interval (Student's t); the interval is None for a single seed."""

    value: float
    interval: tuple[float, float] | None
    n: int


def mean_over_seeds(values: Sequence[float]) -> SeedMean:
    """The mean of one value per seed; of paired differences, where the values are such.

    Raises:
        ValueError: there are none.
    """
    if not values:
        raise ValueError("a mean needs at least one seed")
    mean = float(np.mean(values))
    if len(values) == 1:
        return SeedMean(mean, None, 1)
    half = float(t.ppf(0.975, len(values) - 1)) * float(np.std(values, ddof=1)) / math.sqrt(len(values))
    return SeedMean(mean, (mean - half, mean + half), len(values))


def at_height(curve: Sequence[tuple[float, float]], height: float) -> float | None:
    """Where a curve of ``(height, value)`` points in order of time first reaches a height: its value there.

    Linear between the two points around it; None where the curve never gets there.

    >>> at_height([(0.5, 1.0), (0.9, 0.2)], 0.7)
    0.6
    """
    if curve and curve[0][0] >= height:
        return curve[0][1]
    for (low, first), (high, second) in pairwise(curve):
        if low < height <= high:
            return first + (second - first) * (height - low) / (high - low)
    return None
