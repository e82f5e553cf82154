"""Shortest distance: the least sum of weights on a way between two vertices.

Vertices are as published, and the least number of vertices on the shortest way lies in the published ranges. Published
weights of at most 5 to 10 leave so few distances that one can be guessed; here they go up to 60 and more, the way with
the fewest edges is never a shortest one, and no edges cross, so that every weight is plainly that of one edge.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from itertools import pairwise
from random import Random
from typing import ClassVar

from pydantic import JsonValue

from asterism.helix.answer_readers import integer
from asterism.helix.canvas import Canvas
from asterism.helix.graph_layout import links, near, spots
from asterism.helix.graphs import (
    START,
    TARGET,
    Graph,
    drawn,
    edge_text,
    label_boxes,
    network,
    networkx,
    ordered,
    pair_list,
    reached,
    sparse,
    whole_numbers,
    written,
)
from asterism.helix.puzzle import RIGHT, Puzzle, Step, Verdict, exhausted
from asterism.helix.wording import Wording

PLACES = 40
"""How many ways to place the vertices are tried, and how many choices of edges and weights for each."""
CHOICES = 20
LIGHTEST = 2


@dataclass(frozen=True, slots=True)
class Roads:
    """A graph, the weight of each of its edges, and between which vertices the distance is asked for."""

    graph: Graph
    weights: tuple[int, ...]
    start: int
    end: int


@dataclass(frozen=True, slots=True)
class Level:
    """The size of the graph, the heaviest weight, and how many vertices the shortest way has at least."""

    vertices: int
    edges: int
    heaviest: int
    visited: int


class ShortestDistance(Puzzle[Roads]):
    """A shortest way in a graph with weights."""

    name = "shortest_distance"
    title = Wording("Shortest distance", "最短距离")
    category = "graphs"
    form = "integer"
    unique = True
    state_type = Roads
    levels: ClassVar = {
        1: Level(6, 8, 60, 3),
        2: Level(9, 13, 60, 4),
        3: Level(12, 18, 70, 5),
        4: Level(16, 25, 80, 6),
        5: Level(25, 40, 90, 7),
    }

    def generate(self, parameters: Level, rng: Random) -> Roads:
        for _ in range(PLACES):
            points = spots(parameters.vertices, rng)
            pairs = links(points, near(points), rng, crossings=0)
            for _ in range(CHOICES):
                state = _weighted(points, pairs, parameters, rng)
                if state is not None:
                    return state
        raise exhausted(self.name, parameters, PLACES * CHOICES)

    def solve(self, state: Roads) -> str | None:
        roads = network(state.graph, labels=state.weights)
        return str(networkx().dijkstra_path_length(roads, state.start, state.end))

    def count(self, state: Roads) -> int:
        return 1

    def thinned(self, state: Roads, rng: Random) -> Iterator[Roads]:
        """One edge less, where a way is left, leaves a graph in which, again, one number is right."""
        edges, weights = state.graph.edges, state.weights
        for gone in rng.sample(range(len(edges)), len(edges)):
            graph = replace(state.graph, edges=edges[:gone] + edges[gone + 1 :])
            if state.end in reached(graph.neighbours(), state.start):
                yield replace(state, graph=graph, weights=weights[:gone] + weights[gone + 1 :])

    def verify_answer(self, state: Roads, answer: str) -> Verdict:
        number = integer(answer)
        if number is None:
            return Verdict("form", "one whole number is wanted")
        best = _settled(state)[state.end][0]
        if number == best:
            return RIGHT
        return Verdict("claim", "no way is so short" if number < best else "there is a shorter way")

    def draw(self, state: Roads) -> Canvas:
        return drawn(state.graph, labels=state.weights, fills={state.start: START, state.end: TARGET})

    def text(self, state: Roads) -> str:
        return (
            f"Vertices: 0 to {len(state.graph.points) - 1}\n"
            f"Edges, each with its weight: {edge_text(state.graph, labels=state.weights)}\n"
            f"Start: {state.start}\nTarget: {state.end}"
        )

    def rules(self, state: Roads) -> Wording:
        return Wording(
            "The graph has numbered vertices, and edges that may be walked in both directions; the number on an edge "
            "is its weight. In a picture the start is green and the target is orange. The length of a way is the sum "
            "of the weights of its edges. How long is the shortest way from the start to the target?\n"
            "Answer with one whole number, for example 128.",
            "图中的顶点用数字编号，边可以双向通行；边上的数字是它的权重。图片中起点为绿色，终点为橙色。"
            "一条路的长度是所经过的边的权重之和。从起点到终点的最短路有多长？\n"
            "请回答一个整数，例如 128。",
        )

    def reasoning(self, state: Roads) -> list[Step]:
        settled, few = _settled(state), _fewest(state)
        best, route = settled[state.end][0], _route(settled, state.end)
        length = _length(state, few)
        verdict = f"but {best} is less" if length and length > best else "which is the shortest"
        return [
            Step(
                "rules", "Settle vertices in the order of their distance from the start; a settled distance is final."
            ),
            Step(
                "reading",
                f"From {state.start} to {state.end}. Edges with weights: "
                f"{edge_text(state.graph, labels=state.weights)}.",
                {"edges": pair_list(state.graph), "weights": [*state.weights], "ends": [state.start, state.end]},
            ),
            *_settling(state, settled),
            Step(
                "search",
                f"The way with the fewest edges, {written(few)}, is {length} long, {verdict}.",
                {"route": [*few], "length": length},
            ),
            Step(
                "check",
                f"Along {written(route)} the weights sum to {best}, as long as the distance found.",
                {"route": [*route], "length": best},
            ),
            Step("answer", str(best), {"vertex": state.end, "distance": best}),
        ]

    def holds(self, state: Roads, claim: JsonValue) -> bool:
        match claim:
            case None:
                return True
            case {"edges": list(edges), "weights": list(weights), "ends": list(ends)}:
                read = (edges, weights, ends)
                return read == (pair_list(state.graph), [*state.weights], [state.start, state.end])
            case {"vertex": int(vertex), "distance": int(distance)}:
                settled = _settled(state)
                return vertex in settled and settled[vertex][0] == distance
            case {"vertex": int(vertex), "by": int(last), "longer": int(length)}:
                settled = _settled(state)
                weight = _length(state, [last, vertex])
                known = weight is not None and vertex in settled and last in settled
                return known and settled[last][0] + (weight or 0) == length and length >= settled[vertex][0]
            case {"route": list(values), "length": int(length)}:
                route = whole_numbers(values)
                return bool(route) and (route[0], route[-1], _length(state, route)) == (state.start, state.end, length)
        return False

    def effort(self, state: Roads) -> float:
        settled = _settled(state)
        within = [vertex for vertex, (distance, _) in settled.items() if distance < settled[state.end][0]]
        return float(sum(len(each) for vertex, each in enumerate(state.graph.neighbours()) if vertex in within))

    def guess(self, state: Roads, rng: Random) -> str:
        return str(rng.randint(min(state.weights), max(state.weights) * len(state.graph.points) // 3))


def _weighted(
    points: tuple[tuple[int, int], ...], pairs: Sequence[tuple[int, int]], level: Level, rng: Random
) -> Roads | None:
    """Edges, weights and two ends at random; None where the shortest way is too short or has the fewest edges."""
    chosen = sparse(level.vertices, pairs, level.edges, rng)
    if chosen is None:
        return None
    graph = Graph(points, ordered(chosen))
    weights = tuple(rng.randint(LIGHTEST, level.heaviest) for _ in graph.edges)
    start, end = rng.sample(graph.vertices, 2)
    state = Roads(graph, weights, start, end)
    settled = _settled(state)
    if len(_route(settled, end)) < level.visited or (_length(state, _fewest(state)) or 0) <= settled[end][0]:
        return None
    return state if label_boxes(graph, weights) else None


def _settled(state: Roads) -> dict[int, tuple[int, int]]:
    """The distance of each vertex from the start and the vertex before it on the way, nearest first (Dijkstra)."""
    weights = _weights(state)
    neighbours = state.graph.neighbours()
    best = {state.start: (0, state.start)}
    settled: dict[int, tuple[int, int]] = {}
    while len(settled) < len(best):
        here = min((vertex for vertex in best if vertex not in settled), key=lambda vertex: (best[vertex][0], vertex))
        settled[here] = best[here]
        for other in neighbours[here]:
            length = best[here][0] + weights[here, other]
            if other not in best or length < best[other][0]:
                best[other] = (length, here)
    return settled


def _weights(state: Roads) -> dict[tuple[int, int], int]:
    both = [*state.graph.edges, *((b, a) for a, b in state.graph.edges)]
    return dict(zip(both, [*state.weights, *state.weights], strict=True))


def _route(settled: dict[int, tuple[int, int]], end: int) -> list[int]:
    """The shortest way to a vertex."""
    route = [end]
    while settled[route[-1]][1] != route[-1]:
        route.append(settled[route[-1]][1])
    return route[::-1]


def _fewest(state: Roads) -> list[int]:
    """The shortest of the ways with the fewest edges."""
    plain = Roads(state.graph, tuple(10_000 + weight for weight in state.weights), state.start, state.end)
    return _route(_settled(plain), state.end)


def _length(state: Roads, route: Sequence[int]) -> int | None:
    """The sum of the weights along a way; None where it is none."""
    weights = _weights(state)
    steps = list(pairwise(route))
    return sum(weights[step] for step in steps) if all(step in weights for step in steps) else None


def _settling(state: Roads, settled: dict[int, tuple[int, int]]) -> Iterator[Step]:
    """The vertices up to the target, nearest first, and ways to them that are longer than another."""
    weights, neighbours = _weights(state), state.graph.neighbours()
    for vertex, (distance, last) in settled.items():
        if vertex == state.start:
            yield Step("search", f"The start {vertex} is at distance 0.", {"vertex": vertex, "distance": 0})
            continue
        total = f"{settled[last][0]} + {weights[last, vertex]} = {distance}"
        text = f"The nearest vertex not settled is {vertex}, by {last}: {total}."
        yield Step("search", text, {"vertex": vertex, "distance": distance})
        for other in neighbours[vertex]:
            if other != last and settled[other][0] < distance:
                length = settled[other][0] + weights[other, vertex]
                text = f"By {other} it would be {settled[other][0]} + {weights[other, vertex]} = {length}, not shorter."
                yield Step("search", text, {"vertex": vertex, "by": other, "longer": length})
        if vertex == state.end:
            return


PUZZLE = ShortestDistance()
