"""Eulero, from its rule text."""

from collections.abc import Iterator
from itertools import permutations
from random import Random

from asterism.helix.tasks.eulero import Eulero
from tests.helix.rules import formed


def accepts(state: Eulero, answer: str) -> bool:
    """Whether all pairs are right."""
    formed(r"[A-H][1-8]( [A-H][1-8])*(\n[A-H][1-8]( [A-H][1-8])*)*", answer)
    rows = [line.split(" ") for line in answer.split("\n")]
    letters = set("ABCDEFGHIJ"[: state.order])
    digits = {str(digit) for digit in range(1, state.order + 1)}
    for line in rows + [list(column) for column in zip(*rows, strict=True)]:
        if {pair[0] for pair in line} != letters or {pair[1:] for pair in line} != digits:
            return False
    pairs = [pair for row in rows for pair in row]
    if len(set(pairs)) != state.order**2:
        return False
    return all(given in ("..", pair) for given, pair in zip(state.cells, pairs, strict=True))


def candidates(state: Eulero, rng: Random) -> Iterator[str]:
    """For order 3 all Latin squares of letters with all of digits; also with two pairs exchanged, and random ones."""
    size = state.order
    if size == 3:
        squares = list(_squares(size, ()))
        for letters in squares:
            for digits in squares:
                yield _answer(["ABC"[a] + str(b + 1) for a, b in zip(letters, digits, strict=True)], size)
    names = "ABCDEFGHIJ"[:size]
    for _ in range(300):
        rows, columns, one, other = (rng.sample(range(size), size) for _ in range(4))
        factor = rng.choice([1, 2])
        pairs = [
            names[one[(rows[i] + columns[j]) % size]] + str(other[(rows[i] + factor * columns[j]) % size] + 1)
            for i in range(size)
            for j in range(size)
        ]
        yield _answer(pairs, size)
        first, second = rng.sample(range(size * size), 2)
        pairs[first], pairs[second] = pairs[second], pairs[first]
        yield _answer(pairs, size)
        given = [pair if pair != ".." else rng.choice(names) + str(rng.randint(1, size)) for pair in state.cells]
        yield _answer(given, size)


def _squares(size: int, above: tuple[int, ...]) -> Iterator[tuple[int, ...]]:
    if len(above) == size * size:
        yield above
        return
    for row in permutations(range(size)):
        if all(above[place] != row[place % size] for place in range(len(above))):
            yield from _squares(size, above + row)


def _answer(pairs: list[str], size: int) -> str:
    return "\n".join(" ".join(pairs[row * size : row * size + size]) for row in range(size))


def small() -> list[Eulero]:
    """With all solutions, some, one and none."""
    return [
        Eulero(3, ("..",) * 9),
        Eulero(3, ("A1", "..", "..", "..", "..", "..", "..", "..", "..")),
        Eulero(3, ("A1", "B2", "..", "B3", "..", "..", "..", "..", "..")),
        Eulero(3, ("A1", "..", "..", "..", "A1", "..", "..", "..", "..")),
    ]
