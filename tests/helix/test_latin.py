"""Binairo, calcudoku, eulero, futoshiki, kakuro and skyscrapers: hand-made instances, each rule broken once."""

import random
import re
from collections.abc import Iterator
from itertools import combinations, permutations, product
from typing import Any

import pytest

from asterism.helix import constraints, latin
from asterism.helix.catalogue import puzzle_of
from asterism.helix.puzzle import LEVELS
from asterism.helix.tasks.binairo import Binairo
from asterism.helix.tasks.calcudoku import Cage, Calcudoku
from asterism.helix.tasks.eulero import Eulero
from asterism.helix.tasks.futoshiki import Futoshiki
from asterism.helix.tasks.kakuro import Kakuro
from asterism.helix.tasks.skyscrapers import Skyscrapers

BINAIRO = Binairo(("0.11", "..1.", ".0..", "11.."))
CALCUDOKU = Calcudoku(
    3,
    (
        Cage("/", 3, (0, 3)),
        Cage("-", 1, (1, 2)),
        Cage("*", 6, (4, 5, 8)),
        Cage("+", 3, (6, 7)),
    ),
)
EULERO = Eulero(3, ("A1", "..", "..", "B3", "..", "..", "..", "..", ".."))
FUTOSHIKI = Futoshiki(3, (0, 0, 0, 0, 0, 0, 0, 0, 2), ((0, 1), (1, 2), (5, 4)))
KAKURO = Kakuro(3, ((0, 0), (4, 0), (6, 0), (0, 3), None, None, (0, 7), None, None))
SKYSCRAPERS = Skyscrapers((3, 0, 0), (0, 0, 0), (3, 0, 0), (0, 0, 0))

JUDGED = [
    ("binairo", BINAIRO, "0 0 1 1\n0 1 1 0\n1 0 0 1\n1 1 0 0", "right"),
    ("binairo", BINAIRO, "0011;0110;1001;1100", "right"),
    ("binairo", BINAIRO, "0011\n0110\n1001\n110", "form"),
    ("binairo", BINAIRO, "0 0 1 1\n0 1 1 0\n1 0 0 1\n1 1 0 2", "form"),
    ("binairo", BINAIRO, "1 0 1 0\n0 1 1 0\n1 0 0 1\n1 1 0 0", "rule"),  # a given changed
    ("binairo", BINAIRO, "0 0 1 1\n0 1 1 0\n1 0 0 1\n1 1 0 1", "rule"),  # more ones than zeros
    ("binairo", Binairo(("......",) * 6), "000111\n" * 3 + "111000\n" * 3, "rule"),  # three alike
    ("binairo", Binairo(("....",) * 4), "0101\n0101\n1010\n1010", "rule"),  # the same rows
    ("binairo", Binairo(("....",) * 4), "0011\n1100\n0011\n1100", "rule"),  # the same rows and columns
    ("calcudoku", CALCUDOKU, "1 3 2\n3 2 1\n2 1 3", "right"),
    ("calcudoku", CALCUDOKU, "1 2 3\n3 1 2\n2 3 1", "rule"),  # 1 × 2 × 1 is not 6
    ("calcudoku", CALCUDOKU, "[[3, 1, 2], [1, 2, 3], [2, 3, 1]]", "rule"),  # 2 + 3 is not 3
    ("calcudoku", CALCUDOKU, "1 2 3\n3 2 1\n2 1 3", "rule"),  # 2 twice in a column
    ("calcudoku", CALCUDOKU, "3 1 2\n1 2 3\n2 3", "form"),
    ("eulero", EULERO, "A1 B2 C3\nB3 C1 A2\nC2 A3 B1", "right"),
    ("eulero", EULERO, "A1|B2|C3\nB3|C1|A2\nC2|A3|B1", "right"),
    ("eulero", EULERO, '[["a1", "b2", "c3"], ["b3", "c1", "a2"], ["c2", "a3", "b1"]]', "right"),
    ("eulero", EULERO, "A1 C3 B2\nB3 A2 C1\nC2 B1 A3", "right"),  # another, as three givens are too few here
    ("eulero", EULERO, "A1 B2 C3\nB3 C1 A2\nC2 A3", "form"),
    ("eulero", EULERO, "A1 B2 C3\nB3 C1 A2\nC2 A3 B1 and more", "form"),
    ("eulero", EULERO, "B3 C1 A2\nA1 B2 C3\nC2 A3 B1", "rule"),  # givens changed
    ("eulero", EULERO, "A1 A2 C3\nB3 C1 B2\nC2 A3 B1", "rule"),  # A twice in a row
    ("eulero", EULERO, "A1 B2 C3\nB3 C2 A1\nC2 A1 B3", "rule"),  # 1 twice in a column
    ("eulero", Eulero(3, ("..",) * 9), "A1 B2 C3\nB2 C3 A1\nC3 A1 B2", "rule"),  # Latin, but pairs twice
    ("futoshiki", FUTOSHIKI, "1 2 3\n2 3 1\n3 1 2", "right"),
    ("futoshiki", FUTOSHIKI, "123\n231\n312", "right"),
    ("futoshiki", FUTOSHIKI, "1 < 2 < 3\n2 3 > 1\n3 1 2", "right"),
    ("futoshiki", FUTOSHIKI, "1 2 3\n2 3 1\n3 1 2 2", "form"),
    ("futoshiki", FUTOSHIKI, "1 2 3\n3 1 2\n2 3 1", "rule"),  # a given changed
    ("futoshiki", FUTOSHIKI, "3 1 2\n2 3 1\n1 2 2", "rule"),  # 2 twice in a row
    ("futoshiki", FUTOSHIKI, "3 2 1\n2 1 3\n1 3 2", "rule"),  # 3 < 2
    ("kakuro", KAKURO, "x x x\nx 1 2\nx 3 4", "right"),
    ("kakuro", KAKURO, "X,X,X;X,1,2;X,3,4", "right"),
    ("kakuro", KAKURO, "1 2\n3 4", "right"),
    ("kakuro", KAKURO, "x x x\nx 1 2\nx 3 x", "form"),
    ("kakuro", KAKURO, "x x x\nx 1 2\n3 4 x", "form"),
    ("kakuro", KAKURO, "x x x\nx 2 1\nx 3 4", "rule"),  # wrong sums down
    ("kakuro", Kakuro(3, ((0, 0), (4, 0), (0, 0), (0, 3), None, None, (0, 7), None, None)), "1 2\n3 4", "right"),
    (
        "kakuro",
        Kakuro(3, ((0, 0), (4, 0), (6, 0), (0, 5), None, None, (0, 5), None, None)),
        "2 3\n2 3",
        "rule",
    ),  # 2 + 2
    ("skyscrapers", SKYSCRAPERS, "1 2 3\n2 3 1\n3 1 2", "right"),
    ("skyscrapers", SKYSCRAPERS, "1 2 3\n2 1 3\n3 1 2", "rule"),  # 3 twice in a column
    ("skyscrapers", SKYSCRAPERS, "1 2 3\n3 1 2\n2 3 1", "rule"),  # two seen from the top
    ("skyscrapers", SKYSCRAPERS, "1 2 3\n2 3 1", "form"),
]


@pytest.mark.parametrize(("name", "state", "answer", "code"), JUDGED)
def test_each_rule_is_kept_or_broken(name: str, state: Any, answer: str, code: str) -> None:
    assert puzzle_of(name).verify(state, f"\\boxed{{{answer}}}").code == code


@pytest.mark.parametrize(
    ("name", "state", "number"),
    [
        ("binairo", BINAIRO, 1),
        ("binairo", Binairo(("....",) * 4), 2),
        ("binairo", Binairo(("000.",) + ("....",) * 3), 0),
        ("calcudoku", CALCUDOKU, 1),
        ("calcudoku", Calcudoku(3, ()), 2),
        (
            "calcudoku",
            Calcudoku(3, (Cage("/", 3, (0, 1)), Cage("", 3, (8,)), Cage("+", 5, (3, 4)), Cage("", 1, (0,)))),
            1,
        ),
        ("eulero", EULERO, 2),
        ("futoshiki", FUTOSHIKI, 1),
        ("futoshiki", Futoshiki(3, (0,) * 9, ((0, 1), (1, 2), (2, 5))), 0),
        ("kakuro", KAKURO, 1),
        ("kakuro", Kakuro(3, ((0, 0), (4, 0), (0, 0), (0, 3), None, None, (0, 0), None, None)), 2),
        ("kakuro", Kakuro(3, ((0, 0), (5, 0), (5, 0), (0, 2), None, None, (0, 8), None, None)), 0),
        ("skyscrapers", SKYSCRAPERS, 1),
        ("skyscrapers", Skyscrapers((1, 1, 0), (0,) * 3, (0,) * 3, (0,) * 3), 0),
    ],
)
def test_solutions_are_counted(name: str, state: Any, number: int) -> None:
    puzzle = puzzle_of(name)
    assert puzzle.count(state) == number
    answer = puzzle.solve(state)
    assert puzzle.verify_answer(state, answer).right if number else answer is None  # type: ignore[arg-type]


def all_latin(size: int) -> Iterator[tuple[int, ...]]:
    rows = list(permutations(range(1, size + 1)))
    for square in product(rows, repeat=size):
        if all(len(set(column)) == size for column in zip(*square, strict=True)):
            yield tuple(value for row in square for value in row)


def all_binairo(state: Binairo) -> Iterator[str]:
    rows = ["".join(row) for row in product("01", repeat=4) if row.count("0") == 2]
    yield from ("\n".join(grid) for grid in product(rows, repeat=4))


def all_eulero(state: Eulero) -> Iterator[str]:
    squares = list(all_latin(3))
    for letters, digits in product(squares, repeat=2):
        yield latin.written((f"{'?ABC'[a]}{b}" for a, b in zip(letters, digits, strict=True)), 3)


def all_squares(state: Any) -> Iterator[str]:
    yield from (latin.written(square, 4) for square in all_latin(4))


def all_kakuro(state: Kakuro) -> Iterator[str]:
    rows = []
    for start in range(state.size, state.size**2, state.size):
        cells = state.cells[start : start + state.size]
        total = max(clue[1] for clue in cells if clue is not None)
        rows.append([way for way in permutations(range(1, 10), cells.count(None)) if sum(way) == total])
    yield from (" ".join(str(digit) for row in grid for digit in row) for grid in product(*rows))


@pytest.mark.parametrize(
    ("name", "grids"),
    [
        ("binairo", all_binairo),
        ("calcudoku", all_squares),
        ("eulero", all_eulero),
        ("futoshiki", all_squares),
        ("kakuro", all_kakuro),
        ("skyscrapers", all_squares),
    ],
)
def test_of_all_grids_the_verifier_accepts_the_solution_alone(name: str, grids: Any) -> None:
    puzzle = puzzle_of(name)
    for index in range(2):
        state = puzzle.instance(1, 77, index)
        right = [grid for grid in grids(state) if puzzle.verify_answer(state, grid).right]
        answer = puzzle.solve(state) or ""
        assert len(right) == 1 and re.sub(r"[x\s]", "", answer) == re.sub(r"\s", "", right[0])


@pytest.mark.parametrize("level", LEVELS)
def test_squares_of_every_order_are_orthogonal(level: int) -> None:
    puzzle = puzzle_of("eulero")
    order = puzzle.levels[level].order
    assert order == (3, 4, 5, 7, 8)[level - 1]
    state = puzzle.instance(level, 5, 0)
    assert puzzle.verify_answer(Eulero(order, ("..",) * order * order), puzzle.solve(state) or "").right


@pytest.mark.parametrize("level", LEVELS)
def test_runs_of_kakuro_are_as_long_as_the_level_says(level: int) -> None:
    puzzle = puzzle_of("kakuro")
    for index in range(3):
        state = puzzle.instance(level, 8, index)
        white = {divmod(place, state.size) for place, cell in enumerate(state.cells) if cell is None}
        lengths = []
        for row, column in white:
            for down, right in ((0, 1), (1, 0)):
                if (row - down, column - right) not in white:
                    length = 1
                    while (row + down * length, column + right * length) in white:
                        length += 1
                    lengths.append(length)
        assert min(lengths) >= 2 and max(lengths) <= puzzle.levels[level].longest
        assert latin.connected({row * state.size + column for row, column in white}, state.size)
        clues = [number for cell in state.cells if cell for number in cell if number]
        assert len(clues) == len(lengths)


def test_cages_of_minus_and_divide_have_two_cells_and_divide_exactly() -> None:
    puzzle = puzzle_of("calcudoku")
    for level in LEVELS:
        state = puzzle.instance(level, 4, 0)
        assert sorted(cell for cage in state.cages for cell in cage.cells) == list(range(state.size**2))
        assert all(len(cage.cells) == 2 for cage in state.cages if cage.operation in "-/" and cage.operation)
    three_by_two = Calcudoku(3, (Cage("/", 1, (1, 2)),))
    assert puzzle.verify_answer(three_by_two, "1 2 3\n2 3 1\n3 1 2").code == "rule"  # 3 divided by 2 is not 1


def test_a_clue_that_is_left_out_says_nothing() -> None:
    puzzle = puzzle_of("skyscrapers")
    none = Skyscrapers((0,) * 3, (0,) * 3, (0,) * 3, (0,) * 3)
    assert all(puzzle.verify_answer(none, latin.written(square, 3)).right for square in all_latin(3))


def test_every_latin_square_is_found_once() -> None:
    found = list(constraints.solutions(latin.square(4)))
    assert len(found) == len(set(found)) == 576
    assert set(constraints.solutions(latin.square(3), random.Random(1))) == set(constraints.solutions(latin.square(3)))


def test_lines_that_run_the_same_way_differ() -> None:
    puzzle = puzzle_of("binairo")
    free = Binairo(("....",) * 4)
    right = [grid for grid in all_binairo(free) if puzzle.verify_answer(free, grid).right]
    assert len(right) == 72
    for given in combinations(range(16), 2):
        grid = right[sum(given)].replace("\n", "")
        signs = "".join(sign if cell in given else "." for cell, sign in enumerate(grid))
        state = Binairo(tuple(signs[start : start + 4] for start in range(0, 16, 4)))
        fitting = sum(puzzle.verify_answer(state, each).right for each in right)
        assert puzzle.count(state) == min(2, fitting)


def test_the_picture_shows_each_clue() -> None:
    for name in ("binairo", "calcudoku", "eulero", "futoshiki", "kakuro", "skyscrapers"):
        puzzle = puzzle_of(name)
        state = puzzle.instance(2, 6, 0)
        pictures = {puzzle.draw(each).image().digest for each in puzzle.thinned(state, random.Random(0))}
        clues = len(list(puzzle.thinned(state, random.Random(0))))
        assert len(pictures) == clues and puzzle.draw(state).image().digest not in pictures
        assert len({puzzle.text(each) for each in puzzle.thinned(state, random.Random(0))}) == clues


@pytest.mark.parametrize("name", ["binairo", "calcudoku", "eulero", "futoshiki", "kakuro", "skyscrapers"])
def test_false_claims_do_not_hold(name: str) -> None:
    puzzle = puzzle_of(name)
    state = puzzle.instance(1, 2, 0)
    claims = [step.claim for step in puzzle.reasoning(state) if isinstance(step.claim, dict) and "left" in step.claim]
    told = [entry for claim in claims for entry in claim["left"] if len(entry[2]) == 1]  # type: ignore[union-attr]
    for row, column, (value,) in told:
        assert not puzzle.holds(state, {"left": [], "not": [[row, column, value]]})
        assert not puzzle.holds(state, {"left": [[row, column, []]], "not": []})
    assert any(claim["not"] for claim in claims)
    for claim in (
        {"left": [], "not": []},
        {"left": [[99, 1, ["1"]]], "not": []},
        {"left": [7], "not": [[1]]},
        [],
        3,
        "x",
    ):
        assert not puzzle.holds(state, claim)  # type: ignore[arg-type]
