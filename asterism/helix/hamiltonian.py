"""Routes that visit every vertex of a graph once: which there are, how one is found, what is wrong with another."""

from collections.abc import Iterator, Sequence
from itertools import pairwise
from random import Random

from pydantic import JsonValue

from asterism.helix.answer_readers import negative
from asterism.helix.graph_layout import links, near, spots
from asterism.helix.graphs import (
    Graph,
    Search,
    neighbour_text,
    ordered,
    pair_list,
    pruned,
    vertex_list,
    whole_numbers,
    written,
)
from asterism.helix.puzzle import RIGHT, Step, Verdict

PLACES = 30
"""How many ways to place the vertices are tried, and how many choices of edges for each."""
CHOICES = 60

Route = tuple[int, ...]


def search(graph: Graph, *, closed: bool) -> Search[Route]:
    """All routes that go on from given first vertices, those neighbours first that have the fewest ways on.

    CP-SAT takes ten times as long for such small graphs, and making one instance needs some dozens of searches.
    """
    masks = [sum(1 << other for other in each) for each in graph.neighbours()]
    whole = (1 << len(masks)) - 1

    def after(route: Route) -> Iterator[Route]:
        left = whole & ~_mask(route)
        ways = sorted(_vertices(masks[route[-1]] & left), key=lambda vertex: (masks[vertex] & left).bit_count())
        return ((*route, vertex) for vertex in ways)

    return Search(after, lambda route: _flaw(masks, route, closed), lambda route: len(route) == len(masks))


def begin(graph: Graph) -> int:
    """Where to look for a closed route from: at a vertex with the fewest edges."""
    degrees = graph.degrees()
    return degrees.index(min(degrees))


def first(graph: Graph, start: int, *, closed: bool) -> Route | None:
    """A route over all vertices; None where there is none."""
    return next(search(graph, closed=closed).solutions((start,)), None)


def balanced(
    vertices: int, edges: int, degrees: range, rng: Random, *, closed: bool, start: int | None = None
) -> Graph | None:
    """A graph with a route or, as often, one without.

    Two graphs are made on the same places with the same degrees, one with a route and one without, and one of them is
    taken, so that neither the number of edges nor the degrees tell which it is. None where no such two are found.
    """
    wanted = rng.random() < 0.5
    for _ in range(PLACES):
        points = spots(vertices, rng)
        pairs = links(points, near(points), rng, crossings=1)
        seen: dict[tuple[int, ...], dict[bool, Graph]] = {}
        for _ in range(CHOICES):
            chosen = pruned(vertices, pairs, edges, degrees, rng)
            if chosen is None:
                continue
            graph = Graph(points, ordered(chosen))
            own = graph.degrees()
            key = (own[start] if start is not None else 0, *sorted(own))
            twins = seen.setdefault(key, {})
            if len(twins) < 2:
                there = first(graph, begin(graph) if start is None else start, closed=closed) is not None
                twins.setdefault(there, graph)
            if len(twins) == 2:
                return twins[wanted]
    return None


def verified(graph: Graph, said: str, start: int | None, *, closed: bool) -> Verdict:
    """Whether an answer is a route over all vertices, from ``start`` if given, or rightly says that there is none."""
    if negative(said):
        there = first(graph, begin(graph) if start is None else start, closed=closed)
        return Verdict("claim", "there is such a route") if there else RIGHT
    route = vertex_list(said)
    if route is None:
        return Verdict("form", "a list of vertices or No is wanted")
    if closed:
        if len(route) < 2 or route[0] != route[-1]:
            return Verdict("rule", "the list does not end with the vertex it began with")
        route = route[:-1]
    if start is not None and route[0] != start:
        return Verdict("rule", f"the route does not begin at {start}")
    wrong = fault(graph, route)
    if wrong:
        return Verdict("rule", wrong)
    if len(route) < len(graph.points):
        return Verdict("rule", f"{len(graph.points) - len(route)} vertices are not visited")
    if closed and not graph.joined(route[-1], route[0]):
        return Verdict("rule", f"no edge joins {route[-1]} and {route[0]}")
    return RIGHT


def fault(graph: Graph, route: Sequence[int]) -> str:
    """Why a list of vertices is no route; empty where it is one."""
    if not route or any(vertex not in graph.vertices for vertex in route):
        return "there is no such vertex"
    if len(set(route)) < len(route):
        return "a vertex is visited twice"
    return next((f"no edge joins {a} and {b}" for a, b in pairwise(route) if not graph.joined(a, b)), "")


def guessed(graph: Graph, start: int | None, rng: Random) -> str:
    """No, or all vertices in random order."""
    if rng.random() < 0.5:
        return "No"
    others = [vertex for vertex in graph.vertices if vertex != start]
    return written([*([] if start is None else [start]), *rng.sample(others, len(others))])


def steps(graph: Graph, start: int, *, closed: bool) -> list[Step]:
    """Worked reasoning from the reading of the graph to the check; the rules and the answer are the task's own."""
    told = [Step("reading", f"The neighbours of each vertex:\n{neighbour_text(graph)}", {"edges": pair_list(graph)})]
    route: Route = ()
    for route, why in search(graph, closed=closed).told((start,)):
        if why:
            text = f"{written(route)}: {why}. This is a dead end."
        elif len(route) == 1:
            text = f"Begin at {start}, and go first to those neighbours that have the fewest ways on."
        else:
            text = f"Go on to {route[-1]}: {written(route)}."
        told.append(Step("search", text, {"route": [*route], "dead": bool(why)}))
    if why:
        return [*told, Step("check", "Every way from the beginning was tried: there is none.", {"exists": False})]
    last = f", and an edge joins {route[-1]} and {route[0]}" if closed else ""
    text = f"All {len(route)} vertices are there once, an edge joins each to the next{last}."
    return [*told, Step("check", text, {"whole": [*route, route[0]] if closed else [*route]})]


def holds(graph: Graph, claim: JsonValue, start: int | None, *, closed: bool) -> bool:
    """Whether what a step claims is so."""
    match claim:
        case {"edges": list(edges)}:
            return edges == pair_list(graph)
        case {"route": list(values), "dead": bool(dead)}:
            route = tuple(whole_numbers(values))
            if fault(graph, route) or (start is not None and route[0] != start):
                return False
            return not dead or next(search(graph, closed=closed).solutions(route), None) is None
        case {"exists": bool(said)}:
            return said == (first(graph, begin(graph) if start is None else start, closed=closed) is not None)
        case {"whole": list(values)}:
            return verified(graph, written(whole_numbers(values)), start, closed=closed).right
    return False


def ways(graph: Graph, start: int) -> int:
    """How many routes of any length begin at a vertex: what somebody would try who sees no dead end in advance."""
    neighbours = graph.neighbours()

    def below(vertex: int, visited: int) -> int:
        return 1 + sum(below(other, visited | 1 << other) for other in neighbours[vertex] if not visited >> other & 1)

    return below(start, 1 << start)


def _flaw(masks: Sequence[int], route: Route, closed: bool) -> str:
    """Why a route plainly cannot be completed; empty where that is not seen at a glance."""
    end = route[-1]
    left = ((1 << len(masks)) - 1) & ~_mask(route)
    if not left:
        return f"no edge joins {end} and {route[0]}" if closed and not masks[end] >> route[0] & 1 else ""
    usable = left | 1 << end | (1 << route[0] if closed else 0)
    ways = {vertex: (masks[vertex] & usable).bit_count() for vertex in _vertices(left)}
    if closed:
        lonely = [vertex for vertex, count in ways.items() if count < 2]
        if lonely:
            return f"{lonely[0]} could not be both entered and left any more"
    else:
        lonely = [vertex for vertex, count in ways.items() if count == 1]
        if len(lonely) > 1:
            return f"{lonely[0]} and {lonely[1]} could both be visited only last"
    found = masks[end] & left
    while more := _around(masks, found) & left & ~found:
        found |= more
    return f"{next(_vertices(left & ~found))} cannot be reached any more" if left & ~found else ""


def _around(masks: Sequence[int], vertices: int) -> int:
    around = 0
    for vertex in _vertices(vertices):
        around |= masks[vertex]
    return around


def _vertices(mask: int) -> Iterator[int]:
    while mask:
        lowest = mask & -mask
        yield lowest.bit_length() - 1
        mask ^= lowest


def _mask(route: Sequence[int]) -> int:
    mask = 0
    for vertex in route:
        mask |= 1 << vertex
    return mask
