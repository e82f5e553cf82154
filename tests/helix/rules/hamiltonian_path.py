"""Hamiltonian path: from the start, every vertex once; or No."""

import json
from collections.abc import Iterator
from functools import cache
from itertools import islice, pairwise, permutations
from random import Random

from asterism.helix.graphs import Graph
from asterism.helix.tasks.hamiltonian_path import Journey


def near(state: Journey, a: int, b: int) -> bool:
    """Whether an edge joins two vertices."""
    return (a, b) in state.graph.edges or (b, a) in state.graph.edges


def ways(state: Journey, way: list[int]) -> Iterator[list[int]]:
    """All ways on from here over vertices that are not yet visited, as far as they go."""
    onward = [each for each in range(len(state.graph.points)) if each not in way and near(state, way[-1], each)]
    for each in onward:
        yield from ways(state, [*way, each])
    if not onward:
        yield way


@cache
def exists(state: Journey) -> bool:
    """Whether there is one, by trying every way from the start."""
    return any(len(way) == len(state.graph.points) for way in ways(state, [state.start]))


def accepts(state: Journey, answer: str) -> bool:
    """Whether the answer is such a path, or says No where there is none."""
    if answer == "No":
        return not exists(state)
    way = json.loads(answer)
    joined = all(near(state, a, b) for a, b in pairwise(way))
    return way[:1] == [state.start] and sorted(way) == list(range(len(state.graph.points))) and joined


def candidates(state: Journey, rng: Random) -> Iterator[str]:
    """No, all orders where they are few, and the longest ways, also turned round and spoilt."""
    yield "No"
    size = len(state.graph.points)
    if size <= 6:
        yield from (json.dumps(order) for order in permutations(range(size)))
    for first in range(size):
        for way in sorted(islice(ways(state, [first]), 5_000), key=len)[-40:]:
            yield json.dumps(way)
            yield json.dumps(way[::-1])
            yield json.dumps(way[:-1])
            yield json.dumps([*way, way[0]])
            at = rng.randrange(len(way))
            yield json.dumps([*way[:at], rng.randrange(-1, size + 1), *way[at + 1 :]])


def small() -> list[Journey]:
    """A path begun at its end and in its middle, a triangle, a star, a triangle with a lone vertex."""
    shapes = [
        (3, ((0, 1), (1, 2)), 2),
        (3, ((0, 1), (1, 2)), 1),
        (3, ((0, 1), (0, 2), (1, 2)), 1),
        (4, ((0, 1), (0, 2), (0, 3)), 1),
        (4, ((0, 1), (0, 2), (1, 2)), 0),
    ]
    return [Journey(Graph(tuple((60 * k, 60 * k * k) for k in range(n)), edges), start) for n, edges, start in shapes]
