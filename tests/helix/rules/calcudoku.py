"""Calcudoku, from its rule text."""

from collections.abc import Iterator
from itertools import permutations
from math import prod
from random import Random

from asterism.helix.tasks.calcudoku import Cage, Calcudoku


def accepts(state: Calcudoku, answer: str) -> bool:
    """Whether all rows, columns and cages are right."""
    rows = [[int(number) for number in line.split(" ")] for line in answer.split("\n")]
    wanted = list(range(1, state.size + 1))
    if any(sorted(row) != wanted for row in rows) or any(sorted(line) != wanted for line in zip(*rows, strict=True)):
        return False
    numbers = [number for row in rows for number in row]
    for cage in state.cages:
        held = sorted(numbers[cell] for cell in cage.cells)
        if cage.operation == "+":
            right = sum(held) == cage.target
        elif cage.operation == "*":
            right = prod(held) == cage.target
        elif cage.operation == "-":
            right = held[1] - held[0] == cage.target
        elif cage.operation == "/":
            right = held[1] == cage.target * held[0]
        else:
            right = held == [cage.target]
        if not right:
            return False
    return True


def candidates(state: Calcudoku, rng: Random) -> Iterator[str]:
    """All Latin squares of up to four rows, and random grids: of rows that are permutations, or of any numbers."""
    if state.size <= 4:
        for rows in _squares(state.size, ()):
            yield _answer(rows)
    numbers = list(range(1, state.size + 1))
    for _ in range(300):
        shift = [rng.sample(numbers, state.size) for _ in range(3)]
        rows = tuple(
            tuple(shift[0][(shift[1][i] + shift[2][j]) % state.size] for j in range(state.size))
            for i in range(state.size)
        )
        yield _answer(rows)
        yield _answer(tuple(tuple(rng.sample(numbers, state.size)) for _ in numbers))
        yield _answer(tuple(tuple(rng.choice(numbers) for _ in numbers) for _ in numbers))


def _squares(size: int, above: tuple[tuple[int, ...], ...]) -> Iterator[tuple[tuple[int, ...], ...]]:
    if len(above) == size:
        yield above
        return
    for row in permutations(range(1, size + 1)):
        if all(row[column] != other[column] for other in above for column in range(size)):
            yield from _squares(size, (*above, row))


def _answer(rows: tuple[tuple[int, ...], ...]) -> str:
    return "\n".join(" ".join(map(str, row)) for row in rows)


def small() -> list[Calcudoku]:
    """Every operation; with several solutions, one and none."""
    pairs = (
        *(Cage("/", 2, (0, 1)), Cage("-", 1, (2, 3)), Cage("*", 12, (4, 5)), Cage("/", 2, (6, 7))),
        *(Cage("/", 2, (8, 12)), Cage("-", 2, (9, 13)), Cage("-", 2, (10, 14)), Cage("/", 3, (11, 15))),
    )
    return [
        Calcudoku(3, (Cage("*", 36, (0, 1, 2, 3, 4, 5)), Cage("+", 6, (6, 7, 8)))),
        Calcudoku(3, (Cage("+", 8, (0, 1, 3, 4)), Cage("", 2, (8,)), Cage("+", 4, (2, 5)), Cage("*", 3, (6, 7)))),
        Calcudoku(3, (Cage("+", 7, (0, 1, 3, 4)), Cage("", 1, (8,)), Cage("+", 4, (2, 5)), Cage("*", 3, (6, 7)))),
        Calcudoku(3, (Cage("-", 1, (0, 1)), Cage("/", 3, (2, 5)), Cage("+", 11, (3, 4, 6, 7, 8)))),
        Calcudoku(4, pairs),
        Calcudoku(4, (*pairs[1:], Cage("", 1, (0,)), Cage("", 2, (1,)))),
        Calcudoku(4, tuple(Cage("+", 10, tuple(range(row * 4, row * 4 + 4))) for row in range(4))),
    ]
