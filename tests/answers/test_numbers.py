from fractions import Fraction

import pytest
from hypothesis import given
from hypothesis import strategies as st

from asterism.answers.numbers import canonical, number_label, read_number, read_percentage
from asterism.answers.reading import Reason

FORMS = {
    "1,234.5": "1234.5", "-3": "-3", "−3": "-3", "1/2": "0.5", "2/6": "1/3", "50 %": "0.5", r"50\%": "0.5",
    "1e3": "1000", "1E-2": "0.01", "１２３": "123", "1.50": "1.5", "007": "7", "-0": "0", ".5": "0.5", "5.": "5",
    "$5": "5", r"\frac{1}{3}": "1/3", r"-\frac{2}{6}": "-1/3", "1.2 × 10^3": "1200", "12 cm": "12", "3 cm^2": "3",
    "RM 57.40": "57.4", "x = 5": "5", "3 + 4 = 7": "7", "0.5 (1/2)": "0.5", "**42**": "42", "1{,}234": "1234",
}  # fmt: skip


@pytest.mark.parametrize(("text", "value"), FORMS.items())
@pytest.mark.parametrize("place", ["{}", "<think>1 or 2</think><answer>{}</answer>", "Answer: {}", "答案是 {}"])
def test_every_form_is_read_in_every_place(text: str, value: str, place: str) -> None:
    assert read_number(place.format(text)).value == value


@pytest.mark.parametrize("answer", ["3 or 4", "3-5", "1,23", "1 234", "9*9*9", "9**9**9**9", "10:30"])
def test_several_numbers_are_ambiguous(answer: str) -> None:
    assert read_number(f"<answer>{answer}</answer>").reason is Reason.AMBIGUOUS


@pytest.mark.parametrize("answer", ["five", "1.2.3", "0x1F", r"2\pi", "2√3", "5x", "1/0", "A4", "10^5"])
def test_what_is_no_plain_number_is_unreadable(answer: str) -> None:
    assert read_number(f"<answer>{answer}</answer>").reason is Reason.UNREADABLE


@pytest.mark.parametrize("answer", ["1e999999999", "9" * 500, "1e-9999"])
def test_numbers_without_bounds_are_too_long(answer: str) -> None:
    assert read_number(f"<answer>{answer}</answer>").reason is Reason.TOO_LONG


def test_per_cent_may_be_what_is_asked_for() -> None:
    assert read_percentage("<answer>12.5 %</answer>").value == "12.5"


@given(st.fractions(max_denominator=10**6))
def test_a_value_has_one_text_that_reads_back(value: Fraction) -> None:
    text = canonical(value)
    assert Fraction(text) == value
    assert read_number(f"<answer>{text}</answer>").value == text
    assert number_label(text) == text
