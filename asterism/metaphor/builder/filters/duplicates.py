"""Statements that repeat an earlier one."""

from collections.abc import Sequence

from asterism.metaphor.builder.comparison import same_claim
from asterism.metaphor.builder.statement import Statement


def near_duplicates(statements: Sequence[Statement]) -> dict[int, str]:
    """The places of statements that claim what an earlier one with the same label claims, each with that one's text.

    The same claim with the other label is a contradiction and not looked at here.
    """
    repeated: dict[int, str] = {}
    for place, statement in enumerate(statements):
        for earlier, other in enumerate(statements[:place]):
            if earlier not in repeated and other.label == statement.label and same_claim(other.text, statement.text):
                repeated[place] = other.text
                break
    return repeated
