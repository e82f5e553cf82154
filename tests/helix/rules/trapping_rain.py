"""Trapping rain water, by its rule text."""

from collections.abc import Iterator
from functools import cache
from random import Random

from asterism.helix.charts import Series
from tests.helix.charts import numbers, short_charts


def accepts(state: Series, answer: str) -> bool:
    """Whether it is the number of unit squares above the ground with a bar as high on both sides."""
    return int(answer) == _value(state.values)


def candidates(state: Series, rng: Random) -> Iterator[str]:
    """Whole numbers around the right one, and some far off."""
    yield from numbers(_value(state.values), rng)


def small() -> list[Series]:
    """Short charts."""
    return short_charts(Random("trapping_rain"))


@cache
def _value(heights: tuple[int, ...]) -> int:
    squares = [(at, level) for at, height in enumerate(heights) for level in range(height, max(heights))]
    return sum(max(heights[:at], default=0) > level < max(heights[at:]) for at, level in squares)
