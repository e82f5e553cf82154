"""Finding the think and answer blocks in a completion, in linear time.

Thinking is what stands between ``<think>`` and its ``</think>`` (they may nest). Three faults are common and are
read as follows: a lone ``</think>`` before any ``<think>`` ends thinking that the prompt had opened; a ``<think>``
opened twice and closed once is one block; a ``<think>`` that is never closed runs to the end of the text.
Answer blocks are looked for only outside thinking.
"""

import re
from bisect import bisect_right
from dataclasses import dataclass

from asterism.answers.text import fold, unescape

_THINK = re.compile(r"<\s{0,4}(/?)\s{0,4}think(?:ing)?\s{0,4}>", re.IGNORECASE)
_ANSWER = re.compile(r"<\s{0,4}(/?)\s{0,4}answer\s{0,4}>", re.IGNORECASE)

Span = tuple[int, int]


@dataclass(frozen=True, slots=True)
class Blocks:
    """The parts of a completion.

    ``thoughts`` are the contents of the think blocks, ``answers`` those of the complete answer blocks outside them, in
    order; ``between`` are the texts before each of these, from the block before it on. ``outside`` is all text outside
    thinking, without the tags. ``open_answer`` tells that the last answer tag opened a block that nothing closed.
    """

    thoughts: tuple[str, ...]
    answers: tuple[str, ...]
    between: tuple[str, ...]
    outside: str
    open_answer: bool


def find_blocks(text: str) -> Blocks:
    """The think and answer blocks of a completion.

    Tags are found in any letter case, with stray spaces, in full width, and as ``&lt;answer&gt;`` where the text
    has no real answer tag.
    """
    text = fold(text).strip()
    blocks = _find(text)
    if not blocks.answers and not blocks.open_answer and "&" in text:
        return _find(unescape(text))
    return blocks


def _find(text: str) -> Blocks:
    thoughts: list[str] = []
    outside: list[str] = []
    end = 0
    for start, stop in _think_spans(text):
        outside.append(text[end:start])
        thoughts.append(_THINK.sub("", text[start:stop]))
        end = stop
    outside.append(text[end:])
    rest = "\n".join(outside)
    answers, between, open_answer = _answers(rest)
    bare = _ANSWER.sub("\n", _THINK.sub("\n", rest))
    return Blocks(tuple(thoughts), tuple(answers), tuple(between), bare, open_answer)


def _think_spans(text: str) -> list[Span]:
    """Disjoint spans of thinking, tags included, in order."""
    opened: list[int] = []
    closed: list[Span] = []
    for match in _THINK.finditer(text):
        if not match.group(1):
            opened.append(match.start())
        elif opened:
            closed.append((opened.pop(), match.end()))
        elif not closed:
            closed.append((0, match.end()))
    closed.sort()
    starts = [start for start, _ in closed]
    spans = list(closed)
    for start in opened:
        following = bisect_right(starts, start)
        spans.append((start, closed[following][1] if following < len(closed) else len(text)))
    return _merged(sorted(spans))


def _merged(spans: list[Span]) -> list[Span]:
    merged: list[Span] = []
    for start, stop in spans:
        if merged and start < merged[-1][1]:
            merged[-1] = (merged[-1][0], max(merged[-1][1], stop))
        else:
            merged.append((start, stop))
    return merged


def _answers(text: str) -> tuple[list[str], list[str], bool]:
    answers: list[str] = []
    between: list[str] = []
    start: int | None = None
    opened = closed = 0
    for match in _ANSWER.finditer(text):
        if not match.group(1):
            start, opened = match.end(), match.start()
        elif start is not None:
            answers.append(text[start : match.start()])
            between.append(text[closed:opened])
            start, closed = None, match.end()
    return answers, between, start is not None
