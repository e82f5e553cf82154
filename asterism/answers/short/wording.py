"""Short answers in words: made comparable, and found in a sentence."""

import re
from collections.abc import Iterable
from dataclasses import dataclass
from functools import cache

from asterism.answers.language import known_languages
from asterism.answers.reading import Reading, Reason
from asterism.answers.short.flat import flat
from asterism.answers.short.lexicon import alternatives
from asterism.answers.text import plain

MAX_SHORT = 300
"""Longest short answer, in characters."""
_LONG_SENTENCE = 12
_MAX_VERBS = 3
_MAX_SENTENCE = 600

_JUNK = re.compile(
    r"(?:(?<![0-9])[.,]|[.,](?![0-9])|[\s;:!?()\[\]{}\"'$`*_，。；：！？、“”‘’—–\ue400-\ue40f]|-(?![0-9])|(?<=[a-z])-)+"
)
_ORDINAL = re.compile(r"(?<=[0-9])(?:st|nd|rd|th)(?![a-z])")
_SENTENCE = re.compile(r"(?<=[.!?])\s+|(?<=[。！？；])|\n")
_CLAUSE = re.compile(r"[,;:，；：()（）\[\]]|\s[-—–]\s|[—–]")
_LABELLED = re.compile(r"[^:：]{1,20}[:：]\s{0,3}(?=\S)")
_PLACED = re.compile(r"(?:on|in|at|by|from) ")
_DIGITS = re.compile(r"[0-9]{1,4}")


@dataclass(frozen=True, slots=True)
class _Patterns:
    article: re.Pattern[str]
    copula: re.Pattern[str]
    negation: re.Pattern[str]
    doubt: re.Pattern[str]
    choice: re.Pattern[str]
    aside: re.Pattern[str]
    months: dict[str, int]


def _all(section: str, *names: str) -> list[str]:
    words: list[str] = []
    for language in known_languages():
        found = language.sections["numbers"].get(section, ())
        for name in names or [""]:
            words += found.get(name, ()) if name else found
    return words


@cache
def _patterns() -> _Patterns:
    def pattern(words: Iterable[str]) -> re.Pattern[str]:
        return re.compile(alternatives(list(words)), re.IGNORECASE)

    months: dict[str, int] = {}
    for language in known_languages():
        months |= language.sections["numbers"].get("months", {})
    return _Patterns(
        re.compile(rf"(?:{alternatives(_all('articles'))})\s{{0,2}}", re.IGNORECASE),
        pattern(_all("copulas")),
        pattern(_all("negations_in_words")),
        pattern(_all("marks", "doubt", "about")),
        pattern(_all("marks", "or")),
        pattern(_all("asides")),
        months,
    )


def comparable(text: str) -> str:
    """Text in lower case without punctuation, article and the ends of ordinals; a date as month, day, year."""
    words = _bare(text)
    article = _patterns().article.match(words)
    if article and article.end() < len(words):
        words = words[article.end() :].strip()
    return _date(words) or words


def _bare(text: str) -> str:
    return " ".join(_ORDINAL.sub("", _JUNK.sub(" ", text.casefold())).split())


def _date(words: str) -> str:
    parts = words.replace(" of ", " ").replace(" the ", " ").split()
    months = [part for part in parts if part in _patterns().months]
    numbers = [part for part in parts if _DIGITS.fullmatch(part)]
    if not 2 <= len(parts) <= 3 or len(months) != 1 or len(numbers) != len(parts) - 1:
        return ""
    days = sorted((str(int(number)) for number in numbers), key=len)
    return " ".join([f"month {_patterns().months[months[0]]}", *days])


def label_text(label: str) -> str:
    """A stored answer in the form that :func:`read_words` gives."""
    return comparable(plain(flat(label)))


def read_words(text: str, gold: str) -> Reading:
    """The short text that a phrase gives: all of it, or what its last sentence says that something is."""
    if not text.strip():
        return Reading.invalid(Reason.UNREADABLE)
    if comparable(text) == gold and not text.rstrip().endswith(("?", "？")):
        return Reading(gold, Reason.BARE)
    if dated := _date(_bare(text)):
        return Reading(dated, Reason.BARE)
    sentences = [part for part in _SENTENCE.split(text[:4_096]) if part.strip()]
    sentence = sentences[-1] if sentences else ""
    if len(sentence) > _MAX_SENTENCE:
        return Reading.invalid(Reason.TOO_LONG)
    if (fault := fault_of(sentence, gold)) is not None:
        return Reading.invalid(fault)
    said = _said(sentence, gold)
    if len(said) > MAX_SHORT:
        return Reading.invalid(Reason.TOO_LONG)
    return Reading(said, Reason.BARE) if said else Reading.invalid(Reason.UNREADABLE)


def fault_of(sentence: str, gold: str) -> Reason | None:
    """Why a sentence states nothing: it asks, denies, doubts or offers a choice, in words that the answer lacks."""
    patterns = _patterns()
    if sentence.rstrip().endswith(("?", "？")):
        return Reason.HEDGED
    for pattern, reason in (
        (patterns.negation, Reason.NEGATED),
        (patterns.doubt, Reason.HEDGED),
        (patterns.choice, Reason.AMBIGUOUS),
    ):
        if (pattern.search(sentence) or (reason is Reason.NEGATED and "n't" in sentence)) and not pattern.search(gold):
            return reason
    return None


def _said(sentence: str, gold: str) -> str:
    """What a sentence states: all of it, or what stands after its verb, up to an explanation."""
    patterns = _patterns()
    verbs = list(patterns.copula.finditer(sentence))
    rests = [sentence[verb.end() :] for verb in verbs[-_MAX_VERBS:]] or [sentence]
    if (label := _LABELLED.match(sentence)) is not None:
        rests.append(sentence[label.end() :])
    for rest in [sentence, *rests]:
        for part in (rest, _head(rest, patterns.aside)):
            whole = comparable(part)
            for form in (whole, whole.removesuffix("的"), comparable(_PLACED.sub("", whole, count=1))):
                if form == gold:
                    return gold
    if not verbs and len(sentence.split()) > _LONG_SENTENCE:
        return ""
    return comparable(_head(rests[-1], patterns.aside)) or comparable(sentence)


def _head(rest: str, aside: re.Pattern[str]) -> str:
    """The part before an explanation."""
    ends = [match.start() for match in (_CLAUSE.search(rest.lstrip(" :：,")), aside.search(rest)) if match]
    return rest.lstrip(" :：,")[: min(ends)] if ends else rest
