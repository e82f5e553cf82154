"""Other writings of the same answer: each is right wherever the stored one is."""

from collections.abc import Iterator
from dataclasses import dataclass
from fractions import Fraction

from asterism.audit.gold import Gold, decimal
from asterism.audit.wrappings import widened

_ONES = "zero one two three four five six seven eight nine ten eleven twelve thirteen fourteen"
_ONES += " fifteen sixteen seventeen eighteen nineteen"
_TENS = "twenty thirty forty fifty sixty seventy eighty ninety"
_CHINESE = "零一二三四五六七八九"
_SMALLER = {"cm": ("mm", 10), "m": ("cm", 100), "km": ("m", 1000), "kg": ("g", 1000), "h": ("min", 60)}
_LONG = {"cm": "centimetres", "m": "metres", "km": "kilometres", "kg": "kilograms", "g": "grams"}
CASE = "letter case"
"""The writing in which a reward that compares letters as they are finds another answer."""


@dataclass(frozen=True, slots=True)
class Writing:
    """An answer written in another way."""

    name: str
    text: str


def writings(gold: Gold) -> list[Writing]:
    """The writings that a stored answer has beside its own; none where its form allows no other."""
    match gold.shape:
        case "truth":
            found = _of_truth(gold)
        case "letter":
            found = _of_letter(gold)
        case "number":
            found = _of_number(gold)
        case "words":
            found = _of_words(gold)
        case _:
            found = iter(())
    return [each for each in found if each.text != gold.text]


def _of_truth(gold: Gold) -> Iterator[Writing]:
    words = ("true", "yes", "correct", "对", "正确") if gold.holds else ("false", "no", "incorrect", "错", "错误")
    yield Writing(CASE, gold.text.swapcase() if len(gold.text) == 1 else gold.text.upper())
    if gold.text.lower() in ("yes", "no"):
        return
    yield Writing("letter", "T" if gold.holds else "F")
    yield Writing("word", words[0].title())
    yield Writing("yes or no", words[1])
    yield Writing("correct or not", words[2])
    yield Writing("Chinese", words[3])
    yield Writing("Chinese, long", words[4])
    yield Writing("traditional Chinese", "對" if gold.holds else "錯誤")


def _of_letter(gold: Gold) -> Iterator[Writing]:
    option = gold.options[gold.index].rstrip(".")
    yield Writing(CASE, gold.text.lower())
    yield Writing("in brackets", f"({gold.text})")
    yield Writing("bracket behind", f"{gold.text})")
    yield Writing("Option", f"Option {gold.text}")
    yield Writing("with its text", f"{gold.text}. {option}")
    yield Writing("Chinese", f"选项{gold.text}")
    yield Writing("traditional Chinese", f"選項{gold.text}")


def _of_words(gold: Gold) -> Iterator[Writing]:
    yield Writing(CASE, gold.text.swapcase() if gold.text.islower() or gold.text.isupper() else gold.text.lower())
    if gold.text.isascii() and not gold.text.lower().startswith(("the ", "a ", "an ")):
        yield Writing("article", f"the {gold.text}")
    yield Writing("full stop", f"{gold.text}.")
    yield Writing("italics", f"*{gold.text}*")
    yield Writing("quotes", f'"{gold.text}"')


def _of_number(gold: Gold) -> Iterator[Writing]:
    value, unit = gold.number, gold.unit.strip()
    assert value is not None
    if unit == "%":
        yield from _of_percentage(gold, value)
    elif unit:
        yield from _of_quantity(gold, value, unit)
    else:
        yield from _of_bare_number(gold, value)


def _of_percentage(gold: Gold, value: Fraction) -> Iterator[Writing]:
    bare = decimal(value * 100)
    yield Writing("per cent sign spaced", f"{bare} %")
    yield Writing("per cent in LaTeX", f"${bare}\\%$")
    yield Writing("per cent left out", f"{bare}")
    yield Writing("per cent in words", f"{bare} percent")
    if (written := decimal(value)) is not None:
        yield Writing("decimal", written)


def _of_quantity(gold: Gold, value: Fraction, unit: str) -> Iterator[Writing]:
    bare = decimal(value)
    if bare is None:
        return
    yield Writing("unit left out", bare)
    yield Writing("unit without blank", f"{bare}{unit}")
    yield Writing("unit in LaTeX", f"${bare}\\text{{ {unit}}}$")
    if unit in _LONG:
        yield Writing("unit spelled out", f"{bare} {_LONG[unit]}")
    if unit in _SMALLER:
        smaller, factor = _SMALLER[unit]
        yield Writing("other unit", f"{decimal(value * factor)} {smaller}")


def _of_bare_number(gold: Gold, value: Fraction) -> Iterator[Writing]:
    sign, size = ("-" if value < 0 else ""), abs(value)
    written = decimal(value)
    if value.denominator == 1:
        yield from _of_whole_number(int(value))
    else:
        yield Writing("fraction", f"{value.numerator}/{value.denominator}")
        yield Writing("LaTeX fraction", f"{sign}\\frac{{{size.numerator}}}{{{size.denominator}}}")
        yield Writing("LaTeX dfrac", f"{sign}\\dfrac{{{size.numerator}}}{{{size.denominator}}}")
        yield Writing("doubled fraction", f"{2 * value.numerator}/{2 * value.denominator}")
        if size > 1:
            whole, rest = divmod(size.numerator, size.denominator)
            yield Writing("mixed number", f"{sign}{whole} {rest}/{size.denominator}")
            yield Writing("mixed number in LaTeX", f"{sign}{whole}\\frac{{{rest}}}{{{size.denominator}}}")
        if written is not None:
            yield Writing("decimal", written)
            yield Writing("decimal, zero behind", f"{written}0")
            yield Writing("per cent", f"{decimal(value * 100)}%")
        if written is not None and size < 1:
            yield Writing("decimal, no zero before", written.replace("0.", ".", 1))
    if written is not None:
        yield Writing("with a unit", f"{written} cm")
        yield Writing("equation", f"x = {written}")
        yield Writing("full-width digits", widened(written))
    if value < 0 and written is not None:
        yield Writing("minus sign", f"−{written[1:]}")
        yield Writing("minus in words", f"minus {written[1:]}")
        yield Writing("negative in words", f"negative {written[1:]}")


def _of_whole_number(value: int) -> Iterator[Writing]:
    yield Writing("decimal", f"{value}.0")
    yield Writing("things counted", f"{value} apples")
    yield Writing("thing counted in Chinese", f"{value}个")
    if abs(value) >= 1000:
        yield Writing("thousands with commas", f"{value:,}")
        yield Writing("thousands with thin spaces", f"{value:,}".replace(",", "\u2009"))
        yield Writing("thousands in LaTeX", f"{value:,}".replace(",", "{,}"))
        yield Writing("scientific", f"{_scientific(value)} \\times 10^{{{len(str(abs(value))) - 1}}}")
        yield Writing("exponent", f"{_scientific(value)}e{len(str(abs(value))) - 1}")
    if 0 <= value < 100:
        yield Writing("number word", _english(value))
        yield Writing("Chinese numeral", _chinese(value))


def _scientific(value: int) -> str:
    digits = str(abs(value))
    rest = digits[1:].rstrip("0")
    return f"{'-' if value < 0 else ''}{digits[0]}{'.' + rest if rest else ''}"


def _english(value: int) -> str:
    if value < 20:
        return _ONES.split()[value]
    tens, ones = divmod(value, 10)
    return _TENS.split()[tens - 2] + (f"-{_ONES.split()[ones]}" if ones else "")


def _chinese(value: int) -> str:
    if value < 10:
        return _CHINESE[value]
    tens, ones = divmod(value, 10)
    return ("" if tens == 1 else _CHINESE[tens]) + "十" + (_CHINESE[ones] if ones else "")
