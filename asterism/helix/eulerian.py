"""Trails that use every edge of a graph once: when there is one, how one is found, what is wrong with another.

A connected graph has a closed trail over all its edges where every vertex has an even number of them, and an open one
where just two do not (Euler).
"""

from collections.abc import Iterator, Sequence
from itertools import pairwise
from random import Random

from pydantic import JsonValue

from asterism.helix.answer_readers import negative
from asterism.helix.graph_layout import Edge, links, near, spots
from asterism.helix.graphs import (
    Graph,
    listed,
    neighbour_text,
    ordered,
    pair_list,
    reached,
    sparse,
    vertex_list,
    whole_numbers,
    written,
)
from asterism.helix.puzzle import RIGHT, Step, Verdict

PLACES = 30
"""How many ways to place the vertices are tried, and how many choices of edges for each."""
CHOICES = 40


def odd(graph: Graph) -> list[int]:
    """The vertices with an odd number of edges."""
    return [vertex for vertex, degree in enumerate(graph.degrees()) if degree % 2]


def exists(graph: Graph, *, closed: bool) -> bool:
    """Whether a trail uses every edge once: all edges hang together, and few enough vertices are odd."""
    neighbours = graph.neighbours()
    used = {vertex for vertex in graph.vertices if neighbours[vertex]}
    together = not used or used <= set(reached(neighbours, min(used)))
    return together and len(odd(graph)) in ((0,) if closed else (0, 2))


def with_odd(vertices: int, edges: int, wanted: int, rng: Random) -> Graph | None:
    """A connected graph with so many vertices, edges and odd vertices, at least two edges at each; None if not found.

    Parities are changed along paths: a path from one vertex to another, each of its edges added or taken away, changes
    those of its two ends alone.
    """
    for _ in range(PLACES):
        points = spots(vertices, rng)
        pairs = links(points, near(points), rng, crossings=1)
        for _ in range(CHOICES):
            chosen = sparse(vertices, pairs, edges + rng.randint(-2, 2), rng)
            if chosen is None:
                break
            graph = Graph(points, ordered(_with_parity(vertices, pairs, chosen, wanted, rng)))
            if len(graph.edges) == edges and min(graph.degrees()) >= 2 and graph.connected():
                return graph
    return None


def _with_parity(count: int, pairs: Sequence[Edge], chosen: Sequence[Edge], wanted: int, rng: Random) -> set[Edge]:
    present = set(chosen)
    while True:
        uneven = {vertex for vertex in range(count) if sum(vertex in edge for edge in present) % 2}
        if len(uneven) == wanted:
            return present
        pool = sorted(uneven if len(uneven) > wanted else set(range(count)) - uneven)
        present ^= set(_between(count, pairs, *rng.sample(pool, 2)))


def _between(count: int, pairs: Sequence[Edge], start: int, end: int) -> list[Edge]:
    """The edges of a shortest path."""
    came: dict[int, Edge] = {}
    waiting, seen = [start], {start}
    for vertex in waiting:
        for edge in pairs:
            other = edge[0] + edge[1] - vertex
            if vertex in edge and other not in seen:
                came[other] = edge
                seen.add(other)
                waiting.append(other)
    path, vertex = [], end
    while vertex != start:
        path.append(came[vertex])
        vertex = sum(came[vertex]) - vertex
    return path


def answer(graph: Graph, *, closed: bool) -> str:
    """A trail over all edges as it is asked for, or No."""
    return written(list(_stages(graph))[-1]) if exists(graph, closed=closed) else "No"


def verified(graph: Graph, said: str, *, closed: bool) -> Verdict:
    """Whether an answer is a trail over all edges, or rightly says that there is none."""
    if negative(said):
        return Verdict("claim", "there is such a trail") if exists(graph, closed=closed) else RIGHT
    trail = vertex_list(said)
    if trail is None:
        return Verdict("form", "a list of vertices or No is wanted")
    wrong = fault(graph, trail)
    if wrong:
        return Verdict("rule", wrong)
    if len(trail) - 1 < len(graph.edges):
        return Verdict("rule", f"{len(graph.edges) - len(trail) + 1} edges are not used")
    if closed and trail[0] != trail[-1]:
        return Verdict("rule", "the trail does not end where it began")
    return RIGHT


def fault(graph: Graph, trail: Sequence[int]) -> str:
    """Why a list of vertices is no trail; empty where it is one."""
    used: set[Edge] = set()
    for a, b in pairwise(trail):
        edge = (min(a, b), max(a, b))
        if not graph.joined(a, b):
            return f"no edge joins {a} and {b}"
        if edge in used:
            return f"the edge between {a} and {b} is used twice"
        used.add(edge)
    return "" if trail and all(vertex in graph.vertices for vertex in trail) else "there is no such vertex"


def guessed(graph: Graph, rng: Random) -> str:
    """No, or a walk along as many edges as there are."""
    if rng.random() < 0.5:
        return "No"
    neighbours = graph.neighbours()
    walk = [rng.choice(list(graph.vertices))]
    for _ in graph.edges:
        walk.append(rng.choice(neighbours[walk[-1]]))
    return written(walk)


def example(graph: Graph, *, closed: bool) -> str:
    """A trail over another graph of the same size: round a ring of all vertices, then on by every second one."""
    count = len(graph.vertices)
    more = max(0, min(len(graph.edges) - count, count // 2))
    ring = [*range(count), *range(0, 2 * more + 1, 2)]
    return written([*ring[:-1], 0] if closed else ring)


def steps(graph: Graph, *, closed: bool) -> list[Step]:
    """Worked reasoning from the reading of the graph to the check; the rules and the answer are the task's own."""
    uneven, degrees = odd(graph), graph.degrees()
    shown = ", ".join(f"{vertex} has {degree}" for vertex, degree in enumerate(degrees))
    told = [
        Step("reading", f"The neighbours of each vertex:\n{neighbour_text(graph)}", {"edges": pair_list(graph)}),
        Step("search", f"The number of edges at each vertex: {shown}.", {"degrees": list(degrees)}),
        Step("search", "Going from vertex 0 along edges, every vertex can be reached.", {"connected": True}),
        Step("search", f"The vertices with an odd number of edges: {listed(uneven)}.", {"odd": list(uneven)}),
    ]
    if exists(graph, closed=closed):
        return [*told, *_walked(graph)]
    ends = [] if closed else uneven[:2]
    begin = f"from {ends[0]} to {ends[1]}" if ends else "that comes back to its beginning"
    left = next(vertex for vertex in uneven if vertex not in ends)
    text = (
        f"Suppose there were such a trail {begin}. It enters and leaves {left} by two edges each time, but {left} has "
        f"{degrees[left]} edges, so one would be left over. That fails."
    )
    limit = "none is allowed" if closed else "at most two are allowed"
    return [
        *told,
        Step("search", text, {"ends": [*ends], "odd": left}),
        Step("check", f"{len(uneven)} vertices are odd and {limit}: there is none.", {"exists": False}),
    ]


def _walked(graph: Graph) -> Iterator[Step]:
    stuck = _stuck(graph)
    if stuck:
        text = (
            f"A first attempt, {written(stuck)}, comes to a vertex with no unused edge while "
            f"{len(graph.edges) - len(stuck) + 1} edges are still unused. It is no solution."
        )
        yield Step("search", text, {"stuck": [*stuck]})
    before: list[int] = []
    for stage in _stages(graph):
        if before:
            place = next((at for at, (a, b) in enumerate(zip(before, stage, strict=False)) if a != b), len(before)) - 1
            text = f"Vertex {stage[place]} on it has unused edges; with a detour there: {written(stage)}."
        else:
            text = f"Start at {stage[0]} and go on along unused edges until there is none: {written(stage)}."
        yield Step("search", text, {"trail": [*stage]})
        before = stage
    text = f"The walk has {len(before) - 1} steps, and each of the {len(graph.edges)} edges is there once."
    yield Step("check", text, {"whole": [*before]})


def holds(graph: Graph, claim: JsonValue, *, closed: bool) -> bool:
    """Whether what a step claims is so."""
    match claim:
        case {"edges": list(edges)}:
            return edges == pair_list(graph)
        case {"degrees": list(degrees)}:
            return degrees == graph.degrees()
        case {"connected": bool(connected)}:
            return connected == graph.connected()
        case {"ends": list(ends), "odd": int(vertex)}:
            return vertex in odd(graph) and vertex not in ends and len(ends) <= 2
        case {"odd": list(uneven)}:
            return uneven == odd(graph)
        case {"exists": bool(said)}:
            return said == exists(graph, closed=closed)
        case {"trail": list(trail)}:
            return not fault(graph, whole_numbers(trail))
        case {"stuck": list(trail)}:
            walk = whole_numbers(trail)
            return not fault(graph, walk) and len(walk) <= len(graph.edges) and not _unused(graph, walk)[walk[-1]]
        case {"whole": list(trail)}:
            return verified(graph, written(whole_numbers(trail)), closed=closed).right
    return False


def _stages(graph: Graph) -> Iterator[list[int]]:
    """A trail as far as it goes, then with one detour more each time, until every edge is used (Hierholzer)."""
    unused = graph.neighbours()
    trail = _walk(_start(graph), unused, list(graph.vertices))
    yield trail
    while len(trail) - 1 < len(graph.edges):
        place = next(at for at, vertex in enumerate(trail) if unused[vertex])
        trail = [*trail[:place], *_walk(trail[place], unused, list(graph.vertices)), *trail[place + 1 :]]
        yield trail


def _start(graph: Graph) -> int:
    """An odd vertex where there is one, else one with the fewest edges."""
    degrees = graph.degrees()
    return min(odd(graph) or graph.vertices, key=lambda vertex: degrees[vertex] or len(degrees))


def _walk(start: int, unused: list[list[int]], rank: Sequence[int]) -> list[int]:
    """A way along unused edges until there is none, to the neighbour of least rank each time; uses those edges up."""
    walk = [start]
    while unused[walk[-1]]:
        here = walk[-1]
        following = min(unused[here], key=lambda vertex: rank[vertex])
        unused[here].remove(following)
        unused[following].remove(here)
        walk.append(following)
    return walk


def _stuck(graph: Graph) -> list[int]:
    """A way that comes to its end too early; empty where none of a few attempts does."""
    start = _start(graph)
    near_first = reached(graph.neighbours(), start)
    away = [near_first.index(vertex) if vertex in near_first else -1 for vertex in graph.vertices]
    for rank in (away, list(graph.vertices), [-vertex for vertex in graph.vertices]):
        walk = _walk(start, graph.neighbours(), rank)
        if len(walk) - 1 < len(graph.edges):
            return walk
    return []


def _unused(graph: Graph, trail: Sequence[int]) -> list[list[int]]:
    """For each vertex, those to which an edge leads that a trail does not use."""
    left = graph.neighbours()
    for a, b in pairwise(trail):
        left[a].remove(b)
        left[b].remove(a)
    return left
