"""Hamiltonian cycle: every vertex once and back to the first; or No."""

import json
from collections.abc import Iterator
from functools import cache
from itertools import islice, pairwise, permutations
from random import Random

from asterism.helix.graphs import Graph


def trips(state: Graph, way: list[int]) -> Iterator[list[int]]:
    """All ways on from here over vertices that are not yet visited, as far as they go."""
    onward = [each for each in range(len(state.points)) if each not in way and near(state, way[-1], each)]
    for each in onward:
        yield from trips(state, [*way, each])
    if not onward:
        yield way


def near(state: Graph, a: int, b: int) -> bool:
    """Whether an edge joins two vertices."""
    return (a, b) in state.edges or (b, a) in state.edges


def closes(state: Graph, trip: list[int]) -> bool:
    """Whether the list is a Hamiltonian cycle, the first vertex again at its end."""
    once = sorted(trip[:-1]) == list(range(len(state.points)))
    return once and trip[0] == trip[-1] and all(near(state, a, b) for a, b in pairwise(trip))


@cache
def exists(state: Graph) -> bool:
    """Whether there is one, by trying every way from vertex 0."""
    return any(closes(state, [*way, 0]) for way in trips(state, [0]))


def accepts(state: Graph, answer: str) -> bool:
    """Whether the answer is such a cycle, or says No where there is none."""
    return not exists(state) if answer == "No" else closes(state, json.loads(answer))


def candidates(state: Graph, rng: Random) -> Iterator[str]:
    """No, all closed orders where they are few, and the longest ways, closed, begun elsewhere and spoilt."""
    yield "No"
    size = len(state.points)
    if size <= 6:
        yield from (json.dumps([*order, order[0]]) for order in permutations(range(size)))
    ways = sorted(islice(trips(state, [0]), 20_000), key=len)[-150:]
    for way in ways:
        at = rng.randrange(len(way))
        turned = way[at:] + way[:at]
        yield json.dumps([*turned, turned[0]])
        yield json.dumps([*turned, turned[0]][::-1])
        yield json.dumps([*turned, turned[0], *turned[1:2]])
        yield json.dumps([*turned[:-1], turned[0]])
        yield json.dumps([*turned, turned[-1]])
        yield json.dumps([*turned[:-1], rng.randrange(-1, size + 1), turned[0]])
        yield json.dumps([*turned, *turned[1:], turned[0]])


def small() -> list[Graph]:
    """A triangle, all edges of four vertices, a star, two triangles that share a vertex, one with a lone vertex."""
    shapes = [
        (3, ((0, 1), (0, 2), (1, 2))),
        (4, ((0, 1), (0, 2), (0, 3), (1, 2), (1, 3), (2, 3))),
        (4, ((0, 1), (0, 2), (0, 3))),
        (5, ((0, 1), (0, 2), (0, 3), (0, 4), (1, 2), (3, 4))),
        (4, ((0, 1), (0, 2), (1, 2))),
    ]
    return [Graph(tuple((60 * k, 60 * k * k) for k in range(size)), edges) for size, edges in shapes]
