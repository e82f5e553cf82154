"""The two forms of a reward function, distinguished by their signatures.

Ours is called once a completion::

    def score(task, completion): ...                              # a number, a dict of parts, a Reward, or None

TRL's gets the completions of a task that are judged together, and every column of the data set as a list as long as
they are::

    def reward(completions, prompts=None, **columns): ...         # a list of numbers, None where it abstains

A function with a parameter ``completions`` (or one that takes nothing but keywords) is TRL's; one that can be called
with two positional arguments is ours. Either may be asynchronous.
"""

import asyncio
import difflib
import inspect
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Literal, Protocol

from asterism.core.errors import AsterismError
from asterism.core.task import Task

Form = Literal["text", "messages"]
"""How TRL's functions are given prompts and completions: as text, or as lists of chat messages."""


@dataclass(frozen=True, slots=True)
class Said:
    """One completion: its text and its tokens."""

    text: str
    token_ids: tuple[int, ...] = ()


class Caller(Protocol):
    """Calls a user's function for the completions of one task."""

    def check(self, task: Task) -> None:
        """See that a task has all that the function asks for.

        Raises:
            AsterismError: it asks for a column that is not there.
        """

    async def call(self, task: Task, said: Sequence[Said]) -> list[Any]:
        """What the function gives for each completion, in their order; an exception where it raised one."""


def caller_of(function: Any, name: str, prompt_of: Callable[[Task], str], form: Form, *, where: str) -> Caller:
    """How a function is called, by its signature.

    Raises:
        AsterismError: it is no function, or has neither form.
    """
    if not callable(function):
        raise AsterismError(
            f"{name} is of type {type(function).__name__}, not a function", where=where, remedy=_remedy(name)
        )
    parameters = inspect.signature(function).parameters
    kinds = {parameter.kind for parameter in parameters.values()}
    only_keywords = kinds == {inspect.Parameter.VAR_KEYWORD}
    if "completions" in parameters or only_keywords:
        return Grouped(function, parameters, prompt_of, form)
    try:
        inspect.signature(function).bind(None, "")
    except TypeError as error:
        raise AsterismError(
            f"{name}({', '.join(parameters)}) is no reward function", where=where, remedy=_remedy(name)
        ) from error
    return Single(function)


@dataclass(frozen=True, slots=True)
class Single:
    """A function of a task and one completion."""

    function: Callable[[Task, str], Any]

    def check(self, task: Task) -> None:
        """It takes any task."""

    async def call(self, task: Task, said: Sequence[Said]) -> list[Any]:
        """One call a completion; those of an asynchronous function run side by side."""
        return await asyncio.gather(*(self._one(task, each.text) for each in said), return_exceptions=True)

    async def _one(self, task: Task, text: str) -> Any:
        found = self.function(task, text)
        return await found if inspect.isawaitable(found) else found


@dataclass(frozen=True, slots=True)
class Grouped:
    """A function of all completions of a task, in TRL's signature."""

    function: Callable[..., Any]
    parameters: Mapping[str, inspect.Parameter]
    prompt_of: Callable[[Task], str]
    form: Form

    def check(self, task: Task) -> None:
        """See that every required column is there."""
        given = self._arguments(task, [Said("")])
        for name, parameter in self.parameters.items():
            required = parameter.default is parameter.empty and parameter.kind not in (
                parameter.VAR_KEYWORD,
                parameter.VAR_POSITIONAL,
            )
            if required and name not in given:
                near = difflib.get_close_matches(name, given, n=1)
                guess = f"Did you mean {near[0]!r}? " if near else ""
                raise AsterismError(
                    f"the reward function asks for the column {name!r}, which task {task.id} has not",
                    remedy=f"{guess}Columns: {', '.join(given)}.",
                )

    async def call(self, task: Task, said: Sequence[Said]) -> list[Any]:
        """One call; a fault is that of every completion."""
        try:
            found = self.function(**self._taken(self._arguments(task, said)))
            values = list(await found if inspect.isawaitable(found) else found)
            if len(values) != len(said):
                raise ValueError(f"{len(values)} rewards for {len(said)} completions")
        except Exception as error:  # the edge between grading and training: a fault becomes a counted outcome
            return [error] * len(said)
        return values

    def _taken(self, arguments: dict[str, Any]) -> dict[str, Any]:
        """The arguments that the function takes: all, where it takes any keyword."""
        if any(parameter.kind is parameter.VAR_KEYWORD for parameter in self.parameters.values()):
            return arguments
        return {name: value for name, value in arguments.items() if name in self.parameters}

    def _arguments(self, task: Task, said: Sequence[Said]) -> dict[str, Any]:
        columns = {
            "id": task.id,
            "question": task.question,
            "options": list(task.options),
            "answer": task.answer,
            "kind": task.kind,
            "family": task.family,
            **task.meta,  # the columns of the data set as they are there, also those that have a name of ours
        }
        if "images" in self.parameters:  # decoded for those alone who ask
            columns["images"] = [image.pil() for image in task.images]
        return {
            **{name: [value] * len(said) for name, value in columns.items()},
            "prompts": [self._prompt(task)] * len(said),
            "completions": [self._completion(each) for each in said],
            "completion_ids": [list(each.token_ids) for each in said],
        }

    def _prompt(self, task: Task) -> Any:
        text = self.prompt_of(task)
        if self.form == "text":
            return text
        images = [{"type": "image"} for _ in task.images]
        content: Any = [*images, {"type": "text", "text": text}] if images else text
        return [{"role": "user", "content": content}]

    def _completion(self, said: Said) -> Any:
        return said.text if self.form == "text" else [{"role": "assistant", "content": said.text}]


def _remedy(name: str) -> str:
    return (
        f"Define {name.rpartition(':')[2]}(task, completion), or in TRL's form (completions, prompts=None, **columns); "
        "see docs/own_code.md."
    )
