"""Graph tasks: known instances, each way to be wrong, drawings that can be followed, solvers against other solvers."""

import random
from itertools import combinations, pairwise, permutations
from typing import Any

import networkx
import pytest

from asterism.helix import eulerian, hamiltonian
from asterism.helix.graph_layout import CLEAR, RADIUS, crosses, distance
from asterism.helix.graphs import Graph, label_boxes, network, vertex_list
from asterism.helix.puzzle import LEVELS
from asterism.helix.tasks.eulerian_cycle import PUZZLE as EULERIAN_CYCLE
from asterism.helix.tasks.eulerian_path import PUZZLE as EULERIAN_PATH
from asterism.helix.tasks.graph_isomorphism import PUZZLE as ISOMORPHISM
from asterism.helix.tasks.graph_isomorphism import Two, _colours
from asterism.helix.tasks.hamiltonian_cycle import PUZZLE as HAMILTONIAN_CYCLE
from asterism.helix.tasks.hamiltonian_path import PUZZLE as HAMILTONIAN_PATH
from asterism.helix.tasks.hamiltonian_path import Journey
from asterism.helix.tasks.max_flow import PUZZLE as MAX_FLOW
from asterism.helix.tasks.max_flow import Pipes
from asterism.helix.tasks.shortest_distance import PUZZLE as SHORTEST
from asterism.helix.tasks.shortest_distance import Roads
from asterism.helix.tasks.topological_sort import PUZZLE as TOPOLOGICAL
from tests.helix.models import hamiltonian_cycle, hamiltonian_path

DECISIONS = (EULERIAN_CYCLE, EULERIAN_PATH, ISOMORPHISM, HAMILTONIAN_CYCLE, HAMILTONIAN_PATH)
EVERY = (*DECISIONS, MAX_FLOW, SHORTEST, TOPOLOGICAL)


def graph(*edges: tuple[int, int]) -> Graph:
    """A graph with its vertices on a bow, so that no three are in line."""
    count = 1 + max(max(edge) for edge in edges)
    return Graph(tuple((44 + 60 * each, 44 + each * (count - 1 - each) * 20) for each in range(count)), edges)


BOW_TIE = graph((0, 1), (0, 2), (1, 2), (2, 3), (2, 4), (3, 4))
SQUARE = graph((0, 1), (1, 2), (2, 3), (0, 3))
DIAMOND = graph((0, 1), (1, 2), (2, 3), (0, 3), (0, 2))
STAR = graph((0, 1), (0, 2), (0, 3))


@pytest.mark.parametrize(
    ("puzzle", "state", "answer", "code"),
    [
        (EULERIAN_CYCLE, BOW_TIE, "[0, 1, 2, 3, 4, 2, 0]", "right"),
        (EULERIAN_CYCLE, BOW_TIE, "3 -> 4 -> 2 -> 0 -> 1 -> 2 -> 3", "right"),
        (EULERIAN_CYCLE, BOW_TIE, "Yes: 2,0,1,2,4,3,2", "right"),
        (EULERIAN_CYCLE, BOW_TIE, "[0, 1, 2, 3, 4, 2]", "rule"),
        (EULERIAN_CYCLE, BOW_TIE, "[0, 1, 2, 0]", "rule"),
        (EULERIAN_CYCLE, BOW_TIE, "[0, 1, 2, 0, 1, 2, 0]", "rule"),
        (EULERIAN_CYCLE, BOW_TIE, "[0, 3, 4, 2, 1, 2, 0]", "rule"),
        (EULERIAN_CYCLE, BOW_TIE, "[0, 1, 2, 7, 4, 2, 0]", "rule"),
        (EULERIAN_CYCLE, BOW_TIE, "No", "claim"),
        (EULERIAN_CYCLE, BOW_TIE, "Yes", "form"),
        (EULERIAN_CYCLE, BOW_TIE, "[0, -1, 2]", "form"),
        (EULERIAN_CYCLE, DIAMOND, "No", "right"),
        (EULERIAN_CYCLE, DIAMOND, "[0, 1, 2, 3, 0, 2]", "rule"),
        (EULERIAN_PATH, DIAMOND, "[0, 1, 2, 3, 0, 2]", "right"),
        (EULERIAN_PATH, DIAMOND, "[2, 0, 3, 2, 1, 0]", "right"),
        (EULERIAN_PATH, DIAMOND, "[0, 1, 2, 3, 0]", "rule"),
        (EULERIAN_PATH, DIAMOND, "No", "claim"),
        (EULERIAN_PATH, BOW_TIE, "[0, 1, 2, 3, 4, 2, 0]", "right"),
        (EULERIAN_PATH, STAR, "No.", "right"),
        (EULERIAN_PATH, STAR, "[1, 0, 2]", "rule"),
        (HAMILTONIAN_CYCLE, SQUARE, "[0, 1, 2, 3, 0]", "right"),
        (HAMILTONIAN_CYCLE, SQUARE, "[2, 1, 0, 3, 2]", "right"),
        (HAMILTONIAN_CYCLE, SQUARE, "[0, 2, 1, 3, 0]", "rule"),
        (HAMILTONIAN_CYCLE, SQUARE, "[0, 1, 2]", "rule"),
        (HAMILTONIAN_CYCLE, SQUARE, "[0, 1, 2, 3]", "rule"),
        (HAMILTONIAN_CYCLE, SQUARE, "[0, 1, 2, 1, 0]", "rule"),
        (HAMILTONIAN_CYCLE, SQUARE, "no", "claim"),
        (HAMILTONIAN_CYCLE, BOW_TIE, "No", "right"),
        (HAMILTONIAN_CYCLE, BOW_TIE, "[0, 1, 2, 3, 4]", "rule"),
        (HAMILTONIAN_PATH, Journey(BOW_TIE, 0), "[0, 1, 2, 4, 3]", "right"),
        (HAMILTONIAN_PATH, Journey(BOW_TIE, 0), "[3, 4, 2, 1, 0]", "rule"),
        (HAMILTONIAN_PATH, Journey(BOW_TIE, 0), "No", "claim"),
        (HAMILTONIAN_PATH, Journey(BOW_TIE, 2), "No", "right"),
        (HAMILTONIAN_PATH, Journey(BOW_TIE, 2), "[2, 0, 1]", "rule"),
        (TOPOLOGICAL, BOW_TIE, "[0, 1, 2, 3, 4]", "right"),
        (TOPOLOGICAL, STAR, "0 3 1 2", "right"),
        (TOPOLOGICAL, STAR, "[1, 0, 2, 3]", "rule"),
        (TOPOLOGICAL, STAR, "[0, 1, 2, 2]", "rule"),
        (TOPOLOGICAL, STAR, "No", "form"),
        (SHORTEST, Roads(DIAMOND, (1, 1, 7, 3, 4), 0, 2), "The distance is **2**", "right"),
        (SHORTEST, Roads(DIAMOND, (1, 1, 7, 3, 4), 0, 2), "4", "claim"),
        (SHORTEST, Roads(DIAMOND, (1, 1, 7, 3, 4), 0, 2), "1", "claim"),
        (SHORTEST, Roads(DIAMOND, (1, 1, 7, 3, 4), 0, 2), "[0, 1, 2]", "form"),
        (MAX_FLOW, Pipes(graph((0, 1), (0, 2), (1, 2), (1, 3), (2, 3)), (5, 2, 4, 3, 9)), "7", "right"),
        (MAX_FLOW, Pipes(graph((0, 1), (0, 2), (1, 2), (1, 3), (2, 3)), (5, 2, 4, 3, 9)), "5", "claim"),
        (ISOMORPHISM, Two(SQUARE, graph((0, 2), (1, 2), (1, 3), (0, 3))), "是", "right"),
        (ISOMORPHISM, Two(SQUARE, graph((0, 2), (1, 2), (1, 3), (0, 3))), "No", "claim"),
        (ISOMORPHISM, Two(DIAMOND, BOW_TIE), "No", "right"),
        (ISOMORPHISM, Two(DIAMOND, BOW_TIE), "Yes, no", "form"),
    ],
)
def test_known_instances(puzzle: Any, state: Any, answer: str, code: str) -> None:
    assert puzzle.verify(state, answer).code == code


@pytest.mark.parametrize(
    ("text", "vertices"),
    [
        ("[0, 1, 12]", [0, 1, 12]),
        ("0-1-12", [0, 1, 12]),
        (r"0 \to 1 \rightarrow 12", [0, 1, 12]),
        ("0→1→12。", [0, 1, 12]),
        ("Yes. (0), (1), (12)", [0, 1, 12]),
        ("[0, -1]", None),
        ("vertex 3", None),
        ("0.5, 1", None),
        ("[]", None),
        ("9" * 50, None),
    ],
)
def test_lists_of_vertices_are_read(text: str, vertices: list[int] | None) -> None:
    assert vertex_list(text) == vertices


@pytest.mark.parametrize("puzzle", DECISIONS, ids=lambda puzzle: puzzle.name)
def test_half_of_the_answers_are_no(puzzle: Any) -> None:
    said = [puzzle.solve(puzzle.instance(1 + index % 2, 11, index)) == "No" for index in range(120)]
    assert 40 <= sum(said) <= 80  # 3.7 standard deviations either side


@pytest.mark.parametrize("level", LEVELS)
def test_euler_and_hamilton_agree_with_other_solvers(level: int) -> None:
    for index in range(4):
        state = EULERIAN_CYCLE.instance(level, 21, index)
        assert (EULERIAN_CYCLE.solve(state) != "No") == networkx.is_eulerian(network(state))
        state = EULERIAN_PATH.instance(level, 21, index)
        assert (EULERIAN_PATH.solve(state) != "No") == networkx.has_eulerian_path(network(state))
        state = HAMILTONIAN_CYCLE.instance(level, 21, index)
        assert (HAMILTONIAN_CYCLE.solve(state) != "No") == bool(hamiltonian_cycle.answers(state, 1))
        journey = HAMILTONIAN_PATH.instance(level, 21, index)
        assert (HAMILTONIAN_PATH.solve(journey) != "No") == bool(hamiltonian_path.answers(journey, 1))


def test_the_search_finds_every_route_of_small_graphs() -> None:
    rng = random.Random(3)
    for _ in range(60):
        count = rng.randint(3, 6)
        pairs = list(combinations(range(count), 2))
        edges = {(0, count - 1), *rng.sample(pairs, rng.randint(count - 1, len(pairs)))}
        state = graph(*sorted(edges))
        for closed in (False, True):
            found = set(hamiltonian.search(state, closed=closed).solutions((0,)))
            assert found == {
                (0, *rest)
                for rest in permutations(range(1, count))
                if all(state.joined(a, b) for a, b in pairwise((0, *rest)))
                and (not closed or state.joined(0, rest[-1]))
            }


def test_euler_is_decided_as_by_trying_every_trail() -> None:
    rng = random.Random(4)
    for _ in range(60):
        count = rng.randint(3, 5)
        pairs = list(combinations(range(count), 2))
        state = graph(*sorted({(0, count - 1), *rng.sample(pairs, rng.randint(2, min(7, len(pairs))))}))
        for closed in (False, True):
            assert eulerian.exists(state, closed=closed) == any(
                tried(state, [start], closed) for start in state.vertices
            )


def tried(state: Graph, trail: list[int], closed: bool) -> bool:
    used = {frozenset(pair) for pair in pairwise(trail)}
    if len(used) == len(state.edges):
        return not closed or trail[0] == trail[-1]
    onward = [other for other in state.neighbours()[trail[-1]] if frozenset((trail[-1], other)) not in used]
    return any(tried(state, [*trail, other], closed) for other in onward)


@pytest.mark.parametrize("level", LEVELS)
def test_twins_have_the_same_degrees(level: int) -> None:
    for index in range(6):
        two = ISOMORPHISM.instance(level, 5, index)
        parameters = ISOMORPHISM.levels[level]
        assert len(two.left.edges) == len(two.right.edges)
        assert _colours(two.left.edges, parameters) == _colours(two.right.edges, parameters)
        assert level == 1 or sorted(two.left.degrees()) == sorted(two.right.degrees())
        assert two.left.points != two.right.points


@pytest.mark.parametrize("puzzle", EVERY, ids=lambda puzzle: puzzle.name)
@pytest.mark.parametrize("level", LEVELS)
def test_every_edge_can_be_followed(puzzle: Any, level: int) -> None:
    for index in range(6):
        state = puzzle.instance(level, 31, index)
        for shown in graphs_of(state):
            for edge in shown.edges:
                away = [distance(shown.points, edge, vertex) for vertex in shown.vertices if vertex not in edge]
                assert min(away) >= CLEAR > RADIUS + 2
            for a, b in combinations(shown.points, 2):
                assert (a[0] - b[0]) ** 2 + (a[1] - b[1]) ** 2 > (2 * RADIUS + 10) ** 2
        if isinstance(state, Roads):
            assert not any(crosses(state.graph.points, *two) for two in combinations(state.graph.edges, 2))
        if isinstance(state, Roads | Pipes):
            labels = state.weights if isinstance(state, Roads) else state.capacities
            assert label_boxes(state.graph, labels, directed=isinstance(state, Pipes)) is not None


def graphs_of(state: Any) -> list[Graph]:
    if isinstance(state, Graph):
        return [state]
    return [state.left, state.right] if isinstance(state, Two) else [state.graph]


def test_the_flow_is_less_than_what_its_ends_could_carry() -> None:
    for index in range(20):
        state = MAX_FLOW.instance(2, 8, index)
        arrows = list(zip(state.graph.edges, state.capacities, strict=True))
        last = len(state.graph.points) - 1
        out, back = sum(c for (a, _), c in arrows if a == 0), sum(c for (_, b), c in arrows if b == last)
        assert int(MAX_FLOW.solve(state) or 0) < min(out, back)


def test_false_claims_do_not_hold() -> None:
    for puzzle, state, claim in (
        (EULERIAN_CYCLE, BOW_TIE, {"odd": [2]}),
        (EULERIAN_CYCLE, BOW_TIE, {"trail": [0, 3]}),
        (EULERIAN_CYCLE, BOW_TIE, {"stuck": [2, 0, 1]}),
        (EULERIAN_CYCLE, BOW_TIE, {"exists": False}),
        (HAMILTONIAN_CYCLE, SQUARE, {"route": [0, 1], "dead": True}),
        (HAMILTONIAN_CYCLE, SQUARE, {"route": [0, 2], "dead": False}),
        (HAMILTONIAN_PATH, Journey(BOW_TIE, 0), {"route": [1, 0], "dead": False}),
        (TOPOLOGICAL, STAR, {"done": [], "next": 1}),
        (TOPOLOGICAL, STAR, {"done": [0], "wait": 1, "for": 0}),
        (SHORTEST, Roads(DIAMOND, (1, 1, 7, 3, 4), 0, 2), {"vertex": 2, "distance": 4}),
        (SHORTEST, Roads(DIAMOND, (1, 1, 7, 3, 4), 0, 2), {"route": [0, 2], "length": 3}),
        (ISOMORPHISM, Two(SQUARE, SQUARE), {"isomorphic": False}),
        (ISOMORPHISM, Two(SQUARE, SQUARE), {"pairs": [], "dead": True}),
    ):
        assert puzzle.holds(state, {"x": 1}) is False
        assert puzzle.holds(state, claim) is False, (puzzle.name, claim)
