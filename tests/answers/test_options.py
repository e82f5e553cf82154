import pytest

from asterism.answers.options import read_option
from asterism.answers.reading import Reason
from tests.answers.parser_table import OPTION_ROWS, OPTIONS, ParserRow


@pytest.mark.parametrize("row", OPTION_ROWS, ids=lambda row: row.text)
def test_parser_table(row: ParserRow) -> None:
    reading = read_option(row.text, OPTIONS)
    assert (reading.value, reading.reason) == (row.ours, row.our_reason), row.why


FORMS = ["{}", "({})", "{}.", "{})", "**{}**", "Option {}", "{}: because of the clock", r"\boxed{{{}}}", "选{}",
         "（{}）", "Answer: {}", "The correct answer is ({})", "**Answer:** **{}**", "答案：{}", "I choose {}.",
         "{} is correct", r"$\text{{{}}}$"]  # fmt: skip


@pytest.mark.parametrize("form", FORMS)
@pytest.mark.parametrize("place", ["{}", "<think>B or C</think><answer>{}</answer>"])
def test_every_letter_is_read_in_every_form(form: str, place: str) -> None:
    letters = "ABCDEFGHIJ"
    assert [read_option(place.format(form.format(letter))).value for letter in letters] == list(letters)


def test_full_width_and_lower_case_letters() -> None:
    assert read_option("<answer>Ｃ</answer>", OPTIONS).value == "C"
    assert read_option("<answer>c</answer>", OPTIONS).value == "C"


def test_option_text_stands_for_its_letter() -> None:
    options = ("a sad dog", "a very sad dog", "Vitamin C", "people", "时间流逝")
    texts = ["A sad dog.", "It shows a very sad dog", "**Vitamin C**", "The answer is people.", "这表示时间流逝"]
    assert [read_option(f"<answer>{text}</answer>", options).value for text in texts] == ["A", "B", "C", "D", "E"]


@pytest.mark.parametrize(
    "answer",
    ["A or B", "B, C", "(A) (C)", "C. the passing of time", "C and D",
     "a lonely man and two friends", "option B is right and option C is wrong"],
)  # fmt: skip
def test_more_than_one_option_is_ambiguous(answer: str) -> None:
    assert read_option(f"<answer>{answer}</answer>", OPTIONS).reason is Reason.AMBIGUOUS


@pytest.mark.parametrize("answer", ["Based on this", "A man sits", "I see a clock", "T", "K", "x=C", "C+D", "the dog"])
def test_words_are_no_labels(answer: str) -> None:
    assert read_option(f"<answer>{answer}</answer>", OPTIONS).reason is Reason.UNREADABLE


def test_a_letter_beyond_the_options_is_out_of_range() -> None:
    assert read_option("<answer>E</answer>", OPTIONS).reason is Reason.OUT_OF_RANGE
    assert read_option("<answer>E</answer>").value == "E"


def test_options_that_say_the_same_are_ambiguous() -> None:
    assert read_option("<answer>love</answer>", ("Love", "love.", "hate")).reason is Reason.AMBIGUOUS


def test_listing_the_options_first_does_no_harm() -> None:
    listed = "\n".join(f"{letter}. {text}" for letter, text in zip("ABCD", OPTIONS, strict=True))
    assert read_option(f"{listed}\nThe answer is B.", OPTIONS).value == "B"
    assert not read_option(listed, OPTIONS).valid


def test_options_that_differ_only_in_sign_are_told_apart() -> None:
    assert read_option(r"<answer>$-\!2$</answer>", ("$-4$", "$-2$", "$2$")).value == "B"
