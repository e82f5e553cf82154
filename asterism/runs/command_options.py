"""Options of a command that are the fields of a configuration model: name, type, default and help come from the model.

::

    def ask(config: Values, out: Path) -> None: ...

    app.command("ask")(with_options(ask, config=ModelOptions(EvalConfig, ("bench", "limit"))))

makes a command with ``--bench``, ``--limit`` and ``--out``; ``config`` holds the values of the first two by field,
ready for ``EvalConfig.parse``, which checks what the command line cannot.
"""

import inspect
import types
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Annotated, Any, Literal, Union, get_args, get_origin

import typer
from pydantic.fields import FieldInfo

from asterism.core.config import Config

Values = dict[str, Any]
"""What was given for the fields of a model, by field; defaults included."""

_PLAIN = (str, int, float, bool, Path)


@dataclass(frozen=True, slots=True)
class ModelOptions:
    """The fields of a model that are options: all, or those named, in that order.

    ``names`` gives a field another option, written as on the command line without dashes; ``defaults`` another default
    where a command's usual value is not the model's; ``help`` another text.
    """

    model: type[Config]
    fields: tuple[str, ...] = ()
    names: Mapping[str, str] = field(default_factory=dict)
    defaults: Mapping[str, Any] = field(default_factory=dict)
    help: Mapping[str, str] = field(default_factory=dict)

    def parameters(self) -> Iterator[tuple[str, inspect.Parameter]]:
        """Each field with the parameter of a command function that typer makes an option of.

        Raises:
            TypeError: a field is of a type that no single option can have.
        """
        for name in self.fields or tuple(self.model.model_fields):
            yield name, self._parameter(name, self.model.model_fields[name])

    def repeated(self, name: str) -> bool:
        """Whether the option of a field may be given several times."""
        return _is_list(self.model.model_fields[name].annotation)

    def _parameter(self, name: str, info: FieldInfo) -> inspect.Parameter:
        option = self.names.get(name, name.replace("_", "-"))
        default = self.defaults.get(name, inspect.Parameter.empty)
        if default is inspect.Parameter.empty and not info.is_required():
            default = info.get_default(call_default_factory=True)
        flag = f"--{option}" if default is False or info.annotation is not bool else f"--{option}/--no-{option}"
        low, high = _bounds(info)
        about = typer.Option(flag, help=_sentence(self.help.get(name, info.description or "")), min=low, max=high)
        kind = _type(info.annotation, f"{self.model.__name__}.{name}")
        if get_origin(kind) is list:
            default = list(default) or None
            kind = kind | None
        return inspect.Parameter(
            option.replace("-", "_"),
            inspect.Parameter.KEYWORD_ONLY,
            default=default,
            annotation=Annotated[kind, about],
        )


def with_options(function: Callable[..., None], **groups: ModelOptions) -> Callable[..., None]:
    """The command function with each parameter that names a group replaced by that group's options.

    Raises:
        TypeError: two options have one name, the function has no parameter of a group's name, or a field is of a type
            that no single option can have.
    """
    own = inspect.signature(function, eval_str=True).parameters
    missing = groups.keys() - own.keys()
    if missing:
        raise TypeError(f"{function.__name__} has no parameter {sorted(missing)[0]!r}")
    places: dict[str, tuple[str, str]] = {}
    parameters: dict[str, inspect.Parameter] = {}
    for name, parameter in own.items():
        made = groups[name].parameters() if name in groups else [("", parameter)]
        for each, option in made:
            if option.name in parameters:
                raise TypeError(f"{function.__name__} has two options {option.name!r}")
            parameters[option.name] = option.replace(kind=inspect.Parameter.KEYWORD_ONLY)
            if name in groups:
                places[option.name] = (name, each)

    def command(**given: Any) -> None:
        values: dict[str, Values] = {group: {} for group in groups}
        for name, (group, each) in places.items():
            value = given.pop(name)
            values[group][each] = () if value is None and groups[group].repeated(each) else value
        function(**given, **values)

    command.__name__, command.__doc__ = function.__name__, function.__doc__
    command.__annotations__ = {name: parameter.annotation for name, parameter in parameters.items()}
    command.__signature__ = inspect.Signature(list(parameters.values()))  # type: ignore[attr-defined]
    return command


def _type(annotation: Any, where: str) -> Any:
    """The type of an option for a field's type: a list for a tuple of any length, else the same."""
    origin, parts = get_origin(annotation), get_args(annotation)
    if annotation in _PLAIN or origin is Literal:
        return annotation
    if origin in (Union, types.UnionType) and len(parts) == 2 and types.NoneType in parts:
        (inner,) = (part for part in parts if part is not types.NoneType)
        return _type(inner, where) | None
    if _is_list(annotation) and parts[0] in _PLAIN:
        return list[parts[0]]  # type: ignore[valid-type]
    if origin is tuple and all(part in _PLAIN for part in parts):
        return annotation
    raise TypeError(f"{where} is of the type {annotation}, which no single option can have")


def _is_list(annotation: Any) -> bool:
    """Whether a field holds any number of values."""
    return get_origin(annotation) is tuple and get_args(annotation)[-1] is Ellipsis


def _bounds(info: FieldInfo) -> tuple[float | None, float | None]:
    """The inclusive bounds of a number; an open one is left to the model."""
    found: dict[str, float] = {}
    for rule in info.metadata:
        for name in ("ge", "le"):
            bound = getattr(rule, name, None)
            if isinstance(bound, int | float):
                found[name] = bound
    return found.get("ge"), found.get("le")


def _sentence(text: str) -> str:
    """A description as help: a capital first, unless it begins with something to be typed, and a full stop last."""
    first = text.split(" ", 1)[0]
    text = text if "=" in first or first.endswith(":") else text[:1].upper() + text[1:]
    return text if text.endswith(".") or not text else f"{text}."
