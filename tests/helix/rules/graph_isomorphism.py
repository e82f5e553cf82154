"""Graph isomorphism: whether vertices can be paired so that edges go to edges and gaps to gaps."""

from collections.abc import Iterator
from functools import cache
from random import Random

from asterism.helix.graphs import Graph
from asterism.helix.tasks.graph_isomorphism import Two


def pairable(state: Two, partners: list[int]) -> bool:
    """Whether the first vertices, which have these partners, and all others can be paired: every partner is tried."""
    left, right = ({frozenset(edge) for edge in graph.edges} for graph in (state.left, state.right))
    new = len(partners)
    if new == len(state.left.points):
        return new == len(state.right.points)
    for other in range(len(state.right.points)):
        fits = all(
            (frozenset({old, new}) in left) == (frozenset({partner, other}) in right)
            for old, partner in enumerate(partners)
        )
        if other not in partners and fits and pairable(state, [*partners, other]):
            return True
    return False


@cache
def isomorphic(state: Two) -> bool:
    """Whether there is any pairing."""
    return pairable(state, [])


def accepts(state: Two, answer: str) -> bool:
    """Whether the answer says what is so."""
    return answer == ("Yes" if isomorphic(state) else "No")


def candidates(state: Two, rng: Random) -> Iterator[str]:
    """Both answers."""
    yield from ("Yes", "No")


def small() -> list[Two]:
    """Pairs of graphs of few vertices, most of them with equal degrees."""
    triangle = (3, ((0, 1), (0, 2), (1, 2)))
    lone = (4, ((0, 1), (0, 2), (1, 2)))
    star, path, crooked = (4, ((0, 1), (0, 2), (0, 3))), (4, ((0, 1), (1, 2), (2, 3))), (4, ((0, 2), (0, 3), (1, 3)))
    ring = (6, ((0, 1), (0, 5), (1, 2), (2, 3), (3, 4), (4, 5)))
    two = (6, ((0, 1), (0, 2), (1, 2), (3, 4), (3, 5), (4, 5)))
    prism = (6, (*two[1], (0, 3), (1, 4), (2, 5)))
    thirds = (6, tuple((a, b) for a in range(3) for b in range(3, 6)))
    turned = (6, tuple((a, b) for a in (0, 2, 4) for b in (1, 3, 5)))
    tail_a = (6, ((0, 1), (1, 2), (2, 3), (3, 4), (1, 5)))
    tail_b = (6, ((0, 1), (1, 2), (2, 3), (3, 4), (2, 5)))
    pairs = [(triangle, triangle), (triangle, lone), (lone, triangle), (lone, star), (star, path), (path, crooked)]
    pairs += [(ring, two), (prism, thirds), (thirds, turned), (tail_a, tail_b)]

    def graph(size: int, edges: tuple[tuple[int, int], ...]) -> Graph:
        return Graph(tuple((60 * k, 60 * k * k) for k in range(size)), edges)

    return [Two(graph(*left), graph(*right)) for left, right in pairs]
