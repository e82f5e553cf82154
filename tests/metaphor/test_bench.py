"""What the benches ask, and of whom."""

import re
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from asterism.answers.options import LETTERS, read_option
from asterism.core.errors import AsterismError
from asterism.core.image import Image
from asterism.core.records import read_records
from asterism.core.task import Task
from asterism.evaluate.benchmark import Bench, FewShot, PromptOf
from asterism.evaluate.examples import from_others, set_aside, show_with
from asterism.evaluate.images import name_images
from asterism.evaluate.units import image_of
from asterism.metaphor import bench as benches
from asterism.metaphor.bench import open_task
from asterism.metaphor.modes import after
from asterism.metaphor.rubric import CRITERIA, rubric
from asterism.metaphor.scenes.questions import OPEN_QUESTION

BENCHES = {bench.name: bench for bench in benches.BENCHES}
META = {"domain": "Life", "emotion": "Neutral", "rhetoric": ["Metaphor", "Contrast"], "explanation": "The key is hope."}


def _task(name: str, shade: int = 0, answer: str | None = "B") -> Task:
    picture = Image.from_pixels(np.full((2, 2, 3), shade, dtype=np.uint8))
    return Task(name, (picture,), f"What of {name}?", answer, "mcq", (f"{name} one", f"{name} two"), meta=META)


def _prompt(bench: Bench, name: str) -> PromptOf:
    mode = bench.mode(name)
    assert not isinstance(mode, FewShot)
    return mode


def test_every_mode_shows_question_and_options_and_only_keywords_shows_notes() -> None:
    for name, mode in BENCHES["mcq"].modes.items():
        prompt_of = mode.after([_task("example", 9)]) if isinstance(mode, FewShot) else mode
        text = prompt_of(_task("q"))
        assert "What of q?" in text and "(A) q one" in text and "(B) q two" in text
        assert ("Life" in text) == (name == "keywords")
        assert "hope" not in text
    text = _prompt(BENCHES["mcq"], "keywords")(_task("q"))
    assert "Domain: Life\nEmotion: Neutral\nRhetoric: Metaphor, Contrast\n" in text
    bare = replace(_task("q"), meta={})
    assert _prompt(BENCHES["mcq"], "keywords")(bare) == _prompt(BENCHES["mcq"], "none")(bare)


def test_no_mode_but_few_shot_reads_any_answer() -> None:
    for bench in BENCHES.values():
        for prompt_of in bench.modes.values():
            if not isinstance(prompt_of, FewShot):
                task = _task("q")
                assert prompt_of(task) == prompt_of(replace(task, answer="zqx-sentinel"))


def test_examples_are_never_measured_nor_are_their_pictures() -> None:
    tasks = [_task(f"q{n}", shade=n // 2) for n in range(12)] + [_task("open", 50, None)]
    for seed in range(8):
        examples, rest = set_aside(tasks, 2, seed)
        assert len(examples) == 2
        assert all(example.answer for example in examples)
        shown = {image_of(task) for task in examples}
        assert len(shown) == 2
        assert not shown & {image_of(task) for task in rest}
        assert len(rest) == len(tasks) - 4
        assert examples == set_aside(tasks[::-1], 2, seed)[0]
    others = from_others([*tasks, _task("new", 77)], tasks, 1, 0)
    assert [task.id for task in others] == ["new"]
    with pytest.raises(AsterismError, match="1 records may serve"):
        from_others([*tasks, _task("new", 77)], tasks, 2, 0)
    with pytest.raises(AsterismError, match="none is left"):
        set_aside([_task("a", 1), _task("b", 2)], 2, 0)


def test_pictures_of_examples_come_first_and_are_numbered() -> None:
    examples = [_task("x", 1), _task("y", 2, "y one")]
    task = show_with(_task("q", 3), examples)
    assert [image.pixels[0, 0, 0] for image in task.images] == [1, 2, 3]
    text = after(examples)(task)
    assert re.findall(r"Picture (\d)\.\nQuestion: What of (\w)", text) == [("1", "x"), ("2", "y"), ("3", "q")]
    assert re.findall(r"Answer: ([AB])", text) == ["B", "A"]
    assert text.endswith("Answer:")


def test_an_open_question_is_made_of_a_choice_with_the_explanation_as_reference() -> None:
    task = open_task(_task("q"))
    assert (task.kind, task.question, task.options, task.answer) == ("osq", OPEN_QUESTION, (), "The key is hope.")
    chinese = replace(
        _task("z"),
        question="这张图片有什么隐喻？",
        meta={"metaphorical_meaning": "讽刺", "explanation": "漫画讽刺巨贪"},
    )
    assert open_task(chinese).answer == "讽刺; 漫画讽刺巨贪"
    assert "图片" in open_task(chinese).question
    assert open_task(replace(_task("q"), meta={"explanation": "."})).answer is None
    assert open_task(replace(_task("q"), meta={})).answer is None
    own = Task("o", (), "Why a key?", "Because hope opens doors.", "osq")
    assert open_task(own) == own


def test_a_bench_takes_its_kinds_only() -> None:
    records = [_task("q"), Task("t", (), "It is red.", "T", "tfq")]
    assert [task.id for task in BENCHES["tfq"].tasks(records)] == ["t"]
    assert [task.id for task in BENCHES["mcq"].tasks(records)] == ["q"]
    with pytest.raises(AsterismError, match="takes tfq, and these are mcq"):
        BENCHES["tfq"].tasks(records[:1])


def test_the_high_level_subset_is_told_by_id() -> None:
    names = [f"ii_bench/dev-{n}" for n in range(40)] + [f"test-{n}" for n in range(20)] + ["x/dev-1-2"]
    found = BENCHES["mcq"].subset([_task(name) for name in names], "high-level")
    assert len(found) == 50
    assert {"ii_bench/dev-0", "ii_bench/dev-36", "test-16", "x/dev-1-2"}.isdisjoint(task.id for task in found)
    with pytest.raises(AsterismError, match="none of the 1 records"):
        BENCHES["mcq"].subset([_task("other")], "high-level")


@pytest.mark.parametrize("parts", [False, True])
def test_the_rubric_shows_reference_and_answer_whatever_stands_in_them(parts: bool) -> None:
    task = replace(open_task(_task("q")), answer="{levels} a key {0}")
    text = rubric(parts)(task, "{said} %s [5 points]")
    assert "{levels} a key {0}" in text and "{said} %s [5 points]" in text
    assert all(name in text for name in CRITERIA) == parts
    assert "[n points]" in text


FORMS = (
    "({0})",
    "{0}.",
    "{0}",
    "{0}: {1}",
    "({0}) {1}",
    "{0}. {1}",
    "{1}",
    "**Answer:** {0}",
    "Answer: ({0})",
    "Answer: {0}. {1}",
    "The correct answer is {0}",
    "The correct answer is ({0}) {1}",
    "\\boxed{{{0}}}",
    "<think>Perhaps (A), perhaps (B).</think><answer>{0}</answer>",
    "<think>x</think><answer>({0}) {1}</answer>",
    "I weigh what is shown and what it implies.\nAnswer: {0}",
)


@pytest.mark.parametrize("name", ["ii_bench", "cii_bench"])
def test_every_form_of_an_answer_to_real_questions_is_read(data_folder: Path, name: str) -> None:
    missed = []
    for task in read_records(data_folder / name, unanswered=True)[::3]:
        for letter, option in zip(LETTERS, task.options, strict=False):
            for form in FORMS:
                reading = read_option(form.format(letter, option), task.options)
                if form == "{1}" and task.options.count(option) > 1:  # two options of one text: which is meant?
                    assert reading.reason == "ambiguous"
                elif reading.value != letter:
                    missed.append((task.id, form, letter, reading))
    assert missed == []


def test_the_real_benches_have_their_sizes(data_folder: Path) -> None:
    records = read_records(data_folder / "ii_bench", unanswered=True)
    choices = name_images(BENCHES["mcq"].tasks(records))
    assert (len(choices), sum(task.answer is not None for task in choices)) == (120, 20)
    assert len(BENCHES["mcq"].subset(records, "high-level")) == 21
    opened = BENCHES["osq"].tasks(records)
    assert len(opened) == 120
    assert all(task.answer for task in opened)
    assert all(task.answer for task in BENCHES["osq"].tasks(read_records(data_folder / "cii_bench")))
