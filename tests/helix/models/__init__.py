"""Exact models of the tasks that promise a single solution, from their rule text (see the README)."""

import re
from collections.abc import Hashable, Iterator
from pkgutil import iter_modules
from random import Random
from typing import Any

from asterism.helix.catalogue import catalogue
from asterism.helix.puzzle import Puzzle

CLUES = 3
"""How many clues an instance loses at most: of some puzzles each follows from the others."""


def single() -> list[str]:
    """The tasks that promise a single solution and have a model here; those that ask for a number need none."""
    written = {module.name for module in iter_modules(__path__)}
    return [name for name, puzzle in catalogue().items() if name in written and puzzle.unique]


def thinned(puzzle: Puzzle[Any], state: Any, rng: Random) -> Iterator[Any]:
    """The instance with a random clue less, with two less, ... up to and with the first that has several solutions."""
    for _ in range(CLUES):
        less = next((less for less in puzzle.thinned(state, rng) if less != state), None)
        if less is None:
            return
        yield less
        if puzzle.count(less) > 1:
            return
        state = less


def told(form: str, answer: str) -> Hashable:
    """What an answer of a form says, without the order of its parts and of their ends where that says nothing."""
    if form not in ("cells", "bridges", "segments"):
        return answer
    parts = re.findall(r"\(\d+, ?\d+\)(?:-\(\d+,\d+\))?(?::\d)?", answer)
    return frozenset(frozenset(re.findall(r"\(.*?\)|:\d", part)) for part in parts)
