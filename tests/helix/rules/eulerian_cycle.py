"""Eulerian cycle: every edge once, ending where the walk began; or No."""

import json
from collections.abc import Iterator
from functools import cache
from itertools import pairwise, product
from random import Random

from asterism.helix.graphs import Graph


def walks_all(edges: tuple[tuple[int, int], ...], walk: list[int]) -> bool:
    """Whether each step is along an edge, and all of them together use every edge exactly once."""
    steps = sorted(tuple(sorted(step)) for step in pairwise(walk))
    return steps == sorted(tuple(sorted(edge)) for edge in edges)


@cache
def possible(edges: frozenset[tuple[int, int]], here: int, end: int) -> bool:
    """Whether a walk from here over all these edges can end at ``end``: every next edge is tried."""
    if not edges:
        return here == end
    return any(possible(edges - {(a, b)}, a + b - here, end) for a, b in edges if here in (a, b))


def accepts(state: Graph, answer: str) -> bool:
    """Whether the answer is such a cycle, or says No where there is none."""
    if answer == "No":
        possible.cache_clear()  # of another graph, and large
        return not any(possible(frozenset(state.edges), each, each) for each in range(len(state.points)))
    walk = json.loads(answer)
    return walk[:1] == walk[-1:] and walks_all(state.edges, walk)


def candidates(state: Graph, rng: Random) -> Iterator[str]:
    """No, all lists of the right length where they are few, else walks as far as they go, also spoilt."""
    yield "No"
    size, edges = len(state.points), state.edges
    if size ** (len(edges) + 1) <= 1_100:
        yield from (json.dumps(each) for each in product(range(size), repeat=len(edges) + 1))
    for _ in range(200):
        left, walk = set(edges), [rng.randrange(size)]
        while onward := sorted(each for each in left if walk[-1] in each):
            a, b = rng.choice(onward)
            left.remove((a, b))
            walk.append(a + b - walk[-1])
        yield json.dumps(walk)
        yield json.dumps(walk[1:] + walk[1:2])
        at = rng.randrange(len(walk))
        yield json.dumps([*walk[:at], rng.randrange(-1, size + 1), *walk[at + 1 :]])
        yield json.dumps([*walk[:at], walk[at], *walk[at:]])
        yield json.dumps([*walk[: at + 1], *walk[max(at - 1, 0) :]])


def small() -> list[Graph]:
    """A triangle with a lone vertex, two triangles that meet, two that do not, a square with a diagonal, a path."""
    shapes = [
        (4, ((0, 1), (0, 2), (1, 2))),
        (5, ((0, 1), (0, 2), (0, 3), (0, 4), (1, 2), (3, 4))),
        (6, ((0, 1), (0, 2), (1, 2), (3, 4), (3, 5), (4, 5))),
        (4, ((0, 1), (0, 2), (0, 3), (1, 2), (2, 3))),
        (3, ((0, 1), (1, 2))),
    ]
    return [Graph(tuple((60 * k, 60 * k * k) for k in range(size)), edges) for size, edges in shapes]
