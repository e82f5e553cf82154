"""Reading a number."""

import re
from decimal import Decimal
from fractions import Fraction

from asterism.answers.reader import Reader, read
from asterism.answers.reading import Reading, Reason
from asterism.answers.text import fold, plain

_MAX_DIGITS = 200
_MAX_EXPONENT = 100
_MAX_PHRASE = 4_096
_MAX_PROSE = 300

_UNSIGNED = r"(?:(?:[0-9]{1,3}(?:,[0-9]{3})+(?![0-9])|[0-9]+)(?:\.[0-9]*)?|\.[0-9]+)"
_NUMBER = re.compile(
    rf"(?<![A-Za-z0-9_.])(?P<sign>[-+][ \t]{{0,2}})?\$?(?P<top>{_UNSIGNED})(?![0-9]|\.[0-9]|[xXbBoO][0-9A-Fa-f])"
    r"(?:[eE](?P<exp>[-+]?[0-9]+)(?![A-Za-z0-9])"
    r"|[ \t]{0,3}(?:×|x|\*|\\times)[ \t]{0,3}10[ \t]?\^[ \t]{0,2}(?P<ten>[-+]?[0-9]+))?"
    rf"(?:[ \t]{{0,3}}[/⁄][ \t]{{0,3}}(?P<bottom>{_UNSIGNED})(?![0-9]|\.[0-9]))?"
    r"(?P<percent>[ \t]{0,3}(?:%|percent\b|per cent\b))?"
)
_UNIT_POWER = re.compile(r"(?<=[A-Za-z])[ \t]?\^[ \t]{0,2}[0-9]")
_OPERATION = re.compile(r"[0-9)%][ \t]{0,3}[-+*/×÷]{1,2}[ \t]{0,3}[(0-9]")
_BEYOND = re.compile(r"π|√|\\pi|\\sqrt|\bsqrt\b|\^|(?<![A-Za-z])pi\b|[0-9][ \t]?[xyz]\b|∞|!")


def read_number(text: str) -> Reading:
    """The number that a completion gives, in canonical text, or None with the reason.

    Each value has one canonical text: a plain decimal where that ends (``1,234.50`` gives ``1234.5``, ``1/2`` and
    ``50 %`` give ``0.5``, ``1e3`` gives ``1000``), else a reduced fraction (``2/6`` gives ``1/3``).
    """
    return read(text, READER)


def read_percentage(text: str) -> Reading:
    """Like :func:`read_number`, for questions that ask for per cent: ``50 %`` gives ``50``."""
    return read(text, _PERCENTAGE)


def number_label(label: str) -> str | None:
    """The canonical text of a stored label that is a number and nothing else, or None."""
    text = plain(fold(label))
    match = _NUMBER.fullmatch(text) if len(text) <= _MAX_PROSE else None
    value = Reason.UNREADABLE if match is None else _value(match, percent_is_hundredth=True)
    return None if isinstance(value, Reason) else canonical(value)


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


def _only_number(phrase: str, percent_is_hundredth: bool) -> Reading:
    """The value of a phrase that holds one number (or several that are equal)."""
    if len(phrase) > _MAX_PHRASE:
        return Reading.invalid(Reason.TOO_LONG)
    after = phrase.rpartition("=")[2]
    matches = list(_NUMBER.finditer(_UNIT_POWER.sub("", after)))
    rest = _NUMBER.sub(lambda match: match["top"][-1], _UNIT_POWER.sub("", after)).rstrip(" .!")
    if not matches or _BEYOND.search(rest):
        return Reading.invalid(Reason.UNREADABLE)
    values: set[Fraction] = set()
    for match in matches:
        value = _value(match, percent_is_hundredth)
        if isinstance(value, Reason):
            return Reading.invalid(value)
        values.add(value)
    if len(values) > 1 or _OPERATION.search(rest):
        return Reading.invalid(Reason.AMBIGUOUS)
    return Reading(canonical(values.pop()), Reason.BARE)


def _value(match: re.Match[str], percent_is_hundredth: bool) -> Fraction | Reason:
    """The exact value of a match, or why it has none: too many digits, or a division by zero."""
    exponent = match["exp"] or match["ten"] or "0"
    bottom = match["bottom"] or "1"
    if len(match["top"]) + len(bottom) > _MAX_DIGITS or len(exponent) > 4 or abs(int(exponent)) > _MAX_EXPONENT:
        return Reason.TOO_LONG
    divisor = Fraction(Decimal(bottom.replace(",", "")))
    if not divisor:
        return Reason.UNREADABLE
    value = Fraction(Decimal(match["top"].replace(",", ""))) * Fraction(10) ** int(exponent) / divisor
    if match["percent"] and percent_is_hundredth:
        value /= 100
    return -value if (match["sign"] or "").startswith("-") else value


def _reader(percent_is_hundredth: bool) -> Reader:
    def direct(phrase: str) -> Reading:
        if len(phrase) > 64 or not _NUMBER.fullmatch(phrase.strip(" \t\n.$()[]:")):
            return Reading.invalid(Reason.UNREADABLE)
        return _only_number(phrase, percent_is_hundredth)

    def loose(phrase: str) -> Reading:
        return _only_number(phrase, percent_is_hundredth)

    def prose(body: str) -> Reading:
        return loose(body) if len(body) <= _MAX_PROSE else Reading.invalid(Reason.UNREADABLE)

    return Reader(direct, loose, prose)


READER = _reader(percent_is_hundredth=True)
"""How numbers are read."""
_PERCENTAGE = _reader(percent_is_hundredth=False)
