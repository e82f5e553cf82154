"""Where a text marks an answer: boxes, announcements ("the answer is"), headings, answers in JSON."""

import re
from collections import deque
from collections.abc import Iterator
from dataclasses import dataclass, field
from enum import IntEnum

from asterism.answers.cues import Cues, Stance, cues
from asterism.answers.text import BOX_CLOSE, BOX_OPEN

MAX_PLACES = 32
"""Of each sort of place, so many are looked at: the last ones."""
MAX_PHRASE = 300
"""Longest phrase after an announcement, in characters, that is read."""
_PHRASE_END = re.compile(r"[.!?](?=[\s\"*)]|$)|[。！？；;]|\n")
_MAX_ASKED = 60
"""Longest phrase that a question mark makes a question; a longer one may be an option that asks something."""
_LABEL = re.compile(r"[ \t]{0,3}[(\[\"'$]{0,2}[A-JTF](?![A-Za-z'])")
_VALUE = re.compile(
    r"\"(?P<double>(?:[^\"\\\n]|\\.){0,300})\"(?![ \t]{0,3}:)|'(?P<single>[^'\n]{0,300})'(?![ \t]{0,3}:)"
    r"|(?P<list>\[[^\[\]\n]{0,300}\])|(?P<word>[A-Za-z0-9.+/-]{1,40})"
)
_BOX = re.compile(f"{BOX_OPEN}([^{BOX_OPEN}{BOX_CLOSE}]*){BOX_CLOSE}")


class Rank(IntEnum):
    """How much a place weighs: an earlier place is working where a heavier one follows."""

    WEAK = 0
    BOX = 1
    CUE = 2
    FINAL = 3


@dataclass(frozen=True, slots=True)
class Place:
    """A phrase in which an answer is announced, where it starts, and what is said of it.

    ``denial`` is the link that denies it ("is not"), empty where none does; ``after`` is the next sentence of the line.
    """

    at: int
    phrase: str
    rank: Rank
    stance: Stance = Stance.PLAIN
    denial: str = ""
    after: str = ""


@dataclass(frozen=True, slots=True)
class Body:
    """Plain text without its marks of boxes, and where the boxes are."""

    text: str
    boxes: tuple[tuple[int, int], ...] = ()
    low: str = field(default="")

    @classmethod
    def of(cls, marked: str) -> "Body":
        """The body of a text in which boxes are marked (:func:`~asterism.answers.text.mark_boxes`)."""
        parts: list[str] = []
        spans: list[tuple[int, int]] = []
        end = length = 0
        for match in _BOX.finditer(marked):
            before = marked[end : match.start()]
            start = length + len(before)
            length = start + len(match[1])
            parts += before, match[1]
            spans.append((start, length))
            end = match.end()
        text = "".join((*parts, marked[end:])).replace(BOX_OPEN, " ").replace(BOX_CLOSE, " ").rstrip()
        return cls(text, tuple(spans), cues().level(text))


def boxed(body: Body) -> list[Place]:
    """The last boxes with different contents, the last of each."""
    words = cues()
    found: dict[str, Place] = {}
    for start, end in reversed(body.boxes):
        phrase = body.text[start:end].strip()
        if phrase not in found:
            found[phrase] = Place(start, phrase, Rank.BOX, words.stance(body.low, start, tight=True))
        if len(found) == MAX_PLACES:
            break
    return list(found.values())


def announced(body: Body) -> Iterator[Place]:
    """The last announcements of each sort, in no order."""
    words = cues()
    yield from _keyed(body, words)
    yield from _named(body, words)
    for match in deque(words.announcement.finditer(body.low), maxlen=MAX_PLACES):
        yield _place(body, match.end(), Rank.CUE, words.stance(body.low, match.start()))


def _keyed(body: Body, words: Cues) -> Iterator[Place]:
    for match in deque(words.key.finditer(body.low), maxlen=MAX_PLACES):
        value = _VALUE.match(body.text, match.end())
        if value is not None:
            yield Place(value.start(), next(filter(None, value.groups()), ""), Rank.CUE)


def _named(body: Body, words: Cues) -> Iterator[Place]:
    """Nouns with a link ("the answer is"), with a colon, as a heading, or right before a label."""
    low = body.low
    for noun in deque(words.noun.finditer(low), maxlen=4 * MAX_PLACES):
        start, end = noun.span()
        before = low[max(0, start - 60) : start]
        before = before[before.rfind("\n") + 1 :]
        if words.missed.search(before) or (before[-1:] in ("'", '"', "_") and low[end : end + 2] in ("':", '":')):
            continue
        rank = _rank(noun.group(), before, words)
        tail = words.tail.match(low, end)
        if tail is None:
            yield from _headed(body, words, before, end, rank)
        elif not tail["part"]:
            stance = Stance.DOUBTED if tail["doubted"] else words.stance(low, start)
            yield _place(body, tail.end(), rank, stance, tail["denied"] or "")


def _headed(body: Body, words: Cues, before: str, end: int, rank: Rank) -> Iterator[Place]:
    rest = body.low[end : body.low.find("\n", end) + 1].strip("\"'*_:=- \t")
    if rest == "\n" and words.heading.fullmatch(before):
        yield _place(body, end, max(rank, Rank.CUE))
    elif rank >= Rank.CUE and _LABEL.match(body.text, end):
        yield _place(body, end, rank, words.stance(body.low, end - 1))


def _rank(noun: str, before: str, words: Cues) -> Rank:
    if words.final.search(before):
        return Rank.FINAL
    return Rank.CUE if words.strong.fullmatch(noun) or words.qualified.search(before) else Rank.WEAK


def _place(body: Body, start: int, rank: Rank, stance: Stance = Stance.PLAIN, denial: str = "") -> Place:
    """The rest of the sentence from ``start``, or the next line where nothing is left on this one."""
    window = body.text[start : start + 2 * MAX_PHRASE]
    at = start + len(window) - len(window.lstrip(" \t\r\n*_"))
    window = body.text[at : at + MAX_PHRASE]
    end = _PHRASE_END.search(window)
    phrase = window[: end.start()] if end else window
    after = window[end.end() :].partition("\n")[0].strip() if end is not None and end.group() != "\n" else ""
    asks = end is not None and end.group() in "?？" and len(phrase) <= _MAX_ASKED
    if stance is Stance.PLAIN and (asks or cues().alternative.match(cues().level(after))):
        stance = Stance.DOUBTED
    following = _PHRASE_END.search(after)
    return Place(at, phrase, rank, stance, denial, after[: following.start()] if following else after)
