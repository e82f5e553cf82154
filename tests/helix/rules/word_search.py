"""Word search: the word from its first letter on in one of eight directions."""

import re
from collections.abc import Iterator
from itertools import product
from random import Random

from asterism.helix.tasks.word_search import WordSearch

STEPS = {
    "E": (1, 0),
    "W": (-1, 0),
    "S": (0, 1),
    "N": (0, -1),
    "SE": (1, 1),
    "SW": (-1, 1),
    "NE": (1, -1),
    "NW": (-1, -1),
}
"""How x and y change along each direction."""


def accepts(state: WordSearch, answer: str) -> bool:
    """Whether the word of the instance is named and stands there."""
    word, way, x, y = re.fullmatch(r"([A-Z]+) ([A-Z]+) @ \((-?\d+),(-?\d+)\)", answer).groups()  # type: ignore[union-attr]
    letters = {(u + 1, v + 1): letter for v, row in enumerate(state.rows) for u, letter in enumerate(row)}
    across, down = STEPS[way]
    places = [(int(x) + k * across, int(y) + k * down) for k in range(len(word))]
    return word == state.word and all(letters.get(place) == letter for place, letter in zip(places, word, strict=True))


def candidates(state: WordSearch, rng: Random) -> Iterator[str]:
    """All places and directions, some just outside the grid, and other words."""
    wide, high = len(state.rows[0]), len(state.rows)
    for way, x, y in product(STEPS, range(-1, wide + 2), range(-1, high + 2)):
        yield f"{state.word} {way} @ ({x},{y})"
        if 1 <= x <= wide and 1 <= y <= high and state.rows[y - 1][x - 1] in (state.word[0], state.word[-1]):
            yield f"{state.word[::-1]} {way} @ ({x},{y})"
            yield f"{state.word[:-1]} {way} @ ({x},{y})"


def small() -> list[WordSearch]:
    """The word forwards, backwards, slanting, and over the edge only."""
    return [
        WordSearch(("QQQQ", "SUNQ", "QQQQ", "QQQQ"), "SUN"),
        WordSearch(("QQN", "QUQ", "SQQ"), "SUN"),
        WordSearch(("NUS", "UQQ", "QQQ"), "SUN"),
        WordSearch(("NSU", "QQQ", "QQQ"), "SUN"),
    ]
