"""The bench of a name: those of installed systems, and a generic one for each kind of task."""

from asterism.core.errors import AsterismError
from asterism.core.system import System
from asterism.evaluate.benchmark import Bench
from asterism.evaluate.kinds import GENERIC
from asterism.runs.systems import system_named, system_names


def benches_of(system: System) -> tuple[Bench, ...]:
    """The benches that a system brings.

    Raises:
        AsterismError: one of them is no Bench.
    """
    found = []
    for bench in system.benches:
        if not isinstance(bench, Bench):
            raise AsterismError(
                f"the system {system.name} brings a bench that is none ({bench!r:.60})",
                remedy="Give asterism.evaluate.benchmark.Bench objects.",
            )
        found.append(bench)
    return tuple(found)


def bench_named(name: str, where: str = "--bench") -> Bench:
    """The bench ``NAME``, or ``SYSTEM:NAME`` where several systems have one of that name.

    A system's bench stands in place of the generic one of its name.

    Raises:
        AsterismError: there is no such bench, or several systems have one.
    """
    system, _, own = name.rpartition(":")
    if system:
        benches = {bench.name: bench for bench in benches_of(system_named(system, where))}
        if own not in benches:
            raise _unknown(name, where)
        return benches[own]
    brought, broken = _brought()
    found = {owner: bench for owner, bench in brought if bench.name == own}
    if len(found) > 1:
        names = " or ".join(f"{owner}:{own}" for owner in found)
        raise AsterismError(f"several systems have a bench {own!r}", where=where, remedy=f"Give {names}.")
    if not found and own not in GENERIC:
        raise broken[0] if broken else _unknown(name, where)
    return next(iter(found.values()), None) or GENERIC[own]


def bench_names() -> tuple[str, ...]:
    """The names of all benches, the generic ones first."""
    return tuple(dict.fromkeys((*GENERIC, *(bench.name for _, bench in _brought()[0]))))


def _brought() -> tuple[list[tuple[str, Bench]], list[AsterismError]]:
    """Every system's benches with the name of their system, and why some systems have none: they cannot be imported."""
    found: list[tuple[str, Bench]] = []
    broken = []
    for name in system_names():
        try:
            found += [(name, bench) for bench in benches_of(system_named(name, f"the system {name}"))]
        except AsterismError as error:  # matters only where the bench that is asked for is nobody else's
            broken.append(error)
    return found, broken


def _unknown(name: str, where: str) -> AsterismError:
    return AsterismError(f"unknown bench {name!r}", where=where, remedy=f"Known: {', '.join(bench_names())}.")
