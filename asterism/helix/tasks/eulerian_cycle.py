"""Eulerian cycle: a closed trail over every edge of a graph, or the certainty that there is none.

The published graphs have hardly more edges than a tree, and most of them have such a cycle. Here the number of edges is
fixed by the level, the same for graphs with and without one, and every vertex has at least two.
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


class EulerianCycle(Puzzle[Graph]):
    """A closed trail over all edges; in half of the instances there is none."""

    name = "eulerian_cycle"
    title = Wording("Eulerian cycle", "欧拉回路")
    category = "graphs"
    form = "vertices or No"
    unique = False
    decision = True
    state_type = Graph
    levels: ClassVar = {1: Level(8, 11), 2: Level(10, 14), 3: Level(12, 17), 4: Level(14, 20), 5: Level(16, 23)}

    def generate(self, parameters: Level, rng: Random) -> Graph:
        wanted = 0 if rng.random() < 0.5 else rng.choice((2, 4))
        graph = eulerian.with_odd(parameters.vertices, parameters.edges, wanted, rng)
        if graph is None:
            raise exhausted(self.name, parameters, eulerian.PLACES)
        return graph

    def solve(self, state: Graph) -> str | None:
        return eulerian.answer(state, closed=True)

    def verify_answer(self, state: Graph, answer: str) -> Verdict:
        return eulerian.verified(state, answer, closed=True)

    def draw(self, state: Graph) -> Canvas:
        return drawn(state)

    def text(self, state: Graph) -> str:
        return graph_text(state)

    def rules(self, state: Graph) -> Wording:
        shown = eulerian.example(state, closed=True)
        return Wording(
            "The graph has numbered vertices, and edges that may be walked in both directions; where two edges cross "
            "there is no vertex. Find an Eulerian cycle: a walk along edges that uses every edge exactly once and ends "
            "at the vertex where it began. Vertices may be visited several times. There may be none.\n"
            "Answer with the list of the vertices in the order of the walk, the first vertex again at the end; or with "
            f"No if there is no such cycle. The form, with a cycle of another graph:\n{shown}",
            "图中的顶点用数字编号，边可以双向通行；两条边的交叉处不是顶点。请找出一条欧拉回路："
            "沿着边行走，每条边恰好经过一次，最后回到出发的顶点。顶点可以多次经过。这样的回路可能不存在。\n"
            "请按行走顺序列出所有顶点，末尾重复第一个顶点；如果不存在这样的回路，请回答 No。"
            f"格式如下（另一个图的回路）：\n{shown}",
        )

    def reasoning(self, state: Graph) -> list[Step]:
        rule = (
            "A cycle that uses every edge once enters and leaves each vertex by two edges at a time. So there is one "
            "exactly if all edges hang together and every vertex has an even number of them."
        )
        end = Step("answer", self.solve(state) or "", {"exists": eulerian.exists(state, closed=True)})
        return [Step("rules", rule), *eulerian.steps(state, closed=True), end]

    def holds(self, state: Graph, claim: JsonValue) -> bool:
        return claim is None or eulerian.holds(state, claim, closed=True)

    def effort(self, state: Graph) -> float:
        return float(len(state.edges))

    def guess(self, state: Graph, rng: Random) -> str:
        return eulerian.guessed(state, rng)


PUZZLE = EulerianCycle()
