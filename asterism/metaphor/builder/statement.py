"""One true/false statement about an image, as a model wrote it."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Literal, get_args

Label = Literal["T", "F"]
Level = Literal["literal", "symbolic", "implication", ""]
LEVELS: tuple[Level, ...] = get_args(Level)[:3]


@dataclass(frozen=True, slots=True)
class Statement:
    """What is claimed of an image, whether it is true, how deep it goes, and what in the image shows it.

    ``level`` is ``literal`` (what can be seen), ``symbolic`` (what something stands for), ``implication`` (what the
    image says as a whole), or empty where the writer named none.
    """

    text: str
    label: Label
    level: Level = ""
    evidence: str = ""


def render_statements(statements: Sequence[Statement]) -> str:
    """Statements as numbered lines, the form that the prompt asks for and that is shown as an example.

    >>> print(render_statements([Statement("The key is red.", "T", "literal", "its colour")]))
    1. [T] (literal): The key is red.
       Evidence: its colour
    """
    lines = []
    for number, each in enumerate(statements, start=1):
        level = f" ({each.level})" if each.level else ""
        lines.append(f"{number}. [{each.label}]{level}: {each.text}")
        if each.evidence:
            lines.append(f"   Evidence: {each.evidence}")
    return "\n".join(lines)
