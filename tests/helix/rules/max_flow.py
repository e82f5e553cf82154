"""Maximum flow, as the least capacity that leaves any set of vertices with S and without T."""

from collections.abc import Iterator
from functools import cache
from itertools import product
from random import Random

from asterism.helix.graphs import Graph
from asterism.helix.tasks.max_flow import Pipes


@cache
def most(state: Pipes) -> int:
    """How much can flow: no more than leaves any such set, and as much as leaves the tightest (Ford and Fulkerson)."""
    pipes = list(zip(state.graph.edges, state.capacities, strict=True))
    found = []
    for inner in product((True, False), repeat=len(state.graph.points) - 2):
        inside = (True, *inner, False)
        found.append(sum(capacity for (a, b), capacity in pipes if inside[a] and not inside[b]))
    return min(found)


def accepts(state: Pipes, answer: str) -> bool:
    """Whether the answer is that number."""
    return int(answer) == most(state)


def candidates(state: Pipes, rng: Random) -> Iterator[str]:
    """All numbers up to the sum of the capacities."""
    yield from map(str, range(sum(state.capacities) + 2))


def small() -> list[Pipes]:
    """One pipe, a bottleneck, a way that must give way to another, a ring on the way, pipes into S and out of T."""
    shapes = [
        (2, ((0, 1),), (7,)),
        (3, ((0, 1), (1, 2)), (9, 4)),
        (4, ((0, 1), (0, 2), (1, 2), (1, 3), (2, 3)), (3, 2, 3, 2, 3)),
        (5, ((0, 1), (1, 2), (2, 3), (3, 1), (3, 4)), (5, 6, 3, 8, 9)),
        (4, ((0, 1), (1, 0), (1, 2), (2, 3), (3, 1)), (5, 9, 4, 6, 7)),
        (4, ((0, 1), (0, 2), (1, 3), (2, 3), (2, 1)), (8, 8, 3, 4, 5)),
    ]
    return [Pipes(Graph(tuple((60 * k, 60 * k * k) for k in range(n)), edges), sizes) for n, edges, sizes in shapes]
