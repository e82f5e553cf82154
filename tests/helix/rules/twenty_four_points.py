"""24 Points, from its rule text."""

import ast
from collections.abc import Iterator
from fractions import Fraction
from random import Random

from asterism.helix.tasks.twenty_four_points import Cards


def accepts(state: Cards, answer: str) -> bool:
    """Whether the expression uses each number once, nothing else, and is 24."""
    try:
        tree = ast.parse(answer, mode="eval").body
        used: list[int] = []
        return _value(tree, used) == 24 and sorted(used) == sorted(state.numbers)
    except (SyntaxError, ValueError, ZeroDivisionError):
        return False


def _value(node: ast.expr, used: list[int]) -> Fraction:
    if isinstance(node, ast.Constant) and type(node.value) is int:
        used.append(node.value)
        return Fraction(node.value)
    if not isinstance(node, ast.BinOp):
        raise ValueError("neither a number nor two parts that are combined")
    left, right = _value(node.left, used), _value(node.right, used)
    if isinstance(node.op, ast.Add):
        return left + right
    if isinstance(node.op, ast.Sub):
        return left - right
    if isinstance(node.op, ast.Mult):
        return left * right
    if isinstance(node.op, ast.Div):
        return left / right
    raise ValueError("not one of the four operations")


SHAPES = [
    "(({} {} {}) {} {}) {} {}",
    "({} {} ({} {} {})) {} {}",
    "({} {} {}) {} ({} {} {})",
    "{} {} (({} {} {}) {} {})",
    "{} {} ({} {} ({} {} {}))",
    "{} {} {} {} {} {} {}",
    "{} {} ({} {} {}) {} {}",
    "({} {} {}) {} {} {} {}",
    "({} {} {} {} {}) {} {}",
    "(({} {} {} {} {} {} {}))",
    "{}{}{}{}{}{}{}",
    "({}{}{}){}({}{}{})",
    "-({} {} {}) {} ({} {} {})",
    "{} {} -{} {} {} {} {}",
    "{}{}{} {} {}{} {}",
]
"""Every way to set brackets, with and without spaces, and three with signs in front."""


def candidates(state: Cards, rng: Random) -> Iterator[str]:
    """Random expressions over the numbers; some with another number, one that is missing, or another operation."""
    for _ in range(1200):
        numbers: list[int | str] = rng.sample(state.numbers, 4)
        signs = [rng.choice("+-*/") for _ in range(3)]
        twist = rng.random()
        if twist < 0.1:
            numbers[rng.randrange(4)] = rng.randint(1, 13)
        elif twist < 0.25:
            signs[rng.randrange(3)] = rng.choice(["**", "//", ""])
        elif twist < 0.3:
            numbers[3] = f"{numbers[3]} {rng.choice('+*')} {rng.choice(state.numbers)}"
        a, b, c, d = numbers
        yield rng.choice(SHAPES).format(a, signs[0], b, signs[1], c, signs[2], d)
        if twist > 0.95:
            yield f"({a} {signs[0]} {b}) {signs[1]} {c}"


def small() -> list[Cards]:
    """With many solutions, with one that goes through fractions or negative numbers, and with none."""
    easy = [(4, 7, 8, 8), (1, 2, 3, 4), (6, 6, 6, 6), (24, 1, 1, 1), (2, 4, 1, 1), (2, 4, 1, 12)]
    return [Cards(deal) for deal in [*easy, (3, 3, 8, 8), (1, 5, 5, 5), (1, 1, 1, 1), (2, 3, 12, 20)]]
