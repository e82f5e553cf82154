"""Reading the choice of an option."""

import re
from collections.abc import Sequence
from functools import cache

from asterism.answers.reader import Reader, read
from asterism.answers.reading import Reading, Reason
from asterism.answers.text import fold, plain

LETTERS = "ABCDEFGHIJ"
"""The letters that options have, in order; a question has no more options than these."""

_SHORT = 300
_LEFT, _RIGHT = r"(?<![A-Za-z0-9_'\-=+^*/\\])", r"(?![A-Za-z0-9_'\-=+^*/\\%])"
_END = r"(?=[ \t]{0,3}(?:$|[.,;:!?)\n。，；]))"
_NOUN = r"(?:(?:the )?(?:option|choice|answer|letter)[ \t]{0,3}|选项?|答案)"
_VERB = r"(?:option|choice|answer|letter|choose|pick|select|think|is|be|so|thus|hence|therefore)"
_LABEL = re.compile(rf"{_NOUN}?[(\[<$\"' ]{{0,3}}([A-J])[)\]>$\"'. ]{{0,4}}(?:选项)?", re.IGNORECASE)
"""A phrase that is nothing but a label."""
_OPENING = re.compile(
    r"[(\[]([A-Ja-j])[)\]]"
    r"|(?:(?:[Oo]ption|[Cc]hoice|选项?)[ \t]{0,3})?([A-J])"
    r"(?=[ \t]{0,3}(?:[.:,;)\]\n。，：、—–]|-[ \t]|$|because\b|since\b))"
)
"""A label that opens a phrase."""
_MENTION = re.compile(
    rf"{_LEFT}(?:[(\[]([A-J])[)\]]|([B-HJ])|([AI])(?=[ \t]{{0,3}}(?:$|[.,;:!?)\n]|(?:or|and|is)\b))){_RIGHT}"
)
"""Any letter that may name an option; "A" and "I" are mostly words."""
_CHOSEN = re.compile(
    rf"\b{_VERB}[ \t]{{1,3}}[(\[]?([A-J])[)\]]?{_END}"
    rf"|[选是为]项?[ \t]{{0,3}}[(\[]?([A-J])[)\]]?{_END}"
    r"|[(\[]([A-J])[)\]]"
    rf"|{_LEFT}([A-J])[ \t]{{1,3}}is[ \t]{{1,3}}(?:the[ \t]{{1,3}})?(?:correct|right|best|answer|most)"
)
"""A letter that is said to be the choice."""
_DOUBT = re.compile(
    r"\b(?:not|never|except|neither|nor|wrong|incorrect|eliminate[sd]?|exclude[sd]?|rather|instead|whether|if|might"
    r"|maybe|perhaps|possibly|either|unsure)\b|n't|不是|不选|除了|排除|是否|可能|或者",
    re.IGNORECASE,
)
_JUNK = re.compile(r"(?:[\s.,;:!?()\[\]\"'$`*。，；：！？、—–]|-(?![0-9]))+")
"""What two wordings of an option may differ in; the minus of a number is kept."""


def lettered(options: Sequence[str]) -> str:
    """The options as a prompt shows them, each on a line of its own after its letter; nothing where there are none.

    >>> lettered(["a cat", "a dog"])
    '\\n(A) a cat\\n(B) a dog'
    """
    return "".join(f"\n({letter}) {option}" for letter, option in zip(LETTERS, options, strict=False))


def read_option(text: str, options: Sequence[str] = ()) -> Reading:
    """The option that a completion chooses, as a letter ``"A"`` to ``"J"``, or None with the reason.

    ``options`` are the texts in order: their wording is accepted in place of the letter, and a letter beyond them
    is out of range. Without them any letter from A to J is in range. ``(C)``, ``C.``, ``C: text``, ``**Answer:** C``
    and ``\\boxed{C}`` are read; the "B" of "Based" and the article "A" are not.
    """

    @cache
    def names() -> list[str]:  # a letter alone, the usual answer, needs none of them
        return [_squashed(plain(fold(option))) for option in options]

    def direct(phrase: str) -> Reading:
        match = _LABEL.fullmatch(phrase) if len(phrase) <= 32 else None
        return _choice(match[1], len(options)) if match else Reading.invalid(Reason.UNREADABLE)

    def loose(phrase: str) -> Reading:
        found = direct(phrase)
        return found if found.reason is not Reason.UNREADABLE else _choose(phrase, names())

    def prose(body: str) -> Reading:
        return loose(body) if len(body) <= _SHORT else Reading.invalid(Reason.UNREADABLE)

    return read(text, Reader(direct, loose, prose))


def _choose(phrase: str, names: list[str]) -> Reading:
    named = [index for index, name in enumerate(names) if name and name == _squashed(phrase)]
    if named:
        return Reading(LETTERS[named[0]], Reason.BARE) if len(named) == 1 else Reading.invalid(Reason.AMBIGUOUS)
    opening = _OPENING.match(phrase.lstrip())
    if opening is not None:
        return _labelled(phrase, (opening[1] or opening[2]).upper(), opening.end(), names)
    letters = {next(filter(None, match.groups())) for match in _CHOSEN.finditer(phrase)}
    texts = _contained(phrase, names)
    mentioned = letters | texts | {next(filter(None, match.groups())) for match in _MENTION.finditer(phrase)}
    if not letters and not texts and len(mentioned) < 2:
        return Reading.invalid(Reason.UNREADABLE)
    if len(mentioned) > 1 or _DOUBT.search(phrase):
        return Reading.invalid(Reason.AMBIGUOUS)
    return _choice(mentioned.pop(), len(names))


def _labelled(phrase: str, letter: str, end: int, names: list[str]) -> Reading:
    """A phrase that opens with a label: the rest may not name another option."""
    rest = phrase.lstrip()[end:]
    own = names[LETTERS.index(letter)] if LETTERS.index(letter) < len(names) else ""
    said = _squashed(rest)
    if own and said == own:
        return Reading(letter, Reason.BARE)
    others = {name for name in names if name and name != own}
    mentioned = {next(filter(None, match.groups())) for match in _MENTION.finditer(rest)}
    if said in others or mentioned - {letter}:
        return Reading.invalid(Reason.AMBIGUOUS)
    return _choice(letter, len(names))


def _contained(phrase: str, names: list[str]) -> set[str]:
    """Letters of the options whose text stands in the phrase, leaving out those inside a longer one that does."""
    said = f" {_squashed(phrase)} "
    held = [(name, index) for index, name in enumerate(names[: len(LETTERS)]) if len(name) >= 3 and _holds(said, name)]
    return {LETTERS[i] for name, i in held if not any(name != other and name in other for other, _ in held)}


def _holds(said: str, name: str) -> bool:
    return f" {name} " in said if name.isascii() else name in said


def _squashed(text: str) -> str:
    return _JUNK.sub(" ", text.casefold()).strip()


def _choice(letter: str, options: int) -> Reading:
    letter = letter.upper()
    if options and LETTERS.index(letter) >= options:
        return Reading.invalid(Reason.OUT_OF_RANGE)
    return Reading(letter, Reason.BARE)
