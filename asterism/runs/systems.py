"""Which systems there are, and the one of a name: the wings of this package, and what other packages register.

Another package registers its system as an entry point of the group ``asterism.systems``::

    [project.entry-points."asterism.systems"]
    colours = "colours.system:SYSTEM"
"""

from collections.abc import Mapping
from importlib import import_module
from importlib.metadata import EntryPoint, entry_points
from importlib.util import find_spec
from types import MappingProxyType

from asterism.core.errors import AsterismError
from asterism.core.system import System

BUILT_IN: Mapping[str, str] = MappingProxyType(
    {"metaphor": "asterism.metaphor.system:SYSTEM", "helix": "asterism.helix.system:SYSTEM"}
)
"""The ``module:attribute`` of each wing's System; imported only when it is asked for by name."""

ENTRY_POINTS = "asterism.systems"
"""The group of entry points under which other packages register systems."""


def system_names() -> tuple[str, ...]:
    """The names of all installed systems, those of this package first; none of them is imported."""
    return tuple(_registered())


def system_named(name: str, where: str = "") -> System:
    """The system of a name; ``where`` tells an error what asked for it (a recipe's path, an option).

    Raises:
        AsterismError: no installed system has that name, or what is registered under it is none.
    """
    registered = _registered()
    if name not in registered:
        known = ", ".join(registered)
        raise AsterismError(f"system: unknown system {name!r}", where=where, remedy=f"Known: {known}.")
    try:
        system = registered[name].load()
    except (ImportError, AttributeError) as error:
        raise AsterismError(
            f"system: {name} cannot be imported ({error})",
            where=where,
            remedy=f"See what `python -c 'import {registered[name].module}'` says.",
        ) from error
    if not isinstance(system, System):
        raise AsterismError(
            f"system: {registered[name].value} is no System", where=where, remedy="Register an asterism System."
        )
    return system


def system_summary(name: str) -> str:
    """One line about a system, without importing it: a wing's own, or that of the package that registers it."""
    if name in BUILT_IN:
        wing = import_module(BUILT_IN[name].rpartition(".")[0])
        return (wing.__doc__ or "").partition("\n")[0]
    distribution = _registered()[name].dist
    about = distribution.metadata["Summary"] if distribution is not None else None
    return about or f"Commands of the system {name}."


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
