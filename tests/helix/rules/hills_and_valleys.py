"""Count hills and valleys, by its rule text."""

from collections.abc import Iterator
from functools import cache
from random import Random

from asterism.helix.charts import Series
from tests.helix.charts import numbers, short_charts


def accepts(state: Series, answer: str) -> bool:
    """Whether it is the number of stretches between lower points or between higher ones."""
    return int(answer) == _value(state.values)


def candidates(state: Series, rng: Random) -> Iterator[str]:
    """Whole numbers around the right one, and some far off."""
    yield from numbers(_value(state.values), rng)


def small() -> list[Series]:
    """Short charts."""
    return short_charts(Random("hills_and_valleys"))


@cache
def _value(heights: tuple[int, ...]) -> int:
    stretches = [heights[0]]
    for height in heights:
        if height != stretches[-1]:
            stretches.append(height)
    around = zip(stretches, stretches[1:], stretches[2:], strict=False)
    return sum((here > before and here > after) or (here < before and here < after) for before, here, after in around)
