"""Word search, from its rule text, by looking at every place in every direction."""

from itertools import islice, product

from asterism.helix.tasks.word_search import WordSearch

WAYS = {
    "E": (1, 0),
    "W": (-1, 0),
    "S": (0, 1),
    "N": (0, -1),
    "SE": (1, 1),
    "SW": (-1, 1),
    "NE": (1, -1),
    "NW": (-1, -1),
}
"""Steps right and down."""


def answers(state: WordSearch, limit: int = 2) -> list[str]:
    """Up to ``limit`` places where the word stands; fewer mean that there are no more."""
    letters = {(x, y): letter for y, row in enumerate(state.rows, 1) for x, letter in enumerate(row, 1)}
    found = (
        f"{state.word} {direction} @ ({x},{y})"
        for (x, y), (direction, (right, down)) in product(letters, WAYS.items())
        if all(letters.get((x + place * right, y + place * down)) == letter for place, letter in enumerate(state.word))
    )
    return list(islice(found, limit))
