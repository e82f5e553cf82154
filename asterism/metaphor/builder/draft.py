"""A statement while it is read out of a reply, and what is wrong with one that cannot be read."""

import re
from dataclasses import dataclass

from asterism.answers.text import fold
from asterism.answers.truth import truth_label
from asterism.metaphor.builder.statement import Label, Level, Statement

MAX_STATEMENT = 600
"""Longest statement and longest evidence, in characters."""
LABEL = r"(?:true|false|correct|incorrect|wrong|right|[tf]|正确|错误|[对错真假✓✗])"
LEVELS: dict[str, Level] = {
    **dict.fromkeys(("literal", "字面", "表层"), "literal"),
    **dict.fromkeys(("symbolic", "象征"), "symbolic"),
    **dict.fromkeys(("implication", "寓意", "含义"), "implication"),
}
PLAIN = {code: code - 0xFEE0 for code in range(0xFF01, 0xFF5F)} | str.maketrans(
    "()【】〔〕（）［］①②③④⑤⑥⑦⑧⑨⑩", "[][][][][]1234567890"
)
"""Full-width and other marks to ASCII, every bracket square: one character for one, so that places stay the same."""
_NO_LABEL = ("maybe", "unknown", "unclear", "不确定")
_PART = re.compile(r"[^\w✓✗]+")
_TAIL = re.compile(rf"\s*(?:\[\s*(?:answer: ?)?({LABEL})\s*\]|(?:->|=>|[-–—→]) ?({LABEL}))\s*[.。]?$", re.IGNORECASE)
_INLINE_EVIDENCE = re.compile(r"\s*[\[–—-]\s*(?:evidence|reason|依据|证据|理由) ?:", re.IGNORECASE)
_SPACES = re.compile(r"\s+")
_BETWEEN_HAN = re.compile(r"(?<=[　-〿一-鿿！-｠])\s+(?=[　-〿一-鿿！-｠])")


@dataclass(frozen=True, slots=True)
class Fault:
    """Something that begins like a statement and could not be read: why, and how it begins."""

    reason: str
    excerpt: str


@dataclass(slots=True)
class Draft:
    """What is known of a statement so far; ``fault`` says why it will be none."""

    text: str = ""
    evidence: str = ""
    label: Label | None = None
    level: Level = ""
    fault: str = ""

    def take_words(self, words: str) -> bool:
        """Take label and level out of words such as ``F | literal``; false where there is anything else among them."""
        parts = [part for part in _PART.split(words.strip().lower()) if part not in ("", "or", "level")]
        labels = {label for part in parts if (label := truth(part))}
        levels = [LEVELS[part] for part in parts if part in LEVELS]
        unclear = len(labels) > 1 or any(part in _NO_LABEL for part in parts)
        if not parts or (not unclear and len(levels) + len(labels) != len(parts)):
            return False
        self.fault = self.fault or ("unclear label" if unclear else "")
        self.label = self.label or next(iter(labels), None)
        self.level = self.level or next(iter(levels), "")
        return True

    def finish(self) -> Statement | Fault:
        """The statement; its label may stand at its end, its evidence in brackets behind it."""
        text, evidence = _joined(self.text), _joined(self.evidence)
        if self.label is None and (tail := _TAIL.search(text.translate(PLAIN))):
            self.label, text = truth(tail[1] or tail[2]), text[: tail.start()]
        if inline := _INLINE_EVIDENCE.search(text.translate(PLAIN)):
            text, evidence = text[: inline.start()], evidence or text[inline.end() :].strip(" )）]】")
        if self.fault or self.label is None or not text:
            return Fault(self.fault or ("no label" if text else "no text"), text[:80])
        if max(len(text), len(evidence)) > MAX_STATEMENT:
            return Fault("statement too long", text[:80])
        return Statement(text, self.label, self.level, evidence)


def truth(word: str) -> Label | None:
    """The label that a word is; a bare number is numbering, never a label."""
    return None if word.strip().isdigit() else truth_label(fold(word))  # type: ignore[return-value]


def _joined(text: str) -> str:
    """Lines as one, without the gap that a line break leaves between Chinese characters."""
    return _SPACES.sub(" ", _BETWEEN_HAN.sub("", text) if "\n" in text else text).strip()
