"""Configuration read from outside: strict, described, with helpful refusals."""

import difflib
from pathlib import Path
from typing import Any, Self

import yaml
from pydantic import BaseModel, ConfigDict, ValidationError

from asterism.core.errors import AsterismError


class Config(BaseModel):
    """Base of every configuration model: unknown keys are refused, values are frozen."""

    model_config = ConfigDict(extra="forbid", frozen=True, validate_default=True)

    @classmethod
    def parse(cls, values: Any, *, where: str) -> Self:
        """Check plain values against this model.

        Raises:
            AsterismError: a key is unknown (the nearest right name is offered) or a value has the wrong type.
        """
        try:
            return cls.model_validate(values)
        except ValidationError as error:
            raise _explain(cls, error, where) from error


def load_yaml(path: Path) -> dict[str, Any]:
    """The mapping in a YAML file.

    Raises:
        AsterismError: the file is missing, is not YAML, or holds something other than a mapping.
    """
    if not path.is_file():
        raise AsterismError("file not found", where=str(path), remedy="Give the path of a YAML recipe.")
    try:
        values = yaml.safe_load(path.read_text(encoding="utf-8"))
    except (yaml.YAMLError, UnicodeDecodeError) as error:
        raise AsterismError(f"not valid YAML ({' '.join(str(error).split())})", where=str(path), remedy="Mend the file.") from error
    if not isinstance(values, dict):
        raise AsterismError(
            f"a recipe is a mapping of keys, not {type(values).__name__}", where=str(path), remedy="See recipes/ for examples."
        )
    return values


def apply_overrides(values: dict[str, Any], overrides: list[str]) -> dict[str, Any]:
    """Values with ``dotted.path=value`` overrides laid over them (values are read as YAML)."""
    result = _copy(values)
    for override in overrides:
        path, equals, text = override.partition("=")
        if not equals or not path:
            raise AsterismError(f"override {override!r} is not of the form key.path=value", remedy="Example: rollout.group_size=8")
        *parents, last = path.split(".")
        node = result
        for parent in parents:
            child = node.setdefault(parent, {})
            if not isinstance(child, dict):
                raise AsterismError(f"override {override!r}: {parent!r} is not a section", remedy="See `asterism recipe show FILE`.")
            node = child
        node[last] = yaml.safe_load(text)
    return result


def _copy(values: dict[str, Any]) -> dict[str, Any]:
    return {key: _copy(value) if isinstance(value, dict) else value for key, value in values.items()}


def _explain(model: type[BaseModel], error: ValidationError, where: str) -> AsterismError:
    first = error.errors()[0]
    path = [str(part) for part in first["loc"]]
    dotted = ".".join(path)
    if first["type"] != "extra_forbidden":
        given = first.get("input")
        shown = "" if first["type"] == "missing" or isinstance(given, dict) else f" (given: {given!r})"
        message = str(first["msg"]).removeprefix("Value error, ")
        return AsterismError(
            f"{dotted}: {message}{shown}", where=where, remedy="Correct the value; `asterism recipe show` lists every field."
        )
    known = list(_section(model, path[:-1]).model_fields)
    near = difflib.get_close_matches(path[-1], known, n=1, cutoff=0.0)
    prefix = ".".join(path[:-1] + near[:1])
    return AsterismError(f"unknown key {dotted!r}", where=where, remedy=f"Did you mean {prefix!r}? Known here: {', '.join(known)}.")


def _section(model: type[BaseModel], path: list[str]) -> type[BaseModel]:
    for name in path:
        field = model.model_fields.get(name)
        annotation = field.annotation if field else None
        candidates = [annotation, *getattr(annotation, "__args__", ())]
        found = next((kind for kind in candidates if isinstance(kind, type) and issubclass(kind, BaseModel)), None)
        if found is None:
            return model
        model = found
    return model
