"""Hamiltonian cycle: a round trip through every vertex of a graph, or the certainty that there is none.

The published graphs are Hamiltonian too often for No to be worth saying. Here each instance is one of two graphs with
the same degrees of which one has a cycle and the other has none; every vertex has two to four edges.
"""

from dataclasses import dataclass
from random import Random
from typing import ClassVar

from pydantic import JsonValue

from asterism.helix import hamiltonian
from asterism.helix.canvas import Canvas
from asterism.helix.graphs import Graph, drawn, graph_text, written
from asterism.helix.puzzle import Puzzle, Step, Verdict, exhausted
from asterism.helix.wording import Wording

DEGREES = range(2, 5)


@dataclass(frozen=True, slots=True)
class Level:
    """The size of the graph."""

    vertices: int
    edges: int


class HamiltonianCycle(Puzzle[Graph]):
    """A closed route through all vertices; in half of the instances there is none."""

    name = "hamiltonian_cycle"
    title = Wording("Hamiltonian cycle", "哈密顿回路")
    category = "graphs"
    form = "vertices or No"
    unique = False
    decision = True
    state_type = Graph
    levels: ClassVar = {1: Level(6, 8), 2: Level(9, 12), 3: Level(12, 17), 4: Level(14, 20), 5: Level(16, 23)}

    def generate(self, parameters: Level, rng: Random) -> Graph:
        graph = hamiltonian.balanced(parameters.vertices, parameters.edges, DEGREES, rng, closed=True)
        if graph is None:
            raise exhausted(self.name, parameters, hamiltonian.PLACES)
        return graph

    def solve(self, state: Graph) -> str | None:
        route = hamiltonian.first(state, hamiltonian.begin(state), closed=True)
        return written([*route, route[0]]) if route else "No"

    def verify_answer(self, state: Graph, answer: str) -> Verdict:
        return hamiltonian.verified(state, answer, None, closed=True)

    def draw(self, state: Graph) -> Canvas:
        return drawn(state)

    def text(self, state: Graph) -> str:
        return graph_text(state)

    def rules(self, state: Graph) -> Wording:
        shown = written([*state.vertices, 0])
        return Wording(
            "The graph has numbered vertices, and edges that may be walked in both directions; where two edges cross "
            "there is no vertex. Find a Hamiltonian cycle: a round trip along edges that visits every vertex exactly "
            "once and then returns to the first. Not every edge need be used. There may be none.\n"
            "Answer with the list of the vertices in the order of the trip, the first vertex again at the end; or with "
            f"No if there is no such cycle. The form, with a cycle of another graph:\n{shown}",
            "图中的顶点用数字编号，边可以双向通行；两条边的交叉处不是顶点。请找出一条哈密顿回路："
            "沿着边行走，每个顶点恰好访问一次，最后回到出发的顶点。不必经过每条边。这样的回路可能不存在。\n"
            "请按行走顺序列出所有顶点，末尾重复第一个顶点；如果不存在这样的回路，请回答 No。"
            f"格式如下（另一个图的回路）：\n{shown}",
        )

    def reasoning(self, state: Graph) -> list[Step]:
        rule = (
            "The cycle enters and leaves every vertex once. So each vertex must keep two usable edges, and those still "
            "to be visited must be reachable; where that fails, a way is a dead end."
        )
        end = Step("answer", self.solve(state) or "", {"exists": self.solve(state) != "No"})
        return [Step("rules", rule), *hamiltonian.steps(state, hamiltonian.begin(state), closed=True), end]

    def holds(self, state: Graph, claim: JsonValue) -> bool:
        return claim is None or hamiltonian.holds(state, claim, None, closed=True)

    def effort(self, state: Graph) -> float:
        return float(hamiltonian.ways(state, hamiltonian.begin(state)))

    def guess(self, state: Graph, rng: Random) -> str:
        return hamiltonian.guessed(state, None, rng)


PUZZLE = HamiltonianCycle()
