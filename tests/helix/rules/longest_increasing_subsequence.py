"""Longest increasing subsequence, by its rule text."""

from collections.abc import Iterator
from functools import cache
from random import Random

from asterism.helix.charts import Series
from tests.helix.charts import numbers, short_charts


def accepts(state: Series, answer: str) -> bool:
    """Whether it is the greatest length for which there is an increasing subsequence."""
    return int(answer) == _value(state.values)


def candidates(state: Series, rng: Random) -> Iterator[str]:
    """Whole numbers around the right one, and some far off."""
    yield from numbers(_value(state.values), rng)


def small() -> list[Series]:
    """Short charts."""
    return short_charts(Random("longest_increasing_subsequence"))


@cache
def _value(values: tuple[int, ...]) -> int:
    length, ends = 0, set(range(len(values)))
    while ends:  # the positions where an increasing subsequence with one value more than `length` can end
        length += 1
        ends = {end for end in ends if any(last < end and values[last] < values[end] for last in ends)}
    return length
