"""A formula as a tree: what it is worth, and how LaTeX writes it."""

import cmath
import math
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from fractions import Fraction
from typing import Any

_MAX_BITS = 1_330  # 400 decimal digits of a numerator or denominator
_MAX_FACTORIAL = 170
_MAX_EXPONENT = 1_000


class TooLargeError(Exception):
    """A value that is too long to be computed."""


class UndefinedError(Exception):
    """A formula without a value: a division by zero, a factorial of a fraction."""


@dataclass(frozen=True, slots=True)
class Num:
    """A rational number."""

    value: Fraction


@dataclass(frozen=True, slots=True)
class Name:
    """A variable, a constant (``π``, ``e``, ``i``, ``∞``) or a named set (``ℝ``)."""

    name: str


@dataclass(frozen=True, slots=True)
class Apply:
    """An operation on formulas: ``+ - * / ^ ! sqrt root abs log`` or the name of a function.

    ``-`` has one argument; ``root`` has the radicand and the index, ``log`` the argument and the base.
    """

    operation: str
    arguments: "tuple[Node, ...]"


Node = Num | Name | Apply

CONSTANTS: Mapping[str, complex] = {"π": math.pi, "e": math.e, "i": 1j, "∞": complex("inf")}
_FUNCTIONS: dict[str, Callable[[complex], complex]] = {
    "sin": cmath.sin,
    "cos": cmath.cos,
    "tan": cmath.tan,
    "ln": cmath.log,
    "exp": cmath.exp,
    "arcsin": cmath.asin,
    "arccos": cmath.acos,
    "arctan": cmath.atan,
    "sinh": cmath.sinh,
    "cosh": cmath.cosh,
    "tanh": cmath.tanh,
    "cot": lambda z: 1 / cmath.tan(z),
    "sec": lambda z: 1 / cmath.cos(z),
    "csc": lambda z: 1 / cmath.sin(z),
    "sqrt": cmath.sqrt,
    "abs": abs,
}
FUNCTIONS = frozenset(_FUNCTIONS) - {"sqrt", "abs"} | {"log", "lg"}
"""Functions that are written by name."""


def names(node: Node) -> frozenset[str]:
    """The variables of a formula."""
    match node:
        case Name(name):
            return frozenset() if name in CONSTANTS else frozenset((name,))
        case Apply(_, arguments):
            return frozenset().union(*(names(argument) for argument in arguments))
    return frozenset()


def exact(node: Node) -> Fraction | None:
    """The rational value of a formula; None where it has none or this is not plain.

    Raises:
        TooLargeError: the value is too long.
        UndefinedError: there is no value.
    """
    match node:
        case Num(value):
            return value
        case Name():
            return None
        case Apply(operation, arguments):
            values = [exact(argument) for argument in arguments]
            if any(value is None for value in values):
                return None
            result = _computed(operation, [value for value in values if value is not None])
            if result is not None and max(result.numerator.bit_length(), result.denominator.bit_length()) > _MAX_BITS:
                raise TooLargeError
            return result


def _computed(operation: str, values: list[Fraction]) -> Fraction | None:
    first = values[0]
    match operation:
        case "+":
            return sum(values, Fraction(0))
        case "-":
            return -first
        case "*":
            return math.prod(values, start=Fraction(1))
        case "/":
            return _quotient(first, values[1])
        case "^":
            return _power(first, values[1])
        case "sqrt":
            return _root(first, 2)
        case "root":
            return _root(first, int(values[1])) if values[1].denominator == 1 else None
        case "abs":
            return abs(first)
        case "!":
            return _factorial(first)
    return None


def _quotient(top: Fraction, bottom: Fraction) -> Fraction:
    if not bottom:
        raise UndefinedError
    return top / bottom


def _power(base: Fraction, exponent: Fraction) -> Fraction | None:
    if abs(exponent.numerator) > _MAX_EXPONENT or exponent.denominator > _MAX_EXPONENT:
        raise TooLargeError
    if exponent.denominator != 1:
        root = _root(base, exponent.denominator) if base >= 0 else None
        return None if root is None else _power(root, Fraction(exponent.numerator))
    bits = max(base.numerator.bit_length(), base.denominator.bit_length())
    if bits > 1 and bits * abs(exponent.numerator) > 2 * _MAX_BITS:
        raise TooLargeError
    if not base and exponent <= 0:
        raise UndefinedError
    return base**exponent.numerator


def _root(value: Fraction, index: int) -> Fraction | None:
    """The root where it is rational."""
    if not 2 <= index <= 64 or (value < 0 and index % 2 == 0):
        return None
    top, bottom = _integer_root(abs(value.numerator), index), _integer_root(value.denominator, index)
    if top is None or bottom is None:
        return None
    return Fraction(-top if value < 0 else top, bottom)


def _integer_root(value: int, index: int) -> int | None:
    low, high = 0, 1 << (value.bit_length() // index + 1)
    while low < high:
        middle = (low + high + 1) // 2
        low, high = (middle, high) if middle**index <= value else (low, middle - 1)
    return low if low**index == value else None


def _factorial(value: Fraction) -> Fraction:
    if value.denominator != 1 or value < 0:
        raise UndefinedError
    if value > _MAX_FACTORIAL:
        raise TooLargeError
    return Fraction(math.factorial(int(value)))


def numeric(node: Node, variables: Mapping[str, complex]) -> complex:
    """The value of a formula in floating point.

    Raises:
        ArithmeticError, ValueError: there is none, or it overflows.
        KeyError: an operation or a variable is not known.
    """
    match node:
        case Num(value):
            return complex(value.numerator / value.denominator)
        case Name(name):
            return CONSTANTS[name] if name in CONSTANTS else variables[name]
        case Apply(operation, arguments):
            return _approximate(operation, [numeric(argument, variables) for argument in arguments])


def _approximate(operation: str, values: list[complex]) -> complex:
    first = values[0]
    match operation:
        case "+":
            return sum(values)
        case "-":
            return -first
        case "*":
            return math.prod(values)
        case "/":
            return first / values[1]
        case "^":
            return first ** values[1]
        case "root":
            return first ** (1 / values[1])
        case "log":
            return cmath.log(first) / cmath.log(values[1])
        case "!":
            return complex(math.gamma(first.real + 1))
    return _FUNCTIONS[operation](first)


def packed(node: Node) -> str | list[Any]:
    """The formula as lists: a name, ``[numerator, denominator]``, or ``[operation, argument, ...]``."""
    match node:
        case Num(value):
            return [value.numerator, value.denominator]
        case Name(name):
            return name
        case Apply(operation, arguments):
            return [operation, *map(packed, arguments)]


_COMMANDS = {"π": "\\pi ", "∞": "\\infty ", "ℝ": "\\mathbb{R}"}
_BINARY = {"+": "+", "*": "\\cdot "}


def latex(node: Node) -> str:
    """The formula in LaTeX that has one reading: every part that could be misread stands in parentheses."""
    match node:
        case Num(value):
            text = str(abs(value.numerator))
            if value.denominator != 1:
                text = f"\\frac{{{text}}}{{{value.denominator}}}"
            return f"(-{text})" if value < 0 else text
        case Name(name):
            head, _, index = name.partition("_")
            return _COMMANDS.get(head, head if len(head) == 1 else f"\\{head} ") + (f"_{{{index}}}" if index else "")
        case Apply(operation, arguments):
            return _latex_of(operation, [latex(argument) for argument in arguments], arguments)


def _latex_of(operation: str, parts: list[str], arguments: tuple[Node, ...]) -> str:
    first = parts[0]
    match operation:
        case "+" | "*":
            return "(" + _BINARY[operation].join(parts) + ")"
        case "-":
            return f"(-{first})"
        case "/":
            return f"\\frac{{{first}}}{{{parts[1]}}}"
        case "^":
            plain = first if isinstance(arguments[0], Name) else f"({first})"
            return f"{plain}^{{{parts[1]}}}"
        case "!":
            return f"({first})!"
        case "sqrt":
            return f"\\sqrt{{{first}}}"
        case "root":
            return f"\\sqrt[{parts[1]}]{{{first}}}"
        case "abs":
            return f"\\left|{first}\\right|"
        case "log":
            return f"\\log_{{{parts[1]}}}({first})"
    return f"\\{operation}({first})"
