"""All tasks of this wing by name."""

from collections.abc import Mapping
from functools import cache
from importlib import import_module
from pkgutil import iter_modules
from types import MappingProxyType
from typing import Any

from rapidfuzz.process import extractOne

from asterism.core.errors import AsterismError
from asterism.helix import tasks
from asterism.helix.puzzle import Puzzle


@cache
def catalogue() -> Mapping[str, Puzzle[Any]]:
    """The tasks, by name; each file of ``helix/tasks`` holds one as ``PUZZLE``."""
    found = (import_module(f"{tasks.__name__}.{module.name}") for module in iter_modules(tasks.__path__))
    puzzles = sorted((module.PUZZLE for module in found if hasattr(module, "PUZZLE")), key=lambda each: each.name)
    return MappingProxyType({puzzle.name: puzzle for puzzle in puzzles})


def puzzle_of(name: str) -> Puzzle[Any]:
    """The task of a name.

    Raises:
        AsterismError: there is none; the nearest name is offered.
    """
    known = catalogue()
    if name not in known:
        nearest = extractOne(name, list(known))
        raise AsterismError(
            f"no task {name!r}",
            remedy=f"Did you mean {nearest[0]}? `asterism helix list` shows all." if nearest else "There are no tasks.",
        )
    return known[name]
