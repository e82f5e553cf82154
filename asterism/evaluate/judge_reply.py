"""Reading a judge's marks: ``[n points]``, n a whole number from 1 to 5, and nothing else counts.

"On a scale of 1-5: [5 points]" is 5. A mark off the scale or not whole, two marks that disagree, and a reply without
any (a refusal, say) are no mark, each with its reason; none is ever taken for a low one.
"""

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from enum import StrEnum
from pathlib import Path

from pydantic import BaseModel, ConfigDict, Field

from asterism.answers.blocks import find_blocks
from asterism.answers.text import fold
from asterism.core.lines import LineLog, read_lines

LOWEST, HIGHEST = 1, 5
MAX_REPLY = 100_000
"""Longest reply, in characters, that is read."""

_MARK = re.compile(r"\[[ \t]{0,4}([^\[\]\n]{1,24}?)[ \t]{0,4}points?[ \t]{0,4}\]", re.IGNORECASE)
_WORD = re.compile(r"[a-z]+")


class Unread(StrEnum):
    """Why a reply holds no mark."""

    MISSING = "missing"
    OFF_SCALE = "off_scale"
    NOT_WHOLE = "not_whole"
    AMBIGUOUS = "ambiguous"
    TOO_LONG = "too_long"


@dataclass(frozen=True, slots=True)
class Marks:
    """What a reply says: the mark for the whole, or None with the reason, and the finer marks that can be read."""

    overall: int | None
    reason: str = ""
    parts: Mapping[str, int] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class JudgeReply:
    """One line of ``verdicts.jsonl``: what a judge replied about one completion, or why there is no reply.

    ``vote`` numbers the independent votes, ``attempt`` the times that one was asked for, both from 0.
    """

    id: str
    sample: int
    vote: int
    attempt: int
    reply: str
    failure: str = ""
    seconds: float = 0.0
    tokens: int = 0


class _Line(BaseModel):
    model_config = ConfigDict(extra="ignore", strict=True)

    id: str = Field(min_length=1)
    sample: int = Field(ge=0)
    vote: int = Field(ge=0)
    attempt: int = Field(ge=0)
    reply: str
    failure: str = ""
    seconds: float = 0.0
    tokens: int = 0


JudgeReplyLog = LineLog[JudgeReply]
"""Appends verdicts to a file, each on disk before the next is asked for."""


def read_judge_replies(path: Path) -> list[JudgeReply]:
    """The verdicts of a file, none where there is no file. A half-written last line is left out.

    Raises:
        AsterismError: a whole line is no verdict.
    """
    if not path.is_file():
        return []
    remedy = "Drop the line; the judge is then asked again."
    return [JudgeReply(**line.model_dump()) for _, line in read_lines(path, _Line, remedy=remedy)]


def read_marks(reply: str, criteria: Sequence[str] = ()) -> Marks:
    """The marks in a judge's reply.

    A mark belongs to one of the ``criteria`` where the first word before it, on its line, is that criterion's name; all
    others are for the answer as a whole. Thinking is passed over, and so is a mark without a digit: it quotes the form
    that was asked for.

    >>> read_marks("surface: [4 points]\\noverall: [3 points]", ("surface",))
    Marks(overall=3, reason='', parts={'surface': 4})
    """
    if len(reply) > MAX_REPLY:
        return Marks(None, Unread.TOO_LONG)
    found: dict[str, list[int | Unread]] = {}
    for line in fold(find_blocks(reply).outside).split("\n"):
        end = 0
        for match in _MARK.finditer(line):
            words = _WORD.findall(line[end : match.start()].lower())
            end = match.end()
            name = words[0] if words and words[0] in criteria else ""
            if any(character.isdigit() for character in match[1]):
                found.setdefault(name, []).append(_mark(match[1]))
    parts = {name: mark for name in criteria if isinstance(mark := _one(found.get(name, [])), int)}
    overall = _one(found.get("", []))
    return Marks(None, overall, parts) if isinstance(overall, Unread) else Marks(overall, "", parts)


def _mark(text: str) -> int | Unread:
    if not re.fullmatch(r"[0-9]{1,9}", text):
        return Unread.NOT_WHOLE
    return int(text) if LOWEST <= int(text) <= HIGHEST else Unread.OFF_SCALE


def _one(marks: Sequence[int | Unread]) -> int | Unread:
    """The mark that all agree on, or why there is none."""
    if not marks:
        return Unread.MISSING
    return marks[0] if len(set(marks)) == 1 else Unread.AMBIGUOUS
