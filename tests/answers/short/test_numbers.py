"""Numbers: every way of writing one reads back to the one text of its value, and no other number does."""

from fractions import Fraction

import pytest
from hypothesis import given
from hypothesis import strategies as st

from asterism.answers.reading import Reason
from asterism.answers.short.stored import gold_of, read_short
from asterism.answers.short.values import Number, canonical, text

FORMS = {
    "1,234.5": "1234.5", "-3": "-3", "−3": "-3", "1/2": "0.5", "2/6": "1/3", "1e3": "1000", "1E-2": "0.01",
    "１２３": "123", "1.50": "1.5", "007": "7", "-0": "0", ".5": "0.5", "5.": "5", "$5": "5", r"\frac{1}{3}": "1/3",
    r"-\frac{2}{6}": "-1/3", "1.2 × 10^3": "1200", "12 cm": "12", "3 cm^2": "3", "RM 57.40": "57.4", "x = 5": "5",
    "3 + 4 = 7": "7", "0.5 (1/2)": "0.5", "**42**": "42", "1{,}234": "1234", "5!": "120", "101_2": "5", "½": "0.5",
    "two dozen": "24", "负三": "-3",
}  # fmt: skip


@pytest.mark.parametrize(("text", "value"), FORMS.items())
@pytest.mark.parametrize("place", ["{}", "<think>1 or 2</think><answer>{}</answer>", "Answer: {}", "答案是 {}"])
def test_every_form_is_read_in_every_place(text: str, value: str, place: str) -> None:
    assert read_short(place.format(text), "98765").value == value
    assert read_short(place.format(text), value).value == value


@pytest.mark.parametrize("answer", ["3 or 4", "3-5", "1,23", "1 234", "3 and 4"])
def test_several_numbers_are_ambiguous(answer: str) -> None:
    assert read_short(f"<answer>{answer}</answer>", "3").reason is Reason.AMBIGUOUS


@pytest.mark.parametrize("answer", ["0x1F", "1/0", "A4", "9**9**9**9", "5 +", "(5", r"\frac{5}{"])
def test_what_is_no_number_is_unreadable(answer: str) -> None:
    assert read_short(f"<answer>{answer}</answer>", "5").reason is Reason.UNREADABLE


@pytest.mark.parametrize("answer", ["1e999999999", "9" * 500, "1e-9999", "9^{9^{9^9}}", "171!", "10^{5000}"])
def test_numbers_without_bounds_are_too_long(answer: str) -> None:
    assert read_short(f"<answer>{answer}</answer>", "5").reason is Reason.TOO_LONG


numbers = st.fractions(max_denominator=10**4).filter(lambda value: abs(value) < 10**9)


@given(st.fractions(max_denominator=10**6))
def test_a_value_has_one_text_that_reads_back(value: Fraction) -> None:
    written = canonical(value)
    assert Fraction(written) == value
    assert gold_of(written) == Number(value)
    assert read_short(f"<answer>{written}</answer>", written).value == written


def _ways(value: Fraction) -> list[str]:
    top, bottom = value.numerator, value.denominator
    sign = "-" if value < 0 else ""
    whole, rest = divmod(abs(top), bottom)
    ways = [
        f"{top}/{bottom}",
        f"\\frac{{{top}}}{{{bottom}}}",
        f"{sign}\\dfrac{{{abs(top)}}}{{{bottom}}}",
        canonical(value),
    ]
    ways += [
        f"{sign}{abs(top) * 7}/{bottom * 7}",
        f"**{canonical(value)}**",
        f"${canonical(value)}$",
        f"x = {top}/{bottom}",
    ]
    ways += [f"{canonical(value * 100)}%" if "/" not in canonical(value) else f"{top}/{bottom}"]
    if rest:
        ways += [f"{sign}{whole}\\frac{{{rest}}}{{{bottom}}}", f"{sign}{whole} {rest}/{bottom}"] if whole else []
    else:
        ways += [f"{top:,}", f"{top}.0", f"{top} apples", f"{top} cm", "".join(chr(ord(c) + 0xFEE0) for c in str(top))]
    return ways


@given(numbers)
def test_every_way_of_writing_a_number_is_right(value: Fraction) -> None:
    gold = canonical(value)
    for way in _ways(value):
        assert read_short(f"<answer>{way}</answer>", gold).value == gold, way
        stored = gold_of(way)
        assert read_short(f"<answer>{gold}</answer>", way).value == text(stored), way


@given(st.integers(-(10**9), 10**9), st.integers(0, 8), st.integers(1, 9))
def test_a_changed_digit_is_never_right(value: int, place: int, change: int) -> None:
    digits = list(str(abs(value)))
    at = place % len(digits)
    digits[at] = str((int(digits[at]) + change) % 10)
    other = int("".join(digits))
    for way in _ways(Fraction(other)):
        assert read_short(f"<answer>{way}</answer>", str(abs(value))).value != str(abs(value)), way


CHANGES = (
    "-{0}", "{0}!", "{0}^2", r"\sqrt{{{0}}}", "{0} million", "{0}k", "{0}万", "not {0}", "about {0}", "at least {0}",
    "{0}?", "{0}_7", r"\pm {0}", r"\neq {0}", "{0}π", "{0}x", "1{0}", "{0}0", "{0}/3", "3/{0}", "twice {0}",
    "{0}, {0}1", "({0}, 1)", "{0} or 7", "{0}-{0}1", "> {0}", "{0}以上", "大约{0}", "不是{0}", "负{0}",
    "{0} times the base",
)  # fmt: skip


@given(st.integers(8, 60), st.sampled_from(CHANGES))
def test_what_changes_a_value_is_never_ignored(value: int, change: str) -> None:
    answer = change.format(value)
    assert read_short(f"<answer>{answer}</answer>", str(value)).value != str(value), answer


ONES = (
    "zero", "one", "two", "three", "four", "five", "six", "seven", "eight", "nine", "ten", "eleven", "twelve",
    "thirteen", "fourteen", "fifteen", "sixteen", "seventeen", "eighteen", "nineteen",
)  # fmt: skip
TENS = ("", "", "twenty", "thirty", "forty", "fifty", "sixty", "seventy", "eighty", "ninety")


def _english(value: int) -> str:
    for scale, name in ((10**9, "billion"), (10**6, "million"), (1000, "thousand")):
        if value >= scale:
            rest = value % scale
            joint = " and " if 0 < rest < 100 else " "
            return f"{_english(value // scale)} {name}" + (joint + _english(rest) if rest else "")
    if value >= 100:
        return f"{ONES[value // 100]} hundred" + (f" and {_english(value % 100)}" if value % 100 else "")
    if value < 20:
        return ONES[value]
    return TENS[value // 10] + (f"-{ONES[value % 10]}" if value % 10 else "")


@given(st.integers(0, 10**10))
def test_english_number_words_equal_digits(value: int) -> None:
    assert read_short(f"<answer>{_english(value)}</answer>", str(value)).value == str(value)


SIGNS = "零一二三四五六七八九"


def _chinese(value: int) -> str:
    for scale, name in ((10**8, "亿"), (10**4, "万")):
        if value >= scale:
            rest = value % scale
            gap = "零" if 0 < rest < scale // 10 else ""
            return _chinese(value // scale) + name + (gap + _chinese(rest) if rest else "")
    for scale, name in ((1000, "千"), (100, "百"), (10, "十")):
        if value >= scale:
            rest = value % scale
            gap = "零" if 0 < rest < scale // 10 else ""
            return SIGNS[value // scale] + name + (gap + _chinese(rest) if rest else "")
    return SIGNS[value]


@given(st.integers(0, 10**11))
def test_chinese_number_words_equal_digits(value: int) -> None:
    assert read_short(f"<answer>{_chinese(value)}</answer>", str(value)).value == str(value)
