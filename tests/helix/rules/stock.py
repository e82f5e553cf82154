"""Best time to buy and sell stock, by its rule text."""

from collections.abc import Iterator
from functools import cache
from random import Random

from asterism.helix.charts import Series
from tests.helix.charts import numbers, short_charts


def accepts(state: Series, answer: str) -> bool:
    """Whether it is the largest sum over deals, of which none begins before the last has ended."""
    return int(answer) == _value(state.values)


def candidates(state: Series, rng: Random) -> Iterator[str]:
    """Whole numbers around the right one, and some far off."""
    yield from numbers(_value(state.values), rng)


def small() -> list[Series]:
    """Short charts."""
    return short_charts(Random("stock"))


@cache
def _value(prices: tuple[int, ...]) -> int:
    best = [0] * len(prices)
    """What can be earned from each day on."""
    for first in reversed(range(len(prices))):
        for buy in range(first, len(prices)):
            for sell in range(buy + 1, len(prices)):
                best[first] = max(best[first], prices[sell] - prices[buy] + best[sell])
    return best[0]
