"""Maximum flow: how much can pass from a source to a sink through arrows of limited capacity.

The layers are as published. Capacities are larger, so that a flow cannot be guessed, and the narrowest place is never
just the arrows of the source or of the sink.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from itertools import pairwise, product
from random import Random
from typing import ClassVar

from pydantic import JsonValue

from asterism.helix.answer_readers import integer
from asterism.helix.canvas import Canvas
from asterism.helix.graph_layout import Edge, Spot, gap, links, moved
from asterism.helix.graphs import (
    START,
    TARGET,
    Graph,
    drawn,
    edge_text,
    label_boxes,
    listed,
    network,
    networkx,
    pair_list,
)
from asterism.helix.puzzle import RIGHT, Puzzle, Step, Verdict, exhausted
from asterism.helix.wording import Wording

PLACES = 400
"""How many ways to place the vertices are tried, and how many capacities for each."""
CHOICES = 20
CAPACITIES = range(5, 100)
DOWN = 132
"""Pixels between the vertices of a layer."""


@dataclass(frozen=True, slots=True)
class Pipes:
    """A graph with arrows and the capacity of each; the source is the first vertex, the sink the last."""

    graph: Graph
    capacities: tuple[int, ...]


@dataclass(frozen=True, slots=True)
class Level:
    """How many vertices each layer has, and how many arrows lead from one layer to the next, at most."""

    layers: tuple[int, ...]
    arrows: int


class MaxFlow(Puzzle[Pipes]):
    """The greatest flow through layers of vertices."""

    name = "max_flow"
    title = Wording("Maximum flow", "最大流")
    category = "graphs"
    form = "integer"
    unique = True
    state_type = Pipes
    levels: ClassVar = {
        1: Level((1, 2, 1), 4),
        2: Level((1, 2, 2, 1), 8),
        3: Level((1, 2, 3, 2, 1), 14),
        4: Level((1, 3, 3, 3, 1), 18),
        5: Level((1, 3, 4, 4, 3, 1), 26),
    }

    def generate(self, parameters: Level, rng: Random) -> Pipes:
        for _ in range(PLACES):
            graph = _layered(parameters, rng)
            if graph is None:
                continue
            for _ in range(CHOICES):
                state = Pipes(graph, tuple(rng.choice(CAPACITIES) for _ in graph.edges))
                if _value(state) < min(_leaving(state, {0}), _leaving(state, {*graph.vertices[:-1]})):
                    return state
        raise exhausted(self.name, parameters, PLACES * CHOICES)

    def solve(self, state: Pipes) -> str | None:
        return str(_value(state))

    def count(self, state: Pipes) -> int:
        return 1

    def thinned(self, state: Pipes, rng: Random) -> Iterator[Pipes]:
        """One arrow less leaves a network in which, again, one number is right."""
        edges, capacities = state.graph.edges, state.capacities
        for gone in rng.sample(range(len(edges)), len(edges)):
            graph = replace(state.graph, edges=edges[:gone] + edges[gone + 1 :])
            yield Pipes(graph, capacities[:gone] + capacities[gone + 1 :])

    def verify_answer(self, state: Pipes, answer: str) -> Verdict:
        number = integer(answer)
        if number is None:
            return Verdict("form", "one whole number is wanted")
        best = _value(state)
        if number == best:
            return RIGHT
        return Verdict("claim", "more can flow" if number < best else "so much cannot flow")

    def draw(self, state: Pipes) -> Canvas:
        last = len(state.graph.points) - 1
        return drawn(
            state.graph,
            directed=True,
            labels=state.capacities,
            fills={0: START, last: TARGET},
            names=_names(state),
        )

    def text(self, state: Pipes) -> str:
        names = _names(state)
        return (
            f"Vertices: {', '.join(names)}\n"
            f"Arrows, each with its capacity: {edge_text(state.graph, sign='->', labels=state.capacities, names=names)}"
        )

    def rules(self, state: Pipes) -> Wording:
        return Wording(
            "The graph is a network of pipes. Each arrow is a pipe through which something flows in its direction, at "
            "most as much as the number on it. At every vertex except the source S and the sink T as much flows out as "
            "flows in; where two arrows cross there is no vertex. How much can flow from S to T at most?\n"
            "Answer with one whole number, for example 128.",
            "图中是一个管道网络。每个箭头是一条管道，物质沿箭头方向流动，流量不超过箭头上的数字。"
            "除源点 S 和汇点 T 外，每个顶点流入的量等于流出的量；两个箭头的交叉处不是顶点。"
            "从 S 到 T 的最大流量是多少？\n"
            "请回答一个整数，例如 128。",
        )

    def reasoning(self, state: Pipes) -> list[Step]:
        names = _names(state)
        flows = list(_augmented(state))
        value, out = _value(state), _leaving(state, {0})
        side = _reached(state, flows[-1][1])
        shown = listed(names[vertex] for vertex in sorted(side))
        arrows = [
            f"{names[a]}->{names[b]} ({limit})"
            for (a, b), limit in zip(state.graph.edges, state.capacities, strict=True)
            if a in side and b not in side
        ]
        return [
            Step("rules", "Send flow along ways with room until there is none; the full arrows then form a cut."),
            Step(
                "reading",
                f"Arrows with capacities: {edge_text(state.graph, sign='->', labels=state.capacities, names=names)}.",
                {"edges": pair_list(state.graph), "capacities": [*state.capacities]},
            ),
            *_sending(state, flows),
            Step(
                "search",
                f"Could all that the arrows from S hold, {out}, arrive? No: only {value} can leave {shown}.",
                {"side": [*sorted(side)], "capacity": value, "less": out},
            ),
            Step(
                "check",
                f"From {shown} to the rest lead only {listed(arrows)}, {value} together: as much as flows already.",
                {"flow": [*flows[-1][1]], "value": value, "side": [*sorted(side)]},
            ),
            Step("answer", str(value), {"value": value}),
        ]

    def holds(self, state: Pipes, claim: JsonValue) -> bool:
        match claim:
            case None:
                return True
            case {"edges": list(edges), "capacities": list(capacities)}:
                return edges == pair_list(state.graph) and capacities == [*state.capacities]
            case {"flow": list(flow), "value": int(value), "side": list(side)}:
                return _sent(state, flow) == value == _cut(state, side)
            case {"flow": list(flow), "value": int(value)}:
                return _sent(state, flow) == value
            case {"flow": list(flow), "full": int(arrow)}:
                known = _sent(state, flow) is not None and 0 <= arrow < len(state.capacities)
                return known and flow[arrow] == state.capacities[arrow]
            case {"side": list(side), "capacity": int(capacity), "less": int(out)}:
                return _cut(state, side) == capacity < out == _leaving(state, {0})
            case {"value": int(value)}:
                return value == _value(state)
        return False

    def effort(self, state: Pipes) -> float:
        ways = [0] * len(state.graph.points)
        ways[-1] = 1
        for vertex in reversed(state.graph.vertices[:-1]):
            ways[vertex] = sum(ways[other] for other in state.graph.followers()[vertex])
        return float(ways[0])

    def guess(self, state: Pipes, rng: Random) -> str:
        most = min(_leaving(state, {0}), _leaving(state, {*state.graph.vertices[:-1]}))
        return str(rng.randint(1, most))


def _layered(level: Level, rng: Random) -> Graph | None:
    """Layers from left to right with arrows from each to the next; None where some vertex or label finds no room."""
    step, tallest = gap(len(level.layers)), max(level.layers)
    layers: list[list[int]] = []
    points: list[Spot] = []
    for column, count in enumerate(level.layers):
        layers.append(list(range(len(points), len(points) + count)))
        top = (tallest - count) * DOWN // 2
        for row in range(count):
            points.append((column * step + rng.randint(-9, 9), top + row * DOWN + rng.randint(-15, 15)))
    places = moved(points)
    pairs = [pair for near, far in pairwise(layers) for pair in product(near, far)]
    chosen = links(places, pairs, rng, crossings=1)[: level.arrows]
    middle = range(1, len(points) - 1)
    if not all(any(a == each for a, _ in chosen) and any(b == each for _, b in chosen) for each in middle):
        return None
    graph = Graph(places, tuple(sorted(chosen)))
    return graph if label_boxes(graph, [CAPACITIES[-1]] * len(chosen), directed=True) else None


def _names(state: Pipes) -> list[str]:
    return ["S", *map(str, state.graph.vertices[1:-1]), "T"]


def _value(state: Pipes) -> int:
    """The greatest flow."""
    pipes = network(state.graph, directed=True, labels=state.capacities)
    return int(networkx().maximum_flow_value(pipes, 0, len(state.graph.points) - 1))


def _leaving(state: Pipes, side: set[int]) -> int:
    """The capacity of all arrows that lead from some vertices to the others."""
    return sum(
        limit for (a, b), limit in zip(state.graph.edges, state.capacities, strict=True) if a in side and b not in side
    )


def _cut(state: Pipes, side: Sequence[JsonValue]) -> int | None:
    """The capacity of a cut; None where the source is not on one side of it and the sink on the other."""
    vertices = {vertex for vertex in side if isinstance(vertex, int)}
    return _leaving(state, vertices) if 0 in vertices and len(state.graph.points) - 1 not in vertices else None


def _sent(state: Pipes, flow: Sequence[JsonValue]) -> int | None:
    """How much a flow brings to the sink; None where it is none."""
    amounts = [amount for amount in flow if isinstance(amount, int)]
    if len(amounts) != len(flow) or len(flow) != len(state.capacities):
        return None
    if any(not 0 <= amount <= limit for amount, limit in zip(amounts, state.capacities, strict=True)):
        return None
    balance = [0] * len(state.graph.points)
    for (a, b), amount in zip(state.graph.edges, amounts, strict=True):
        balance[a] -= amount
        balance[b] += amount
    return balance[-1] if not any(balance[1:-1]) else None


def _augmented(state: Pipes) -> Iterator[tuple[list[int], list[int]]]:
    """Ways with room, shortest first, each with the flow after it; backwards where flow is taken back."""
    flow = [0] * len(state.capacities)
    while True:
        came = _search(state, flow)
        vertex = len(state.graph.points) - 1
        if vertex not in came:
            return
        way: list[tuple[int, int]] = []
        while vertex:
            arrow, sign = came[vertex]
            way.append((arrow, sign))
            vertex = state.graph.edges[arrow][0 if sign > 0 else 1]
        room = min(state.capacities[arrow] - flow[arrow] if sign > 0 else flow[arrow] for arrow, sign in way)
        for arrow, sign in way:
            flow[arrow] += sign * room
        vertices = [0, *(state.graph.edges[arrow][1 if sign > 0 else 0] for arrow, sign in reversed(way))]
        yield vertices, [*flow]


def _search(state: Pipes, flow: Sequence[int]) -> dict[int, tuple[int, int]]:
    """How each vertex that more could flow to is reached first: by which arrow, forwards (1) or backwards (-1)."""
    came: dict[int, tuple[int, int]] = {}
    waiting = [0]
    for vertex in waiting:
        for arrow, (a, b) in enumerate(state.graph.edges):
            for here, there, sign, room in ((a, b, 1, state.capacities[arrow] - flow[arrow]), (b, a, -1, flow[arrow])):
                if here == vertex and room and there and there not in came:
                    came[there] = (arrow, sign)
                    waiting.append(there)
    return came


def _reached(state: Pipes, flow: Sequence[int]) -> set[int]:
    return {0, *_search(state, flow)}


def _sending(state: Pipes, flows: Sequence[tuple[list[int], list[int]]]) -> Iterator[Step]:
    """The ways in turn, and after the first one that it is full."""
    names, before = _names(state), 0
    for number, (way, flow) in enumerate(flows):
        value = _sent(state, flow) or 0
        back = "" if all(pair in state.graph.edges for pair in pairwise(way)) else " (taking flow back on the way)"
        shown = " -> ".join(names[vertex] for vertex in way)
        text = f"Along {shown}{back} {value - before} more can flow: {value} so far."
        yield Step("search", text, {"flow": [*flow], "value": value})
        before = value
        if number == 0:
            arrow = _full(state, way, flow)
            a, b = state.graph.edges[arrow]
            text = f"More on the same way? No: {names[a]}->{names[b]} is full with {flow[arrow]}."
            yield Step("search", text, {"flow": [*flow], "full": arrow})


def _full(state: Pipes, way: Sequence[int], flow: Sequence[int]) -> int:
    arrows: list[Edge] = list(pairwise(way))
    return next(
        number
        for number, edge in enumerate(state.graph.edges)
        if edge in arrows and flow[number] == state.capacities[number]
    )


PUZZLE = MaxFlow()
