"""What the model is asked: a jinja template that sees the question and its options and nothing else.

::

    {{ question }}
    {% for option in lettered %}
    ({{ option.letter }}) {{ option.text }}
    {% endfor %}

``question`` is text, ``options`` the list of their texts, ``lettered`` the same with letters. The answer, ``meta`` and
every other column cannot be reached: a template is given copies of these three values, in a sandbox.
"""

import difflib
import hashlib
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

from jinja2 import StrictUndefined, TemplateError, TemplateSyntaxError, meta
from jinja2.sandbox import ImmutableSandboxedEnvironment

from asterism.core.errors import AsterismError
from asterism.core.task import Task
from asterism.records.columns import LETTERS

SUFFIXES = (".jinja", ".jinja2", ".j2", ".txt")
"""What the name of a template's file ends with."""
NAMES = ("question", "options", "lettered")
"""What a template may name."""

_OPTIONS = "{% for option in lettered %}\n({{ option.letter }}) {{ option.text }}{% endfor %}"
BUILT_IN = {
    "think": "Answer the question. Think first, then answer. Put your thinking between <think> and </think> and only "
    "the final answer between <answer> and </answer>.\nQuestion: {{ question }}" + _OPTIONS,
    "plain": "{{ question }}" + _OPTIONS,
}
"""Templates by name: ``think`` asks for thinking and an answer in tags, ``plain`` shows question and options."""


@dataclass(frozen=True, slots=True)
class Lettered:
    """An option and its letter."""

    letter: str
    text: str


def is_file(prompt: str) -> bool:
    """Whether a prompt names the file of its template."""
    return prompt.endswith(SUFFIXES) and "{" not in prompt


def template_text(prompt: str) -> str:
    """The template that a recipe's ``prompt`` stands for: one by name, in a file, or the text itself.

    Raises:
        AsterismError: the file is missing or no text, or the text is neither.
    """
    if prompt in BUILT_IN:
        return BUILT_IN[prompt]
    if is_file(prompt):
        try:
            return Path(prompt).read_text(encoding="utf-8")
        except (OSError, UnicodeDecodeError) as error:
            raise AsterismError(
                f"the template cannot be read ({error})", where=prompt, remedy="Give a text file in UTF-8."
            ) from error
    if "{" not in prompt:
        near = difflib.get_close_matches(prompt, BUILT_IN, n=1)
        raise AsterismError(
            f"prompt {prompt[:80]!r} shows no question",
            remedy=f"Did you mean {near[0]!r}?"
            if near
            else "Write {{ question }} where it shall stand; see "
            f"docs/own_code.md. Named templates: {', '.join(BUILT_IN)}; files end with {', '.join(SUFFIXES)}.",
        )
    return prompt


def template_digest(prompt: str) -> str:
    """SHA-256 (hex) of the template: what identifies it, wherever its file lies."""
    return hashlib.sha256(template_text(prompt).encode()).hexdigest()


def prompt_of_template(prompt: str) -> Callable[[Task], str]:
    """The function that writes a task's prompt.

    Raises:
        AsterismError: the template is broken or names what it may not see. The function raises it where the template
            fails at a task.
    """
    where = prompt if is_file(prompt) else "prompt"
    text = template_text(prompt)
    # Sandboxed: a template is text from outside. Strict: a misspelt name is an error and not an empty place.
    environment = ImmutableSandboxedEnvironment(undefined=StrictUndefined, autoescape=False)
    try:
        unknown = meta.find_undeclared_variables(environment.parse(text)) - set(NAMES)
        template = environment.from_string(text)
    except TemplateSyntaxError as error:
        raise AsterismError(
            f"broken template: {error.message}", where=f"{where}:{error.lineno}", remedy="Correct the template."
        ) from error
    if unknown:
        raise AsterismError(
            f"the template names {min(unknown)!r}, which it does not see",
            where=where,
            remedy=f"It sees {', '.join(NAMES)}; the answer and other columns reach no prompt.",
        )

    def prompt_of(task: Task) -> str:
        lettered = [Lettered(*pair) for pair in zip(LETTERS, task.options, strict=False)]
        try:
            return template.render(question=task.question, options=list(task.options), lettered=lettered)
        except (TemplateError, TypeError, ValueError, ArithmeticError) as error:
            raise AsterismError(
                f"the template fails at task {task.id}: {error}", where=where, remedy="Correct the template."
            ) from error

    return prompt_of
