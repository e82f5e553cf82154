"""Right answers are right however models dress them, and near misses are not, of every task at every level."""

import time
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from asterism.core.seeds import rng_for
from asterism.helix.answer_readers import affirmative, integer, negative, pairs
from asterism.helix.catalogue import catalogue, puzzle_of
from asterism.helix.published_grading import grade_published
from asterism.helix.published_rows import Row
from asterism.helix.puzzle import LEVELS, Puzzle
from asterism.helix.unwrapping import candidates, statements
from asterism.helix.unwrapping.plain import plain_lines
from benchmarks.helix.dresses import instances
from tests.helix.wrappings import spoilt, wrapped

SEED = 20_261_201

every_task = pytest.mark.parametrize("puzzle", catalogue().values(), ids=lambda puzzle: puzzle.name)


def judged(puzzle: Puzzle[Any], levels: tuple[int, ...], count: int) -> tuple[set[str], int]:
    """Every dress and near miss of some instances has its verdict; which dresses there were, and how many misses."""
    rng, dresses, misses = rng_for("dresses", puzzle.name, SEED), set(), 0
    for state, solution, others in instances(puzzle, SEED, rng, count, levels):
        for name, text in wrapped(solution):
            verdict = puzzle.verify(state, text)
            assert verdict.right, (name, verdict, text)
            dresses.add(name)
        for name, text in spoilt(solution, others, rng):
            assert not puzzle.verify(state, text).right, (name, text, solution)
            misses += 1
    return dresses, misses


@every_task
def test_every_dress_is_read_and_no_near_miss_is_paid_for(puzzle: Puzzle[Any]) -> None:
    level = 1 + sum(map(ord, puzzle.name)) % 5
    dresses, misses = judged(puzzle, (level,), 1)
    assert len(dresses) >= 25 and misses >= 25


@pytest.mark.slow
@every_task
@pytest.mark.parametrize("level", LEVELS)
def test_so_it_is_at_every_level(puzzle: Puzzle[Any], level: int) -> None:
    judged(puzzle, (level,), 4)


@pytest.mark.parametrize(
    ("answer", "number"),
    [
        ("9m^2", 9),
        ("9\\,\\text{m}^2", 9),
        ("9 m²", 9),
        ("123元", 123),
        ("1,234 units", 1234),
        ("10.0", 10),
        ("x = 12", 12),
        ("5 + 7 = 12", 12),
        ("12 (units)", 12),
        ("共12个单位", 12),
        ("The area under the line is 12", 12),
        ("12 or 13", None),
        ("12, 13", None),
        ("not 12", None),
        ("maybe 12?", None),
        ("about 12", None),
        ("12^2", None),
        ("12²", None),
        ("12 million", None),
        ("12k", None),
        ("12万", None),
        ("12!", None),
        ("12/5", None),
        ("12.5", None),
        ("1,2", None),
        ("√12", None),
        ("2 * 12", None),
        ("over 12", None),
        ("12ish", None),
        ("12 = 13", None),
        ("f(12)", None),
        ("1e2", None),
    ],
)
def test_a_number_keeps_its_unit_and_loses_nothing_else(answer: str, number: int | None) -> None:
    assert integer(plain_lines(answer)) == number


@pytest.mark.parametrize(
    ("text", "code"),
    [
        ("\\boxed{12}\n\n\\boxed{13}", "form"),  # two answers
        ("\\boxed{twelve apples} \\boxed{12}", "form"),  # side by side, whatever the other is
        ("Answer: 1013\nAnswer: 12", "form"),
        ("\\boxed{13}, no: \\boxed{12}", "right"),  # a correction
        ("\\boxed{13} ... The final answer is 12.", "right"),  # a cue beats a box in the working
        ("\\boxed{12} ... The final answer is 13.", "claim"),
        ("The answer is not 13. The answer is 12.", "right"),  # what is denied states no answer
        ("The answer is 12. Perhaps the answer is 12.", "form"),
        ("<answer>12</answer><answer>12</answer>", "right"),
        ("<answer>13</answer><answer>12</answer>", "form"),
        ("\\boxed{12", "missing"),
        ("<answer>12", "missing"),
        ("I don't think the answer is 12", "form"),
        ("\\boxed{12}, but I am not sure.", "form"),
        ("2\\boxed{12}", "form"),
        ("12\n\n13", "form"),
        ("The answer is 12.\n\nI checked it twice.", "right"),
        ("", "missing"),
    ],
)
def test_what_a_text_states_is_one_answer_or_none(text: str, code: str) -> None:
    puzzle = puzzle_of("stock")
    state = puzzle.load({"values": [1, 13]})
    assert puzzle.verify(state, text).code == code


@pytest.mark.parametrize(
    "text",
    [
        "No such path exists",
        "No, because two vertices are odd.",
        "不存在这样的回路",
        "无解",
        "The graph has no Eulerian cycle.",
    ],
)
def test_there_is_none_in_other_words(text: str) -> None:
    assert negative(text) and not affirmative(text)


@pytest.mark.parametrize(
    "text", ["not impossible", "No, wait, yes", "No or Yes", "No, but [0, 1, 2]", "No?", "No idea"]
)
def test_what_only_begins_with_no_is_not_no(text: str) -> None:
    assert not negative(text) and not affirmative(text)


def test_words_beside_pairs_are_not_passed_over() -> None:
    assert pairs("(1, 2), (3, 4)") == pairs("[[1,2],[3,4]]") == pairs("(row 1, column 2); (3, 4)") == [(1, 2), (3, 4)]
    for text in ("not (1, 2)", "(1, 2) or (3, 4)", "(1, 2), (3, 4), ...", "(1, 2), 3"):
        assert pairs(text) is None


@pytest.mark.parametrize(("answer", "right"), [("[0,1,2,0]", True), ("[0,1,2]", False), ("[1,2,0,1]", True)])
@pytest.mark.parametrize("official", [False, True])
def test_a_hamiltonian_cycle_names_its_first_vertex_again(answer: str, right: bool, official: bool) -> None:
    state = {"0": [1, 2], "1": [2]}
    values = {
        "id": "1",
        "question": "?",
        "category": "hamiltonian_cycle",
        "answer": "[0,1,2,0]",
        "initial_state": state,
    }
    found = grade_published({"1": Row.model_validate(values)}, {"1": f"\\boxed{{{answer}}}"}, official=official)
    assert (found[0].reason == "right") is right
    triangle = puzzle_of("hamiltonian_cycle").load(
        {"points": [[0, 0], [60, 0], [0, 60]], "edges": [[0, 1], [0, 2], [1, 2]]}
    )
    assert puzzle_of("hamiltonian_cycle").verify(triangle, answer).right is right


PIECES = st.sampled_from(
    [
        "\\boxed{",
        "}",
        "{",
        "\\\\",
        "&",
        "|",
        "\n",
        "**",
        "`",
        "$",
        "Answer:",
        "The answer is",
        "not ",
        "1",
        "12",
        "(1, 2)",
        "[",
        "]",
        "\\begin{array}{cc}",
        "\\end{array}",
        "```",
        "<answer>",
        "</answer>",
        "<|begin_of_box|>",
        "<|end_of_box|>",
        "or",
        ".",
        "\\frac",
        "→",
        "\\to",
        "1. ",
        "- ",
        '{"answer": ',
        '"',
        "up",
        "No",
        "答案",
        "是",
        "？",
        "\x00",
        " ",
    ]
)


@settings(max_examples=150, deadline=None)
@given(st.lists(PIECES, max_size=40).map("".join))
def test_no_text_makes_the_layer_raise(text: str) -> None:
    for group in statements(text):
        for statement in group:
            assert all(isinstance(each, str) and each for each in candidates(statement.content))


@settings(max_examples=60, deadline=None)
@given(
    st.integers(0, 99_999),
    st.sampled_from(["{}", "\\boxed{{{}}}", "Answer: {}", "The answer is {}.", "**{}**", "{} units"]),
)
def test_any_number_is_read_back(number: int, dress: str) -> None:
    first = next(each for group in statements(dress.format(number)) for each in group)
    assert number in [integer(reading) for reading in candidates(first.content)]


@pytest.mark.parametrize("piece", ["[[", "\\frac{", "((", "- x\n", "1. ", "| a ", "row 1: ", "\\boxed{1} or "])
def test_a_long_text_of_any_piece_has_a_verdict_soon(piece: str) -> None:
    puzzle = puzzle_of("stock")
    state, text = puzzle.load({"values": [1, 13]}), piece * (19_000 // len(piece))
    seconds = []
    for _ in range(2):
        start = time.process_time()
        assert not puzzle.verify(state, text).right
        seconds.append(time.process_time() - start)
    assert min(seconds) < 0.5
