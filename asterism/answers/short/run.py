"""The value of a run of tokens: relations, lists, brackets, ratios and quantities around formulas."""

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, replace
from fractions import Fraction
from itertools import pairwise

from asterism.answers.short import flat
from asterism.answers.short.compare import MINUS_INFINITY, interval_of, same
from asterism.answers.short.syntax import MAX_TOKENS, UnparsedError, parse
from asterism.answers.short.token import Token
from asterism.answers.short.tree import Name, Node, UndefinedError, names
from asterism.answers.short.units import MONEY, convert, unit_of
from asterism.answers.short.values import (
    About,
    Brackets,
    Formula,
    Members,
    Number,
    Quantity,
    Ratio,
    Relation,
    Term,
    Union,
    Value,
    node_of,
    term,
    variables,
)


@dataclass(frozen=True, slots=True)
class Context:
    """What a stored answer tells about the reading of others: which letters are variables, and which forms it has."""

    names: frozenset[str] = frozenset()
    many: bool = False
    listed: bool = False
    ratio: bool = False
    equation: bool = False
    symbolic: bool = False
    measured: bool = False
    lone: frozenset[str] = frozenset()


class ContradictionError(Exception):
    """A chain of equations between values that differ."""


OPENING = frozenset(("(", "[", flat.OPEN, flat.SET_OPEN, "⟨"))
CLOSING = frozenset((")", "]", flat.CLOSE, flat.SET_CLOSE, "⟩"))
_RELATIONS = frozenset("=≠<>≤≥≈∈~")
_FLIPPED = {"<": ">", ">": "<", "≤": "≥", "≥": "≤", "=": "=", "≠": "≠"}


def value_of(tokens: Sequence[Token], context: Context) -> Value:
    """The value that a run of tokens has.

    Raises:
        UnparsedError: it has none, or something in it cannot be accounted for.
        ContradictionError: it sets values equal that differ.
        TooLargeError: a value in it is too long.
    """
    run = _trimmed(list(tokens))
    if not run or len(run) > MAX_TOKENS:
        raise UnparsedError
    if _is_range(run) or _are_apart(run):
        raise ContradictionError
    try:
        return _compound(run) or _any_form(run, context)
    except UndefinedError as error:
        raise UnparsedError from error


def _is_range(run: list[Token]) -> bool:
    """``3-5`` without white space."""
    digits = [token.kind == "number" and not token.spelled for token in run[::2]]
    return len(run) == 3 and all(digits) and run[1].text == "-" and not (run[1].spaced or run[2].spaced)


def _are_apart(run: list[Token]) -> bool:
    """Two numbers side by side that are no mixed number."""
    return any(
        one.kind == two.kind == "number" and not (at + 2 < len(run) and run[at + 2].text == "/")
        for at, (one, two) in enumerate(pairwise(run))
    )


def _any_form(run: list[Token], context: Context) -> Value:
    if any(token.kind == "sign" and token.text in "±∓" for token in run):
        return _two_signs(run, context)
    parts = list(_split(run, _is_list_sign))
    if len(parts) > 1:
        return _listed(parts, context)
    return _chain(run, context)


def _two_signs(run: list[Token], context: Context) -> Members:
    members: list[Value] = []
    for plus, minus in (("+", "-"), ("-", "+")):
        signs = {"±": plus, "∓": minus}
        changed = [
            replace(token, text=signs[token.text]) if token.kind == "sign" and token.text in signs else token
            for token in run
        ]
        member = _any_form(changed, context)
        members.extend(member.members if isinstance(member, Members) else [member])
    return Members(tuple(members))


def _is_list_sign(token: Token) -> bool:
    return token.text in ",、;，；\n" if token.kind == "stop" else token.kind == "mark" and token.text in ("and", "or")


def _listed(parts: list[list[Token]], context: Context) -> Value:
    members: list[Value] = []
    for part in parts:
        if part:
            member = _chain(part, context)
            members.extend(member.members if isinstance(member, Members) else [member])
    if len(members) == 1:
        return members[0]
    intervals = [_interval(member) for member in members]
    if len(members) == 2 and all(interval is not None for interval in intervals):
        return Union(tuple(interval for interval in intervals if interval is not None))
    return Members(tuple(members))


def _chain(run: list[Token], context: Context) -> Value:
    """``AC = 12 + 6 = 18``, ``x = 5``, ``-1 ≤ x < 5``, or a value without a relation."""
    signs = [token.text for token in _top_level(run) if _is_relation(token)]
    if not signs:
        return _single(run, context)
    parts = list(_split(run, _is_relation))
    if "∈" in signs:
        return _chain(parts[-1], context) if signs[-1] == "∈" else _refuse()
    if set(signs) <= {"≈", "~"} or signs[-1] in "≈~":
        return About(_single(parts[-1], context))
    if set(signs) == {"="}:
        return _equal(parts, context)
    if "≈" in signs or "~" in signs:
        return _refuse()
    return _compared(parts, signs)


def _equal(parts: list[list[Token]], context: Context) -> Value:
    last = _single(parts[-1], context)
    left = _left_of(parts, context)
    values = [value for value in left if value is not None]
    if context.equation and len(parts) == 2 and len(values) == 1 and isinstance(last, Number | Formula):
        first = values[0]
        if isinstance(first, Number | Formula):
            return Relation(node_of(first), "=", node_of(last))
    assigned = _assigned(parts[0]) if len(parts) > 1 else None
    for value in values[1 if assigned else 0 :]:
        if not _agree(value, last):
            raise ContradictionError
    if assigned and isinstance(last, Number | Formula):
        return Relation(Name(assigned), "=", node_of(last))
    match values:
        case [Formula(node), *_] if isinstance(last, Number | Formula) and not isinstance(node, Name):
            if names(node) & context.names:
                return Relation(node, "=", node_of(last))  # x² = 9 does not say what x is
    return last


def _left_of(parts: list[list[Token]], context: Context) -> list[Value | None]:
    """The values before the last sign; None for what is only a label (``AB``, ``f(x)``, nothing)."""
    found: list[Value | None] = []
    for part in parts[:-1]:
        try:
            found.append(_single(part, context) if part else None)
        except UnparsedError:
            found.append(None)
    return found


def _assigned(part: list[Token]) -> str | None:
    """The variable on the left of an assignment: ``x``, ``x_1``, and ``f(x)`` by the letter of the function."""
    if not part or part[0].kind != "name":
        return None
    if len(part) == 4 and part[1].text == "(" and part[3].text == ")" and part[2].kind in ("name", "number"):
        return f"{part[0].text}_{part[2].text}"
    try:
        node, _ = parse(part)
    except UnparsedError:
        return None
    return node.name if isinstance(node, Name) else None


def _agree(value: Value, last: Value) -> bool:
    """Whether a chain may go on from a value to the last one; formulas with variables may."""
    if isinstance(value, Formula) and variables(value):
        return not isinstance(last, Formula) or variables(value) != variables(last) or same(value, last)
    if isinstance(last, Formula) and variables(last):
        return False
    return same(value, last) or same(last, value)


def _compared(parts: list[list[Token]], signs: list[str]) -> Value:
    nodes: list[Node | None] = [parse(part)[0] if part else None for part in parts]
    if len(signs) == 1 and nodes[1] is not None:
        return _oriented(nodes[0], signs[0], nodes[1])
    low, middle, high = nodes if len(nodes) == 3 else (None, None, None)
    if low is None or middle is None or high is None or not isinstance(middle, Name):
        return _refuse()
    if set(signs) <= {"<", "≤"}:
        return Brackets("[" if signs[0] == "≤" else "(", (term(low), term(high)), "]" if signs[1] == "≤" else ")")
    if set(signs) <= {">", "≥"}:
        return Brackets("[" if signs[1] == "≥" else "(", (term(high), term(low)), "]" if signs[0] == "≥" else ")")
    return _refuse()


def _oriented(left: Node | None, sign: str, right: Node) -> Relation:
    """A relation with its variable on the left."""
    if left is not None and not names(left) and names(right):
        return Relation(right, _FLIPPED[sign], left)
    return Relation(left, sign, right)


def _interval(value: Value) -> Brackets | None:
    """An interval, also of a bound: ``x > 3`` is ``(3, ∞)``."""
    if isinstance(value, Brackets):
        return value
    return interval_of(value) if isinstance(value, Relation) else None


def _single(run: list[Token], context: Context) -> Value:
    """A value without a relation."""
    run = _trimmed(run)
    if not run:
        raise UnparsedError
    unions = list(_split(run, lambda token: token.kind == "sign" and token.text == "∪"))
    if len(unions) > 1:
        parts = [_single(part, context) for part in unions]
        if all(isinstance(part, Members) for part in parts):
            return Members(tuple(member for part in parts if isinstance(part, Members) for member in part.members))
        return Union(tuple(parts))
    if len(run) == 1 and run[0].text in "∅ℝ":
        return Members(()) if run[0].text == "∅" else Brackets("(", (MINUS_INFINITY, Formula(Name("∞"))), ")")
    if (bracketed := _bracketed(run, context)) is not None:
        return bracketed
    ratio = list(_split(run, lambda token: token.kind == "sign" and token.text == ":"))
    if len(ratio) > 1:
        return _ratio(ratio)
    return _restated(run, context) or _quantity(run, context)


def _bracketed(run: list[Token], context: Context) -> Value | None:
    if run[0].kind == "name" and len(run) > 3 and run[1].text == "(" and _has_list(run[2:-1]) and run[-1].text == ")":
        run = run[1:]  # a point with its name
    opening, closing = run[0].text, run[-1].text
    if len(run) < 2 or opening not in OPENING or closing not in CLOSING or _match(run) != len(run) - 1:
        return None
    inner = run[1:-1]
    is_set = opening == flat.SET_OPEN
    if is_set != (closing == flat.SET_CLOSE) or (opening == flat.OPEN) != (closing == flat.CLOSE):
        raise UnparsedError
    if not inner:
        return Members(()) if opening in (flat.SET_OPEN, flat.OPEN) else _refuse()
    if not _has_list(inner) and not is_set:
        if opening == "[" and closing == "]" and not context.listed:
            return _single(inner, context)
        if opening == flat.OPEN and context.many:
            return Members((_single(inner, context),), braced=True)
        if opening != "(" or closing != ")" or not any(token.kind == "unit" or token.text == ":" for token in inner):
            return None
        return _single(inner, context)
    members = tuple(_single(part, context) for part in _split(inner, _is_list_sign))
    if is_set or opening == flat.OPEN:
        return Members(members, braced=True)
    return Brackets("(" if opening == "⟨" else opening, members, ")" if closing == "⟩" else closing)


def _has_list(tokens: Sequence[Token]) -> bool:
    return any(_is_list_sign(token) for token in _top_level(tokens))


def _ratio(parts: list[list[Token]]) -> Ratio:
    terms = [term(parse(part)[0]) for part in parts]
    values = [part.value for part in terms if isinstance(part, Number)]
    if len(values) < len(terms) or any(value < 0 for value in values) or len(values) > 8:
        raise UnparsedError
    return Ratio(tuple(values))


def _restated(run: list[Token], context: Context) -> Value | None:
    """``0.5 (1/2)``: a number with the same number in brackets after it."""
    if run[-1].text != ")" or len(run) < 4:
        return None
    start = next((at for at in range(1, len(run)) if run[at].text == "(" and _match(run[at:]) == len(run) - 1 - at), 0)
    if not start or (run[start - 1].kind == "sign" and run[start - 1].text not in ("%", ")", flat.CLOSE, "π")):
        return None
    try:
        first, second = _quantity(run[:start], context), _quantity(run[start + 1 : -1], context)
    except UnparsedError:
        return None
    if variables(first) or variables(second):
        return None
    if same(first, second) or same(second, first):
        return first
    if run[start].spaced:
        raise ContradictionError
    return None


def _quantity(run: list[Token], context: Context) -> Value:
    """A number or formula, with a unit after it or a currency before it."""
    run, money = _currency(run)
    if (compound := _compound(run)) is not None:
        return compound
    for index in _unit_starts(run, context):
        unit = unit_of(run[index:], context.names)
        if unit is not None:
            amount = _amount(run[:index])
            return Quantity(amount, money or unit)
    amount = _amount(run)
    return Quantity(amount, money) if money else amount


def _currency(run: list[Token]) -> tuple[list[Token], str]:
    money = ""
    negative = run[:1] if run[0].text == "-" else []
    rest = run[len(negative) :]
    while rest and rest[0].kind == "unit" and rest[0].text in MONEY:
        money, rest = money or rest[0].text, rest[1:]
    return (negative + rest, money) if money else (run, "")


def _unit_starts(run: list[Token], context: Context) -> Iterator[int]:
    """Places where a unit may begin: after a number, bracket or constant."""
    for index in range(1, len(run)):
        token, before = run[index], run[index - 1]
        letter = (
            token.kind == "name"
            and token.text not in context.names
            and (before.kind == "number" or before.text in (flat.CLOSE, ")", "π"))
        )
        if token.kind in ("unit", "power") or letter:
            yield index


def _compound(run: list[Token]) -> Quantity | None:
    """``2 hours 30 minutes``: amounts of units of one kind, added in the first."""
    pairs: list[tuple[Fraction, str]] = []
    index = 0
    while index + 1 < len(run) and run[index].kind == "number" and run[index + 1].kind == "unit":
        pairs.append((run[index].value, run[index + 1].text))
        index += 2
        if index < len(run) - 1 and run[index].kind == "mark" and run[index].text == "and":
            index += 1
    if len(pairs) < 2 or index < len(run):
        return None
    total = Fraction(0)
    for amount, unit in pairs:
        converted = convert(amount, unit, pairs[0][1])
        if converted is None:
            raise UnparsedError
        total += converted
    return Quantity(Number(total), pairs[0][1])


def _amount(tokens: list[Token]) -> Term:
    node, percent = parse(tokens)
    value = term(node)
    return Number(value.value, percent) if isinstance(value, Number) else value


def _is_relation(token: Token) -> bool:
    return token.kind == "sign" and token.text in _RELATIONS


def _trimmed(run: list[Token]) -> list[Token]:
    """A run without stops and list words at its ends."""
    start, end = 0, len(run)
    while start < end and (run[start].kind == "stop" or (run[start].kind == "mark") or run[start].text == ":"):
        start += 1
    while end > start and (run[end - 1].kind in ("stop", "mark") or run[end - 1].text == ":"):
        end -= 1
    return run[start:end]


def _top_level(tokens: Sequence[Token]) -> Iterator[Token]:
    depth = 0
    for token in tokens:
        if token.kind == "sign":
            depth -= token.text in CLOSING
            if depth == 0:
                yield token
            depth += token.text in OPENING
        elif depth == 0:
            yield token


def _split(tokens: list[Token], splits: Callable[[Token], bool]) -> Iterator[list[Token]]:
    """The parts between tokens outside brackets for which ``splits`` holds."""
    depth, part = 0, list[Token]()
    for token in tokens:
        if token.kind == "sign":
            depth += (token.text in OPENING) - (token.text in CLOSING)
        if depth == 0 and splits(token):
            yield part
            part = []
        else:
            part.append(token)
    yield part


def _match(tokens: list[Token]) -> int:
    """The place of the bracket that closes the first token, or -1."""
    depth = 0
    for index, token in enumerate(tokens):
        if token.kind == "sign":
            depth += (token.text in OPENING) - (token.text in CLOSING)
        if depth == 0:
            return index
    return -1


def _refuse() -> Value:
    raise UnparsedError
