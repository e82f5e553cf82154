"""Where in a completion the answer stands; how it is read there is a `Reader`'s business.

The order is: the last complete answer block outside thinking; without any answer tag, boxes and answer cues
("Answer: ...", "the final answer is ...", "答案是 ...") and lines that hold nothing but an answer; without these,
the text as a whole, if it says one thing only. Whatever is found must agree: two different values are no value.
"""

import re
from collections import deque
from collections.abc import Callable, Iterable
from dataclasses import dataclass

from asterism.answers.blocks import find_blocks
from asterism.answers.reading import Reading, Reason
from asterism.answers.text import boxes, plain

MAX_BLOCK = 4_096
"""Longest content of an answer block, in characters, that is read."""
MAX_TEXT = 1_000_000
"""Longest text without an answer block, in characters, that is read."""
_MAX_PLACES = 32
_MAX_PHRASE = 300

Phrase = Callable[[str], Reading]


@dataclass(frozen=True, slots=True)
class Reader:
    """How one kind of answer is read from a phrase of plain text.

    ``direct`` accepts a phrase that is nothing but an answer; ``loose`` reads a phrase in a place where an answer
    is expected; ``prose`` reads text in which nothing marks the answer, and must accept only what is unmistakable.
    ``cues`` tells whether phrases after an answer cue are looked at.
    """

    direct: Phrase
    loose: Phrase
    prose: Phrase
    cues: bool = True


_CUE = re.compile(
    r"(?<![A-Za-z])(?P<not>(?:wrong|incorrect|false|not the|no)[ \t]{1,3})?"
    r"(?:answer|option|choice|verdict|conclusion)\b"
    r"[ \t]{0,3}(?:(?:is|was|would be|should be|must be|will be)(?![A-Za-z'])[ \t]{0,3})?[:=]?[ \t]{0,3}"
    r"|(?:答案|结论|选项|正确答案|回答)\s{0,3}(?:应该是|应当是|应为|应是|是|为)?\s{0,3}[:=]?\s{0,3}"
    r"|(?:故选|应选|应该选|因此选|所以选|我选|选择)\s{0,3}[:=]?\s{0,3}",
    re.IGNORECASE,
)
_PHRASE_END = re.compile(r"[.!?](?=\s|$)|[。！？；;]|\n")


def read(text: str, reader: Reader) -> Reading:
    """The one answer that a completion gives, or why it gives none. Linear in the length of the text."""
    blocks = find_blocks(text)
    if blocks.answers:
        return _read_blocks(blocks.answers, reader)
    if blocks.open_answer:
        return Reading.invalid(Reason.UNCLOSED)
    if len(blocks.outside) > MAX_TEXT:
        return Reading.invalid(Reason.TOO_LONG)
    if not blocks.outside.strip():
        return Reading.invalid(Reason.MISSING)
    return _read_bare(blocks.outside, reader)


def _read_blocks(answers: Iterable[str], reader: Reader) -> Reading:
    """The reading of the last block, unless another block says something else."""
    contents: dict[str, None] = {}
    for answer in answers:
        content = answer.strip()
        contents.pop(content, None)
        contents[content] = None
        if len(contents) > _MAX_PLACES:
            return Reading.invalid(Reason.AMBIGUOUS)
    return _agreed([_read_block(content, reader) for content in contents])


def _read_block(content: str, reader: Reader) -> Reading:
    if len(content) > MAX_BLOCK:
        return Reading.invalid(Reason.TOO_LONG)
    body = plain(content)
    if not body:
        return Reading.invalid(Reason.EMPTY)
    direct = reader.direct(body)
    marked = [*_boxed(content, reader), *_cued(body, reader)]
    if not direct.valid and not any(reading.valid for reading in marked):
        return _with(reader.loose(body), Reason.TAGGED)
    return _with(_agreed([*marked, *([direct] if direct.valid else [])]), Reason.TAGGED)


def _read_bare(text: str, reader: Reader) -> Reading:
    body = plain(text)
    if not body:
        return Reading.invalid(Reason.MISSING)
    boxed, cued = _boxed(text, reader), _cued(body, reader)
    lines = [_with(reader.direct(line), Reason.BARE) for line in _outer_lines(body)]
    lines = [line for line in lines if line.valid or line.reason is Reason.AMBIGUOUS]
    found = [*cued, *lines, *boxed]
    if any(reading.valid for reading in found):
        return _agreed([reading for reading in found if reading.valid or reading is found[-1]])
    whole = _with(reader.prose(body), Reason.PROSE)
    if not whole.valid and any(reading.reason is Reason.AMBIGUOUS for reading in found):
        return Reading.invalid(Reason.AMBIGUOUS)
    return whole


def _agreed(readings: list[Reading]) -> Reading:
    """The last reading, or AMBIGUOUS where another one has a different value."""
    last = readings[-1]
    if last.valid and any(reading.valid and reading.value != last.value for reading in readings):
        return Reading.invalid(Reason.AMBIGUOUS)
    return last


def _boxed(text: str, reader: Reader) -> list[Reading]:
    contents = list(dict.fromkeys(boxes(text)))[-_MAX_PLACES:]
    return [_with(reader.loose(plain(content[:MAX_BLOCK])), Reason.BOXED) for content in contents]


def _cued(body: str, reader: Reader) -> list[Reading]:
    """Readings of what follows an answer cue; phrases that hold no answer are left out."""
    if not reader.cues:
        return []
    ends: deque[int] = deque(maxlen=_MAX_PLACES)
    for match in _CUE.finditer(body):
        if not match.group("not"):
            ends.append(match.end())
    readings = [_with(reader.loose(_phrase(body, end)), Reason.CUE) for end in ends]
    return [reading for reading in readings if reading.valid or reading.reason is Reason.AMBIGUOUS]


def _phrase(body: str, start: int) -> str:
    """The rest of the sentence from ``start``, or the next line where nothing is left on this one."""
    window = body[start : start + 2 * _MAX_PHRASE].lstrip()[:_MAX_PHRASE]
    end = _PHRASE_END.search(window)
    return window[: end.start()] if end else window


def _outer_lines(body: str) -> list[str]:
    """The first and the last line (one line: that line)."""
    first, _, rest = body.partition("\n")
    if not rest:
        return [first]
    return [first, rest.rpartition("\n")[2]]


def _with(reading: Reading, reason: Reason) -> Reading:
    return Reading(reading.value, reason) if reading.valid else reading
