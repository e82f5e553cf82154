"""Times of day: ``7:45``, "quarter to eight", "两点半"."""

import re
from dataclasses import dataclass
from functools import cache

from asterism.answers.language import known_languages
from asterism.answers.short.lexicon import alternatives
from asterism.answers.short.numerals import NUMERAL
from asterism.answers.short.tokens import tokenise
from asterism.answers.short.values import Clock

_DAY = 86_400
_HALF_DAY = 43_200
_NUMBER_CHARACTERS = "零〇一二两兩三四五六七八九十"


@dataclass(frozen=True, slots=True)
class _Patterns:
    times: tuple[re.Pattern[str], ...]
    evening: re.Pattern[str]
    morning: re.Pattern[str]


@cache
def _patterns() -> _Patterns:
    words: list[str] = []
    for language in known_languages():
        words += [word for word, number in language.sections["numbers"].get("digits", {}).items() if number < 60]
    tens = "(?:twenty|thirty|forty|fifty)[- ](?:one|two|three|four|five|six|seven|eight|nine)"
    number = rf"(?:[0-9]{{1,2}}|[{_NUMBER_CHARACTERS}]{{1,3}}|{tens}|{alternatives(words)})"
    sections = [language.sections["numbers"] for language in known_languages()]
    times = [pattern.replace("{number}", number) for section in sections for pattern in section.get("clock", ())]
    return _Patterns(
        tuple(re.compile(pattern, re.IGNORECASE) for pattern in times),
        re.compile("|".join(word for section in sections for word in section.get("evening", ())), re.IGNORECASE),
        re.compile("|".join(word for section in sections for word in section.get("morning", ())), re.IGNORECASE),
    )


def times(text: str) -> list[tuple[Clock, int, int]]:
    """The times that a phrase names, with their places, in order."""
    patterns = _patterns()
    half = "pm" if patterns.evening.search(text) else "am" if patterns.morning.search(text) else ""
    found: list[tuple[Clock, int, int]] = []
    taken: list[tuple[int, int]] = []
    for pattern in patterns.times:
        for match in pattern.finditer(text):
            inside = any(match.start() < end and start < match.end() for start, end in taken)
            clock = None if inside else _clock(match, half)
            if clock is not None:
                taken.append(match.span())
                found.append((clock, *match.span()))
    return sorted(found, key=lambda one: one[1])


def _clock(match: re.Match[str], half: str) -> Clock | None:
    groups = match.groupdict()
    hour = _number(groups["h"])
    minute = _number(groups.get("m") or "0") - _number(groups.get("mto") or "0")
    for name, minutes in (("past30", 30), ("past15", 15), ("past45", 45), ("to15", -15)):
        minute += minutes if groups.get(name) is not None else 0
    if not 0 <= hour <= 24 or not -60 < minute < 60:
        return None
    seconds = (hour * 3600 + minute * 60 + _number(groups.get("s") or "0")) % _DAY
    if half == "pm" and seconds < _HALF_DAY:
        seconds += _HALF_DAY
    if half == "am" and _HALF_DAY <= seconds < _HALF_DAY + 3600:
        seconds -= _HALF_DAY
    if not half and minute < 0 and hour == 1:
        seconds += _HALF_DAY  # a quarter to one is 12:45
    return Clock(seconds, half)


def _number(text: str) -> int:
    if text.isdigit():
        return int(text)
    if NUMERAL.match(text) or text:
        tokens = tokenise(text)
        if len(tokens) == 1 and tokens[0].kind == "number":
            return int(tokens[0].value)
    return -1
