"""Container with most water, by its rule text."""

from collections.abc import Iterator
from functools import cache
from random import Random

from asterism.helix.charts import Series
from tests.helix.charts import numbers, short_charts


def accepts(state: Series, answer: str) -> bool:
    """Whether it is the most that any two bars hold."""
    return int(answer) == _value(state.values)


def candidates(state: Series, rng: Random) -> Iterator[str]:
    """Whole numbers around the right one, and some far off."""
    yield from numbers(_value(state.values), rng)


def small() -> list[Series]:
    """Short charts."""
    return short_charts(Random("container"))


@cache
def _value(heights: tuple[int, ...]) -> int:
    pairs = [(left, right) for right in range(len(heights)) for left in range(right)]
    return max(((right - left) * min(heights[left], heights[right]) for left, right in pairs), default=0)
