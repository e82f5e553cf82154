"""Configuration read from outside: strict, described, with helpful refusals."""

import difflib
import os
from pathlib import Path
from typing import Any, Literal, Self, get_args, get_origin

import yaml
from pydantic import BaseModel, ConfigDict, ValidationError

from asterism.core.errors import AsterismError

_NO_YAML = (yaml.YAMLError, ValueError, RecursionError)
"""What PyYAML raises: ValueError for a 13th month or bytes that are no text, RecursionError for deep nesting."""


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
    except OSError as error:
        raise AsterismError(
            f"cannot be read ({error.strerror})", where=str(path), remedy="Give a file that may be read."
        ) from error
    except _NO_YAML as error:
        raise AsterismError(
            f"not valid YAML ({' '.join(str(error).split())})", where=str(path), remedy="Mend the file."
        ) from error
    if not isinstance(values, dict):
        raise AsterismError(
            "the file is empty" if values is None else f"a recipe is a mapping of keys, not {type(values).__name__}",
            where=str(path),
            remedy="See recipes/ for examples.",
        )
    return values


def apply_overrides(values: dict[str, Any], overrides: list[str]) -> dict[str, Any]:
    """Values with ``dotted.path=value`` overrides laid over them (values are read as YAML).

    Raises:
        AsterismError: an override has no ``=``, runs through something that is no section, or its value is not YAML.
    """
    result = _copy(values)
    for override in overrides:
        path, equals, text = override.partition("=")
        if not equals or not path:
            raise AsterismError(
                f"override {override!r} is not of the form key.path=value", remedy="Example: rollout.group_size=8"
            )
        *parents, last = path.split(".")
        node = result
        for parent in parents:
            if node.get(parent) is None:  # absent, or a section left empty
                node[parent] = {}
            child = node[parent]
            if not isinstance(child, dict):
                raise AsterismError(
                    f"override {override!r}: {parent!r} is not a section", remedy="See `asterism recipe show FILE`."
                )
            node = child
        node[last] = _plain(text, override)
    return result


def beside(text: str, folder: Path) -> str:
    """A path as a file of configuration gives it, made absolute: a relative one counts from the file's folder.

    Environment variables are expanded. A variable that is not set stays as it is, so that the error about the missing
    file names it.
    """
    path = os.path.expandvars(text)
    return path if path.startswith("$") else str((folder / path).resolve())


def _plain(text: str, override: str) -> Any:
    try:
        return yaml.safe_load(text)
    except _NO_YAML as error:
        raise AsterismError(
            f"override {override!r}: the value is not valid YAML", remedy="Quote it: key.path='\"value\"'"
        ) from error


def _copy(values: dict[str, Any]) -> dict[str, Any]:
    return {key: _copy(value) if isinstance(value, dict) else value for key, value in values.items()}


def _explain(model: type[BaseModel], error: ValidationError, where: str) -> AsterismError:
    errors = error.errors()
    # A mistyped key also leaves its right name missing: the typo is the news.
    first = next((each for each in errors if each["type"] == "extra_forbidden"), errors[0])
    path = [str(part) for part in first["loc"]]
    dotted = ".".join(path)
    if first["type"] != "extra_forbidden":
        given = first.get("input")
        shown = "" if first["type"] == "missing" or isinstance(given, dict) else f" (given: {_short(given)})"
        message = str(first["msg"]).removeprefix("Value error, ")
        return AsterismError(
            f"{dotted}: {message}{shown}" if dotted else f"{message}{shown}",
            where=where,
            remedy="Correct the value; `asterism recipe fields` lists every field.",
        )
    known = list(_section(model, path[:-1]).model_fields)
    near = difflib.get_close_matches(path[-1], known, n=1, cutoff=0.0)
    right = ".".join(path[:-1] + near)
    remedy = f"Did you mean {right!r}? Known here: {', '.join(known)}." if near else "No keys are known here."
    return AsterismError(f"unknown key {dotted!r}", where=where, remedy=remedy)


def _short(value: Any) -> str:
    text = repr(value)
    return text if len(text) <= 80 else f"{text[:79]}…"


def _section(model: type[BaseModel], path: list[str]) -> type[BaseModel]:
    """The model that describes the section at ``path``; list positions, mapping keys and union tags are steps too."""
    candidates = [model]
    for name in path:
        tagged = [kind for kind in candidates if name == kind.__name__ or name in _tags(kind)]
        fields = [kind.model_fields[name] for kind in candidates if name in kind.model_fields]
        if tagged:
            candidates = tagged
        elif fields:
            candidates = [kind for field in fields for kind in _models(field.annotation)]
        # Otherwise a position or a key inside a list or mapping: the same models stand there.
    return candidates[0] if candidates else model


def _models(annotation: Any) -> list[type[BaseModel]]:
    if isinstance(annotation, type) and issubclass(annotation, BaseModel):
        return [annotation]
    return [kind for part in get_args(annotation) for kind in _models(part)]


def _tags(kind: type[BaseModel]) -> list[Any]:
    """The values a union's discriminator may have to choose this model: those of its literal fields."""
    literals = (field.annotation for field in kind.model_fields.values() if get_origin(field.annotation) is Literal)
    return [value for literal in literals for value in get_args(literal)]
