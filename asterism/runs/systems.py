"""Which systems there are, and the one of a name: those of this package, of other packages, and of a user's own file.

A system has one of three names:

- a registered one, ``metaphor``; another package registers its own as an entry point of the group
  ``asterism.systems``::

      [project.entry-points."asterism.systems"]
      colours = "colours.system:SYSTEM"

- an object in a file, ``my_folder/env.py:SYSTEM`` (without ``:NAME``, its ``SYSTEM``);
- an object in an installed module, ``my_package.env:SYSTEM``.
"""

import difflib
from collections.abc import Mapping
from importlib import import_module
from importlib.metadata import EntryPoint, entry_points
from importlib.util import find_spec
from types import MappingProxyType
from typing import Any

from asterism.core.errors import AsterismError
from asterism.core.system import System
from asterism.core.usercode import load_object, names_code

BUILT_IN: Mapping[str, str] = MappingProxyType(
    {
        "metaphor": "asterism.metaphor.system:SYSTEM",
        "helix": "asterism.helix.system:SYSTEM",
        "records": "asterism.records.system:SYSTEM",
    }
)
"""The ``module:attribute`` of each wing's System; imported only when it is asked for by name."""

WITHOUT_COMMANDS = frozenset({"records"})
"""Systems of this package that bring none."""

ENTRY_POINTS = "asterism.systems"
"""The group of entry points under which other packages register systems."""

_WAYS = "A system is a registered name, a file (my_env.py:SYSTEM) or a module (my_package.env:SYSTEM)."


def system_names() -> tuple[str, ...]:
    """The names of all installed systems, those of this package first; none of them is imported."""
    return tuple(_registered())


def system_named(name: str, where: str = "") -> System:
    """The system of a name; ``where`` tells an error what asked for it (a recipe's path, an option).

    A relative path of a file counts from the working directory; a recipe makes those in it absolute.

    Raises:
        AsterismError: there is no such system (the nearest name is offered), it is none, or its code fails.
    """
    if names_code(name):
        return _checked(load_object(name, where=f"{where}: system", default="SYSTEM"), name, where)
    registered = _registered()
    if name not in registered:
        near = difflib.get_close_matches(name, registered, n=1)
        guess = f"Did you mean {near[0]!r}? " if near else ""
        raise AsterismError(
            f"system: unknown system {name!r}",
            where=where,
            remedy=f"{guess}Known: {', '.join(registered)}. {_WAYS}",
        )
    target = registered[name].value
    return _checked(load_object(target, where=f"{where}: system {name}"), target, where)


def system_summary(name: str) -> str:
    """One line about a system, without importing it: a wing's own, or that of the package that registers it."""
    if name in BUILT_IN:
        wing = import_module(BUILT_IN[name].rpartition(".")[0])
        return (wing.__doc__ or "").partition("\n")[0]
    distribution = _registered()[name].dist
    about = distribution.metadata["Summary"] if distribution is not None else None
    return about or f"Commands of the system {name}."


def _checked(found: Any, name: str, where: str) -> System:
    if not isinstance(found, System):
        raise AsterismError(
            f"system: {name} is of type {type(found).__name__}, not a System",
            where=where,
            remedy="Define SYSTEM = System(name, options, prepare); see docs/own_code.md.",
        )
    return found


def _registered() -> dict[str, EntryPoint]:
    built_in = {name: EntryPoint(name, target, ENTRY_POINTS) for name, target in BUILT_IN.items() if _installed(target)}
    others = {point.name: point for point in entry_points(group=ENTRY_POINTS)}
    return {**built_in, **{name: point for name, point in others.items() if name not in built_in}}


def _installed(target: str) -> bool:
    """Whether a wing is there: it may have been removed from the package."""
    module, _, _ = target.partition(":")
    try:
        return find_spec(module) is not None
    except ModuleNotFoundError:
        return False
