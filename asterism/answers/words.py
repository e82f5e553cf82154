"""Reading an open answer, for a judge to score."""

from asterism.answers.blocks import find_blocks
from asterism.answers.reading import Reading, Reason

MAX_OPEN = 20_000
"""Longest open answer, in characters."""


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
