"""Largest rectangle in a histogram, by its rule text."""

from collections.abc import Iterator
from functools import cache
from random import Random

from asterism.helix.charts import Series
from tests.helix.charts import numbers, short_charts


def accepts(state: Series, answer: str) -> bool:
    """Whether it is the largest area over all runs of bars."""
    return int(answer) == _value(state.values)


def candidates(state: Series, rng: Random) -> Iterator[str]:
    """Whole numbers around the right one, and some far off."""
    yield from numbers(_value(state.values), rng)


def small() -> list[Series]:
    """Short charts."""
    return short_charts(Random("largest_rectangle"))


@cache
def _value(heights: tuple[int, ...]) -> int:
    runs = [heights[first:end] for first in range(len(heights)) for end in range(first + 1, len(heights) + 1)]
    return max(len(run) * min(run) for run in runs)
