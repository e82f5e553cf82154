"""Largest rectangle in a histogram, by its rule text."""

from collections.abc import Iterator
from random import Random

from asterism.helix.bars import Series


def accepts(state: Series, answer: str) -> bool:
    """Whether it is the largest area over all runs of bars."""
    return int(answer) == _value(state.values)


def candidates(state: Series, rng: Random) -> Iterator[str]:
    """Whole numbers around the right one, and some far off."""
    value = _value(state.values)
    yield from map(str, range(max(0, value - 25), value + 26))
    yield from (str(rng.randrange(3 * value + 10)) for _ in range(50))


def small() -> list[Series]:
    """Short charts: rising, falling, flat, with ties, and some drawn at random."""
    charts = [(5,), (1, 2), (2, 1), (3, 3, 3), (1, 2, 3, 4), (4, 3, 2, 1), (1, 1, 2, 2, 1, 1), (2, 1, 1, 2), (1, 9, 1, 9)]
    rng = Random("largest_rectangle")
    drawn = [tuple(rng.randint(1, top) for _ in range(rng.randint(3, 9))) for top in (2, 3, 4, 9) for _ in range(8)]
    return [Series(values) for values in (*charts, *drawn)]


def _value(heights: tuple[int, ...]) -> int:
    runs = [heights[first:end] for first in range(len(heights)) for end in range(first + 1, len(heights) + 1)]
    return max(len(run) * min(run) for run in runs)
