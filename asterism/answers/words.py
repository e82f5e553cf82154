"""Reading free text: a short answer to compare, or an open answer for a judge."""

import re

from asterism.answers.blocks import find_blocks
from asterism.answers.reader import Reader, read
from asterism.answers.reading import Reading, Reason
from asterism.answers.text import fold, plain

MAX_SHORT = 300
"""Longest short answer, in characters."""
MAX_OPEN = 20_000
"""Longest open answer, in characters."""

_CUE = re.compile(
    r"(?:\banswer[ \t]{0,3}(?:is(?![A-Za-z'])[ \t]{0,3}:?|:)|答案[ \t]{0,3}(?:是|为|:))\s{0,3}", re.IGNORECASE
)
_ARTICLE = re.compile(r"^(?:the|a|an) ")
_JUNK = re.compile(r"[\s.,;:!?()\[\]\"'$`*。，；：！？、]+")


def read_short(text: str) -> Reading:
    """The short text that a completion gives, made comparable: lower case, without punctuation or article."""
    return read(text, _SHORT_READER)


def read_open(text: str) -> Reading:
    """What a completion says, word for word, for a judge to score: its answer block, or all outside thinking."""
    blocks = find_blocks(text)
    if blocks.open_answer and not blocks.answers:
        return Reading.invalid(Reason.UNCLOSED)
    contents = {answer.strip() for answer in blocks.answers} or {blocks.outside.strip()}
    if len(contents) > 1:
        return Reading.invalid(Reason.AMBIGUOUS)
    content = contents.pop()
    if not content:
        return Reading.invalid(Reason.EMPTY if blocks.answers else Reason.MISSING)
    if len(content) > MAX_OPEN:
        return Reading.invalid(Reason.TOO_LONG)
    return Reading(content, Reason.TAGGED if blocks.answers else Reason.BARE)


def short_label(label: str) -> str:
    """A stored short answer in the form that :func:`read_short` gives."""
    return _comparable(plain(fold(label)))


def _comparable(text: str) -> str:
    return _ARTICLE.sub("", _JUNK.sub(" ", text.casefold()).strip())


def _phrase(text: str) -> Reading:
    if len(text) > MAX_SHORT:
        return Reading.invalid(Reason.TOO_LONG)
    value = _comparable(text)
    return Reading(value, Reason.BARE) if value else Reading.invalid(Reason.UNREADABLE)


def _cued(text: str) -> Reading:
    end = 0
    for match in _CUE.finditer(text):
        end = match.end()
    window = text[end : end + MAX_SHORT + 1]
    return _phrase(window.partition("\n")[0] if end else window)


def _never(_: str) -> Reading:
    return Reading.invalid(Reason.UNREADABLE)


_SHORT_READER = Reader(direct=_never, loose=_cued, prose=_cued, cues=False)
