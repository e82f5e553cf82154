"""The stored answer of a task: its typed value, and how answers to it are read."""

import re
from collections.abc import Callable
from dataclasses import dataclass
from functools import cached_property, lru_cache

from asterism.answers.reader import Reader, read
from asterism.answers.reading import Reading, Reason
from asterism.answers.short import flat
from asterism.answers.short.clock import times
from asterism.answers.short.compare import same
from asterism.answers.short.phrase import bound_value, only_value, read_phrase
from asterism.answers.short.run import Context
from asterism.answers.short.token import Token
from asterism.answers.short.tokens import UnreadableNumberError, tokenise
from asterism.answers.short.tree import Name
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
    Words,
    node_of,
    term,
    text,
    variables,
)
from asterism.answers.short.wording import fault_of, label_text, read_words
from asterism.answers.short.worker import TimedOutError
from asterism.answers.text import plain

_MAX_LABEL = 1_000
_MAX_PROSE = 300
_MAX_DIRECT = 120
_IDENTIFIER = re.compile(r"[0-9]+(?:[-/.][0-9]+){2,}|[0-9]{2,}-[0-9]{2,}")
_CLOCK = re.compile(r"[0-2]?[0-9]:[0-5][0-9](?::[0-5][0-9])?(?: ?[aApP]\.?[mM]\.?)?")
_CODE = re.compile(r"[A-Z]{2}")
_CLAUSE_END = re.compile(r"[.;,!]\s|[。；，！\n]")
_LETTER = re.compile(r"[A-Za-z]")
_PLAIN_NUMBER = re.compile(r"-?(?:0|[1-9][0-9]{0,14})")
_MAX_NOUNS = 2
_MAX_LETTERS = 4
_Phrase = Callable[[str], Reading]


@dataclass(frozen=True)
class Stored:
    """A stored answer that is no truth word."""

    value: Value
    context: Context

    @cached_property
    def text(self) -> str:
        """The text that every right reading has."""
        return text(self.value)

    @cached_property
    def bounded(self) -> bool:
        """Whether the answer is itself a bound or an estimate."""
        value = self.value
        return isinstance(value, About | Brackets | Union) or (isinstance(value, Relation) and value.sign != "=")

    def judge(self, value: Value) -> str:
        """The text of a value: the stored answer's own where they are equal."""
        return self.text if same(self.value, value) else text(self._in_form(value))

    def _in_form(self, value: Value) -> Value:
        """A value in the form of the stored one: without a unit or a variable, or with its unit or variable."""
        match self.value, value:
            case ((Number() | Formula() | Ratio()), Quantity(amount, _)):
                return amount
            case ((Number() | Formula() | Ratio()), Relation(Name(), "=", right)):
                return term(right)
            case Quantity(_, unit), (Number() | Formula()):
                return Quantity(value, unit)
            case Relation(Name() as left, "=", _), (Number() | Formula()):
                return Relation(left, "=", node_of(value))
        return value

    @cached_property
    def reader(self) -> Reader:
        """How answers are read."""
        if isinstance(self.value, Words):
            return _guarded(_no_direct, self._words, self._words)
        if isinstance(self.value, Clock):
            return _guarded(_no_direct, self._clock, self._clock)
        return _guarded(self._direct, self._loose, self._prose)

    def _direct(self, phrase: str) -> Reading:
        phrase = phrase.strip()
        if isinstance(self.value, Number) and _PLAIN_NUMBER.fullmatch(phrase) and not self.value.percent:
            return Reading(phrase if phrase != "-0" else "0", Reason.BARE)
        value = only_value(phrase, self.context) if len(phrase) <= _MAX_DIRECT else None
        if value is None or not self._is_answer(value) or self._faulty(value):
            return Reading.invalid(Reason.UNREADABLE)
        return Reading(self.judge(value), Reason.BARE)

    def _faulty(self, value: Value) -> bool:
        if isinstance(value, Relation) and (value.sign != "=" or not isinstance(self.value, Relation)):
            return not self.bounded
        return isinstance(value, About) and not self.bounded

    def _loose(self, phrase: str) -> Reading:
        return read_phrase(phrase, self.context, self.judge, self.bounded, self._is_answer)

    def _prose(self, body: str) -> Reading:
        return self._loose(body) if len(body) <= _MAX_PROSE else Reading.invalid(Reason.UNREADABLE)

    def _is_answer(self, value: Value) -> bool:
        """Whether a value can answer at all: letters alone do not where a number is asked for."""
        return not isinstance(value, Formula) or self.context.symbolic or not _only_letters(value)

    def _words(self, phrase: str) -> Reading:
        return read_words(phrase, self.text)

    def _clock(self, phrase: str) -> Reading:
        places = times(phrase)
        found = {self.judge(clock) for clock, _, _ in places}
        for _, start, end in places:
            clause = _CLAUSE_END.split(phrase[:start])[-1] + _CLAUSE_END.split(phrase[end:])[0]
            if (fault := fault_of(clause, self.text)) is not None:
                return Reading.invalid(fault)
        if len(found) != 1:
            return self._loose(phrase) if not found else Reading.invalid(Reason.AMBIGUOUS)
        return Reading(found.pop(), Reason.BARE)


def _only_letters(value: Formula) -> bool:
    return bool(variables(value)) and not any(character.isdigit() for character in text(value))


def _no_direct(_: str) -> Reading:
    return Reading.invalid(Reason.UNREADABLE)


def _guarded(direct: _Phrase, loose: _Phrase, prose: _Phrase) -> Reader:
    """A reader for which a comparison that takes too long is a reason."""

    def guard(phrase: _Phrase) -> _Phrase:
        def guarded(text: str) -> Reading:
            try:
                return phrase(text)
            except TimedOutError:
                return Reading.invalid(Reason.TIMEOUT)

        return guarded

    return Reader(guard(direct), guard(loose), guard(prose))


def read_short(completion: str, label: str) -> Reading:
    """The short answer that a completion gives to a task with this stored answer.

    The value is the stored answer's own text where the two are equal, else the text of what was read.

    Raises:
        WorkerFaultError: the process that compares mathematics failed.
    """
    return read(flat.flat(completion), stored(label).reader)


@lru_cache(maxsize=8_192)
def stored(label: str) -> Stored:
    """The typed answer of a label; what is nothing else is words."""
    value = gold_of(label)
    return Stored(value, _context(value))


def gold_of(label: str) -> Value:
    """The value of a stored answer, by its form; words where it is nothing else (empty for an empty one)."""
    words = Words(label_text(label))
    line = plain(flat.flat(label)).strip().rstrip(".。")
    if len(line) > _MAX_LABEL or _LETTER.fullmatch(line) or _IDENTIFIER.fullmatch(line):
        return words
    found = times(line)
    if _CLOCK.fullmatch(line) or (len(found) == 1 and found[0][1:] == (0, len(line))):
        return found[0][0] if found else words
    letters = frozenset(character for character in line if _LETTER.match(character))
    for context in _contexts(line, letters):
        value = only_value(line, context)
        if value is not None and _is_stored(value, line):
            return value
    return bound_value(line) or _counted(line) or words


def _contexts(line: str, letters: frozenset[str]) -> list[Context]:
    listed = Context(many=True, listed=True, equation=True, symbolic=True)
    plain_form = Context(equation=True, symbolic=True)
    many = Context(many=True, equation=True, symbolic=True)
    named = Context(names=letters, equation=True, symbolic=True)
    bracketed = line[:1] in ("(", "[", flat.SET_OPEN, flat.OPEN, "⟨") or line[-1:] in (")", "]", flat.SET_CLOSE)
    signs = any(character.isdigit() or character in "+-=^/" for character in line)
    contexts = [listed] if bracketed and "," in line else []
    contexts += [plain_form, many]
    if signs and len(letters) <= _MAX_LETTERS and not _CODE.search(line):
        contexts.append(named)  # "2ab" is a product
    return contexts


def _is_stored(value: Value, line: str) -> bool:
    """Whether letters in a label are mathematics: a formula without a sign or digit is a word."""
    return not (isinstance(value, Formula) and variables(value) and line.isalpha())


def _counted(line: str) -> Value | None:
    """``5 apples``: digits with one or two nouns."""
    try:
        tokens = tokenise(line)
    except UnreadableNumberError:
        return None
    sign = -1 if tokens and tokens[0].text == "-" else 1
    tokens = tokens[1:] if sign < 0 else tokens
    if len(tokens) < 2 or tokens[0].kind != "number" or len(tokens) > 1 + _MAX_NOUNS:
        return None
    nouns = tokens[1:]
    if any(token.kind != "word" for token in nouns) or (tokens[0].spelled and not _measured(nouns)):
        return None
    return Number(sign * tokens[0].value)


def _measured(nouns: list[Token]) -> bool:
    return all(len(token.text) == 1 and not token.text.isascii() for token in nouns)


def _context(value: Value) -> Context:
    names = variables(value)
    many = isinstance(value, Members | Union | Brackets)
    equation = isinstance(value, Relation) and value.sign == "=" and not _is_assignment(value)
    lone = names if text(value) in names else frozenset("ei") & _letters(value)
    return Context(
        names=names,
        many=many,
        listed=many,
        ratio=isinstance(value, Ratio),
        equation=equation,
        symbolic=bool(names or lone),
        lone=lone,
        measured=isinstance(value, Quantity),
    )


def _letters(value: Value) -> frozenset[str]:
    return frozenset(text(value)) if isinstance(value, Formula) and not variables(value) else frozenset()


def _is_assignment(value: Relation) -> bool:
    return value.left is not None and len(variables(value)) == 1 and not variables(Relation(None, "=", value.right))
