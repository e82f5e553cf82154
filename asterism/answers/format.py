"""Whether a completion has the form that it was asked for."""

import re
from dataclasses import dataclass
from typing import Literal

Mode = Literal["strict", "reference"]

_TAGS = ("<think>", "</think>", "<answer>", "</answer>")
_THINK_OPEN, _THINK_CLOSE, _ANSWER_OPEN, _ANSWER_CLOSE = _TAGS
_ODD_TAG = re.compile(r"<\s{0,4}/?\s{0,4}(?:think(?:ing)?|answer)\s{0,4}>", re.IGNORECASE)


@dataclass(frozen=True, slots=True)
class FormatVerdict:
    """Whether the form is right, and a short code why not (``"ok"`` where it is)."""

    ok: bool
    reason: str


def check_format(text: str, mode: Mode = "strict", *, min_think_characters: int = 1) -> FormatVerdict:
    """Whether a completion is ``<think>...</think><answer>...</answer>``.

    ``strict`` wants each of the four tags exactly once in the whole text, spelled as here and in this order, at
    least ``min_think_characters`` of thinking (white space at its ends not counted), a non-empty answer, and
    nothing but white space around and between the blocks. A tag quoted inside thinking counts as a tag: the
    form is what makes the answer findable.

    ``reference`` is the released MetaphorStar reward: the whole text matches
    ``<think>.*?</think>.*?<answer>.*?</answer>`` with a dot for any character. It is found here by four searches,
    which is the same for every text and takes linear time.
    """
    if mode == "reference":
        ok = _matches_reference(text)
        return FormatVerdict(ok, "ok" if ok else "no_match")
    reason = _strict_fault(text, min_think_characters)
    return FormatVerdict(not reason, reason or "ok")


def _matches_reference(text: str) -> bool:
    if not text.startswith(_THINK_OPEN) or not text.endswith(_ANSWER_CLOSE):
        return False
    thought = text.find(_THINK_CLOSE, len(_THINK_OPEN))
    if thought < 0:
        return False
    answer = text.find(_ANSWER_OPEN, thought + len(_THINK_CLOSE))
    return answer >= 0 and answer + len(_ANSWER_OPEN) <= len(text) - len(_ANSWER_CLOSE)


def _strict_fault(text: str, min_think_characters: int) -> str:
    counts = [text.count(tag) for tag in _TAGS]
    if 0 in counts:
        return f"no_{_NAMES[counts.index(0)]}"
    if counts != [1, 1, 1, 1]:
        return "repeated_block"
    if sum(1 for _ in _ODD_TAG.finditer(text)) != len(_TAGS):
        return "odd_tag"
    think, think_end, answer, answer_end = (text.index(tag) for tag in _TAGS)
    if not think < think_end < answer < answer_end:
        return "order"
    between = text[think_end + len(_THINK_CLOSE) : answer]
    if (text[:think] + between + text[answer_end + len(_ANSWER_CLOSE) :]).strip():
        return "text_outside"
    if len(text[think + len(_THINK_OPEN) : think_end].strip()) < max(1, min_think_characters):
        return "short_think"
    return "" if text[answer + len(_ANSWER_OPEN) : answer_end].strip() else "empty_answer"


_NAMES = ("think", "think_end", "answer", "answer_end")
