"""The one value that a phrase gives, with everything in it accounted for."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace

from asterism.answers.reading import Reading, Reason
from asterism.answers.short import flat
from asterism.answers.short.lexicon import lexicon
from asterism.answers.short.run import Context, ContradictionError, value_of
from asterism.answers.short.spans import SENTENCE_ENDS, runs, sentences
from asterism.answers.short.syntax import UnparsedError
from asterism.answers.short.token import Token
from asterism.answers.short.tokens import UnreadableNumberError, tokenise
from asterism.answers.short.tree import TooLargeError
from asterism.answers.short.values import About, Formula, Number, Relation, Value, node_of

MAX_PHRASE = 4_096
_WORTH = frozenset("π∞∅ℝ√∛")
_BOUNDS = {"least": "≥", "most": "≤", "more": ">", "less": "<", "unequal": "≠"}
_SKIPPED = frozenset(("the", "a", "an", "only", "just", "exactly", "be", "of", "than", "是", "为", "為", "有"))
_MAX_FOUND = 64


@dataclass(frozen=True, slots=True)
class Found:
    """A run of tokens with its value (None: it cannot be read) and what is said against it."""

    value: Value | None
    fault: Reason | None
    sentence: int
    start: int
    end: int


Judge = Callable[[Value], str]
"""The text under which a value counts: that of the stored answer where they are equal."""


def only_value(text: str, context: Context) -> Value | None:
    """The value of a phrase that is nothing else; None where it is none."""
    try:
        tokens = _unquoted(_tokens(text, context))
        if list(runs(tokens, 0, len(tokens), context)) != [(0, len(tokens))]:
            return None
        return value_of(tokens, context)
    except (UnreadableNumberError, UnparsedError, ContradictionError, TooLargeError):
        return None


def _tokens(text: str, context: Context) -> list[Token]:
    tokens = tokenise(text, context.names, context.listed)
    if not context.ratio:
        return tokens
    return [replace(one, kind="sign", text=":") if (one.kind, one.text) == ("mark", "ratio") else one for one in tokens]


def bound_value(text: str) -> Value | None:
    """``about 5`` and ``at least 5`` as values; None where a text is something else."""
    context = Context()
    try:
        tokens = _unquoted(tokenise(text))
        found = list(runs(tokens, 0, len(tokens), context))
        if len(found) != 1 or any(token.kind not in ("mark", "word") for token in tokens[: found[0][0]]):
            return None
        if not any(token.kind == "mark" for token in tokens) or len(tokens) > 2 + found[0][1] - found[0][0]:
            return None
        one = _found(tokens, (0, len(tokens)), found[0], 0, context, bounded=True)
    except (UnreadableNumberError, ContradictionError, TooLargeError):
        return None
    return one.value if one is not None and one.fault is None else None


def _unquoted(tokens: list[Token]) -> list[Token]:
    start, end = 0, len(tokens)
    while start < end and tokens[start].kind == "stop":
        start += 1
    while end > start and tokens[end - 1].kind == "stop" and tokens[end - 1].text not in "?？":
        end -= 1
    return tokens[start:end]


def read_phrase(text: str, context: Context, judge: Judge, bounded: bool, worth: Callable[[Value], bool]) -> Reading:
    """The value of a phrase, where one is stated.

    ``bounded`` tells that the stored answer is itself a bound or an estimate, so that these are values and no faults.
    ``worth`` tells which values count as answers at all.
    """
    if len(text) > MAX_PHRASE:
        return Reading.invalid(Reason.TOO_LONG)
    try:
        tokens = _tokens(text, context)
    except UnreadableNumberError as error:
        return Reading.invalid(Reason.TOO_LONG if error.too_long else Reason.AMBIGUOUS)
    found: list[Found] = []
    for sentence, (start, end) in enumerate(sentences(tokens)):
        for run in runs(tokens, start, end, context):
            try:
                one = _found(tokens, (start, end), run, sentence, context, bounded)
            except ContradictionError:
                return Reading.invalid(Reason.AMBIGUOUS)
            except TooLargeError:
                return Reading.invalid(Reason.TOO_LONG)
            if one is not None and (one.value is None or worth(one.value)):
                found.append(one)
            if len(found) > _MAX_FOUND:
                return Reading.invalid(Reason.AMBIGUOUS)
    return _chosen(found, tokens, judge)


def _found(
    tokens: Sequence[Token],
    sentence_span: tuple[int, int],
    run: tuple[int, int],
    sentence: int,
    context: Context,
    bounded: bool,
) -> Found | None:
    """A run with its value, or None where it is no answer (a label, an article, a dash)."""
    start, end = run
    inside = tokens[start:end]
    numbers = any(token.kind == "number" or (token.kind == "sign" and token.text in _WORTH) for token in inside)
    if not numbers and not context.symbolic and not _is_empty_set(inside):
        return None
    if not numbers and len([token for token in inside if token.kind == "name"]) == 1 and not _lone(inside, context):
        return None
    if not numbers and not any(token.kind == "name" for token in inside) and not _is_empty_set(inside):
        return None
    if context.measured and end < sentence_span[1] and _is_unknown_measure(inside, tokens[end]):
        return Found(None, None, sentence, start, end)  # a measure that is not known
    fault, sign = _said_of(tokens, sentence_span, run)
    try:
        value: Value | None = value_of(inside, context)
    except UnparsedError:
        value = None
    if value is not None and bounded and sign and fault in (Reason.BOUND, Reason.HEDGED, Reason.NEGATED):
        value, fault = _bound(value, sign), None
    if value is not None and not bounded and fault is None:
        fault = _inner_fault(value)
    return Found(value, fault, sentence, start, end)


def _is_unknown_measure(inside: Sequence[Token], after: Token) -> bool:
    if any(token.kind == "unit" for token in inside) or after.kind not in ("word", "unknown"):
        return False
    return after.text.isascii() and after.text not in lexicon().after_units


def _is_empty_set(inside: Sequence[Token]) -> bool:
    return [token.text for token in inside] in ([flat.SET_OPEN, flat.SET_CLOSE], [flat.OPEN, flat.CLOSE])


def _lone(inside: Sequence[Token], context: Context) -> bool:
    """Whether one letter may be the answer: it is a constant, or the stored answer is one letter."""
    return any(token.text in context.lone for token in inside)


def _bound(value: Value, sign: str) -> Value | None:
    if sign == "≈":
        return About(value)
    return Relation(None, sign, node_of(value)) if isinstance(value, Number | Formula) else None


def _inner_fault(value: Value) -> Reason | None:
    """What a value says of itself that makes it no plain one."""
    if isinstance(value, About):
        return Reason.HEDGED
    if isinstance(value, Relation) and value.sign == "≠":
        return Reason.NEGATED
    if isinstance(value, Relation) and value.sign != "=":
        return Reason.BOUND
    return None


def _said_of(tokens: Sequence[Token], span: tuple[int, int], run: tuple[int, int]) -> tuple[Reason | None, str]:
    """What the words of a sentence say of a run: why it is no plain value, and the sign of a bound."""
    start, end = run
    before = _back(tokens, span[0], start)
    after = tokens[end] if end < span[1] else None
    for mark in (before, after):
        if mark is not None and mark.kind == "mark" and mark.text in _BOUNDS:
            if mark is after and mark.text in ("more", "less") and mark.spaced:
                continue
            return (Reason.NEGATED if mark.text == "unequal" else Reason.BOUND), _BOUNDS[mark.text]
        if mark is not None and mark.kind == "mark" and mark.text in ("change",):
            return Reason.UNREADABLE, ""
    if after is not None and after.kind in ("word", "unknown", "unit") and end + 1 < span[1]:
        mark = tokens[end + 1]  # 5个以上
        if mark.kind == "mark" and mark.text in ("least", "most") and not mark.spaced:
            return Reason.BOUND, _BOUNDS[mark.text]
    if before is not None and before.kind == "mark" and before.text in ("about_next", "between"):
        return (Reason.HEDGED, "≈") if before.text == "about_next" else (Reason.BOUND, "")
    marks = {token.text for token in tokens[span[0] : span[1]] if token.kind == "mark"}
    if "about" in marks:
        return Reason.HEDGED, "≈"
    if "doubt" in marks or any(token.kind == "stop" and token.text in "?？" for token in tokens[end : span[1]]):
        return Reason.HEDGED, ""
    if _negated(tokens, span[0], start) or (after is not None and after.kind == "mark" and after.text == "not"):
        return Reason.NEGATED, ""
    return None, ""


def _back(tokens: Sequence[Token], start: int, at: int) -> Token | None:
    """The last token before a place that is no article or the like."""
    for place in range(at - 1, start - 1, -1):
        token = tokens[place]
        if token.kind in ("word", "verbs") and token.text in _SKIPPED:
            continue
        return token
    return None


def _negated(tokens: Sequence[Token], start: int, at: int) -> bool:
    """Whether a negation stands before a place in its clause."""
    for place in range(at - 1, start - 1, -1):
        token = tokens[place]
        if token.kind == "mark" and token.text == "not":
            return True
        if token.kind in ("turns", "conclusions") or (token.kind == "stop" and token.text in ",，、—–→⇒"):
            return False
    return False


def _chosen(found: list[Found], tokens: Sequence[Token], judge: Judge) -> Reading:
    """The value of the place that counts; all that are stated must agree."""
    weak = [one for one in found if _is_pronoun(tokens[one.start : one.end])]
    if len(weak) < len(found):
        found = [one for one in found if one not in weak]
    plain = [one for one in found if one.fault is None]
    if plain and plain[0] is found[0] and (opening := _first_alone(found, tokens)) and opening[0].value is not None:
        return Reading(judge(opening[0].value), Reason.BARE)
    if not plain or (found[-1].fault not in (None, Reason.NEGATED) and found[-1].sentence >= plain[-1].sentence):
        return Reading.invalid(found[-1].fault or Reason.UNREADABLE if found else Reason.UNREADABLE)
    if any(one.fault in (Reason.BOUND, Reason.UNREADABLE) and one.sentence == plain[-1].sentence for one in found):
        return Reading.invalid(Reason.AMBIGUOUS)
    texts = {one: judge(one.value) for one in plain if one.value is not None}
    for group in (plain, _stated_last(plain, tokens)):
        if group and any(one.value is None for one in group):
            return Reading.invalid(Reason.UNREADABLE)
        distinct = {texts[one] for one in group}
        if len(distinct) == 1:
            return Reading(distinct.pop(), Reason.BARE)
    return Reading.invalid(Reason.AMBIGUOUS)


def _is_pronoun(inside: Sequence[Token]) -> bool:
    return len(inside) == 1 and inside[0].spelled and inside[0].text.lower() in ("one", "a", "一")


def _first_alone(plain: list[Found], tokens: Sequence[Token]) -> list[Found]:
    """The value that opens the phrase, where an explanation follows it (``11, one more than 10``)."""
    first, rest = plain[0], plain[1:]
    if first.start > 1 or not rest or rest[0].sentence != first.sentence:
        return []
    between = tokens[first.end : rest[0].start]
    breaks = [at for at, token in enumerate(between) if token.kind == "asides" or token.text in (",", "，", "—", "–")]
    if not breaks or not any(token.kind in ("word", "asides", "verbs", "mark") for token in between[breaks[0] :]):
        return []
    later = tokens[first.end :]
    return [] if any(token.kind == "mark" and token.text in ("or", "doubt", "about") for token in later) else [first]


def _stated_last(plain: list[Found], tokens: Sequence[Token]) -> list[Found]:
    """The values after the one verb or conclusion of the last sentence with a value, where others stand before it."""
    last = [one for one in plain if one.sentence == plain[-1].sentence]
    begin = plain[-1].start
    places = [at for at in range(_sentence_start(tokens, begin), begin) if tokens[at].kind in ("verbs", "conclusions")]
    if not places:
        return []
    concluded = any(tokens[at].kind == "conclusions" for at in places)
    if not concluded and (len(last) < len(plain) or any(one.start - 1 in places for one in last[:-1])):
        return []
    return [one for one in last if one.start > places[-1]]


def _sentence_start(tokens: Sequence[Token], at: int) -> int:
    while at and not (tokens[at - 1].kind == "stop" and tokens[at - 1].text in SENTENCE_ENDS):
        at -= 1
    return at
