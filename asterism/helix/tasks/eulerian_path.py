"""Eulerian path: a trail over every edge of a graph, open or closed, or the certainty that there is none.

As for the cycle, the number of edges is fixed by the level, the same for graphs with and without such a trail, and
every vertex has at least two.
"""

from dataclasses import dataclass
from random import Random
from typing import ClassVar

from pydantic import JsonValue

from asterism.helix import eulerian
from asterism.helix.canvas import Canvas
from asterism.helix.graphs import Graph, drawn, graph_text
from asterism.helix.puzzle import Puzzle, Step, Verdict, exhausted
from asterism.helix.wording import Wording


@dataclass(frozen=True, slots=True)
class Level:
    """The size of the graph."""

    vertices: int
    edges: int


class EulerianPath(Puzzle[Graph]):
    """A trail over all edges; in half of the instances there is none."""

    name = "eulerian_path"
    title = Wording("Eulerian path", "欧拉路径")
    category = "graphs"
    form = "vertices or No"
    unique = False
    decision = True
    state_type = Graph
    levels: ClassVar = {1: Level(6, 8), 2: Level(8, 11), 3: Level(10, 14), 4: Level(12, 17), 5: Level(16, 23)}

    def generate(self, parameters: Level, rng: Random) -> Graph:
        wanted = rng.choice((0, 2, 2)) if rng.random() < 0.5 else 4
        graph = eulerian.with_odd(parameters.vertices, parameters.edges, wanted, rng)
        if graph is None:
            raise exhausted(self.name, parameters, eulerian.PLACES)
        return graph

    def solve(self, state: Graph) -> str | None:
        return eulerian.answer(state, closed=False)

    def verify_answer(self, state: Graph, answer: str) -> Verdict:
        return eulerian.verified(state, answer, closed=False)

    def draw(self, state: Graph) -> Canvas:
        return drawn(state)

    def text(self, state: Graph) -> str:
        return graph_text(state)

    def rules(self, state: Graph) -> Wording:
        shown = eulerian.example(state, closed=False)
        return Wording(
            "The graph has numbered vertices, and edges that may be walked in both directions; where two edges cross "
            "there is no vertex. Find an Eulerian path: a walk along edges that uses every edge exactly once. It may "
            "begin and end anywhere, also at one vertex. Vertices may be visited several times. There may be none.\n"
            "Answer with the list of the vertices in the order of the walk; or with No if there is no such path. The "
            f"form, with a path of another graph:\n{shown}",
            "图中的顶点用数字编号，边可以双向通行；两条边的交叉处不是顶点。请找出一条欧拉路径："
            "沿着边行走，每条边恰好经过一次。起点和终点任意，也可以是同一个顶点。顶点可以多次经过。这样的路径可能不存在。\n"
            "请按行走顺序列出所有顶点；如果不存在这样的路径，请回答 No。"
            f"格式如下（另一个图的路径）：\n{shown}",
        )

    def reasoning(self, state: Graph) -> list[Step]:
        rule = (
            "A walk that uses every edge once enters and leaves each vertex between its ends by two edges at a time. "
            "So there is one exactly if all edges hang together and none or two of the vertices have an odd number."
        )
        end = Step("answer", self.solve(state) or "", {"exists": eulerian.exists(state, closed=False)})
        return [Step("rules", rule), *eulerian.steps(state, closed=False), end]

    def holds(self, state: Graph, claim: JsonValue) -> bool:
        return claim is None or eulerian.holds(state, claim, closed=False)

    def effort(self, state: Graph) -> float:
        return float(len(state.edges))

    def guess(self, state: Graph, rng: Random) -> str:
        return eulerian.guessed(state, rng)


PUZZLE = EulerianPath()
