"""The adversarial set: its labels, its breadth, and that it is the same each time."""

from fractions import Fraction
from random import Random

import pytest
from hypothesis import given
from hypothesis import strategies as st

from asterism.answers.grade import grade
from asterism.audit.adversarial import probes_of
from asterism.audit.gold import decimal, gold_of, opposite, other_answer
from asterism.audit.near_misses import near_misses
from asterism.audit.wrappings import CORE, WRAPPINGS
from asterism.audit.writings import writings
from asterism.core.task import Kind, Task


def task(answer: str, kind: Kind = "short", options: tuple[str, ...] = ()) -> Task:
    return Task("t", (), "What is shown?", answer, kind, options)


OPTIONS = ("the cup", "the key", "the hat", "the door")
TASKS = {
    "truth": task("T", "tfq"),
    "letter": task("B", "mcq", OPTIONS),
    "whole": task("48"),
    "negative": task("-3.5"),
    "fraction": task("3/4"),
    "percentage": task("50%"),
    "quantity": task("5 cm"),
    "words": task("traffic light"),
    "other": task("(2, 5)"),
}


@pytest.mark.parametrize(
    ("answer", "shape", "number", "unit"),
    [
        ("48", "number", Fraction(48), ""),
        ("1,234", "number", Fraction(1234), ""),
        ("-3.5", "number", Fraction(-7, 2), ""),
        ("-3/4", "number", Fraction(-3, 4), ""),
        ("\\frac{3}{4}", "number", Fraction(3, 4), ""),
        ("12.5%", "number", Fraction(1, 8), "%"),
        ("5 cm^2", "number", Fraction(5), " cm^2"),
        ("traffic light", "words", None, ""),
        ("$5", "other", None, ""),
        ("{2, 3}", "other", None, ""),
        ("1/0", "other", None, ""),
    ],
)
def test_stored_answers_are_taken_apart(answer: str, shape: str, number: Fraction | None, unit: str) -> None:
    gold = gold_of(task(answer))
    assert gold is not None and (gold.shape, gold.number, gold.unit) == (shape, number, unit)


def test_stored_answers_without_a_form_have_no_probes() -> None:
    assert gold_of(task("Because it is late.", "osq")) is None
    assert gold_of(task("Z", "mcq", OPTIONS)) is None and gold_of(task("perhaps", "tfq")) is None
    assert gold_of(task("the key", "mcq", OPTIONS)) == gold_of(TASKS["letter"])
    assert [opposite(label) for label in ("T", "false", "YES", "No")] == ["F", "true", "NO", "Yes"]


@pytest.mark.parametrize("name", [name for name in TASKS if name != "other"])
def test_every_answer_of_a_word_or_number_has_thirty_forms(name: str) -> None:
    gold = gold_of(TASKS[name])
    assert gold is not None
    forms = [form for form in WRAPPINGS if form.fits(gold, gold.text)]
    assert len(forms) >= 30 and len({form.wrap(gold.text, "x", "y") for form in forms}) == len(forms)


def test_names_of_forms_are_no_two_the_same() -> None:
    assert len({form.name for form in WRAPPINGS}) == len(WRAPPINGS)


@pytest.mark.parametrize("name", TASKS)
def test_no_near_miss_is_the_answer_itself_and_classes_are_no_two_the_same(name: str) -> None:
    gold = gold_of(TASKS[name])
    assert gold is not None
    found = near_misses(gold, "What is shown?", Random(1))
    assert len({(miss.group, miss.name) for miss in found}) == len(found) >= 25
    assert not {miss.text for miss in found} & {gold.text, *(writing.text for writing in writings(gold))}


@given(st.fractions(max_denominator=40).filter(lambda value: abs(value) < 10_000))
def test_writings_of_a_number_have_its_value(value: Fraction) -> None:
    gold = gold_of(task(f"{value.numerator}/{value.denominator}" if value.denominator > 1 else str(value.numerator)))
    assert gold is not None and gold.number == value
    texts = {writing.name: writing.text for writing in writings(gold)}
    if "decimal" in texts:
        assert Fraction(texts["decimal"]) == value
    if "scientific" in texts:
        digits, _, power = texts["scientific"].partition(" \\times 10^")
        assert Fraction(digits) * 10 ** int(power.strip("{}")) == value
    if "mixed number" in texts:
        whole, _, rest = texts["mixed number"].lstrip("-").partition(" ")
        assert Fraction(whole) + Fraction(rest) == abs(value)
    if "per cent" in texts:
        assert Fraction(texts["per cent"].strip("%")) / 100 == value


@given(st.fractions(max_denominator=10_000))
def test_decimals_are_exact_or_none(value: Fraction) -> None:
    written = decimal(value)
    assert written is None or Fraction(written) == value
    assert written is not None or (value * 10**12).denominator > 1


@given(st.integers(-10_000, 10_000), st.integers(0, 1000))
def test_values_of_near_misses_of_a_number_are_other_values(number: int, seed: int) -> None:
    gold = gold_of(task(str(number)))
    assert gold is not None
    for miss in near_misses(gold, "What is shown?", Random(seed)):
        if miss.group == "value":
            assert Fraction(miss.text) != number
    assert Fraction(other_answer(gold, Random(seed))) != number


def test_the_set_is_the_same_each_time_and_bounded_by_class() -> None:
    tasks = [Task(f"t{i}", (), f"Question {i}?", str(i + 11), "short") for i in range(20)]
    prompts = lambda each: f"{each.question} Answer in <answer> tags."  # noqa: E731
    first = probes_of(tasks, prompts, per_class=5, seed=3)
    assert first == probes_of(tasks, prompts, per_class=5, seed=3) != probes_of(tasks, prompts, per_class=5, seed=4)
    counts: dict[tuple[str, str], int] = {}
    for probe in first:
        counts[probe.group, probe.name] = counts.get((probe.group, probe.name), 0) + 1
    assert max(counts.values()) == 5
    assert len({probe.task.id for probe in first}) == 20  # classes draw tasks of their own
    asked = {probe.name for probe in first if probe.group == "asked"}
    assert "tags" in asked and "box" not in asked


@pytest.mark.parametrize("name", TASKS)
def test_our_grader_pays_for_the_stored_answer_in_the_usual_forms(name: str) -> None:
    gold = gold_of(TASKS[name])
    assert gold is not None
    for form in CORE:
        if form.fits(gold, gold.text):
            assert grade(TASKS[name], form.wrap(gold.text)).correct, form.name
