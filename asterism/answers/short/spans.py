"""Where in the tokens of a phrase sentences and runs of mathematics stand."""

from collections.abc import Iterator, Sequence

from asterism.answers.short import flat
from asterism.answers.short.run import CLOSING, OPENING, Context
from asterism.answers.short.token import Token
from asterism.answers.short.units import MONEY

SENTENCE_ENDS = frozenset(".?。？\n;；")
_MATHEMATICAL = frozenset(("number", "name", "function", "sign", "unit", "power", "per", "unknown"))
_WORDS = frozenset(("word", "verbs", "conclusions", "asides", "turns"))
_MAX_ASIDE = 60
_NEVER_FIRST = frozenset(("%", "/", "^", "!", flat.FRACTION, flat.SUBSCRIPT))


def sentences(tokens: Sequence[Token]) -> Iterator[tuple[int, int]]:
    """The sentences of a phrase, as places of their first token and after their last."""
    start = depth = 0
    for at, token in enumerate(tokens):
        if token.kind == "sign":
            depth = max(0, depth + (token.text in OPENING) - (token.text in CLOSING))
        if token.kind == "stop" and token.text in SENTENCE_ENDS and not depth:
            yield start, at + 1
            start = at + 1
    if start < len(tokens):
        yield start, len(tokens)


def runs(tokens: Sequence[Token], start: int, end: int, context: Context) -> Iterator[tuple[int, int]]:
    """The longest runs of mathematics in a sentence, as places of their first token and after their last."""
    begin: int | None = None
    depth = 0
    asides: set[int] = set()
    for at in range(start, end):
        token = tokens[at]
        if token.kind == "sign" and token.text == "(" and (close := _aside(tokens, at, end, context)):
            asides |= {at, close}
        if at in asides or not _belongs(tokens, at, begin, depth, end, context):
            if begin is not None:
                yield from _cut(tokens, begin, at)
            begin, depth = None, 0
            continue
        if begin is None:
            begin = at
        if token.kind == "sign":
            depth = max(0, depth + (token.text in OPENING) - (token.text in CLOSING))
    if begin is not None:
        yield from _cut(tokens, begin, end)


def _cut(tokens: Sequence[Token], start: int, end: int) -> Iterator[tuple[int, int]]:
    """A run without list words and colons at its ends."""
    last = tokens[end - 1]
    if last.text == "-" and last.spaced and end < len(tokens) and tokens[end].kind in _WORDS:
        end -= 1  # a dash
    while end > start and (tokens[end - 1].kind in ("mark", "stop") or tokens[end - 1].text == ":"):
        end -= 1
    if end > start:
        yield start, end


def _aside(tokens: Sequence[Token], at: int, end: int, context: Context) -> int | None:
    """Where round brackets close that hold words and no mathematics."""
    depth, worded = 0, False
    for place in range(at, min(end, at + _MAX_ASIDE)):
        token = tokens[place]
        if token.kind == "sign":
            depth += (token.text == "(") - (token.text == ")")
            if not depth:
                return place if worded else None
        elif token.kind not in _MATHEMATICAL and not (token.kind == "stop" and token.text in ",、"):
            worded = worded or token.kind != "stop"
    return None


def _belongs(tokens: Sequence[Token], at: int, begin: int | None, depth: int, end: int, context: Context) -> bool:
    token = tokens[at]
    before = tokens[at - 1] if begin is not None else None
    after = tokens[at + 1] if at + 1 < end else None
    if token.kind == "stop":
        return before is not None and after is not None and token.text in ",、;；" and (depth > 0 or context.many)
    if token.kind == "mark" and token.text in ("and", "or"):
        if before is None or after is None:
            return False
        return depth > 0 or context.many or _joins_units(tokens, at, end)
    if token.kind == "sign" and token.text == ":":
        return before is not None and after is not None and _is_operand(before) and after.kind == "number"
    if token.kind == "sign" and before is None:
        return token.text not in CLOSING and token.text not in _NEVER_FIRST
    if token.kind == "sign" and token.text in CLOSING:
        return depth > 0
    if token.kind in ("unit", "power", "per"):
        return _measures(token, before, after, depth)
    return token.kind in _MATHEMATICAL


def _joins_units(tokens: Sequence[Token], at: int, end: int) -> bool:
    """``2 hours and 30 minutes``"""
    return (
        tokens[at].text == "and"
        and at + 2 < end
        and tokens[at - 1].kind == "unit"
        and tokens[at + 1].kind == "number"
        and tokens[at + 2].kind == "unit"
        and tokens[at + 2].text != tokens[at - 1].text
    )


def _is_operand(token: Token) -> bool:
    return token.kind in ("number", "name") or token.text in (flat.CLOSE, ")")


def _measures(token: Token, before: Token | None, after: Token | None, depth: int) -> bool:
    if before is None:  # a currency before its number, or nothing
        return token.text in MONEY and after is not None and (after.kind == "number" or after.text in ("-", "."))
    if token.kind == "per":
        return before.kind in ("unit", "number") and after is not None and after.kind in ("unit", "power", "name")
    if token.kind == "power" and after is not None and after.kind == "unit":
        return True
    return token.kind == "unit" or before.kind == "unit"
