"""24 points and CryptoMath: expressions and letters in any dress, and each rule broken once."""

import time
from collections.abc import Callable
from contextlib import suppress
from fractions import Fraction
from itertools import permutations, product
from typing import Any

import pytest

from asterism.helix.puzzle import LEVELS
from asterism.helix.tasks.crypto_math import PUZZLE as CRYPTO
from asterism.helix.tasks.crypto_math import Cryptogram
from asterism.helix.tasks.twenty_four_points import PUZZLE as POINTS
from asterism.helix.tasks.twenty_four_points import WAYS, Cards

SIGNS: tuple[Callable[[Fraction, Fraction], Fraction], ...] = (
    lambda a, b: a + b,
    lambda a, b: a * b,
    lambda a, b: a - b,
    lambda a, b: b - a,
    lambda a, b: a / b,
    lambda a, b: b / a,
)
CARDS = Cards((3, 3, 8, 8))
FIVES = Cards((5, 5, 5, 1))
EASY = Cards((8, 1, 2, 4))
MONEY = Cryptogram(("SEND", "MORE"), "MONEY")
LETTERS = "D=7, E=5, M=1, N=6, O=0, R=8, S=9, Y=2"


@pytest.mark.parametrize(
    ("state", "text"),
    [
        (CARDS, "8/(3-8/3)"),
        (CARDS, "8 ÷ (3 − 8 ÷ 3) = 24"),
        (CARDS, "24 = 8 / (3 - 8/3)"),
        (CARDS, r"\boxed{\frac{8}{3 - \frac{8}{3}}}"),
        (CARDS, r"Thus $$\boxed{\dfrac{8}{\left(3-\frac83\right)}}$$"),
        (CARDS, r"<answer>8 \div (3 - 8 \div 3)</answer>"),
        (CARDS, "```\n8 / (3 - 8 / 3)\n```"),
        (CARDS, "Answer: **8/(3-8/3)**"),
        (FIVES, "5*(5-1/5)"),
        (FIVES, "(5 - 1/5) * 5"),
        (FIVES, "\\boxed{(5-1/5)*5}"),
        (FIVES, "[5 − (1 ÷ 5)] × 5"),
        (FIVES, "５＊（５－１／５）"),
        (EASY, "8 * (4 - 2 + 1)"),
        (EASY, r"(8+4)\times 2\cdot 1"),
        (EASY, "(8 + 4) x 2 × 1"),
        (EASY, "((((8 + 4)) * (2))) * 1"),
    ],
)
def test_expressions_are_read_in_any_dress(state: Cards, text: str) -> None:
    verdict = POINTS.verify(state, text)
    assert verdict.right, verdict


@pytest.mark.parametrize(
    ("text", "code"),
    [
        ("8 * 4 - 2 * 4", "rule"),  # the 4 twice, the 1 never
        ("8 * (4 - 1)", "rule"),  # the 2 is missing
        ("8 * 4 - 8 * 1", "rule"),
        ("24", "rule"),
        ("24 = 24", "rule"),
        ("(8 + 4 + 2) * 1", "rule"),  # 14
        ("8 / (4 - 2 * 2) + 1", "rule"),  # by zero
        ("8 - 4 - 2 - 1", "rule"),
        ("8 * 4 - 21", "rule"),  # digits joined
        ("8 + 2 ** 4 * 1", "form"),
        ("8 + 2 ^ 4 * 1", "form"),
        ("-8 + 4 * 2 + 1", "form"),
        ("8 * (4 - 2 + 1", "form"),
        ("8 * 4 - 2 + 1)", "form"),
        (")8 * 4(", "form"),
        ("8 4 2 1", "form"),
        ("8 (4 - 2 + 1)", "form"),
        ("8 * sqrt(4) + 2 + 1", "form"),
        ("__import__('os')", "form"),
        ("8 * (4 - 2 + 1) = 25", "form"),
        ("(" * 390 + "8", "form"),
    ],
)
def test_expressions_that_break_a_rule_are_told_which(text: str, code: str) -> None:
    assert POINTS.verify_answer(EASY, text).code == code


@pytest.mark.parametrize("text", ["*x" * 2_000_000, "\\frac" + "{" * 5_000_000, "\\frac{" * 500_000, "}{" * 2_000_000])
def test_stars_and_fractions_without_end_have_a_verdict_soon(text: str) -> None:
    start = time.process_time()
    assert not POINTS.verify(CARDS, text).right
    assert time.process_time() - start < 0.5


def test_products_come_before_sums_and_equals_go_from_left_to_right() -> None:
    assert POINTS.verify_answer(Cards((2, 10, 3, 6)), "2 * 10 - 6 / 3").code == "rule"  # 18
    assert POINTS.verify_answer(Cards((2, 10, 2, 6)), "2 + 10 * 2 + 2").code == "rule"
    assert POINTS.verify_answer(Cards((2, 10, 2, 2)), "2 + 10 * 2 + 2").right
    assert POINTS.verify_answer(Cards((48, 4, 2, 1)), "48 / 4 * 2 * 1").right
    assert POINTS.verify_answer(Cards((30, 4, 2, 1)), "30 - 4 - 2 * 1").right
    assert not POINTS.verify_answer(Cards((30, 4, 2, 4)), "30 - 4 - 2 - 4").right


def test_what_cannot_make_24_is_told_by_trying_all() -> None:
    assert POINTS.solve(Cards((1, 1, 1, 1))) is None
    assert POINTS.solve(Cards((1, 1, 2, 7))) is not None


def test_the_ways_counted_are_those_found_one_by_one() -> None:
    for numbers in ((3, 3, 8, 8), (1, 2, 4, 8), (5, 5, 5, 1), (2, 2, 2, 3), (2, 3, 5, 12)):
        assert POINTS.effort(Cards(numbers)) == WAYS / _ways(numbers), numbers


def _ways(numbers: tuple[int, ...]) -> int:
    """Both shapes of an expression, with every sign, each pair once."""
    found = 0
    for order in permutations(range(4)):
        a, b, c, d = (Fraction(numbers[place]) for place in order)
        halves = order[2] < order[3] and order[0] < order[2]
        for p, q, r in product(SIGNS, repeat=3) if order[0] < order[1] else ():
            with suppress(ZeroDivisionError):
                found += r(q(p(a, b), c), d) == 24
            with suppress(ZeroDivisionError):
                found += halves and r(p(a, b), q(c, d)) == 24
    return found


def test_published_levels_hold_solvable_numbers_within_their_bounds() -> None:
    for level in LEVELS:
        known = POINTS.reference[level]
        for index in range(5):
            state = POINTS.instance(level, 1, index, reference=True)
            assert POINTS.solve(state) and known.least <= min(state.numbers) and max(state.numbers) <= known.most
            assert known.repeats or len(set(state.numbers)) == 4


@pytest.mark.parametrize(
    "text",
    [
        LETTERS,
        "\\boxed{S=9, E=5, N=6, D=7, M=1, O=0, R=8, Y=2}",
        '["S"=9, "E"=5, "N"=6, "D"=7, "M"=1, "O"=0, "R"=8, "Y"=2]',
        '```json\n{"S": 9, "E": 5, "N": 6, "D": 7, "M": 1, "O": 0, "R": 8, "Y": 2}\n```',
        "s = 9; e = 5; n = 6; d = 7; m = 1; o = 0; r = 8; y = 2",
        "Answer:\nS → 9\nE → 5\nN → 6\nD → 7\nM → 1\nO → 0\nR → 8\nY → 2",
        "S＝９，E＝５，N＝６，D＝７，M＝１，O＝０，R＝８，Y＝２",
        r"$S=9,\ E=5,\ N=6,\ D=7,\ M=1,\ O=0,\ R=8,\ Y=2$",
    ],
)
def test_letters_and_digits_are_read_in_any_dress(text: str) -> None:
    verdict = CRYPTO.verify(MONEY, text)
    assert verdict.right, verdict


@pytest.mark.parametrize(
    ("text", "code"),
    [
        (LETTERS.replace("Y=2", "Y=3"), "rule"),  # the sum is wrong
        (LETTERS.replace("D=7", "D=2"), "rule"),  # two letters alike
        (LETTERS.replace("M=1", "M=0").replace("O=0", "O=1"), "rule"),  # begins with 0
        (LETTERS.replace(", Y=2", ""), "form"),
        (LETTERS + ", Z=3", "form"),
        (LETTERS + ", D=7", "form"),
        (LETTERS.replace("D=7", "D=17"), "form"),
        (LETTERS.replace("D=7", "D=7.5"), "form"),
        ("9567 + 1085 = 10652", "form"),
    ],
)
def test_letters_that_break_a_rule_are_told_which(text: str, code: str) -> None:
    assert CRYPTO.verify_answer(MONEY, text).code == code


def test_sums_are_solved_completely() -> None:
    assert CRYPTO.solve(MONEY) == LETTERS
    assert CRYPTO.solve(Cryptogram(("AA", "AA"), "AA")) is None


@pytest.mark.parametrize(
    "state",
    [
        Cryptogram(("AB", "BC"), "CAD"),
        Cryptogram(("AB", "B", "BA"), "CD"),
        Cryptogram(("AAB", "BAA"), "CBC"),
        Cryptogram(("AB", "C", "BA"), "DC"),
    ],
)
def test_what_trying_all_digits_finds_is_right_and_nothing_else(state: Any) -> None:
    letters = sorted(set("".join((*state.terms, state.total))))
    right = 0
    for digits in permutations(range(10), len(letters)):
        known = dict(zip(letters, map(str, digits), strict=True))
        *terms, total = ("".join(known[letter] for letter in word) for word in (*state.terms, state.total))
        begins = any(word[0] == "0" for word in (*terms, total))
        found = not begins and sum(map(int, terms)) == int(total)
        right += found
        claim = {"digits": {letter: int(digit) for letter, digit in known.items()}, "possible": True}
        assert CRYPTO.holds(state, claim) == found
        written = ", ".join(f"{letter}={digit}" for letter, digit in known.items())
        assert CRYPTO.verify_answer(state, written).right == found
    assert (CRYPTO.solve(state) is not None) == bool(right) == (state.total != "DC")
