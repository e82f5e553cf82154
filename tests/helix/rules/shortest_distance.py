"""Shortest distance: the least sum of weights of all ways from start to target."""

from collections.abc import Iterator
from functools import cache
from random import Random

from asterism.helix.graphs import Graph
from asterism.helix.tasks.shortest_distance import Roads


def lengths(state: Roads, way: tuple[int, ...], so_far: int) -> Iterator[int]:
    """The lengths of all ways on to the target that visit no vertex twice (a shortest one does not)."""
    if way[-1] == state.end:
        yield so_far
        return
    for (a, b), weight in zip(state.graph.edges, state.weights, strict=True):
        if way[-1] in (a, b) and (onward := a + b - way[-1]) not in way:
            yield from lengths(state, (*way, onward), so_far + weight)


@cache
def shortest(state: Roads) -> int:
    """The length of the shortest."""
    return min(lengths(state, (state.start,), 0))


def accepts(state: Roads, answer: str) -> bool:
    """Whether the answer is that number."""
    return int(answer) == shortest(state)


def candidates(state: Roads, rng: Random) -> Iterator[str]:
    """All numbers up to the sum of the weights."""
    yield from map(str, range(sum(state.weights) + 2))


def small() -> list[Roads]:
    """One road, a detour that is shorter, one that is as long, a road with parts that lead nowhere."""
    shapes = [
        (2, ((0, 1),), (7,), 1, 0),
        (3, ((0, 1), (0, 2), (1, 2)), (9, 4, 3), 0, 1),
        (3, ((0, 1), (0, 2), (1, 2)), (7, 4, 3), 1, 0),
        (5, ((0, 1), (1, 2), (1, 3), (3, 4)), (1, 1, 5, 2), 4, 2),
    ]
    return [
        Roads(Graph(tuple((60 * k, 60 * k * k) for k in range(size)), edges), weights, start, end)
        for size, edges, weights, start, end in shapes
    ]
