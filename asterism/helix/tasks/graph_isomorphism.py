"""Graph isomorphism: whether two drawings show the same graph.

Published pairs can mostly be told by counting. Here a pair that is not isomorphic agrees in the number of edges on the
first level, in its degrees on the second and third, and in the degrees of the neighbours as well from the fourth on
(``rounds`` of colour refinement see no difference). Each instance is one of two such pairs with the same left graph,
and in the isomorphic pair the right one has other names and other places too.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from itertools import combinations
from math import factorial, prod
from random import Random
from typing import ClassVar

from pydantic import JsonValue

from asterism.helix.answer_readers import affirmative, negative
from asterism.helix.canvas import GREY, Canvas
from asterism.helix.graph_layout import EM, Edge, placed
from asterism.helix.graphs import (
    Graph,
    Search,
    edge_text,
    extent,
    ink,
    listed,
    network,
    networkx,
    ordered,
    pair_list,
    spanning,
)
from asterism.helix.puzzle import RIGHT, Puzzle, Step, Verdict, exhausted
from asterism.helix.wording import Wording

TRIES = 40
CHANGES = 60
MOST_EDGES = 3
"""At a vertex, as published."""
SPACING = 88
"""Pixels between vertices, so that two graphs stand side by side."""
HALF = 380
"""Pixels of one graph's share of the image."""
HEADING = 48

Map = tuple[int, ...]
"""To which right vertices the first left ones of a search go."""


@dataclass(frozen=True, slots=True)
class Two:
    """Two graphs; the vertices of the right one are shown as letters."""

    left: Graph
    right: Graph


@dataclass(frozen=True, slots=True)
class Level:
    """The size of the graphs, and how many rounds of colour refinement do not tell them apart."""

    vertices: int
    edges: int
    rounds: int


class GraphIsomorphism(Puzzle[Two]):
    """Whether two graphs are the same; half of them are."""

    name = "graph_isomorphism"
    title = Wording("Graph isomorphism", "图同构")
    category = "graphs"
    form = "Yes or No"
    unique = False
    decision = True
    two_sided = True
    state_type = Two
    levels: ClassVar = {
        1: Level(6, 7, 0),
        2: Level(7, 8, 1),
        3: Level(8, 10, 1),
        4: Level(9, 11, 2),
        5: Level(10, 13, 2),
    }

    def generate(self, parameters: Level, rng: Random) -> Two:
        same = rng.random() < 0.5
        for _ in range(TRIES):
            left = _random(parameters, rng)
            other = _unlike(left, parameters, rng) if left else None
            if left is None or other is None:
                continue
            names = rng.sample(range(parameters.vertices), parameters.vertices)
            right = ordered((names[a], names[b]) for a, b in (left if same else other))
            places = [
                placed(parameters.vertices, edges, SPACING, (parameters.vertices + 2) // 4, rng)
                for edges in (left, right)
            ]
            if places[0] and places[1]:
                return Two(Graph(places[0], left), Graph(places[1], right))
        raise exhausted(self.name, parameters, TRIES)

    def solve(self, state: Two) -> str | None:
        return "Yes" if _isomorphic(state.left, state.right) else "No"

    def verify_answer(self, state: Two, answer: str) -> Verdict:
        if not (affirmative(answer) or negative(answer)):
            return Verdict("form", "Yes or No is wanted")
        if affirmative(answer) == _isomorphic(state.left, state.right):
            return RIGHT
        return Verdict("claim", "they are not isomorphic" if affirmative(answer) else "they are isomorphic")

    def mirrored(self, state: Two) -> Two:
        """The two graphs exchanged: whoever goes by the drawing alone may answer otherwise."""
        return replace(state, left=state.right, right=state.left)

    def draw(self, state: Two) -> Canvas:
        sizes = [extent(graph) for graph in (state.left, state.right)]
        height = max(size[1] for size in sizes) + HEADING
        canvas = Canvas(2 * HALF, height)
        canvas.line((HALF, 16), (HALF, height - 16), GREY, 2)
        for number, (graph, size) in enumerate(zip((state.left, state.right), sizes, strict=True)):
            canvas.text((HALF * number + HALF / 2, HEADING - 20), f"Graph {number + 1}", EM)
            at = (HALF * number + (HALF - size[0]) // 2, HEADING + (height - HEADING - size[1]) // 2)
            names = _letters(graph) if number else [str(vertex) for vertex in graph.vertices]
            ink(canvas, graph, names, at=at)
        return canvas

    def text(self, state: Two) -> str:
        left, right = edge_text(state.left), edge_text(state.right, names=_letters(state.right))
        names = _letters(state.right)
        return (
            f"Graph 1 has the vertices 0 to {len(state.left.points) - 1} and the edges {left}\n"
            f"Graph 2 has the vertices {names[0]} to {names[-1]} and the edges {right}"
        )

    def rules(self, state: Two) -> Wording:
        return Wording(
            "Graph 1 on the left has numbered vertices, graph 2 on the right has lettered ones; where two edges "
            "cross there is no vertex. The graphs are isomorphic if each vertex of graph 1 can be paired with one "
            "vertex of graph 2, every vertex once, so that two vertices of graph 1 are joined by an edge exactly when "
            "their partners in graph 2 are. Where vertices stand in a picture does not matter. Are they isomorphic?\n"
            "Answer with one word: Yes or No.",
            "左边的图 1（Graph 1）的顶点用数字标记，右边的图 2（Graph 2）的顶点用字母标记；两条边的交叉处不是顶点。"
            "如果能把图 1 的每个顶点与图 2 的一个顶点一一配对，使图 1 中两个顶点有边相连当且仅当它们在图 2 中的对应顶点"
            "有边相连，则两图同构。顶点在图片中的位置无关紧要。这两个图同构吗？\n"
            "请只回答一个词：Yes 或 No。",
        )

    def reasoning(self, state: Two) -> list[Step]:
        answer, letters = self.solve(state) or "", _letters(state.right)
        degrees = [state.left.degrees(), state.right.degrees()]
        shown = [", ".join(map(str, sorted(each))) for each in degrees]
        return [
            Step("rules", "A pairing must keep edges and gaps, so partners have equally many edges."),
            Step(
                "reading",
                f"Graph 1: {edge_text(state.left)}.\nGraph 2: {edge_text(state.right, names=letters)}.",
                {"left": pair_list(state.left), "right": pair_list(state.right)},
            ),
            Step(
                "search",
                f"Edges at the vertices, in order of size: {shown[0]} in graph 1 and {shown[1]} in graph 2.",
                {"degrees": [list(each) for each in degrees]},
            ),
            *_explored(state),
            Step("answer", answer, {"isomorphic": answer == "Yes"}),
        ]

    def holds(self, state: Two, claim: JsonValue) -> bool:
        match claim:
            case None:
                return True
            case {"left": list(left), "right": list(right)}:
                return left == pair_list(state.left) and right == pair_list(state.right)
            case {"degrees": [list(left), list(right)]}:
                return left == state.left.degrees() and right == state.right.degrees()
            case {"unlike": int(degree)}:
                return state.left.degrees().count(degree) != state.right.degrees().count(degree)
            case {"pairs": list(pairs), "dead": bool(dead)}:
                return _pairs_hold(state, pairs, dead)
            case {"isomorphic": bool(said)}:
                return said == _isomorphic(state.left, state.right)
        return False

    def effort(self, state: Two) -> float:
        degrees = state.left.degrees()
        return float(prod(factorial(degrees.count(degree)) for degree in set(degrees)))

    def guess(self, state: Two, rng: Random) -> str:
        return rng.choice(("Yes", "No"))


def _random(parameters: Level, rng: Random) -> tuple[Edge, ...] | None:
    """A connected graph of the size of a level."""
    count = parameters.vertices
    degree = [0] * count
    chosen: list[Edge] = []
    for a, b in rng.sample(list(combinations(range(count), 2)), count * (count - 1) // 2):
        if len(chosen) < parameters.edges and degree[a] < MOST_EDGES and degree[b] < MOST_EDGES:
            chosen.append((a, b))
            degree[a] += 1
            degree[b] += 1
    return ordered(chosen) if len(chosen) == parameters.edges and spanning(count, chosen) else None


def _unlike(edges: tuple[Edge, ...], parameters: Level, rng: Random) -> tuple[Edge, ...] | None:
    """A graph that is not isomorphic and that the level's rounds of colour refinement do not tell apart."""
    for _ in range(CHANGES):
        random = None if parameters.rounds else _random(parameters, rng)
        other = random or _swapped(edges, 1 + rng.randrange(3), rng)
        if _colours(edges, parameters) != _colours(other, parameters) or not spanning(parameters.vertices, other):
            continue
        if not _isomorphic(*(Graph(((0, 0),) * parameters.vertices, each) for each in (edges, other))):
            return other
    return None


def _swapped(edges: tuple[Edge, ...], times: int, rng: Random) -> tuple[Edge, ...]:
    """The graph after pairs of edges have exchanged ends, which keeps all degrees."""
    for _ in range(times):
        (a, b), (c, d) = rng.sample(edges, 2)
        if rng.random() < 0.5:
            c, d = d, c
        changed = ordered(
            {*edges} - {(a, b), (min(c, d), max(c, d))} | {(min(a, c), max(a, c)), (min(b, d), max(b, d))}
        )
        if len({a, b, c, d}) == 4 and len(changed) == len(edges):
            edges = changed
    return edges


def _colours(edges: tuple[Edge, ...], parameters: Level) -> list[str]:
    """What colour refinement sees after the level's rounds, the same for isomorphic graphs."""
    neighbours = Graph(((0, 0),) * parameters.vertices, edges).neighbours()
    colours: list[object] = [()] * parameters.vertices
    for _ in range(parameters.rounds):
        colours = [
            (colours[vertex], sorted(map(repr, (colours[other] for other in each))))
            for vertex, each in enumerate(neighbours)
        ]
    return sorted(map(repr, colours))


def _isomorphic(left: Graph, right: Graph) -> bool:
    return bool(networkx().is_isomorphic(network(left), network(right)))


def _letters(graph: Graph) -> list[str]:
    return [chr(ord("A") + vertex) for vertex in graph.vertices]


def _order(graph: Graph) -> list[int]:
    """The vertices from one with the most edges outwards, each joined to an earlier one where that can be."""
    neighbours = graph.neighbours()
    order = [max(graph.vertices, key=lambda vertex: len(neighbours[vertex]))]
    while len(order) < len(neighbours):
        left = [vertex for vertex in graph.vertices if vertex not in order]
        order.append(max(left, key=lambda vertex: (sum(other in order for other in neighbours[vertex]), -vertex)))
    return order


def _search(state: Two) -> Search[Map]:
    """All pairings, vertex by vertex of graph 1 in the order of :func:`_order`."""
    order = _order(state.left)
    own, others = state.left.neighbours(), state.right.neighbours()

    def after(images: Map) -> Iterator[Map]:
        vertex = order[len(images)] if len(images) < len(order) else -1
        for image in state.right.vertices if vertex >= 0 else ():
            if image not in images and len(others[image]) == len(own[vertex]):
                earlier = next((at for at in range(len(images)) if order[at] in own[vertex]), None)
                if earlier is None or images[earlier] in others[image]:
                    yield (*images, image)

    def flaw(images: Map) -> str:
        letters = _letters(state.right)
        for at, image in enumerate(images[:-1]):
            last = order[len(images) - 1]
            joined, partners = order[at] in own[last], image in others[images[-1]]
            if joined != partners:
                one, other = ("are joined", "are not") if joined else ("are not joined", "are")
                return f"{order[at]} and {last} {one}, {letters[image]} and {letters[images[-1]]} {other}"
        return ""

    return Search(after, flaw, lambda images: len(images) == len(order))


def _explored(state: Two) -> Iterator[Step]:
    """The search for a pairing and what it comes to."""
    degrees = [state.left.degrees(), state.right.degrees()]
    if sorted(degrees[0]) != sorted(degrees[1]):
        degree = next(each for each in range(len(degrees[0])) if degrees[0].count(each) != degrees[1].count(each))
        text = (
            f"Suppose there were a pairing. It would pair the {degrees[0].count(degree)} vertices of graph 1 that have "
            f"{degree} edges with the {degrees[1].count(degree)} such vertices of graph 2. That fails."
        )
        yield Step("search", text, {"unlike": degree})
        yield Step("check", "The numbers of edges differ, so no pairing is possible.", {"isomorphic": False})
        return
    order, letters = _order(state.left), _letters(state.right)
    pairs: list[JsonValue] = []
    for images, why in _search(state).told(()):
        pairs = [[vertex, letters[image]] for vertex, image in zip(order, images, strict=False)]
        shown = listed(f"{vertex} with {letters[image]}" for vertex, image in zip(order, images, strict=False))
        if why:
            text = f"Pairing {shown}: {why}. This is a dead end." if images else "No first vertex is left to try."
        else:
            text = f"Pair {shown}." if images else f"Pair the vertices of graph 1 in the order {listed(order)}."
        yield Step("search", text, {"pairs": pairs, "dead": bool(why)})
    if why:
        yield Step("check", "Every pairing was tried and fails: they are not isomorphic.", {"isomorphic": False})
    else:
        text = f"All {len(state.left.edges)} edges of graph 1 go to edges of graph 2, which has as many."
        yield Step("check", text, {"pairs": pairs, "dead": False})


def _pairs_hold(state: Two, pairs: Sequence[JsonValue], dead: bool) -> bool:
    """Whether pairs keep edges and gaps, or, where they are said to be dead, cannot be completed."""
    order, letters = _order(state.left), _letters(state.right)
    known = [(vertex, letter) for vertex in order for letter in letters]
    told = [tuple(pair) for pair in pairs if isinstance(pair, list)]
    if len(told) != len(pairs) or any(pair not in known for pair in told):
        return False
    if [vertex for vertex, _ in told] != order[: len(told)] or len({letter for _, letter in told}) < len(told):
        return False
    search = _search(state)
    images = tuple(letters.index(str(letter)) for _, letter in told)
    sound = not any(search.flaw(images[: length + 1]) for length in range(len(images)))
    return sound if not dead else not sound or next(search.solutions(images), None) is None


PUZZLE = GraphIsomorphism()
