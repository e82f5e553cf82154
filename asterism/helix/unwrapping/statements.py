r"""Where a text states its answer.

Answer tags outside thinking come first. Without them (and within them): boxes (``\boxed{}`` and box tokens) and cues
("The answer is", a heading "Final Answer", 最终答案). Without these: fenced blocks, the text as a whole, paragraphs.

Of several statements a cue or a heading beats the boxes before it, which stood in the working; a correction ("no,
wait") takes back what stood before it; so does a cue that is doubted or negated. What is then left must agree, which
only the task's verifier can tell.
"""

import re
from collections.abc import Iterator
from dataclasses import dataclass
from itertools import pairwise

from asterism.answers.blocks import find_blocks
from asterism.helix.unwrapping.doubt import (
    correction,
    doubtful,
    offers_another,
    taken_back_after,
    taken_back_before,
    taken_back_within,
    worked_on,
)

LONGEST = 20_000
"""Characters of the longest answer that is read."""
TAIL = 200_000
"""Characters at the end of a text in which an answer is looked for."""
MOST = 8
"""Statements that are looked at, the last ones."""

_NOUN = r"(?:answers?|solutions?|results?|ans|conclusion)"
_FINAL = (
    r"(?:answer|solution|result|grid|path|moves?|board|output|sequence|order|list|cycle|route|word ladder|expression"
    r"|assignment)"
)
_CUE = re.compile(
    rf"(?<![A-Za-z]){_NOUN}\b[\s*_]{{0,4}}(?:(?:to|of|for|in)\b[^.:：\n=]{{1,80}}?)?[\s*_`]{{0,4}}"
    r"(?:(?:is|are|was|would be|should be|must be|will be|equals|reads|comes to)\b(?!n't)(?:\s{1,2}(?:as follows"
    r"|therefore|thus|simply|then"
    r"|indeed|hence|clearly|given by|below))?[*_\s]{0,4}[:：=]?|[:：=])"
    rf"|(?<![A-Za-z])final\s{_FINAL}[*_\s]{{0,4}}[:：=]"
    r"|(?<![A-Za-z])ans\.?\s?[:：=.]"
    r"|^(?=[^\n]{0,60}(?:#|\*\*|[:：]|final|answer|solution|result))"  # else a word alone may be one of a list
    rf"[ \t#>*_\-]{{0,12}}(?:(?:the|my|our)[ ])?(?:final[ ])?(?:answer|solution|result"
    rf"|{_FINAL})[ \t]{{0,2}}(?:summary)?[ \t*_:#]{{0,8}}$"
    r"|(?:最终|最後|最后|最終|正确|正確)?(?:答案|结果|結果|结论|結論|解答)\s{0,3}[*_]{0,3}(?:应该是|應該是|应为|應為"
    r"|就是|是|为|為|如下)?\s{0,3}[*_]{0,3}[:：=]"
    r"|(?:答案|结果|結果|解)\s{0,2}(?:应该是|應該是|应为|應為|就是|是|为|為)(?!否|唯一|正确|正確)"
    r"|^[ \t#>*_]{0,8}(?:最终|最後|最后|最終)(?:的)?(?:答案|结果|結果|路径|解)[ \t*_:：]{0,8}$"
    r"|(?<![一-龥])(?:答|解)\s?[:：]",
    re.IGNORECASE | re.MULTILINE,
)
_BOX = re.compile(r"(?:\\(?:boxed|fbox)|(?<![A-Za-z\\])boxed|\x08oxed)\s{0,4}\{|\\[{}]|[{}]")
_TOKENS = re.compile(r"<\|begin_of_box\|>|<\|end_of_box\|>")
_FENCE = re.compile(r"^[ \t]{0,8}(?:`{3,}|~{3,})[^\n`]{0,32}$", re.MULTILINE)
_PARAGRAPH = re.compile(r"\n[ \t]*\n")
_WORDS = re.compile(r"[A-Za-z0-9一-龥]")
_NUMBER = re.compile(r"[-+]?[0-9][0-9.,]{0,15}")


@dataclass(frozen=True, slots=True)
class Statement:
    """What stands where an answer is stated; ``cued`` where it is said to be the answer."""

    content: str
    cued: bool = False
    doubted: bool = False
    boxed: bool = False
    tag: bool = False
    """Whether it is one of several answer tags, all of which must be answers."""


@dataclass(frozen=True, slots=True)
class _Place:
    """A box, or a cue with what follows it, from ``start`` to ``end``; its content begins and ends within."""

    start: int
    end: int
    content: tuple[int, int]
    box: bool


def statements(text: str) -> Iterator[list[Statement]]:
    """Groups of statements, each to be looked at only where nothing in those before it can be read."""
    blocks = find_blocks(text)
    if not blocks.answers:
        if not blocks.open_answer:
            yield from _stated(blocks.outside[-TAIL:])
        return
    answers = list(dict.fromkeys(reversed(blocks.answers)))[:MOST][::-1]
    if len(answers) > 1:
        yield [Statement(answer, cued=True, tag=True) for answer in answers]
    else:
        yield from _stated(answers[0][-TAIL:])


def _stated(body: str) -> Iterator[list[Statement]]:
    boxes, cut_off = _boxes(body)
    if cut_off:
        return
    marked = _marked(body, boxes)
    if marked:
        yield marked
        if marked[-1].doubted:
            return
    if boxes:
        return
    fences = [part for part in _fenced(body) if part.strip()]
    if fences and not marked:
        yield [Statement(part, doubted=doubtful(_last_line(body, part))) for part in fences[-MOST:]]
    if body.strip() and len(body) <= LONGEST:
        yield [Statement(body)]
    paragraphs = [part for part in _PARAGRAPH.split(body) if part.strip()]
    if len(paragraphs) > 1:
        yield _paragraphs(paragraphs[-MOST:])


def _paragraphs(parts: list[str]) -> list[Statement]:
    found = [Statement(parts[0])]
    for before, part in pairwise(parts):
        led = before.strip().rpartition("\n")[2]
        found.append(Statement(part[:LONGEST], doubted=doubtful(led[-200:])))
    return _standing(found)


def _marked(body: str, boxes: list[_Place]) -> list[Statement]:
    """The statements of boxes and cues that still stand."""
    places = _with_cues(body, boxes)[-2 * MOST :]
    found: list[Statement] = []
    led, before = False, 0
    for number, place in enumerate(places):
        mistake = correction(body, before, place.start)
        if mistake is not None:
            found.clear()
        since, before = max(before, mistake or 0), place.start
        content = body[place.content[0] : place.content[1]]
        last = number + 1 == len(places)
        if place.box:
            doubted = taken_back_before(body, since, place.start) or taken_back_after(body, place.end)
            doubted |= worked_on(body, place.start, place.end)
            doubted |= number > 0 and offers_another(body[places[number - 1].end : place.start])
            doubted |= number > 0 and _side_by_side(body, places[number - 1], place)
            doubted |= last and doubtful(body[place.end : place.end + 400])
            found.append(Statement(content, led, doubted, boxed=True))
            led = False
            continue
        doubted = taken_back_before(body, since, place.start) or taken_back_within(content)
        doubted |= number > 0 and _side_by_side(body, places[number - 1], place)
        if not _WORDS.search(content) or (not last and len(_WORDS.findall(content)) <= 24 and ":" in content):
            led = led or not last  # a cue whose answer is in the box after it
            if doubted:
                found.append(Statement(content, True, True))
            continue
        led = False
        found.append(Statement(content[:LONGEST], True, doubted))
    return _standing(found)[-MOST:]


def _side_by_side(body: str, first: _Place, second: _Place) -> bool:
    """Whether two places offer two answers with nothing said between them: two boxes, or a number and another cue."""
    one, other = (body[place.content[0] : place.content[1]].strip() for place in (first, second))
    if first.box:
        return one != other and not _WORDS.search(body[first.end : second.start])
    return one != other and not second.box and _NUMBER.fullmatch(one) is not None


def _standing(found: list[Statement]) -> list[Statement]:
    """Those after the last that was doubted, or that one alone where it is the last."""
    last = max((place for place, each in enumerate(found) if each.doubted), default=-1)
    return found[last + 1 :] or found[last:]


def _with_cues(body: str, boxes: list[_Place]) -> list[_Place]:
    """Boxes and cues in order; what a cue announces ends where the next place begins."""
    cues = [match.span() for match in _CUE.finditer(body, max(0, len(body) - 2 * LONGEST))]
    inside = iter(boxes)
    box = next(inside, None)
    starts: list[tuple[int, int, _Place | None]] = []
    for start, end in cues:
        while box is not None and box.end <= start:
            starts.append((box.start, box.end, box))
            box = next(inside, None)
        if box is None or start < box.start:
            starts.append((start, end, None))
    while box is not None:
        starts.append((box.start, box.end, box))
        box = next(inside, None)
    found = []
    for number, (start, end, held) in enumerate(starts):
        following = starts[number + 1][0] if number + 1 < len(starts) else len(body)
        found.append(held or _Place(start, end, (end, max(end, following)), box=False))
    return found


def _boxes(body: str) -> tuple[list[_Place], bool]:
    """The outermost complete boxes in order, and whether one is still open at the end."""
    found: list[_Place] = []
    opened: tuple[int, int] | None = None
    for match in _TOKENS.finditer(body):
        if match[0].startswith("<|b"):
            opened = match.span()
        elif opened is not None:
            found.append(_Place(opened[0], match.end(), (opened[1], match.start()), box=True))
            opened = None
    if found or opened is not None:
        return found, opened is not None
    if "boxed" not in body and "fbox" not in body and "\x08oxed" not in body:
        return [], False
    depth = 0
    starts: list[tuple[int, int, int]] = []  # (depth before the box, where it begins, where its content begins)
    for match in _BOX.finditer(body):
        token = match[0]
        if token == "}":
            depth = max(0, depth - 1)
            if starts and starts[-1][0] == depth:
                _, start, inner = starts.pop()
                if not starts:
                    found.append(_Place(start, match.end(), (inner, match.start()), box=True))
        elif token[-1] == "{" and len(token) > 2:
            starts.append((depth, match.start(), match.end()))
            depth += 1
        elif token == "{":
            depth += 1
    return found, bool(starts)


def _fenced(body: str) -> list[str]:
    """The contents of fenced blocks; the last may be open."""
    marks = list(_FENCE.finditer(body))
    ends = [mark.start() for mark in marks[1::2]] + [len(body)]
    return [body[mark.end() : end] for mark, end in zip(marks[::2], ends, strict=False)]


def _last_line(body: str, part: str) -> str:
    """The line before a fenced block, and what follows it."""
    at = body.find(part)
    before = body[max(0, at - 300) : at].rstrip().rpartition("\n")[0].rstrip().rpartition("\n")[2]
    return f"{before}\n{body[at + len(part) : at + len(part) + 300]}"
