"""Reading statements out of a reply: one JSON object, as the schema has it, or else lines in any layout.

What begins like a statement and is none becomes a fault with a reason. Every step is one pass over the reply: nothing
in it can make reading slow.
"""

import json
import re
from dataclasses import dataclass
from typing import Any

from asterism.metaphor.builder.draft import LEVELS, Draft, Fault, truth
from asterism.metaphor.builder.lenient import drafts_of_lines
from asterism.metaphor.builder.statement import Statement

MAX_REPLY = 100_000
"""Longest reply that is read, in characters."""
_INVISIBLE = dict.fromkeys((0x00AD, 0x200B, 0x200C, 0x200D, 0x2060, 0xFEFF))
_FLAT_OBJECT = re.compile(r"\{[^{}]*\}")
_REFUSAL = re.compile(
    r"\b(?:i(?:'m| am) (?:sorry|unable)|i can(?:no|')t|i apologi[sz]e|as an ai)\b"
    r"|抱歉|对不起|无法(?:提供|完成|协助|回答)",
    re.IGNORECASE,
)
_TEXT_KEYS = ("statement", "text", "claim", "question")
_LABEL_KEYS = ("label", "answer", "truth", "is_true")


@dataclass(frozen=True, slots=True)
class Parsed:
    """What a reply holds. Without a statement, ``failure`` says why it counts as unreadable."""

    statements: tuple[Statement, ...] = ()
    faults: tuple[Fault, ...] = ()
    failure: str | None = None


def parse_statements(reply: str, *, cut_off: bool = False) -> Parsed:
    """The statements in a reply.

    Args:
        cut_off: the server stopped the reply at its length limit, so its last statement is left out.
    """
    if not reply.strip():
        return Parsed(failure="empty")
    if len(reply) > MAX_REPLY:
        return Parsed(failure="too long")
    text = reply.translate(_INVISIBLE)
    drafts = _drafts_of_json(text) or list(drafts_of_lines(text))
    if cut_off and drafts:
        drafts[-1].fault = "cut off"
    read = [draft.finish() for draft in drafts]
    statements = tuple(each for each in read if isinstance(each, Statement))
    faults = tuple(each for each in read if isinstance(each, Fault))
    return Parsed(statements, faults, None if statements else _failure(text, faults))


def _failure(text: str, faults: tuple[Fault, ...]) -> str:
    if faults:
        return faults[0].reason
    if _REFUSAL.search(text[:2_000]):
        return "refused"
    return "broken JSON" if text.lstrip()[:1] == "{" or '"statements"' in text else "no statements"


def _drafts_of_json(text: str) -> list[Draft]:
    """The entries of a JSON reply, also of one that broke off; empty where the reply is no JSON."""
    whole = _loaded(text[text.find("{") : text.rfind("}") + 1])
    lists = [value for value in whole.values() if isinstance(value, list)] if isinstance(whole, dict) else []
    entries = [entry for values in lists for entry in values if isinstance(entry, dict)]
    entries = entries or [each for match in _FLAT_OBJECT.finditer(text) if isinstance(each := _loaded(match[0]), dict)]
    return [_draft_of_entry(entry) for entry in entries if any(key in entry for key in _TEXT_KEYS)]


def _loaded(text: str) -> Any:
    try:
        return json.loads(text, strict=False)
    except (ValueError, RecursionError):
        return None


def _draft_of_entry(entry: dict[str, Any]) -> Draft:
    label = _first(entry, *_LABEL_KEYS)
    draft = Draft(_first(entry, *_TEXT_KEYS), _first(entry, "evidence"), truth(label))
    draft.level = LEVELS.get(_first(entry, "level").lower(), "")
    draft.fault = "unclear label" if label and draft.label is None else ""
    return draft


def _first(entry: dict[str, Any], *keys: str) -> str:
    """The first of the keys that has a value, as text; lists and objects count as none."""
    return next((str(entry[key]) for key in keys if isinstance(entry.get(key), str | bool | int)), "")
