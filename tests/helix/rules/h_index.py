"""H-index, by its rule text."""

from collections.abc import Iterator
from functools import cache
from random import Random

from asterism.helix.charts import Series
from tests.helix.charts import numbers, short_charts


def accepts(state: Series, answer: str) -> bool:
    """Whether it is the largest h such that at least h papers have at least h citations."""
    return int(answer) == _value(state.values)


def candidates(state: Series, rng: Random) -> Iterator[str]:
    """Whole numbers around the right one, and some far off."""
    yield from numbers(_value(state.values), rng)


def small() -> list[Series]:
    """Short charts."""
    return short_charts(Random("h_index"))


@cache
def _value(citations: tuple[int, ...]) -> int:
    return max(h for h in range(len(citations) + 1) if sum(cited >= h for cited in citations) >= h)
