"""Bridges: straight, at most two between neighbours, never crossing, every number met, all islands connected."""

import re
from collections.abc import Iterator
from itertools import combinations, product
from random import Random

from asterism.helix.tasks.bridges import Bridges
from tests.helix.rules import formed

Place = tuple[int, int]


def between(a: Place, b: Place) -> set[Place]:
    """The points strictly between two on one row or column; none for others."""
    (left, right), (top, bottom) = sorted((a[0], b[0])), sorted((a[1], b[1]))
    line = {(x, y) for x in range(left, right + 1) for y in range(top, bottom + 1)}
    return line - {a, b} if left == right or top == bottom else set()


def accepts(state: Bridges, answer: str) -> bool:
    """Whether the bridges are a solution."""
    formed(r"\(\d+,\d+\)-\(\d+,\d+\):\d+(, \(\d+,\d+\)-\(\d+,\d+\):\d+)*", answer)
    read = [tuple(map(int, re.findall(r"\d+", part))) for part in answer.split(", ")]
    built = [((x, y), (u, v), count) for x, y, u, v, count in read]
    islands = {(x, y): number for x, y, number in state.islands}
    for a, b, count in built:
        if a not in islands or b not in islands or a == b or not 1 <= count <= 2:
            return False
        if (a[0] != b[0] and a[1] != b[1]) or between(a, b) & set(islands):
            return False
    if len({frozenset((a, b)) for a, b, _ in built}) < len(built):
        return False
    if any(between(a, b) & between(c, d) for (a, b, _), (c, d, _) in combinations(built, 2)):
        return False
    if any(sum(count for a, b, count in built if each in (a, b)) != number for each, number in islands.items()):
        return False
    group = {next(iter(islands))}
    for _ in islands:
        group |= {each for a, b, _ in built if a in group or b in group for each in (a, b)}
    return group == set(islands)


def candidates(state: Bridges, rng: Random) -> Iterator[str]:
    """Bridges between neighbours in all numbers if few, also with a pair twice, turned round or made up."""
    islands = [(x, y) for x, y, _ in state.islands]
    pairs = [
        (a, b)
        for a, b in combinations(islands, 2)
        if (a[0] == b[0] or a[1] == b[1]) and not between(a, b) & set(islands)
    ]

    def form(built: list[tuple[Place, Place, int]]) -> str:
        return ", ".join(f"({a[0]},{a[1]})-({b[0]},{b[1]}):{count}" for a, b, count in built if count)

    need = {(x, y): number for x, y, number in state.islands}
    every = list(product(range(3), repeat=len(pairs))) if 3 ** len(pairs) <= 2_200 else []
    picks = every or [tuple(rng.choices(range(3), k=len(pairs))) for _ in range(400)]
    for counts in picks:
        if not any(counts):
            continue
        built = [(a, b, count) for (a, b), count in zip(pairs, counts, strict=True)]
        yield form(built)
        met = all(sum(count for a, b, count in built if each in (a, b)) == number for each, number in need.items())
        if met or rng.random() < 0.03:
            yield form(rng.sample([(b, a, count) for a, b, count in built], len(built)))
            yield form([*built, built[0]])
            yield form([(a, b, 1) for a, b, count in built for _ in range(count)])
            yield form([*built, (*rng.sample(islands, 2), 1)])
            yield form([*built[1:], (islands[0], (islands[0][0] + 1, islands[0][1]), 1)])
            yield form([(a, b, count + 1) for a, b, count in built])


def small() -> list[Bridges]:
    """One bridge, two, an island in the way, two solutions, two parts, a crossing, and numbers that cannot be met."""
    return [
        Bridges(2, ((0, 0, 1), (1, 0, 1))),
        Bridges(3, ((0, 0, 2), (0, 2, 2))),
        Bridges(3, ((0, 0, 1), (1, 0, 2), (2, 0, 1))),
        Bridges(3, ((0, 0, 3), (2, 0, 3), (0, 2, 3), (2, 2, 3))),
        Bridges(3, ((0, 0, 2), (2, 0, 2), (0, 2, 2), (2, 2, 2))),
        Bridges(3, ((0, 0, 1), (2, 0, 1), (0, 2, 1), (2, 2, 1))),
        Bridges(3, ((1, 0, 1), (0, 1, 1), (2, 1, 1), (1, 2, 1))),
        Bridges(3, ((1, 0, 2), (2, 0, 2), (0, 1, 1), (2, 1, 2), (1, 2, 1))),
        Bridges(3, ((0, 0, 3), (2, 0, 1))),
    ]
