"""Hamiltonian path: a way from a marked vertex through all others, or the certainty that there is none.

The published first level has four vertices, too few for a graph with such a path and one without to look alike, so the
first three levels are larger here. Each instance is one of two graphs with the same degrees and the same edges at the
marked vertex, of which one has a path and the other has none; no vertex has more than three edges.
"""

from dataclasses import dataclass
from random import Random
from typing import ClassVar

from pydantic import JsonValue

from asterism.helix import hamiltonian
from asterism.helix.canvas import Canvas
from asterism.helix.graphs import START, Graph, drawn, graph_text, written
from asterism.helix.puzzle import Puzzle, Step, Verdict, exhausted
from asterism.helix.wording import Wording

DEGREES = range(1, 4)


@dataclass(frozen=True, slots=True)
class Journey:
    """A graph and the vertex to begin at."""

    graph: Graph
    start: int


@dataclass(frozen=True, slots=True)
class Level:
    """The size of the graph."""

    vertices: int
    edges: int


class HamiltonianPath(Puzzle[Journey]):
    """A route from a given vertex through all vertices; in half of the instances there is none."""

    name = "hamiltonian_path"
    title = Wording("Hamiltonian path", "哈密顿路径")
    category = "graphs"
    form = "vertices or No"
    unique = False
    decision = True
    state_type = Journey
    levels: ClassVar = {1: Level(6, 7), 2: Level(8, 10), 3: Level(10, 13), 4: Level(12, 16), 5: Level(16, 21)}
    reference: ClassVar = {2: Level(6, 7), 3: Level(8, 10)}

    def generate(self, parameters: Level, rng: Random) -> Journey:
        start = rng.randrange(parameters.vertices)
        graph = hamiltonian.balanced(parameters.vertices, parameters.edges, DEGREES, rng, closed=False, start=start)
        if graph is None:
            raise exhausted(self.name, parameters, hamiltonian.PLACES)
        return Journey(graph, start)

    def solve(self, state: Journey) -> str | None:
        route = hamiltonian.first(state.graph, state.start, closed=False)
        return written(route) if route else "No"

    def verify_answer(self, state: Journey, answer: str) -> Verdict:
        return hamiltonian.verified(state.graph, answer, state.start, closed=False)

    def draw(self, state: Journey) -> Canvas:
        return drawn(state.graph, fills={state.start: START})

    def text(self, state: Journey) -> str:
        return f"{graph_text(state.graph)}\nStart: {state.start}"

    def rules(self, state: Journey) -> Wording:
        count = len(state.graph.points)
        shown = written([count // 2, *(vertex for vertex in range(count) if vertex != count // 2)])
        return Wording(
            "The graph has numbered vertices, and edges that may be walked in both directions; where two edges cross "
            "there is no vertex. Find a Hamiltonian path from the start, which is green in a picture: a "
            "way along edges that begins there and visits every vertex exactly once. It may end anywhere, and not "
            "every edge need be used. There may be none.\n"
            "Answer with the list of the vertices in the order of the way, the start first; or with No if there is no "
            f"such path. The form, with a path of another graph:\n{shown}",
            "图中的顶点用数字编号，边可以双向通行；两条边的交叉处不是顶点。请从起点（图片中的绿色顶点）出发找出一条"
            "哈密顿路径：沿着边行走，每个顶点恰好访问一次。终点任意，不必经过每条边。这样的路径可能不存在。\n"
            "请按行走顺序列出所有顶点，起点在最前；如果不存在这样的路径，请回答 No。"
            f"格式如下（另一个图的路径）：\n{shown}",
        )

    def reasoning(self, state: Journey) -> list[Step]:
        rule = (
            "The path begins at the start and visits every vertex once. Where two vertices could only come last, or "
            "one cannot be reached any more, a way is a dead end."
        )
        end = Step("answer", self.solve(state) or "", {"exists": self.solve(state) != "No"})
        return [Step("rules", rule), *hamiltonian.steps(state.graph, state.start, closed=False), end]

    def holds(self, state: Journey, claim: JsonValue) -> bool:
        return claim is None or hamiltonian.holds(state.graph, claim, state.start, closed=False)

    def effort(self, state: Journey) -> float:
        return float(hamiltonian.ways(state.graph, state.start))

    def guess(self, state: Journey, rng: Random) -> str:
        return hamiltonian.guessed(state.graph, state.start, rng)


PUZZLE = HamiltonianPath()
