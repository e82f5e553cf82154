"""Bridges, numbrix, shingoki, snake, word ladder and word search: instances made by hand."""

import random
from itertools import product
from typing import Any

import pytest

from asterism.helix.lexicon import common_words, known_words, sizes
from asterism.helix.tasks.bridges import PUZZLE as BRIDGES
from asterism.helix.tasks.bridges import Bridges
from asterism.helix.tasks.numbrix import PUZZLE as NUMBRIX
from asterism.helix.tasks.numbrix import Numbrix
from asterism.helix.tasks.shingoki import PUZZLE as SHINGOKI
from asterism.helix.tasks.shingoki import Circle, Shingoki
from asterism.helix.tasks.snake import PUZZLE as SNAKE
from asterism.helix.tasks.snake import Snake
from asterism.helix.tasks.word_ladder import PUZZLE as WORD_LADDER
from asterism.helix.tasks.word_ladder import WordLadder
from asterism.helix.tasks.word_search import PUZZLE as WORD_SEARCH
from asterism.helix.tasks.word_search import WordSearch


def says(puzzle: Any, state: Any, answers: dict[str, str]) -> None:
    """Each answer has its code."""
    assert {answer: puzzle.verify(state, answer).code for answer in answers} == answers


def test_bridges_made_by_hand() -> None:
    # 3 - 2 . 1     (0,0) sees (2,0) and (0,3), (2,0) sees (4,0), (0,3) sees (4,3)
    state = Bridges(5, ((0, 0, 3), (2, 0, 2), (4, 0, 1), (0, 3, 3), (4, 3, 1)))
    right = "(0,0)-(2,0):1, (2,0)-(4,0):1, (0,0)-(0,3):2, (0,3)-(4,3):1"
    assert BRIDGES.count(state) == 1
    assert BRIDGES.verify(state, BRIDGES.solve(state) or "").right
    says(
        BRIDGES,
        state,
        {
            right: "right",
            "[(2, 0) - (0, 0) : 1; (4,0)-(2,0):1\n(0,3)-(0,0):2\n(4,3)-(0,3):1]": "right",
            "- **(0,0)–(2,0): 1**\n- (2,0)–(4,0): 1\n- (0,0)–(0,3): 2\n- (0,3)–(4,3): 1": "right",
            right.replace("(0,0)-(0,3):2", "(0,0)-(0,3):1"): "rule",
            right.replace("(0,0)-(0,3):2", "(0,0)-(0,3):1, (0,0)-(0,3):1"): "rule",
            right.replace("(0,0)-(0,3):2", "(0,0)-(0,3):3"): "rule",
            right.replace("(2,0)-(4,0):1", "(0,0)-(4,0):1"): "rule",
            right.replace("(0,3)-(4,3):1", "(0,3)-(3,3):1"): "rule",
            right + ", (4,0)-(4,3):0": "rule",
            right + ", 7": "form",
            "(0,0), (2,0)": "form",
        },
    )


def test_bridges_may_neither_cross_nor_fall_apart() -> None:
    crossing = Bridges(5, ((2, 0, 1), (0, 2, 1), (4, 2, 1), (2, 4, 1)))
    assert BRIDGES.count(crossing) == 0
    assert BRIDGES.verify(crossing, "(2,0)-(2,4):1, (0,2)-(4,2):1").code == "rule"
    apart = Bridges(4, ((0, 0, 2), (3, 0, 2), (0, 3, 2), (3, 3, 2)))
    assert BRIDGES.verify(apart, "(0,0)-(3,0):2, (0,3)-(3,3):2").detail == "the islands are not all connected"
    assert BRIDGES.count(apart) == 1
    assert BRIDGES.verify(apart, "(0,0)-(3,0):1, (0,3)-(3,3):1, (0,0)-(0,3):1, (3,0)-(3,3):1").right


def test_bridges_solutions_are_those_of_trying_every_number() -> None:
    for index in range(6):
        state = BRIDGES.instance(1, 5, index, reference=True)
        for each in [state, *BRIDGES.thinned(state, random.Random(index))]:
            pairs = _sights(each)
            found = 0
            for counts in product(range(3), repeat=len(pairs)):
                said = ", ".join(
                    f"({a[0]},{a[1]})-({b[0]},{b[1]}):{count}"
                    for (a, b), count in zip(pairs, counts, strict=True)
                    if count
                )
                found += bool(said) and BRIDGES.verify(each, said).right
            assert BRIDGES.count(each) == min(2, found)


def _sights(state: Bridges) -> list[tuple[tuple[int, int], tuple[int, int]]]:
    islands = {(x, y) for x, y, _ in state.islands}
    found = []
    for x, y in islands:
        for dx, dy in ((1, 0), (0, 1)):
            seen = [(x + far * dx, y + far * dy) for far in range(1, state.side)]
            seen = [place for place in seen if place in islands]
            found += [((x, y), seen[0])] if seen else []
    return found


def test_published_instances_of_bridges_are_not_all_the_same() -> None:
    states = {BRIDGES.instance(2, 1, index, reference=True) for index in range(20)}
    assert len(states) > 15


def test_numbrix_made_by_hand() -> None:
    state = Numbrix(3, (1, 0, 0, 0, 5, 0, 7, 0, 9))
    assert NUMBRIX.count(state) == 1
    says(
        NUMBRIX,
        state,
        {
            "|1|2|3|\n|6|5|4|\n|7|8|9|": "right",
            "[[1, 2, 3], [6, 5, 4], [7, 8, 9]]": "right",
            "1 4 3\n2 5 6\n7 8 9": "rule",
            "1 2 3\n4 5 6\n7 8 9": "rule",
            "9 2 3\n6 5 4\n7 8 1": "rule",
            "1 2 3\n6 5 4\n7 8 8": "rule",
            "1 2 3\n6 5 4": "form",
        },
    )
    assert NUMBRIX.count(Numbrix(3, (1, 0, 0, 0, 5, 0, 0, 0, 9))) == 2  # one is the other's mirror image
    assert NUMBRIX.count(Numbrix(3, (2, 0, 0, 0, 0, 0, 0, 0, 0))) == 0  # odd numbers stand on cells of one colour


def test_every_path_through_a_small_grid_is_a_solution_of_an_empty_numbrix() -> None:
    from asterism.helix.tasks.numbrix import _open_places, _solutions

    found = list(_solutions(_open_places(Numbrix(3, (0,) * 9)), 3))
    assert len(found) == len(set(found)) == 40  # 20 undirected Hamiltonian paths of the 3 × 3 grid


def test_shingoki_made_by_hand() -> None:
    # a square of two by two edges with its corner turned in: black 4 at (0,0), white 2 at (0,1)
    state = Shingoki(3, (Circle(0, 0, "B", 4), Circle(0, 1, "W", 2), Circle(2, 2, "B", 4)))
    frame = "(0,0)-(0,1), (0,1)-(0,2), (0,0)-(1,0), (1,0)-(2,0), (0,2)-(1,2), (1,2)-(2,2), (2,0)-(2,1), (2,1)-(2,2)"
    assert SHINGOKI.count(state) == 1
    says(
        SHINGOKI,
        state,
        {
            frame: "right",
            ", ".join(reversed(frame.split(", "))): "right",
            frame.replace("(0,0)-(0,1)", "(0,1)-(0,0)"): "right",
            frame + ", (0,0)-(0,1)": "rule",
            frame.replace(", (2,1)-(2,2)", ""): "rule",
            frame.replace("(0,0)-(0,1), (0,1)-(0,2)", "(0,0)-(0,2)"): "form",
            "(0,0)-(0,1), (0,1)-(1,1), (1,1)-(1,0), (1,0)-(0,0)": "rule",
            frame.replace("(2,2)", "(2,3)"): "form",
            "(0,0), (0,1), (0,2)": "form",
        },
    )
    two = Shingoki(4, (Circle(0, 0, "B", 2), Circle(3, 3, "B", 2)))
    squares = [((r, c), (r, c + 1), (r + 1, c + 1), (r + 1, c)) for r, c in ((0, 0), (2, 2))]
    edges = [f"{a}-{b}" for square in squares for a, b in zip(square, (*square[1:], square[0]), strict=True)]
    assert SHINGOKI.verify(two, ", ".join(edges)).detail == "the segments form more than one loop"


def test_shingoki_finds_every_loop_of_a_small_grid() -> None:
    # 13 loops on 3 × 3 points; those through the middle of the top, each found under the clue that it carries there
    from asterism.helix.tasks.shingoki import _clue, _field, _solutions

    field = _field(3)
    loops = [bits for bits in range(1, 1 << len(field.edges)) if _one_loop(field, bits)]
    assert len(loops) == 13
    for point in field.at:
        through = [loop for loop in loops if loop & field.at[point]]
        for clue in {_clue(field, loop, point) for loop in through}:
            wanted = {loop for loop in through if _clue(field, loop, point) == clue}
            assert set(_solutions(Shingoki(3, (clue,)))) == wanted


def _one_loop(field: Any, bits: int) -> bool:
    import networkx

    graph = networkx.Graph(field.of(bits))
    return all(degree == 2 for _, degree in graph.degree) and networkx.is_connected(graph)


def test_snake_made_by_hand() -> None:
    # S o .
    # . o .
    # . o E
    state = Snake((0, 0), (2, 2), (), (2, 1, 2), (1, 3, 1))
    assert SNAKE.count(state) == 1
    assert SNAKE.solve(state) == "[(0, 0), (0, 1), (1, 1), (2, 1), (2, 2)]"
    says(
        SNAKE,
        state,
        {
            "[[0,0],[0,1],[1,1],[2,1],[2,2]]": "right",
            "(0,0) -> (0,1) -> (1,1) -> (2,1) -> (2,2)": "right",
            "(2,2), (2,1), (1,1), (0,1), (0,0)": "rule",  # from E to S
            "(0,0), (1,1), (0,1), (2,1), (2,2)": "rule",  # the same cells, no path
            "(0,0), (1,0), (2,0), (2,1), (2,2)": "rule",  # a path that breaks the counts
            "(0,0), (0,1), (1,1), (2,1), (2,1), (2,2)": "rule",
            "(0,0), (0,1), (1,1), (2,1)": "rule",
            "(0,0), (0,1), (0,2), (0,3), (2,2)": "rule",
            "0,0 0,1": "form",
        },
    )


@pytest.mark.parametrize(
    ("path", "touches"),
    [
        ("(0,0), (1,0), (1,1), (0,1)", True),  # S beside E
        ("(0,0), (1,0), (2,0), (2,1), (2,2), (1,2), (0,2)", False),
        ("(0,0), (1,0), (2,0), (2,1), (1,1)", True),  # the middle beside (1, 0)
        ("(0,0), (1,0), (2,0), (2,1), (2,2), (1,2)", False),
        ("(0,1), (0,0), (1,0), (2,0), (2,1), (2,2), (1,2)", True),  # (0, 1) and (1, 2) at a corner
    ],
)
def test_a_snake_may_not_touch_itself_even_at_a_corner(path: str, touches: bool) -> None:
    from asterism.helix.answer_readers import pairs

    cells = pairs(path) or []
    rows = tuple(sum(row == line for row, _ in cells) for line in range(3))
    columns = tuple(sum(column == line for _, column in cells) for line in range(3))
    verdict = SNAKE.verify(Snake(cells[0], cells[-1], (), rows, columns), path)
    assert verdict.right is not touches
    assert not touches or verdict.detail == "the path touches itself"


def test_snake_solutions_are_those_of_walking_everywhere() -> None:
    for index in range(4):
        state = SNAKE.instance(1, 3, index)
        for each in (state, next(SNAKE.thinned(state, random.Random(index)))):
            assert SNAKE.count(each) == min(2, sum(1 for _ in _walks(each, [each.start])))


def _walks(state: Snake, path: list[tuple[int, int]]) -> Any:
    """All right answers, by extending a path that does not touch itself."""
    row, column = path[-1]
    if path[-1] == state.end:
        if SNAKE.verify(state, str(path)).right:
            yield path
        return
    for cell in ((row, column + 1), (row + 1, column), (row, column - 1), (row - 1, column)):
        inside = 0 <= cell[0] < len(state.row_counts) and 0 <= cell[1] < len(state.column_counts)
        near = [other for other in path[:-2] if max(abs(other[0] - cell[0]), abs(other[1] - cell[1])) <= 1]
        if inside and not near and cell not in path:
            yield from _walks(state, [*path, cell])


def test_a_word_ladder_need_not_be_the_shortest_nor_of_common_words() -> None:
    state = WordLadder("cat", "dog")
    says(
        WORD_LADDER,
        state,
        {
            '["cat", "cot", "dot", "dog"]': "right",
            "cat → cot → cog → dog": "right",
            "CAT, BAT, BAG, BOG, DOG": "right",  # longer
            "cat, dot, dog": "rule",
            "cat, cot, cat, cot, dot, dog": "rule",
            "cat, cot, dot": "rule",
            "cot, dot, dog": "rule",
            "cat, cxt, cot, dot, dog": "rule",
            "cat, coat, cot, dot, dog": "rule",
            "cat": "form",
        },
    )


def test_the_lexicon_holds_ordinary_words_of_three_to_five_letters() -> None:
    assert {len(word) for word in sizes()} == {3, 4, 5}
    assert all(word.isascii() and word.isalpha() and word.islower() for word in sizes())
    assert set(sizes().values()) <= {10, 20, 35, 40, 50, 55, 60, 70}
    for words, letters in ((("cat", "dog"), 3), (("word", "cold"), 4), (("stone", "spark"), 5)):
        assert {*words} <= {*common_words(letters)}
    assert {"gawp", "fibre", "fiber"} <= known_words()
    assert not {"asdf", "qqq", "xyzzy", "paris", "usa"} & known_words()


def test_word_search_made_by_hand() -> None:
    state = WordSearch(("TXYZQ", "QAXXZ", "QXCRT", "XAXXQ", "QQQXZ"), "CAT")
    assert WORD_SEARCH.count(state) == 1
    assert WORD_SEARCH.solve(state) == "CAT NW @ (3,3)"
    says(
        WORD_SEARCH,
        state,
        {
            "CAT NW @ (3,3)": "right",
            "cat nw @ (3, 3)": "right",
            "**CAT** NW @ [3,3].": "right",
            "CAT SE @ (1,1)": "rule",
            "CAT NW @ (2,2)": "rule",
            "CAT NW @ (0,0)": "rule",
            "DOG NW @ (3,3)": "rule",
            "CAT (3,3) @ NW": "form",
            "CAT @ (3,3)": "form",
        },
    )
    assert WORD_SEARCH.count(WordSearch(("DAD", "QQQ", "QQQ"), "DAD")) == 2
    assert WORD_SEARCH.count(WordSearch(("CAT", "QQQ", "QQQ"), "DAD")) == 0


def test_claims_that_are_not_so_do_not_hold() -> None:
    false: list[tuple[Any, Any]] = [
        (BRIDGES, {"between": [[[0, 0], [9, 9]]], "counts": [[1]]}),
        (BRIDGES, {"between": [], "counts": []}),
        (BRIDGES, {"network": "(0,0)-(1,0):1"}),
        (NUMBRIX, {"cell": [0, 1], "value": 1, "is": False}),
        (NUMBRIX, {"cell": [1, 1], "value": "1", "is": True}),
        (NUMBRIX, {"solved": [1, 2]}),
        (SHINGOKI, {"drawn": [[[0, 0], [9, 9]]], "left_out": []}),
        (SHINGOKI, {"loop": "all"}),
        (SNAKE, {"snake": [[9, 99]], "empty": []}),
        (SNAKE, {"path": [[0, 0], 3]}),
        (WORD_LADDER, {"word": "qqq", "leads_to": [], "steps_left": 1}),
        (WORD_LADDER, {"ladder": ["cat"]}),
        (WORD_SEARCH, {"at": [99, 99], "direction": "UP", "letters": 0}),
        (WORD_SEARCH, {"row": 99, "starts": []}),
        (WORD_SEARCH, {"found": "CAT"}),
    ]
    for puzzle, claim in false:
        assert not puzzle.holds(puzzle.instance(1, 1, 1), claim), (puzzle.name, claim)
