"""Whether an answer has the value of the stored one."""

from collections.abc import Sequence
from fractions import Fraction

from asterism.answers.short import worker
from asterism.answers.short.normal import NoNormalFormError, normal
from asterism.answers.short.tree import Apply, Name, Node, Num, names, numeric
from asterism.answers.short.units import convert, ratio
from asterism.answers.short.values import (
    About,
    Brackets,
    Clock,
    Formula,
    Members,
    Number,
    Quantity,
    Ratio,
    Relation,
    Union,
    Value,
    node_of,
    term,
)

MINUS_INFINITY = Formula(Apply("-", (Name("∞"),)))
_INFINITY = Formula(Name("∞"))
_POINTS = (0.7390851332, 1.6180339887, 2.2360679775)
_CLOSE = 1e-9
_MAX_MEMBERS = 40


def same(gold: Value, answer: Value) -> bool:
    """Whether the two are one value; ``gold`` is the one that is stored (its form decides what is accepted).

    Raises:
        worker.TimedOutError: mathematics took too long to tell.
        worker.WorkerFaultError: the process that compares mathematics failed.
    """
    match gold, answer:
        case Number(), Number():
            return _numbers(gold, answer)
        case Relation(Name(), "=", right), Number() | Formula() | Quantity():
            return same(term(right), answer)
        case ((Number() | Formula() | Quantity()), Relation(Name(), "=", right)):
            return same(gold, term(right))
        case Quantity(), Quantity():
            return _quantities(gold, answer)
        case Quantity(amount, _), Number() | Formula():
            return same(amount, answer)
        case ((Number() | Formula()), Quantity(amount, _)):
            return same(gold, amount)
        case ((Number() | Formula()), (Number() | Formula())):
            return terms_equal(node_of(gold), node_of(answer))
        case Relation(), Relation():
            return _relations(gold, answer)
        case Members(), Members():
            return _members(gold.members, answer.members)
        case Members((only,)), _:
            return same(only, answer)
        case _, Members((only,)):
            return same(gold, only)
        case Ratio(), Ratio():
            return gold.lowest == answer.lowest
        case Ratio((first, second)), Number(value):
            return value.denominator != 1 and second != 0 and first / second == value
        case Union(), Union():
            return _members(gold.parts, answer.parts)
        case About(), About():
            return same(gold.value, answer.value)
        case Clock(), Clock():
            return _times(gold, answer)
        case Clock(seconds, ""), Ratio((first, second)):
            return second != 0 and first * (seconds // 60 % 60) == second * (seconds // 3600)
        case Brackets(), Brackets():
            alike = (gold.opening, gold.closing) == (answer.opening, answer.closing)
            return alike and _pairs(gold.members, answer.members)
        case Brackets("("), Members(members, False):
            return _pairs(gold.members, members)
        case Brackets(), Relation():
            return (found := interval_of(answer)) is not None and same(gold, found)
        case Relation(), Brackets():
            return (found := interval_of(gold)) is not None and same(found, answer)
    return gold == answer


def _numbers(gold: Number, answer: Number) -> bool:
    if gold.value == answer.value:
        return True
    if gold.percent == answer.percent:
        return False
    return answer.value == gold.value * 100 if gold.percent else answer.value * 100 == gold.value


def _quantities(gold: Quantity, answer: Quantity) -> bool:
    if isinstance(gold.amount, Number) and isinstance(answer.amount, Number):
        converted = convert(answer.amount.value, answer.unit, gold.unit)
        return converted is not None and converted == gold.amount.value
    factor = ratio(answer.unit, gold.unit)
    if factor is None:
        return False
    return terms_equal(node_of(gold.amount), Apply("*", (Num(factor), node_of(answer.amount))))


def _members(gold: Sequence[Value], answer: Sequence[Value]) -> bool:
    if max(len(gold), len(answer)) > _MAX_MEMBERS:
        return list(gold) == list(answer)
    return all(any(same(one, other) for other in answer) for one in gold) and all(
        any(same(one, other) for one in gold) for other in answer
    )


def _pairs(gold: Sequence[Value], answer: Sequence[Value]) -> bool:
    return len(gold) == len(answer) and all(same(one, other) for one, other in zip(gold, answer, strict=True))


def _times(gold: Clock, answer: Clock) -> bool:
    if gold.half and answer.half:
        return gold == answer
    if gold.half == answer.half:
        return gold.seconds == answer.seconds
    half, plain = (gold, answer) if gold.half else (answer, gold)
    return plain.seconds in (half.seconds, half.seconds % 43_200 + 43_200 * (half.half == "pm"))


def interval_of(relation: Relation) -> Brackets | None:
    """The interval of a bound on one variable (``x > 3`` is ``(3, ∞)``); None for any other relation."""
    if relation.sign not in "<>≤≥" or names(relation.right) or not isinstance(relation.left, Name | None):
        return None
    bound = term(relation.right)
    match relation.sign:
        case ">":
            return Brackets("(", (bound, _INFINITY), ")")
        case "≥":
            return Brackets("[", (bound, _INFINITY), ")")
        case "<":
            return Brackets("(", (MINUS_INFINITY, bound), ")")
    return Brackets("(", (MINUS_INFINITY, bound), "]")


def _relations(gold: Relation, answer: Relation) -> bool:
    if gold.sign != answer.sign:
        return False
    if gold.sign == "=" and gold.left is not None and answer.left is not None:
        return _equations(_difference(gold.left, gold.right), _difference(answer.left, answer.right))
    if gold.left is not None and answer.left is not None and not terms_equal(gold.left, answer.left):
        return False
    return same(term(gold.right), term(answer.right))


def _difference(left: Node, right: Node) -> Node:
    return Apply("+", (left, Apply("-", (right,))))


def _equations(gold: Node, answer: Node) -> bool:
    """Whether two formulas that are set to zero are equal up to a constant factor."""
    variables = sorted(names(gold))
    if variables != sorted(names(answer)):
        return False
    factors = [_quotient(gold, answer, variables, start) for start in _POINTS]
    known = [factor for factor in factors if factor is not None]
    if not known or any(abs(factor - known[0]) > _CLOSE * abs(known[0]) for factor in known):
        return False
    if abs(known[0].imag) > _CLOSE:
        return False
    factor = Fraction(known[0].real).limit_denominator(10_000)
    return factor != 0 and terms_equal(gold, Apply("*", (Num(factor), answer)))


def _quotient(gold: Node, answer: Node, variables: Sequence[str], start: float) -> complex | None:
    try:
        point = _point(variables, start)
        return numeric(gold, point) / numeric(answer, point)
    except (ArithmeticError, ValueError, KeyError):
        return None


def _point(variables: Sequence[str], start: float) -> dict[str, complex]:
    return {name: complex(start + 0.37 * index) for index, name in enumerate(variables)}


def terms_equal(gold: Node, answer: Node) -> bool:
    """Whether two formulas have one value: by their normal form, refuted in floating point, or by math-verify."""
    if gold == answer or _normally_equal(gold, answer):
        return True
    if _differ(gold, answer):
        return False
    return worker.equal(gold, answer)


def _normally_equal(gold: Node, answer: Node) -> bool:
    try:
        return normal(gold) == normal(answer)
    except (NoNormalFormError, ArithmeticError):
        return False


def _differ(gold: Node, answer: Node) -> bool:
    """Whether the values are far apart at some point."""
    variables = sorted(names(gold) | names(answer))
    for start in _POINTS:
        try:
            point = _point(variables, start)
            first, second = numeric(gold, point), numeric(answer, point)
        except (ArithmeticError, ValueError, KeyError):
            continue
        if not abs(first - second) <= _CLOSE * max(abs(first), abs(second), 1e-6):
            return True
    return False
