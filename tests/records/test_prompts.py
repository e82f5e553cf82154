"""A template sees the question and its options, and nothing can reach the answer."""

from dataclasses import replace
from pathlib import Path

import pytest

from asterism.core.errors import AsterismError
from asterism.core.task import Task
from asterism.records.prompts import BUILT_IN, prompt_of_template

SENTINEL = "zqx-sentinel-7"
TASK = Task("t-1", (), "What hides the key?", SENTINEL, "mcq", ("a cup", "a hat"), SENTINEL, {SENTINEL: SENTINEL})


def test_question_options_and_letters_are_shown(tmp_path: Path) -> None:
    file = tmp_path / "own.jinja"
    file.write_text(
        "{{ question }}\n{% for o in lettered %}[{{ o.letter }}] {{ o.text }}\n{% endfor %}{{ options[1] }}"
    )
    assert prompt_of_template(str(file))(TASK) == "What hides the key?\n[A] a cup\n[B] a hat\na hat"
    assert prompt_of_template("Q: {{ question | upper }}")(TASK) == "Q: WHAT HIDES THE KEY?"
    assert prompt_of_template("plain")(TASK) == "What hides the key?\n(A) a cup\n(B) a hat"
    assert prompt_of_template("plain")(replace(TASK, options=())) == "What hides the key?"


@pytest.mark.parametrize("name", BUILT_IN)
def test_the_templates_by_name_do_not_show_the_answer(name: str) -> None:
    prompt = prompt_of_template(name)(TASK)
    assert SENTINEL not in prompt and TASK.question in prompt and "(B) a hat" in prompt


@pytest.mark.parametrize("name", ["answer", "meta", "task", "family", "id", "self_", "kind"])
def test_any_other_name_is_refused_before_a_run(name: str) -> None:
    with pytest.raises(AsterismError, match=f"names '{name}', which it does not see\nIt sees question, options"):
        prompt_of_template("{{ question }} {{ " + name + " }}")


@pytest.mark.parametrize(
    "attempt",
    [
        "{{ question.__class__.__mro__ }}",
        "{{ lettered[0].__init__.__globals__ }}",
        "{{ self.__init__.__globals__ }}",
        "{{ cycler.__init__.__globals__.os.environ }}",
        "{{ ''.__class__.__base__.__subclasses__() }}",
        "{{ question.format.__globals__ }}",
        "{{ '{0.__class__.__init__.__globals__}'.format(lettered[0]) }}",
        "{% set x = options.append(1) %}{{ options }}",
    ],
)
def test_the_sandbox_lets_nothing_out(attempt: str) -> None:
    try:
        shown = prompt_of_template("{{ question }}" + attempt)(TASK)
    except AsterismError:
        return
    assert SENTINEL not in shown and "globals" not in shown and "environ" not in shown


@pytest.mark.parametrize(
    ("prompt", "message"),
    [
        ("{{ question", "broken template"),
        ("{% for %}{{ question }}", "broken template"),
        ("thnk", "shows no question\nDid you mean 'think'"),
        ("Describe it.", "shows no question\nWrite {{ question }}"),
        ("gone.jinja", "cannot be read"),
        ("{% include 'other' %}{{ question }}", "fails at task t-1"),
        ("{{ question + 3 }}", "fails at task t-1"),
        ("{{ options[7] }}", "fails at task t-1"),
    ],
)
def test_a_broken_template_is_refused(prompt: str, message: str) -> None:
    with pytest.raises(AsterismError) as caught:
        prompt_of_template(prompt)(TASK)
    assert message in str(caught.value)
