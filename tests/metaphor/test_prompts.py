import typing

import pytest

from asterism.core.task import Task
from asterism.metaphor.data import SceneSource, scene_tasks
from asterism.metaphor.prompts import PromptStyle, prompt_style

STYLES: tuple[PromptStyle, ...] = typing.get_args(PromptStyle)
SENTINEL = "xylophone"


def sentinel_task(kind: str) -> Task:
    """A task whose every hidden place holds the sentinel."""
    return Task(
        SENTINEL,
        (),
        "Does it rain?",
        SENTINEL,
        typing.cast(typing.Any, kind),
        options=("yes", "no") if kind == "mcq" else (),
        family=SENTINEL,
        meta={"trace": SENTINEL, SENTINEL: SENTINEL},
    )


@pytest.mark.parametrize("style", STYLES)
@pytest.mark.parametrize("kind", ["tfq", "mcq", "osq", "short", "verified"])
def test_neither_answer_nor_metadata_reaches_a_prompt(style: PromptStyle, kind: str) -> None:
    prompt = prompt_style(style)(sentinel_task(kind))
    assert "Does it rain?" in prompt
    assert SENTINEL not in prompt


@pytest.mark.parametrize("style", STYLES)
def test_a_prompt_is_the_same_whatever_the_answer(style: PromptStyle) -> None:
    for task in scene_tasks(SceneSource(count=3, kinds=("tfq", "mcq", "osq"))):
        bare = Task("", (), task.question, None, task.kind, options=task.options)
        assert prompt_style(style)(task) == prompt_style(style)(bare)


def test_short_asks_and_nothing_else() -> None:
    prompt_of = prompt_style("short")
    assert prompt_of(sentinel_task("tfq")) == "True or false? Does it rain?"
    assert prompt_of(sentinel_task("mcq")) == "Does it rain?\n(A) yes\n(B) no"
    assert prompt_of(sentinel_task("osq")) == "Does it rain?"


@pytest.mark.parametrize("kind", ["tfq", "mcq", "osq"])
def test_full_explains_the_form_and_the_steps(kind: str) -> None:
    prompt = prompt_style("full")(sentinel_task(kind))
    for word in ("<think>", "</think>", "<answer>", "</answer>", "describe", "implies"):
        assert word in prompt
    assert prompt.index("</answer>") < prompt.index("Does it rain?")


def test_options_stand_only_where_there_is_a_choice() -> None:
    task = Task("a", (), "Which?", "A", "short", options=("left", "right"))
    assert "left" not in prompt_style("full")(task)
