"""Skyscrapers, from its rule text."""

from collections.abc import Iterator
from itertools import permutations
from random import Random

from asterism.helix.tasks.skyscrapers import Skyscrapers


def _seen(line: list[int]) -> int:
    """How many towers are seen from before the first."""
    return sum(1 for place, height in enumerate(line) if all(before < height for before in line[:place]))


def accepts(state: Skyscrapers, answer: str) -> bool:
    """Whether all heights are right."""
    rows = [[int(height) for height in line.split(" ")] for line in answer.split("\n")]
    columns = [list(column) for column in zip(*rows, strict=True)]
    wanted = list(range(1, len(state.top) + 1))
    if any(sorted(line) != wanted for line in rows + columns):
        return False
    views = [(state.top, columns), (state.left, rows)]
    views += [(state.bottom, [line[::-1] for line in columns]), (state.right, [line[::-1] for line in rows])]
    return all(clue in (0, _seen(line)) for clues, lines in views for clue, line in zip(clues, lines, strict=True))


def candidates(state: Skyscrapers, rng: Random) -> Iterator[str]:
    """All Latin squares of up to four rows, and random grids: of rows that are permutations, or of any heights."""
    size = len(state.top)
    if size <= 4:
        for rows in _squares(size, ()):
            yield _answer(rows)
    heights = list(range(1, size + 1))
    for _ in range(300):
        names, above, beside = (rng.sample(heights, size) for _ in range(3))
        yield _answer(tuple(tuple(names[(i + j) % size] for j in beside) for i in above))
        yield _answer(tuple(tuple(rng.sample(heights, size)) for _ in heights))
        yield _answer(tuple(tuple(rng.choice(heights) for _ in heights) for _ in heights))


def _squares(size: int, above: tuple[tuple[int, ...], ...]) -> Iterator[tuple[tuple[int, ...], ...]]:
    if len(above) == size:
        yield above
        return
    for row in permutations(range(1, size + 1)):
        if all(row[column] != other[column] for other in above for column in range(size)):
            yield from _squares(size, (*above, row))


def _answer(rows: tuple[tuple[int, ...], ...]) -> str:
    return "\n".join(" ".join(map(str, row)) for row in rows)


def small() -> list[Skyscrapers]:
    """Without clues, with one on each side, with some that nothing satisfies, and with all."""
    none = (0, 0, 0, 0)
    return [
        Skyscrapers(none, none, none, none),
        Skyscrapers((0, 3, 0, 0), none, none, none),
        Skyscrapers(none, (0, 0, 0, 3), none, none),
        Skyscrapers(none, none, (0, 3, 0, 0), none),
        Skyscrapers(none, none, none, (2, 0, 0, 4)),
        Skyscrapers((4, 4, 0, 0), none, none, none),
        Skyscrapers((3, 2, 1), (1, 2, 2), (3, 2, 1), (1, 2, 2)),
    ]
