"""The stored answer of a task, as far as other writings and wrong neighbours of it can be made."""

import re
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from fractions import Fraction
from random import Random
from typing import Literal

from asterism.answers.options import LETTERS
from asterism.answers.truth import truth_label
from asterism.core.task import Task

Shape = Literal["truth", "letter", "number", "words", "other"]
"""What an answer is. ``other``: mathematics that is no plain number, and whatever only a verifier can read."""

_NUMBER = re.compile(
    r"(?P<sign>[-−+]?)(?P<whole>\d{1,3}(?:,\d{3})+|\d{1,18})(?P<part>\.\d{1,18})?"
    r"(?P<unit>\s?%|\s?[A-Za-z°µ][A-Za-z°µ0-9/^²³ ]{0,15})?"
)
_FRACTION = re.compile(
    r"(?P<sign>[-−]?)(?:(?P<a>\d{1,9})\s?/\s?(?P<b>\d{1,9})|\\d?frac\{(?P<c>\d{1,9})\}\{(?P<d>\d{1,9})\})"
)
_WORDS = re.compile(r"[^\W\d_]+(?:[ '-][^\W\d_]+){0,5}")
_OPPOSITES = {"t": "F", "f": "T", "true": "False", "false": "True", "yes": "No", "no": "Yes"}
_TRUTHS = frozenset({"true", "false", "yes", "no"})
_STRANGE = ("granite", "velvet", "lantern", "mosaic")
"""Words that hardly any answer is."""


@dataclass(frozen=True, slots=True)
class Gold:
    """A stored answer. ``number`` and ``unit`` (with the blank before it) belong to numbers: ``5 cm`` is 5 and `` cm``.

    ``options`` are those of a choice; ``holds`` is the truth value of a statement.
    """

    shape: Shape
    text: str
    number: Fraction | None = None
    unit: str = ""
    options: tuple[str, ...] = ()
    holds: bool = False

    @property
    def whole(self) -> int | None:
        """The number, where it is a whole one without a unit."""
        return int(self.number) if self.number is not None and self.number.denominator == 1 and not self.unit else None

    @property
    def index(self) -> int:
        """Which of the options it is."""
        return LETTERS.index(self.text)


def gold_of(task: Task) -> Gold | None:
    """The stored answer of a task; None where there is none that a right completion could state."""
    text = (task.answer or "").strip()
    if not text or task.kind == "osq":
        return None
    match task.kind:
        case "tfq":
            return _truth(text)
        case "mcq":
            return _choice(text, task.options)
        case "short":
            if text.lower() in _TRUTHS:
                return _truth(text)
            return _number(text) or Gold("words" if _WORDS.fullmatch(text) else "other", text)
        case _:
            return Gold("other", text)


def other_answer(gold: Gold, rng: Random) -> str:
    """An answer of the same form that is plainly wrong: the other truth value, another option, a number far away."""
    match gold.shape:
        case "truth":
            return opposite(gold.text)
        case "letter":
            return LETTERS[(gold.index + rng.randrange(1, len(gold.options))) % len(gold.options)]
        case "number":
            assert gold.number is not None
            return f"{abs(gold.number).__floor__() + 1013}{gold.unit}"
        case "words":
            return next(word for word in _STRANGE if word not in gold.text.lower())
        case _:
            return "1013"


def opposite(label: str) -> str:
    """The other truth value, spelled as this one is: ``F`` for ``T``, ``No`` for ``Yes``."""
    other = _OPPOSITES[label.lower()]
    return other.lower() if label.islower() else other.upper() if label.isupper() and len(label) > 1 else other


def decimal(value: Fraction) -> str | None:
    """A number as a terminating decimal, None where there is none of twelve places."""
    scaled = value * 10**12
    if scaled.denominator != 1:
        return None
    sign = "-" if value < 0 else ""
    whole, part = divmod(abs(int(scaled)), 10**12)
    digits = f"{part:012d}".rstrip("0")
    return f"{sign}{whole}.{digits}" if digits else f"{sign}{whole}"


def most_frequent(tasks: Sequence[Task]) -> str:
    """The stored answer that most of the tasks have, the first of several; nothing where none has one."""
    counts = Counter(gold.text for gold in map(gold_of, tasks) if gold is not None)
    return counts.most_common(1)[0][0] if counts else ""


def _truth(text: str) -> Gold | None:
    label = truth_label(text)
    known = text.lower() in _OPPOSITES
    return None if label is None else Gold("truth", text if known else label, holds=label == "T")


def _choice(text: str, options: tuple[str, ...]) -> Gold | None:
    letter = text.strip("().").upper()
    letters = LETTERS[: len(options)]
    if len(letter) == 1 and letter in letters:
        return Gold("letter", letter, options=options)
    if text in options:
        return Gold("letter", letters[options.index(text)], options=options)
    return None


def _number(text: str) -> Gold | None:
    plain = text.strip("$").strip()
    if found := _FRACTION.fullmatch(plain):
        below = int(found["b"] or found["d"])
        if not below:
            return None
        value = Fraction(int(found["a"] or found["c"]), below)
        return Gold("number", plain, -value if found["sign"] else value)
    if "$" in text or (found := _NUMBER.fullmatch(plain)) is None:
        return None
    value = Fraction(found["whole"].replace(",", "") + (found["part"] or ""))
    unit = found["unit"] or ""
    if unit.strip() == "%":
        value /= 100
    return Gold("number", plain, -value if found["sign"] in ("-", "−") else value, unit)
