"""Every field that a recipe may have, read off the models that check it."""

import types
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Annotated, Any, Literal, Union, get_args, get_origin

from pydantic import BaseModel
from pydantic.fields import FieldInfo

from asterism.runs.recipe import Recipe
from asterism.runs.systems import system_named, system_names

REQUIRED = "required"
_PLAIN = {
    int: "whole number",
    float: "number",
    bool: "true or false",
    str: "text",
    Path: "path",
    types.NoneType: "null",
}
_BOUNDS = {"ge": "≥", "gt": ">", "le": "≤", "lt": "<"}


@dataclass(frozen=True, slots=True)
class RecipeField:
    """One setting: its dotted path as an override names it, and the choice (``when``) under which it exists.

    Where a section that a recipe begins takes another default than one that it leaves out, ``default`` names both:
    ``0.0 where the section is absent, else 1.0``.
    """

    path: str
    type: str
    default: str
    description: str
    when: str = ""

    def within(self, section: str) -> bool:
        """Whether this is the field or in the section of that dotted path."""
        return not section or self.path == section or self.path.startswith(f"{section.rstrip('.')}.")

    def text(self) -> str:
        """One line for a terminal."""
        when = f" [where {self.when}]" if self.when else ""
        return f"{self.path}  ({self.type}; {self._default()}){when}  {self.description}"

    def markdown(self) -> str:
        """One row of a table."""
        when = f" (where `{self.when}`)" if self.when else ""
        cells = (f"`{self.path}`{when}", self.type, f"`{self.default}`", self.description)
        return "| " + " | ".join(cell.replace("|", "\\|") for cell in cells) + " |"

    def _default(self) -> str:
        return REQUIRED if self.default == REQUIRED else f"default {self.default}"


def recipe_fields() -> Iterator[RecipeField]:
    """Every field in the order of the models; the ``environment`` section once for each system."""
    for name, field in Recipe.model_fields.items():
        if name != "environment":
            yield from _fields_of(name, field, _default_of(field), "")
            continue
        for system in system_names():
            yield from _section(system_named(system).options, None, name, f"system: {system}")


def _section(model: type[BaseModel], values: BaseModel | None, path: str, when: str) -> Iterator[RecipeField]:
    """The fields of a model; ``values`` is what the section holds where a recipe leaves it out."""
    for name, field in model.model_fields.items():
        default = _default_of(field) if values is None else getattr(values, name)
        yield from _fields_of(f"{path}.{name}", field, default, when)


def _fields_of(path: str, field: FieldInfo, default: Any, when: str) -> Iterator[RecipeField]:
    """The field itself, or those of the section that it is; ``default`` is its value where nothing is said.

    A section that may be absent is a field too.
    """
    models = list(_models(field.annotation))
    if models and default is None:
        yield RecipeField(path, "section or null", _shown(default), field.description or "", when)
    for model in models:
        tag = _tag(model) if len(models) > 1 else ""
        choice = ", ".join(filter(None, (when, tag)))
        yield from _section(model, default if isinstance(default, model) else None, path, choice)
    if not models:
        shown = " ".join((type_name(field.annotation), *_bounds(field))).strip()
        left_out, begun = _shown(default), _shown(_default_of(field))
        both = left_out if left_out == begun else f"{left_out} where the section is absent, else {begun}"
        yield RecipeField(path, shown, both, field.description or "", when)


def _models(annotation: Any) -> Iterator[type[BaseModel]]:
    if isinstance(annotation, type) and issubclass(annotation, BaseModel):
        yield annotation
    elif get_origin(annotation) in (Annotated, Union, types.UnionType):
        for part in get_args(annotation):
            yield from _models(part)


def _tag(model: type[BaseModel]) -> str:
    """The field that chooses this model among others: ``source: scenes``."""
    name, field = next(item for item in model.model_fields.items() if get_origin(item[1].annotation) is Literal)
    return f"{name}: {get_args(field.annotation)[0]}"


def type_name(annotation: Any) -> str:
    """A type in words: ``Literal["a", "b"]`` is *a or b*, ``float | None`` is *number or null*."""
    if annotation in _PLAIN:
        return _PLAIN[annotation]
    origin, parts = get_origin(annotation), get_args(annotation)
    if origin is Literal:
        return " or ".join(map(str, parts))
    if origin in (Union, types.UnionType):
        return " or ".join(map(type_name, parts))
    if origin is tuple and parts[-1] is Ellipsis:
        return f"list of {type_name(parts[0])}"
    if origin is tuple:
        return f"list of {len(parts)}: {', '.join(map(type_name, parts))}"
    return "mapping" if origin is dict else str(getattr(annotation, "__name__", annotation))


def _bounds(field: FieldInfo) -> Iterator[str]:
    for rule in field.metadata:
        for name, sign in _BOUNDS.items():
            bound = getattr(rule, name, None)
            if bound is not None:
                yield f"{sign} {bound}"


def _default_of(field: FieldInfo) -> Any:
    return REQUIRED if field.is_required() else field.get_default(call_default_factory=True)


def _shown(default: Any) -> str:
    """A default as YAML would have it."""
    if default is None or isinstance(default, bool):
        return {None: "null", True: "true", False: "false"}[default]
    if isinstance(default, tuple | list):
        return f"[{', '.join(map(_shown, default))}]"
    return '""' if default == "" else str(default)
