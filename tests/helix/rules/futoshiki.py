"""Futoshiki, from its rule text."""

from collections.abc import Iterator
from itertools import permutations
from random import Random

from asterism.helix.tasks.futoshiki import Futoshiki


def accepts(state: Futoshiki, answer: str) -> bool:
    """Whether all numbers are right."""
    rows = [[int(number) for number in line.split(" ")] for line in answer.split("\n")]
    wanted = list(range(1, state.size + 1))
    if any(sorted(row) != wanted for row in rows) or any(sorted(line) != wanted for line in zip(*rows, strict=True)):
        return False
    numbers = [number for row in rows for number in row]
    if any(given not in (0, number) for given, number in zip(state.givens, numbers, strict=True)):
        return False
    return all(numbers[lesser] < numbers[greater] for lesser, greater in state.less)


def candidates(state: Futoshiki, rng: Random) -> Iterator[str]:
    """All Latin squares of up to four rows, and random grids: of rows that are permutations, or of any numbers."""
    if state.size <= 4:
        for rows in _squares(state.size, ()):
            yield _answer(rows)
    size, numbers = state.size, list(range(1, state.size + 1))
    for _ in range(300):
        names, above, beside = (rng.sample(numbers, size) for _ in range(3))
        yield _answer(tuple(tuple(names[(i + j) % size] for j in beside) for i in above))
        yield _answer(tuple(tuple(rng.sample(numbers, size)) for _ in numbers))
        filled = [given or rng.choice(numbers) for given in state.givens]
        yield _answer(tuple(tuple(filled[row * size : row * size + size]) for row in range(size)))


def _squares(size: int, above: tuple[tuple[int, ...], ...]) -> Iterator[tuple[tuple[int, ...], ...]]:
    if len(above) == size:
        yield above
        return
    for row in permutations(range(1, size + 1)):
        if all(row[column] != other[column] for other in above for column in range(size)):
            yield from _squares(size, (*above, row))


def _answer(rows: tuple[tuple[int, ...], ...]) -> str:
    return "\n".join(" ".join(map(str, row)) for row in rows)


def small() -> list[Futoshiki]:
    """Without clues, with signs alone, with one that is broken by all, and with both."""
    return [
        Futoshiki(3, (0,) * 9, ()),
        Futoshiki(3, (0,) * 9, ((0, 1), (3, 0))),
        Futoshiki(3, (0, 0, 0, 0, 3, 0, 0, 0, 0), ((4, 5),)),
        Futoshiki(4, (0, 2) + (0,) * 14, ((4, 0), (5, 9), (11, 10), (15, 11))),
    ]
