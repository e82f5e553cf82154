"""Topological sort: an order of the vertices in which every arrow leads forward.

Vertices are as published. The arrows' directions come from a hidden order that has nothing to do with where the
vertices stand, so that reading an image from left to right is no answer.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from random import Random
from typing import ClassVar

from pydantic import JsonValue

from asterism.helix.canvas import Canvas
from asterism.helix.graph_layout import links, near, spots
from asterism.helix.graphs import (
    Graph,
    drawn,
    edge_text,
    listed,
    network,
    networkx,
    pair_list,
    sparse,
    vertex_list,
    whole_numbers,
    written,
)
from asterism.helix.puzzle import RIGHT, Puzzle, Step, Verdict, exhausted
from asterism.helix.wording import Wording

TRIES = 40
REJECTED = 3
"""How many vertices that must wait the reasoning considers."""


@dataclass(frozen=True, slots=True)
class Level:
    """The size of the graph."""

    vertices: int
    arrows: int


class TopologicalSort(Puzzle[Graph]):
    """Any order that obeys all arrows."""

    name = "topological_sort"
    title = Wording("Topological sort", "拓扑排序")
    category = "graphs"
    form = "vertices"
    unique = False
    state_type = Graph
    levels: ClassVar = {1: Level(6, 9), 2: Level(9, 14), 3: Level(12, 18), 4: Level(16, 24), 5: Level(25, 37)}

    def generate(self, parameters: Level, rng: Random) -> Graph:
        for _ in range(TRIES):
            points = spots(parameters.vertices, rng)
            pairs = links(points, near(points), rng, crossings=1)
            chosen = sparse(parameters.vertices, pairs, parameters.arrows, rng)
            if chosen:
                rank = rng.sample(range(parameters.vertices), parameters.vertices)
                return Graph(points, tuple(sorted((a, b) if rank[a] < rank[b] else (b, a) for a, b in chosen)))
        raise exhausted(self.name, parameters, TRIES)

    def solve(self, state: Graph) -> str | None:
        arrows = network(state, directed=True)
        ordered = networkx().is_directed_acyclic_graph(arrows)
        return written(networkx().lexicographical_topological_sort(arrows)) if ordered else None

    def verify_answer(self, state: Graph, answer: str) -> Verdict:
        order = vertex_list(answer)
        if order is None:
            return Verdict("form", "a list of vertices is wanted")
        if sorted(order) != list(state.vertices):
            return Verdict("rule", "every vertex must be there once")
        place = {vertex: at for at, vertex in enumerate(order)}
        wrong = next(((a, b) for a, b in state.edges if place[a] > place[b]), None)
        return Verdict("rule", f"{wrong[0]} must come before {wrong[1]}") if wrong else RIGHT

    def draw(self, state: Graph) -> Canvas:
        return drawn(state, directed=True)

    def text(self, state: Graph) -> str:
        return f"Vertices: 0 to {len(state.points) - 1}\nArrows: {edge_text(state, sign='->')}"

    def rules(self, state: Graph) -> Wording:
        count = len(state.points)
        shown = written([*range(1, count, 2), *range(0, count, 2)])
        return Wording(
            "The graph has numbered vertices and arrows between some of them; where two arrows cross there is no "
            "vertex. Put all vertices into an order in which every arrow leads from an earlier vertex to a later one. "
            "Several orders may be right; one is asked for.\n"
            "Answer with the list of all vertices in that order. The form, with an order for another graph:\n"
            f"{shown}",
            "图中的顶点用数字编号，部分顶点之间有箭头；两个箭头的交叉处不是顶点。请把所有顶点排成一列，"
            "使每个箭头都从较前的顶点指向较后的顶点。可能有多种正确的顺序，给出一种即可。\n"
            f"请按顺序列出所有顶点。格式如下（另一个图的顺序）：\n{shown}",
        )

    def reasoning(self, state: Graph) -> list[Step]:
        order = vertex_list(self.solve(state) or "") or []
        told: dict[int, list[int]] = {vertex: [] for vertex in state.vertices}
        for a, b in state.edges:
            told[b].append(a)
        shown = "\n".join(f"{vertex}: {listed(before)}" for vertex, before in told.items())
        return [
            Step("rules", "A vertex may be written down once all vertices with an arrow to it have been."),
            Step("reading", f"From where arrows lead to each vertex:\n{shown}", {"edges": pair_list(state)}),
            *_listing(state, order, told),
            Step("check", f"Each of the {len(state.edges)} arrows leads forward in it.", {"order": [*order]}),
            Step("answer", written(order), {"order": [*order]}),
        ]

    def holds(self, state: Graph, claim: JsonValue) -> bool:
        match claim:
            case None:
                return True
            case {"edges": list(edges)}:
                return edges == pair_list(state)
            case {"order": list(order)}:
                return self.verify_answer(state, written(whole_numbers(order))).right
            case {"done": list(done), "next": int(vertex)}:
                before = {a for a, b in state.edges if b == vertex}
                return vertex in state.vertices and vertex not in done and before <= set(whole_numbers(done))
            case {"done": list(done), "wait": int(vertex), "for": int(earlier)}:
                return (earlier, vertex) in state.edges and earlier not in done
        return False

    def effort(self, state: Graph) -> float:
        return float(len(state.edges))

    def guess(self, state: Graph, rng: Random) -> str:
        return written(rng.sample(state.vertices, len(state.points)))


def _listing(state: Graph, order: list[int], before: dict[int, list[int]]) -> Iterator[Step]:
    """The order, vertex by vertex, and the first few vertices of a lower number that have to wait."""
    rejected: set[int] = set()
    for place, vertex in enumerate(order):
        done = order[:place]
        waiting = [each for each in state.vertices if each not in done and set(before[each]) - set(done)]
        wait = next((each for each in waiting if each not in rejected), None)
        if wait is not None and len(rejected) < REJECTED:
            rejected.add(wait)
            earlier = next(each for each in before[wait] if each not in done)
            text = f"Could {wait} come next? No: an arrow leads to it from {earlier}, which is not written down yet."
            yield Step("search", text, {"done": [*done], "wait": wait, "for": earlier})
        why = f"only from {listed(before[vertex])}, already written down" if before[vertex] else "from nowhere"
        text = f"Arrows lead to {vertex} {why}: write it down. {written([*done, vertex])}"
        yield Step("search", text, {"done": [*done], "next": vertex})


PUZZLE = TopologicalSort()
