"""Numbrix: every number once, given ones kept, consecutive ones in cells that share a side."""

from collections.abc import Iterator
from itertools import islice, permutations
from math import factorial
from random import Random

from asterism.helix.tasks.numbrix import Numbrix
from tests.helix.rules import formed


def accepts(state: Numbrix, answer: str) -> bool:
    """Whether the grid is a solution."""
    formed(r"\|(\d+\|)+(\n\|(\d+\|)+)*", answer)
    rows = [[int(number) for number in line.strip("|").split("|")] for line in answer.split("\n")]
    side = state.side
    if len(rows) != side or any(len(row) != side for row in rows):
        raise ValueError(f"not {side} lines of {side} numbers")
    if any(given not in (0, rows[at // side][at % side]) for at, given in enumerate(state.givens)):
        return False
    place = {number: (y, x) for y, row in enumerate(rows) for x, number in enumerate(row)}
    if sorted(place) != list(range(1, side * side + 1)):
        return False
    steps = ((place[number], place[number + 1]) for number in range(1, side * side))
    return all(abs(y - v) + abs(x - u) == 1 for (y, x), (v, u) in steps)


def filled(state: Numbrix, number: int, at: int, grid: dict[int, int]) -> Iterator[dict[int, int]]:
    """All paths on from this number at this cell that keep the givens, as numbers by cell."""
    side, given = state.side, state.givens[at]
    if given not in (0, number) or at in grid or (not given and number in state.givens):
        return
    grid = {**grid, at: number}
    if number == side * side:
        yield grid
        return
    y, x = divmod(at, side)
    for v, u in ((y - 1, x), (y, x - 1), (y, x + 1), (y + 1, x)):
        if 0 <= v < side and 0 <= u < side:
            yield from filled(state, number + 1, v * side + u, grid)


def candidates(state: Numbrix, rng: Random) -> Iterator[str]:
    """Solutions and such with a change, and the missing numbers in all orders where they are few, else in some."""
    side = state.side

    def form(numbers: list[int]) -> str:
        return "\n".join(f"|{'|'.join(map(str, numbers[at : at + side]))}|" for at in range(0, side * side, side))

    empty = [at for at, given in enumerate(state.givens) if not given]
    missing = [number for number in range(1, side * side + 1) if number not in state.givens]
    paths = (path for at in range(side * side) for path in filled(state, 1, at, {}))
    for path in islice(paths, 20 if side < 5 else 1):
        right = [path[at] for at in range(side * side)]
        yield form(right)
        yield form(right[::-1])
        yield form([side * side + 1 - number for number in right])
        yield form([number - 1 for number in right])
        for _ in range(40):
            a, b = rng.sample(range(side * side), 2)
            changed = right.copy()
            changed[a], changed[b] = right[b], right[a]
            yield form(changed)
            changed[b] = changed[a]
            yield form(changed)
    few = factorial(len(empty)) <= 800
    for order in permutations(missing) if few else (rng.sample(missing, len(missing)) for _ in range(300)):
        fill = iter(order)
        yield form([given or next(fill) for given in state.givens])


def small() -> list[Numbrix]:
    """Grids of 2 and 3 cells a side with one, several and no solutions."""
    return [
        Numbrix(2, (0, 0, 0, 0)),
        Numbrix(2, (1, 0, 0, 0)),
        Numbrix(2, (1, 2, 0, 0)),
        Numbrix(2, (1, 0, 0, 2)),
        Numbrix(3, (1, 0, 3, 0, 0, 0, 0, 0, 9)),
        Numbrix(3, (0, 1, 0, 0, 0, 0, 0, 0, 0)),
        Numbrix(3, (0, 0, 0, 0, 1, 0, 0, 0, 0)),
        Numbrix(3, (7, 0, 9, 0, 1, 0, 5, 0, 3)),
    ]
