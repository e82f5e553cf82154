"""Numbers written in words: "one hundred and five", "two and a half", "一百零五", "四分之三"."""

import re
from fractions import Fraction

DIGITS = {character: value for value, character in enumerate("零一二三四五六七八九")} | {"〇": 0, "两": 2, "兩": 2}
SMALL = {"十": 10, "百": 100, "千": 1000, "拾": 10, "佰": 100, "仟": 1000}
LARGE = {"万": 10**4, "萬": 10**4, "亿": 10**8, "億": 10**8}
SCALES = SMALL | LARGE
"""What the signs after digits multiply with (``5万``)."""

_SIGN = "零〇一二两兩三四五六七八九十百千万萬亿億"
NUMERAL = re.compile(
    rf"(?P<whole>[{_SIGN}]{{1,30}}|[0-9]{{1,30}})又(?P<bottom2>[{_SIGN}]{{1,30}})分之(?P<top2>[{_SIGN}]{{1,30}})"
    rf"|(?P<bottom>[{_SIGN}]{{1,30}}|[0-9]{{1,30}})分之(?P<top>负?(?:[{_SIGN}]{{1,30}}(?:点[零〇一二三四五六七八九]{{1,30}})?|[0-9]{{1,30}}(?:\.[0-9]{{1,30}})?))"
    rf"|(?P<before>[{_SIGN}]{{1,30}})[点點](?P<after>[零〇一二三四五六七八九]{{1,30}})(?![点點时時分])"
    rf"|(?P<number>[{_SIGN}]{{1,30}})(?P<half>个半|個半|半(?!径|徑|圆|圓))?"
    r"|(?P<alone>一半|半(?!径|徑|圆|圓|球))"
)
"""A number in Chinese signs, simplified or traditional."""

SCALED = re.compile(r"[0-9]{1,4}[亿億万萬千仟百佰](?:[0-9]{1,4}[万萬千仟百佰]){0,3}[0-9]{1,4}(?![0-9.,])[千仟百佰]?")
"""Digits with scales between them: ``3万5千``, ``1亿2000万``."""


def scaled_digits(signs: str) -> Fraction | None:
    """The value of a match of :data:`SCALED`; None where its scales do not fall."""
    total, least = Fraction(0), None
    for digits, sign in re.findall(r"([0-9]+)([^0-9]?)", signs):
        scale = SCALES.get(sign, 1)
        if least is not None and int(digits) * scale >= least:
            return None
        total, least = total + int(digits) * scale, scale
    return total


def chinese(match: re.Match[str]) -> Fraction | None:
    """The value of a match of :data:`NUMERAL`; None where its signs make no number."""
    if match["alone"]:
        return Fraction(1, 2)
    if match["bottom2"]:
        return _sum(_whole(match["whole"]), _quotient(match["top2"], match["bottom2"]))
    if match["bottom"]:
        return _quotient(match["top"], match["bottom"])
    if match["before"]:
        whole = _whole(match["before"])
        digits = "".join(str(DIGITS[sign]) for sign in match["after"])
        return None if whole is None else whole + Fraction(int(digits), 10 ** len(digits))
    whole = _whole(match["number"])
    return _sum(whole, Fraction(1, 2)) if match["half"] else whole


def _sum(first: Fraction | None, second: Fraction | None) -> Fraction | None:
    return None if first is None or second is None else first + second


def _quotient(top: str, bottom: str) -> Fraction | None:
    sign = -1 if top.startswith("负") else 1
    over, under = _decimal(top.removeprefix("负")), Fraction(SMALL[bottom]) if bottom in SMALL else _whole(bottom)
    return None if over is None or not under else sign * over / under


def _decimal(signs: str) -> Fraction | None:
    whole, _, digits = signs.replace(".", "点").partition("点")
    value = _whole(whole)
    if value is None or not digits:
        return value
    plain = "".join(str(DIGITS.get(sign, sign)) for sign in digits)
    return value + Fraction(int(plain), 10 ** len(plain))


def _whole(signs: str) -> Fraction | None:
    """An integer in positional signs (``二〇二六``) or with scales (``一万零五百``); digits stay digits."""
    if signs.isascii():
        return Fraction(int(signs)) if signs.isdigit() else None
    if not any(sign in SCALES for sign in signs):
        if len(signs) > 1 and signs[0] in "两兩":
            return None
        return Fraction(int("".join(str(DIGITS[sign]) for sign in signs)))
    total = section = 0
    digit: int | None = None
    last = 0  # the scale before, for 一百五 (150)
    for sign in signs:
        if sign in DIGITS:
            if digit:
                return None
            digit = DIGITS[sign]
            if digit == 0:
                last = 0
        elif sign in SMALL:
            if digit is None and sign != "十":
                return None
            section += (1 if digit is None else digit) * SMALL[sign]
            digit, last = None, SMALL[sign]
        else:
            block = section + (digit or 0)
            if not block and not total:
                return None
            total = (total + block) * LARGE[sign] if LARGE[sign] == 10**8 else total + block * LARGE[sign]
            section, digit, last = 0, None, LARGE[sign]
    rest = digit or 0
    if digit and last > 10:
        rest = digit * last // 10
    return Fraction(total + section + rest)
