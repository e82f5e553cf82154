"""Graphs: what they are, how they are made at random, written, read and drawn."""

import re
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from importlib import import_module
from math import sqrt
from random import Random
from typing import Any, Generic, TypeVar

from pydantic import JsonValue

from asterism.core.errors import AsterismError
from asterism.helix.canvas import BLACK, RGB, WHITE, Box, Canvas, Point
from asterism.helix.glyphs import width_of
from asterism.helix.graph_layout import EM, MARGIN, RADIUS, Edge, Spot, labelled

LINE: RGB = (70, 92, 122)
"""The colour of edges."""
START: RGB = (176, 228, 172)
TARGET: RGB = (255, 201, 150)
"""Fills of the vertices where something begins and where it ends: green and orange."""
HEAD = 14
"""Pixels of an arrow's head."""
LEAST_SIDE = 448
LONGEST_ANSWER = 512
"""Vertices of the longest list that is read."""

_ARROW = re.compile(
    r"\\(?:to|rightarrow|longrightarrow|Rightarrow)(?![A-Za-z])|[-=–—]{1,3}>|[→⇒➔]"
    r"|(?<=\d)[-–—](?=\d)|\s[-–—]{1,3}\s"
)
_NAME = re.compile(r"(?<![A-Za-z])v_?(?=\d)", re.IGNORECASE)
_YES = re.compile(r"\s*(?:yes|是|存在|有)\s{0,3}[,，.。:：;；-]?", re.IGNORECASE)
_LISTED = re.compile(r"[\s,，、;；:：()\[\]<>|'\"\\]*[.。]?\s*")


@dataclass(frozen=True, slots=True)
class Graph:
    """Vertices 0, 1, … at their places in the image, and edges; where edges have a direction, first to second."""

    points: tuple[Spot, ...]
    edges: tuple[Edge, ...]

    @property
    def vertices(self) -> range:
        """The vertices in order."""
        return range(len(self.points))

    def neighbours(self) -> list[list[int]]:
        """For each vertex, those that an edge joins to it, in order."""
        found: list[list[int]] = [[] for _ in self.points]
        for a, b in self.edges:
            found[a].append(b)
            found[b].append(a)
        return [sorted(each) for each in found]

    def followers(self) -> list[list[int]]:
        """For each vertex, those that an arrow leads to from it, in order."""
        found: list[list[int]] = [[] for _ in self.points]
        for a, b in self.edges:
            found[a].append(b)
        return [sorted(each) for each in found]

    def degrees(self) -> list[int]:
        """How many edges each vertex has."""
        return [len(each) for each in self.neighbours()]

    def joined(self, a: int, b: int) -> bool:
        """Whether an edge joins two vertices."""
        return (a, b) in self.edges or (b, a) in self.edges

    def connected(self) -> bool:
        """Whether every vertex can be reached from every other."""
        return len(reached(self.neighbours(), 0)) == len(self.points)


Node = TypeVar("Node")


@dataclass(frozen=True, slots=True)
class Search(Generic[Node]):
    """A complete search, depth first: what comes after a node, why a node is plainly a dead end, what is a solution."""

    after: Callable[[Node], Iterable[Node]]
    flaw: Callable[[Node], str]
    """Empty where none is seen at a glance."""
    done: Callable[[Node], bool]

    def solutions(self, node: Node) -> Iterator[Node]:
        """All solutions below a node."""
        if self.flaw(node):
            return
        if self.done(node):
            yield node
            return
        for each in self.after(node):
            yield from self.solutions(each)

    def told(self, root: Node, most: int = 80) -> list[tuple[Node, str]]:
        """The nodes visited up to the first solution, each with the reason where it is found to be a dead end.

        Where that would be more than ``most``, what lies deep is told in one go.
        """
        for depth in range(12, 0, -1):
            notes = self._told(root, depth)[0]
            if len(notes) <= most:
                break
        return notes

    def _told(self, node: Node, depth: int) -> tuple[list[tuple[Node, str]], bool]:
        why = self.flaw(node)
        if why or self.done(node):
            return [(node, why)], not why
        if depth <= 0 and next(self.solutions(node), None) is None:
            return [(node, "each way on from here was tried and fails")], False
        notes = [(node, "")]
        for each in self.after(node):
            below, found = self._told(each, depth - 1)
            notes += below
            if found:
                return notes, True
        return [*notes, (node, "no way on is left")], False


def networkx() -> Any:
    """The library of that name.

    Raises:
        AsterismError: it is not installed.
    """
    try:
        return import_module("networkx")
    except ImportError as error:
        raise AsterismError(
            "this task is solved by networkx, which is not installed", remedy="pip install 'asterism[helix]'"
        ) from error


def network(graph: Graph, *, directed: bool = False, labels: Sequence[int] = ()) -> Any:
    """The graph for networkx; ``labels`` are weights or capacities."""
    made = networkx().DiGraph() if directed else networkx().Graph()
    made.add_nodes_from(graph.vertices)
    for (a, b), label in zip(graph.edges, labels or [1] * len(graph.edges), strict=True):
        made.add_edge(a, b, weight=label, capacity=label)
    return made


def reached(neighbours: Sequence[Iterable[int]], start: int) -> list[int]:
    """The vertices that can be reached from one of them, the nearest first."""
    found = [start]
    for vertex in found:
        found += [other for other in neighbours[vertex] if other not in found]
    return found


def spanning(count: int, edges: Sequence[Edge]) -> list[Edge] | None:
    """The first edges that join all vertices without a ring; None where they do not join all."""
    group = list(range(count))
    tree: list[Edge] = []
    for a, b in edges:
        if group[a] != group[b]:
            old, new = group[b], group[a]
            group = [new if each == old else each for each in group]
            tree.append((a, b))
    return tree if len(tree) == count - 1 else None


def sparse(count: int, edges: Sequence[Edge], wanted: int, rng: Random) -> list[Edge] | None:
    """So many of the edges at random, joining all vertices; None where that cannot be."""
    order = rng.sample(list(edges), len(edges))
    tree = spanning(count, order)
    if tree is None or not len(tree) <= wanted <= len(order):
        return None
    return tree + [edge for edge in order if edge not in tree][: wanted - len(tree)]


def pruned(count: int, edges: Sequence[Edge], wanted: int, degrees: range, rng: Random) -> list[Edge] | None:
    """What is left of edges when some are taken away at random, vertices staying joined and degrees within bounds.

    None where it does not come out.
    """
    left = rng.sample(list(edges), len(edges))
    degree = [sum(vertex in edge for edge in left) for vertex in range(count)]
    while len(left) > wanted:
        order = sorted(left, key=lambda edge: -sum(max(0, degree[end] - degrees.stop + 1) for end in edge))
        for edge in order:
            rest = [other for other in left if other != edge]
            if min(degree[end] for end in edge) > degrees.start and spanning(count, rest):
                break
        else:
            return None
        left = rest
        for end in edge:
            degree[end] -= 1
    return left if len(left) == wanted and all(each in degrees for each in degree) else None


def ordered(edges: Iterable[Edge]) -> tuple[Edge, ...]:
    """Edges without direction in their one written order."""
    return tuple(sorted((min(edge), max(edge)) for edge in edges))


def vertex_list(answer: str) -> list[int] | None:
    """Vertices in order, however separated, perhaps after a "yes"; None where there is anything else."""
    yes = _YES.match(answer)
    rest = _ARROW.sub(" ", _NAME.sub("", answer[yes.end() :] if yes else answer))
    found = re.findall(r"\d+", rest)
    if not found or len(found) > LONGEST_ANSWER or any(len(number) > 6 for number in found):
        return None
    if not _LISTED.fullmatch(re.sub(r"\d+", " ", rest)):
        return None
    return [int(number) for number in found]


def written(vertices: Iterable[int]) -> str:
    """Vertices as they are asked for: ``[0, 1, 2]``."""
    return f"[{', '.join(map(str, vertices))}]"


def listed(things: Iterable[object]) -> str:
    """Things as in a sentence: ``1, 2 and 3``."""
    *most, last = [str(thing) for thing in things] or ["none"]
    return f"{', '.join(most)} and {last}" if most else last


def pair_list(graph: Graph) -> list[JsonValue]:
    """The edges as JSON."""
    return [[a, b] for a, b in graph.edges]


def whole_numbers(values: Sequence[JsonValue]) -> list[int]:
    """Numbers out of JSON; none where something else is among them."""
    found = [value for value in values if isinstance(value, int)]
    return found if len(found) == len(values) else []


def graph_text(graph: Graph) -> str:
    """A graph without directions and labels as text."""
    return f"Vertices: 0 to {len(graph.points) - 1}\nEdges: {edge_text(graph)}"


def edge_text(
    graph: Graph, *, sign: str = "-", labels: Sequence[object] = (), names: Sequence[object] | None = None
) -> str:
    """Edges in a line, as ``0-1, 0-2`` or with a label each, ``0-1 (5), 0-2 (7)``."""
    shown = [f"{a}{sign}{b}" for a, b in ([(names or graph.vertices)[end] for end in edge] for edge in graph.edges)]
    if labels:
        shown = [f"{edge} ({label})" for edge, label in zip(shown, labels, strict=True)]
    return ", ".join(shown)


def neighbour_text(graph: Graph) -> str:
    """A line for each vertex with its neighbours."""
    return "\n".join(f"{vertex}: {listed(each)}" for vertex, each in enumerate(graph.neighbours()))


def label_boxes(graph: Graph, labels: Sequence[object], *, directed: bool = False) -> list[Box] | None:
    """Boxes for the labels of edges; None where they do not all find room."""
    width = max(width_of(str(label), EM) for label in labels)
    return labelled(graph.points, graph.edges, (width + 6, EM - 1), HEAD if directed else 0)


def drawn(
    graph: Graph,
    *,
    directed: bool = False,
    labels: Sequence[object] = (),
    fills: Mapping[int, RGB] | None = None,
    names: Sequence[str] | None = None,
) -> Canvas:
    """The image of a graph, in the middle of a canvas of its own."""
    width, height = extent(graph)
    canvas = Canvas(max(width, LEAST_SIDE) if width >= height else width, max(height, LEAST_SIDE * (height > width)))
    at = ((canvas.width - width) // 2, (canvas.height - height) // 2)
    names = names or [str(vertex) for vertex in graph.vertices]
    ink(canvas, graph, names, at=at, directed=directed, labels=labels, fills=fills)
    return canvas


def extent(graph: Graph) -> tuple[int, int]:
    """Width and height of a graph with its margins, in pixels."""
    return max(x for x, _ in graph.points) + MARGIN, max(y for _, y in graph.points) + MARGIN


def ink(
    canvas: Canvas,
    graph: Graph,
    names: Sequence[str],
    *,
    at: tuple[int, int] = (0, 0),
    directed: bool = False,
    labels: Sequence[object] = (),
    fills: Mapping[int, RGB] | None = None,
) -> None:
    """Draw a graph with its left upper corner at a place: edges, then their labels, then vertices."""
    points = [(float(x + at[0]), float(y + at[1])) for x, y in graph.points]
    for a, b in graph.edges:
        if directed:
            canvas.arrow(_border(points[a], points[b]), _border(points[b], points[a]), LINE, 2.5, HEAD)
        else:
            canvas.path((points[a], points[b]), LINE, 2.5)
    boxes = label_boxes(graph, labels, directed=directed) if labels else []
    for box, label in zip(boxes or [], labels, strict=True):
        left, top, right, bottom = box[0] + at[0], box[1] + at[1], box[2] + at[0], box[3] + at[1]
        canvas.rectangle((left, top, right, bottom), WHITE)
        canvas.text(((left + right) / 2, (top + bottom) / 2), str(label), EM)
    for vertex, (point, name) in enumerate(zip(points, names, strict=True)):
        canvas.disc(point, RADIUS + 2, BLACK)
        canvas.disc(point, RADIUS, (fills or {}).get(vertex, WHITE))
        canvas.text(point, name, EM)


def _border(vertex: Point, towards: Point) -> Point:
    """Where the line to another vertex leaves the disc of this one."""
    dx, dy = towards[0] - vertex[0], towards[1] - vertex[1]
    share = (RADIUS + 3) / sqrt(dx * dx + dy * dy)
    return vertex[0] + share * dx, vertex[1] + share * dy
