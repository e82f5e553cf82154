"""The puzzles about shading cells: small instances with known answers, each rule broken once, and the solver."""

from itertools import product
from random import Random
from typing import Any

import pytest

from asterism.helix.catalogue import puzzle_of
from asterism.helix.cell_sets import cells_of, connected, partition, written
from asterism.helix.shading_puzzle import ShadedPuzzle
from asterism.helix.shading_solver import Field
from asterism.helix.tasks import aquarium, campsite, hitori, kukurasu, nonogram, tapa

AQUARIUM = aquarium.Aquarium(((0, 0, 1), (0, 1, 1), (2, 2, 2)), (0, 1, 3), (2, 1, 1))
CAMPSITE = campsite.Campsite(((1, 1),), (1, 0, 1), (0, 2, 0))
HITORI = hitori.Hitori(((1, 1, 2), (2, 3, 1), (3, 2, 2)))
LATIN = hitori.Hitori(((1, 2, 3), (2, 3, 1), (3, 1, 2)))
KUKURASU = kukurasu.Kukurasu((4, 2), (1, 2, 1))
NONOGRAM = nonogram.Nonogram(((1, 1), (2,)), ((2,), (1,), (1,)))
TAPA = tapa.Tapa(3, 3, (tapa.Clue((1, 1), (8,)),))
CORNER = tapa.Tapa(3, 3, (tapa.Clue((0, 0), (1, 1)), tapa.Clue((2, 0), (2,))))


@pytest.mark.parametrize(
    ("name", "state", "answer", "code", "detail"),
    [
        ("aquarium", AQUARIUM, "(2, 1), (3, 1), (3, 2), (3, 3)", "right", ""),
        ("aquarium", AQUARIUM, "[[3,3], [3,2], [3,1], [2,1]]", "right", ""),
        ("aquarium", AQUARIUM, "(3, 1), (3, 2), (3, 3)", "rule", "row 2 has 0, not 1"),
        ("aquarium", AQUARIUM, "(2, 2), (3, 1), (3, 2), (3, 3)", "rule", "(2, 3) is dry"),
        ("aquarium", AQUARIUM, "(1, 2), (2, 1), (3, 1), (3, 2), (3, 3)", "rule", "(1, 1) is dry"),
        ("aquarium", AQUARIUM, "(1, 0), (2, 0), (2, 1), (2, 2)", "form", ""),
        ("aquarium", AQUARIUM, "(2, 1), (3, 1), (3, 2), (3, 3), (3, 3)", "form", ""),
        ("campsite", CAMPSITE, "(1, 2), (3, 2)", "right", ""),
        ("campsite", CAMPSITE, "(3, 2) and (1, 2)", "right", ""),
        ("campsite", CAMPSITE, "(1, 2)", "rule", "row 3 has 0, not 1"),
        ("campsite", CAMPSITE, "(1, 1), (3, 3)", "rule", "no tree"),
        ("campsite", CAMPSITE, "(2, 2)", "rule", "is a tree"),
        ("campsite", CAMPSITE, "(1, 2), (2, 1)", "rule", "touches"),
        ("campsite", CAMPSITE, "(1, 2), (4, 2)", "form", ""),
        ("hitori", HITORI, "(1, 1), (3, 3)", "right", ""),
        ("hitori", HITORI, "(3, 3), (1, 2)", "right", ""),
        ("hitori", HITORI, "(3, 3)", "rule", "(1, 1), (1, 2) hold the same number"),
        ("hitori", HITORI, "(1, 1), (3, 2)", "rule", "(1, 3), (3, 3) hold the same number"),
        ("hitori", HITORI, "(1, 2), (2, 2)", "rule", "beside"),
        ("hitori", LATIN, "(1, 2), (2, 1)", "rule", "not connected"),
        ("hitori", LATIN, "[]", "right", ""),
        ("hitori", HITORI, "1 1, 2 3", "form", ""),
        ("kukurasu", KUKURASU, "1 0 1\n0 1 0", "right", ""),
        ("kukurasu", KUKURASU, "[[1, 0, 1], [0, 1, 0]]", "right", ""),
        ("kukurasu", KUKURASU, "101\n010", "right", ""),
        ("kukurasu", KUKURASU, "0 1 0\n1 0 1", "rule", "row 1 has 2, not 4"),
        ("kukurasu", KUKURASU, "1 0 2\n0 1 0", "form", ""),
        ("kukurasu", KUKURASU, "1 0 1\n0 1", "form", ""),
        ("nonogram", NONOGRAM, "X.X\nXX.", "right", ""),
        ("nonogram", NONOGRAM, " x . x \n x x . \n", "right", ""),
        ("nonogram", NONOGRAM, "X.X\n.XX", "rule", "column 1 has (1,), not (2,)"),
        ("nonogram", NONOGRAM, "X X X\nX X .", "rule", "row 1 has (3,), not (1, 1)"),
        ("nonogram", NONOGRAM, "X.X\nXX", "form", ""),
        ("tapa", TAPA, "(1,1),(1,2),(1,3),(2,1),(2,3),(3,1),(3,2),(3,3)", "right", ""),
        ("tapa", TAPA, "(1,1),(1,2),(1,3),(2,1),(2,3),(3,1),(3,2)", "rule", "one group of 7"),
        ("tapa", TAPA, "(2, 2)", "rule", "holds a clue"),
        ("tapa", TAPA, "(4, 4)", "form", ""),
        ("tapa", CORNER, "(1, 2), (1, 3), (2, 3), (3, 3), (3, 2), (2, 1)", "rule", "groups of 1 and 1"),
        ("tapa", tapa.Tapa(3, 3, ()), "(1, 1), (1, 2), (2, 1), (2, 2)", "rule", "two by two"),
        ("tapa", tapa.Tapa(3, 3, ()), "(1, 1), (2, 2)", "rule", "not connected"),
    ],
)
def test_small_instances_have_their_verdicts(name: str, state: Any, answer: str, code: str, detail: str) -> None:
    verdict = puzzle_of(name).verify(state, f"\\boxed{{{answer}}}")
    assert verdict.code == code and detail in verdict.detail, verdict


SMALL: list[tuple[str, Any]] = [
    ("aquarium", aquarium.Level(3, 3)),
    ("campsite", campsite.Level(3, 3, 2, 2)),
    ("hitori", hitori.Level(3)),
    ("kukurasu", kukurasu.Level(3, 3)),
    ("nonogram", nonogram.Level(3, 3)),
    ("tapa", tapa.Level(3, 3, 4, 0.5)),
]


@pytest.mark.parametrize(("name", "parameters"), SMALL, ids=[name for name, _ in SMALL])
def test_the_solver_finds_exactly_what_the_verifier_accepts(name: str, parameters: Any) -> None:
    """All 512 answers of instances with one solution, and of the same with up to four clues less."""
    puzzle, rng = puzzle_of(name), Random(name)
    assert isinstance(puzzle, ShadedPuzzle)
    several = 0
    for _ in range(2):
        state = puzzle.generate(parameters, rng)
        assert puzzle.count(state) == 1
        for _ in range(5):
            shading = puzzle.shading(state)
            found = {tuple(shading.field.cells(bits)) for bits in shading.solutions()}
            right = {cells for cells in subsets(3, 3) if puzzle.verify_answer(state, answered(name, cells)).right}
            assert found == right
            assert puzzle.count(state) == min(2, len(right))
            several += len(right) > 1
            state = next(puzzle.thinned(state, rng), state)
    assert several, "no instance had several solutions"


def subsets(rows: int, columns: int) -> list[tuple[tuple[int, int], ...]]:
    every = list(product(range(rows), range(columns)))
    return [
        tuple(cell for cell, taken in zip(every, chosen, strict=True) if taken)
        for chosen in product((0, 1), repeat=len(every))
    ]


def answered(name: str, cells: tuple[tuple[int, int], ...]) -> str:
    if name not in ("kukurasu", "nonogram"):
        return written(cells)
    signs = "10" if name == "kukurasu" else "X."
    return "\n".join("".join(signs[(row, column) not in cells] for column in range(3)) for row in range(3))


def test_a_nonogram_with_two_solutions_accepts_both() -> None:
    puzzle, state = puzzle_of("nonogram"), nonogram.Nonogram(((1,), (1,)), ((1,), (1,)))
    assert puzzle.count(state) == 2
    assert all(puzzle.verify(state, answer).right for answer in ("X.\n.X", ".X\nX. "))


def test_a_tapa_that_would_fall_apart_has_no_solution() -> None:
    for lengths in ((1, 1, 1, 1), (3, 3), (1, 5)):
        state = tapa.Tapa(3, 3, (tapa.Clue((1, 1), lengths),))
        assert puzzle_of("tapa").count(state) == 0 and puzzle_of("tapa").solve(state) is None


def test_no_example_is_the_answer() -> None:
    for name, level in product(("aquarium", "campsite", "hitori", "tapa"), (1, 3, 5)):
        puzzle = puzzle_of(name)
        for index in range(5):
            state = puzzle.instance(level, 11, index)
            example = puzzle.rules(state).en.rpartition(": ")[2]
            assert (
                not puzzle.verify_answer(state, example).right and puzzle.verify_answer(state, example).code == "rule"
            )


def test_false_claims_do_not_hold() -> None:
    for name, _ in SMALL:
        puzzle = puzzle_of(name)
        state = puzzle.instance(1, 7, 0)
        steps = [step for step in puzzle.reasoning(state) if step.part == "search" and isinstance(step.claim, dict)]
        rejected = [step.claim for step in steps if "cannot_be" in step.claim]
        told = [step.claim for step in steps if "then" in step.claim]
        assert rejected and told
        for claim in rejected:
            other = {"X": ".", ".": "X"}[claim["cannot_be"]]
            assert not puzzle.holds(state, {**claim, "cannot_be": other})
            assert not puzzle.holds(state, {**claim, "cell": [0, 1]})
        for claim in told:
            assert not puzzle.holds(state, {**claim, "then": claim["grid"]})
            assert not puzzle.holds(state, {**claim, "by": "I say so"})
            assert not puzzle.holds(state, {**claim, "grid": claim["grid"][1:]})
        solved = puzzle.reasoning(state)[-1].claim["solved"]  # type: ignore[index,call-overload]
        flipped = solved[0].translate({ord("X"): ".", ord("."): "X"})
        assert puzzle.holds(state, {"solved": solved}) and not puzzle.holds(state, {"solved": [flipped, *solved[1:]]})


def test_cells_are_read_from_one_and_written_in_order() -> None:
    assert cells_of("[[2, 1], [1, 3]]", 2, 3) == {(1, 0), (0, 2)}
    assert written({(1, 0), (0, 2)}) == "(1, 3), (2, 1)"
    assert cells_of("[]", 2, 3) == frozenset() and written([]) == "[]"
    for unreadable in ("(0, 1)", "(3, 1)", "(1, 1), (1, 1)", "(1, 1), 2", "none"):
        assert cells_of(unreadable, 2, 3) is None


def test_regions_are_connected_and_cover_the_grid() -> None:
    for seed in range(20):
        regions = partition(5, 6, 7, Random(seed))
        assert list(dict.fromkeys(region for row in regions for region in row)) == list(range(7))
        for number in range(7):
            assert connected([cell for cell in product(range(5), range(6)) if regions[cell[0]][cell[1]] == number])


def test_a_flood_stays_within_its_rows() -> None:
    field = Field(2, 3)
    right, left = field.bits([(0, 2)]), field.bits([(1, 0)])
    assert field.flood(right, right | left) == right
    assert field.cells(field.everywhere) == list(product(range(2), range(3)))
