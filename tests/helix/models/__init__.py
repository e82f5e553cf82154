"""Exact models of the tasks that promise a single solution, from their rule text (see the README)."""

import re
from collections.abc import Hashable

from asterism.helix.catalogue import catalogue


def single() -> list[str]:
    """The tasks that promise a single solution, but for those that ask for a number, which is computed."""
    return [name for name, puzzle in catalogue().items() if puzzle.unique and puzzle.form != "integer"]


def told(form: str, answer: str) -> Hashable:
    """What an answer of a form says, without the order of its parts and of their ends where that says nothing."""
    if form not in ("cells", "bridges", "segments"):
        return answer
    parts = re.findall(r"\(\d+, ?\d+\)(?:-\(\d+,\d+\))?(?::\d)?", answer)
    return frozenset(frozenset(re.findall(r"\(.*?\)|:\d", part)) for part in parts)
