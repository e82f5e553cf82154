"""What a short answer may be, and the one text of each value."""

import math
from dataclasses import dataclass
from fractions import Fraction

from asterism.answers.short.tree import Node, Num, exact, latex, names


@dataclass(frozen=True, slots=True)
class Number:
    """A rational number; ``percent`` tells that it was written as per cent (``50%`` is 1/2)."""

    value: Fraction
    percent: bool = False


@dataclass(frozen=True, slots=True)
class Formula:
    """Mathematics that is no rational number: ``2√3``, ``3π``, ``x²-1``."""

    node: Node


Term = Number | Formula


@dataclass(frozen=True, slots=True)
class Quantity:
    """A number of units; the unit as :mod:`units` names it (``centimeter**2``, ``kilometer/hour``)."""

    amount: Term
    unit: str


@dataclass(frozen=True, slots=True)
class Ratio:
    """``2:3`` or ``1:2:3``."""

    parts: tuple[Fraction, ...]

    @property
    def lowest(self) -> tuple[Fraction, ...]:
        """The same ratio in whole numbers without a common factor."""
        common = math.lcm(*(part.denominator for part in self.parts))
        whole = [int(part * common) for part in self.parts]
        return tuple(Fraction(part, math.gcd(*whole) or 1) for part in whole)


@dataclass(frozen=True, slots=True)
class Brackets:
    """Members in order between brackets that count: a point, a list or an interval."""

    opening: str
    members: "tuple[Value, ...]"
    closing: str


@dataclass(frozen=True, slots=True)
class Members:
    """Members in any order: a set, or several solutions (no members: the empty set)."""

    members: "tuple[Value, ...]"
    braced: bool = False


@dataclass(frozen=True, slots=True)
class Union:
    """Intervals taken together."""

    parts: "tuple[Value, ...]"


@dataclass(frozen=True, slots=True)
class Relation:
    """``left`` stands to ``right`` as ``sign`` says: one of ``= ≠ < > ≤ ≥``; no left side where none was written."""

    left: Node | None
    sign: str
    right: Node


@dataclass(frozen=True, slots=True)
class About:
    """A value that is only near (``about 5``)."""

    value: "Value"


@dataclass(frozen=True, slots=True)
class Clock:
    """A time of day in seconds; ``half`` is ``am``, ``pm`` or empty."""

    seconds: int
    half: str = ""


@dataclass(frozen=True, slots=True)
class Words:
    """Text, made comparable."""

    text: str


Value = Number | Formula | Quantity | Ratio | Brackets | Members | Union | Relation | About | Clock | Words


def term(node: Node) -> Term:
    """A formula as a number where it is rational.

    Raises:
        TooLargeError: the value is too long.
    """
    value = exact(node)
    return Formula(node) if value is None else Number(value)


def node_of(value: Term) -> Node:
    """The tree of a number or formula."""
    return Num(value.value) if isinstance(value, Number) else value.node


def variables(value: Value) -> frozenset[str]:
    """The names of variables in a value."""
    match value:
        case Formula(node):
            return names(node)
        case Quantity(amount, _):
            return variables(amount)
        case Brackets(_, members, _) | Members(members, _) | Union(members):
            return frozenset().union(*map(variables, members))
        case Relation(left, _, right):
            return names(right) | (names(left) if left else frozenset())
        case About(inner):
            return variables(inner)
    return frozenset()


def constants(value: Value) -> bool:
    """Whether a value is written with ``e`` or ``i``, which are letters as well."""
    match value:
        case Formula(node):
            return "e" in latex(node) or "i" in latex(node)
    return False


def canonical(value: Fraction) -> str:
    """A terminating decimal as plain digits, any other value as a reduced fraction."""
    rest = value.denominator
    digits = 0
    while rest % 10 == 0:
        rest, digits = rest // 10, digits + 1
    for factor in (2, 5):
        while rest % factor == 0:
            rest, digits = rest // factor, digits + 1
    if rest != 1:
        return f"{value.numerator}/{value.denominator}"
    scaled = str(abs(value.numerator) * 10**digits // value.denominator).rjust(digits + 1, "0")
    whole, part = scaled[: len(scaled) - digits], scaled[len(scaled) - digits :].rstrip("0")
    return ("-" if value < 0 else "") + whole + (f".{part}" if part else "")


def text(value: Value) -> str:
    """The value in one text; equal numbers, ratios, times and sets or tuples of them have equal texts."""
    match value:
        case Number(number):
            return canonical(number)
        case Formula(node):
            return _plain(latex(node))
        case Quantity(amount, unit):
            return f"{text(amount)} {unit}"
        case Ratio():
            return ":".join(map(canonical, value.lowest))
        case Brackets(opening, members, closing):
            return opening + ", ".join(map(text, members)) + closing
        case Members(members, _):
            return "{" + ", ".join(sorted(set(map(text, members)))) + "}"
        case Union(parts):
            return " ∪ ".join(sorted(map(text, parts)))
        case Relation(left, sign, right):
            return (f"{text(term(left))} " if left else "") + f"{sign} {text(term(right))}"
        case About(inner):
            return f"≈ {text(inner)}"
        case Clock(seconds, half):
            return f"{seconds // 3600}:{seconds // 60 % 60:02}" + (f":{seconds % 60:02}" if seconds % 60 else "") + half
        case Words(words):
            return words


def _plain(written: str) -> str:
    """LaTeX of one formula without the parentheses around the whole."""
    depth = 0
    for index, character in enumerate(written):
        depth += (character == "(") - (character == ")")
        if not depth and index < len(written) - 1:
            return written
    return written[1:-1] if written.startswith("(") else written
