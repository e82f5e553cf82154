"""Difficulty parameters of a task: those of its five levels, and any others that a user gives by name."""

from collections.abc import Mapping
from dataclasses import asdict, fields, is_dataclass
from typing import Any

from pydantic import JsonValue, TypeAdapter, ValidationError
from rapidfuzz.process import extractOne

from asterism.core.errors import AsterismError


def parameter_names(parameters: Any) -> tuple[str, ...]:
    """The names of a level's parameters; none where it is a bare value."""
    return tuple(field.name for field in fields(parameters)) if is_dataclass(parameters) else ()


def changed_parameters(task: str, parameters: Any, config: Mapping[str, JsonValue]) -> Any:
    """A level's parameters with others by name, checked by type, sign and order of ranges.

    What passes may still allow no instance, or take long to find one: generators are bounded in tries, not in time.

    Raises:
        AsterismError: a name is unknown (the nearest is offered), or a value is not possible.
    """
    if not config:
        return parameters
    known = parameter_names(parameters)
    for name in config:
        if name not in known:
            raise _unknown(task, name, parameters)
    where = f"config of {task}"
    try:
        values = {**asdict(parameters), **config}
        changed = TypeAdapter(type(parameters)).validate_python(values)
    except ValidationError as error:
        first = error.errors()[0]
        raise AsterismError(
            f"{'.'.join(map(str, first['loc']))}: {first['msg']}", where=where, remedy=_listed(parameters)
        ) from error
    for name in config:
        fault = _fault(getattr(changed, name))
        if fault:
            raise AsterismError(f"{name}: {fault}", where=where, remedy=_listed(parameters))
    return changed


def _fault(value: Any) -> str:
    """What is impossible about a value whatever the task."""
    numbers = value if isinstance(value, tuple) else (value,)
    if any(number < 0 for number in numbers if isinstance(number, int | float)):
        return "is below 0"
    if isinstance(value, tuple) and len(value) == 2 and value[0] > value[1]:
        return f"a range from {value[0]} to {value[1]} is empty"
    return ""


def _unknown(task: str, name: str, parameters: Any) -> AsterismError:
    known = parameter_names(parameters)
    if not known:
        return AsterismError(f"{task} has no difficulty parameters with names", remedy="Give a level.")
    nearest = extractOne(name, known)
    return AsterismError(
        f"{task} has no difficulty parameter {name!r}",
        remedy=f"Did you mean {nearest[0] if nearest else known[0]}? {_listed(parameters)}",
    )


def _listed(parameters: Any) -> str:
    """A level's parameters with their values, as an example of what may be given."""
    given = ", ".join(f"{name}={getattr(parameters, name)}" for name in parameter_names(parameters))
    return f"This level has {given}."
