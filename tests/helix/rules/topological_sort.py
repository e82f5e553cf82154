"""Topological sort: all vertices in an order in which every arrow leads forward."""

import json
from collections.abc import Iterator
from itertools import permutations
from random import Random

from asterism.helix.graphs import Graph


def accepts(state: Graph, answer: str) -> bool:
    """Whether the list is such an order."""
    order = json.loads(answer)
    every = sorted(order) == list(range(len(state.points)))
    return every and all(order.index(a) < order.index(b) for a, b in state.edges)


def candidates(state: Graph, rng: Random) -> Iterator[str]:
    """All orders where they are few; else right ones, and such with a vertex moved, left out, or there twice."""
    size = len(state.points)
    if size <= 6:
        yield from (json.dumps(order) for order in permutations(range(size)))
    for _ in range(150):
        order: list[int] = []
        while free := [
            each for each in range(size) if each not in order and all(a in order for a, b in state.edges if b == each)
        ]:
            order.append(rng.choice(free))
        yield json.dumps(order)
        moved = order.copy()
        moved.insert(rng.randrange(size), moved.pop(rng.randrange(len(moved))) if moved else 0)
        yield json.dumps(moved)
        yield json.dumps(order[:-1])
        yield json.dumps([*order, rng.randrange(size)])
        yield json.dumps([*order[:-1], rng.randrange(-1, size + 1)])


def small() -> list[Graph]:
    """A chain, one arrow and two chains that meet."""
    shapes: list[tuple[int, tuple[tuple[int, int], ...]]] = [
        (4, ((2, 1), (1, 3), (3, 0))),
        (4, ((3, 0),)),
        (5, ((4, 2), (3, 1), (2, 0), (1, 0))),
    ]
    return [Graph(tuple((60 * k, 60 * k * k) for k in range(size)), edges) for size, edges in shapes]
