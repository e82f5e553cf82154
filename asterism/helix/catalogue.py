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

_REGISTERED: dict[str, Puzzle[Any]] = {}
"""Tasks from elsewhere, by name."""


def catalogue() -> Mapping[str, Puzzle[Any]]:
    """The tasks, by name; each file of ``helix/tasks`` holds one as ``PUZZLE``, and :func:`register` adds others."""
    if not _REGISTERED:
        return _shipped()
    return MappingProxyType(dict(sorted({**_shipped(), **_REGISTERED}.items())))


def register(puzzle: Puzzle[Any]) -> None:
    """Add a task from elsewhere to the catalogue of this process.

    The benchmark and recipes that name no tasks keep to the benchmark's own.

    Raises:
        AsterismError: there is a task of that name.
    """
    if catalogue().get(puzzle.name, puzzle) is not puzzle:
        raise AsterismError(f"there is a task {puzzle.name!r} already", remedy="Give the new one another name.")
    _REGISTERED[puzzle.name] = puzzle


@cache
def _shipped() -> Mapping[str, Puzzle[Any]]:
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
