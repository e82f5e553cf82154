"""Statements of one image whose labels cannot all be right."""

from collections.abc import Sequence
from itertools import combinations

from asterism.metaphor.builder.comparison import contradict
from asterism.metaphor.builder.statement import Statement


def contradictions(statements: Sequence[Statement]) -> dict[int, str]:
    """The places of statements that contradict another, each with why and the other's text.

    Both sides are named, since nothing tells which of the two labels is wrong.
    """
    found: dict[int, str] = {}
    for (one, first), (other, second) in combinations(enumerate(statements), 2):
        why = contradict(first, second)
        if why is not None:
            found.setdefault(one, f"{why}: {second.text}")
            found.setdefault(other, f"{why}: {first.text}")
    return found
