"""Short charts and numbers to try, for tasks whose answer is one whole number."""

from collections.abc import Iterator
from random import Random

from asterism.helix.charts import Series

CHARTS = (
    *((1, 2), (2, 1), (3, 3, 3), (1, 2, 3, 4), (4, 3, 2, 1)),
    *((1, 1, 2, 2, 1, 1), (2, 1, 1, 2), (1, 9, 1, 9), (3, 1, 2, 1, 3)),
)


def short_charts(rng: Random) -> list[Series]:
    """Rising, falling, flat and with ties, and some drawn at random; two values at least."""
    drawn = [tuple(rng.randint(1, top) for _ in range(rng.randint(3, 9))) for top in (2, 3, 4, 9) for _ in range(10)]
    return [Series(values) for values in (*CHARTS, *drawn)]


def numbers(value: int, rng: Random) -> Iterator[str]:
    """Whole numbers around the right one, and some far off."""
    yield from map(str, range(max(0, value - 25), value + 26))
    yield from (str(rng.randrange(3 * value + 10)) for _ in range(50))
