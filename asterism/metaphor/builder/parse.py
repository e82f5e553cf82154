"""Reading statements out of a reply: one JSON object, as the schema has it, or else lines in any layout.

What begins like a statement and is none becomes a fault with a reason. Every step is one pass over the reply: nothing
in it can make reading slow.
"""

import re
from dataclasses import dataclass

from asterism.metaphor.builder.draft import Fault
from asterism.metaphor.builder.entries import drafts_of_json
from asterism.metaphor.builder.lenient import drafts_of_lines
from asterism.metaphor.builder.statement import Statement

MAX_REPLY = 100_000
"""Longest reply that is read, in characters."""
_INVISIBLE = dict.fromkeys((0x00AD, 0x200B, 0x200C, 0x200D, 0x2060, 0xFEFF))
_REFUSAL = re.compile(
    r"\b(?:i(?:'m| am) (?:sorry|unable)|i can(?:no|')t|i apologi[sz]e|as an ai)\b"
    r"|抱歉|对不起|无法(?:提供|完成|协助|回答)",
    re.IGNORECASE,
)


@dataclass(frozen=True, slots=True)
class Parsed:
    """What a reply holds. Without a statement, ``failure`` says why it counts as unreadable."""

    statements: tuple[Statement, ...] = ()
    faults: tuple[Fault, ...] = ()
    failure: str | None = None


def parse_statements(reply: str, *, cut_off: bool = False) -> Parsed:
    """The statements in a reply.

    Args:
        cut_off: the server stopped the reply at its length limit, so a statement at its end that may go on is left out.
    """
    if not reply.strip():
        return Parsed(failure="empty")
    if len(reply) > MAX_REPLY:
        return Parsed(failure="too long")
    text = reply.translate(_INVISIBLE)
    drafts = drafts_of_json(text, cut_off=cut_off)
    if not drafts:
        drafts = list(drafts_of_lines(text))
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
