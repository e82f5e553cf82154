"""The accuracy of the released MetaphorStar reward, without its hang.

The released reward takes the first ``<answer>`` block that stands on one line, else the whole text, and compares it
with the gold label as *mathematics*: ``x=T``, ``T+0``, ``2T-T`` and ``T^1`` all equal ``T``. Reproduced so that a
published run can be repeated. Expressions are read by a small reader of polynomials with bounded length, degree and
number of terms; whatever goes beyond the bounds is unequal. Nothing is evaluated as code.

Source: MetaphorStar (arXiv 2602.10575), behaviour of the released reward function.
"""

import re
from fractions import Fraction

_MAX_LENGTH = 64
_MAX_DEGREE = 8
_MAX_TERMS = 64
_MAX_COEFFICIENT = 10**30

Monomial = tuple[tuple[str, int], ...]
Polynomial = dict[Monomial, Fraction]

_WRAPPER = re.compile(r"\\(?:text|textbf|boxed|mathrm|left|right)(?![A-Za-z])|\\[()\[\] ]|\\$")
_FRACTION = re.compile(r"\\frac\{([^{}]{1,32})\}\{([^{}]{1,32})\}")


def reference_accuracy(text: str, gold: str) -> float:
    """1.0 where the released reward calls the answer right, else 0.0. Linear in the length of the text."""
    return float(_equal(_extract(text), gold))


def _extract(text: str) -> str:
    """The content of the first block whose opening and closing tag share a line, else all of the text."""
    start = text.find("<answer>")
    while start >= 0:
        begin = start + len("<answer>")
        line_end = text.find("\n", begin)
        end = text.find("</answer>", begin, line_end if line_end >= 0 else len(text))
        if end >= 0:
            return text[begin:end].strip()
        start = -1 if line_end < 0 else text.find("<answer>", line_end)
    return text.strip()


def _equal(given: str, gold: str) -> bool:
    if len(given) > 4 * _MAX_LENGTH or len(gold) > 4 * _MAX_LENGTH:
        return given == gold
    left, right = _normal(given), _normal(gold)
    if left == right:
        return True
    if not left or len({letter for letter in left + right if letter.isalpha()}) > 2:
        return False
    first, second = _polynomial(left), _polynomial(right)
    return first is not None and first == second


def _normal(text: str) -> str:
    """The text without LaTeX and percent wrappers, spaces and one pair of brackets, in lower case."""
    for wrapper in ("\\%", "%", "\\$", "$"):
        text = text.replace(wrapper, "")
    text = _FRACTION.sub(r"((\1)/(\2))", _WRAPPER.sub("", text)).replace("{", "").replace("}", "")
    left, equals, right = text.partition("=")
    if equals and "=" not in right and len(left.strip()) <= 2:
        text = right
    text = "".join(text.split()).lower()
    if len(text) > 2 and text[0] in "([" and text[-1] in ")]" and not set("()[]") & set(text[1:-1]):
        text = text[1:-1]
    return text


def _polynomial(text: str) -> Polynomial | None:
    """The polynomial (negative powers too) that an expression denotes; None where it is none or beyond bounds."""
    if len(text) > _MAX_LENGTH:
        return None
    try:
        return _Expression(text).read()
    except _UnreadableError:
        return None


class _UnreadableError(Exception):
    """The expression is not a small polynomial."""


class _Expression:
    """Recursive descent over at most ``_MAX_LENGTH`` characters: sums of products of powers."""

    def __init__(self, text: str) -> None:
        self.text = text.replace("**", "^")
        self.at = 0

    def read(self) -> Polynomial:
        value = self._sum()
        if self.at != len(self.text):
            raise _UnreadableError
        return value

    def _next(self) -> str:
        return self.text[self.at : self.at + 1]

    def _sum(self) -> Polynomial:
        sign = self._sign()
        total = _added({}, self._product(), sign)
        while self._next() in ("+", "-"):
            sign = self._sign()
            total = _bounded(_added(total, self._product(), sign))
        return total

    def _sign(self) -> int:
        """The product of the signs here (1 where there is none)."""
        sign = 1
        while (character := self._next()) in ("+", "-"):
            sign = -sign if character == "-" else sign
            self.at += 1
        return sign

    def _product(self) -> Polynomial:
        value = self._power()
        while (character := self._next()) and (character in "*/(" or character.isalnum()):
            self.at += character in "*/"
            factor = self._power()
            value = _bounded(_multiplied(value, _inverse(factor) if character == "/" else factor))
        return value

    def _power(self) -> Polynomial:
        base = self._atom()
        if self._next() != "^":
            return base
        self.at += 1
        exponent = self._number()
        if exponent > _MAX_DEGREE or self._next() == "^":
            raise _UnreadableError
        value: Polynomial = {(): Fraction(1)}
        for _ in range(exponent):
            value = _bounded(_multiplied(value, base))
        return value

    def _atom(self) -> Polynomial:
        character = self._next()
        if character.isascii() and character.isalpha():
            self.at += 1
            return {((character, 1),): Fraction(1)}
        if character == "(":
            self.at += 1
            value = self._sum()
            if self._next() != ")":
                raise _UnreadableError
            self.at += 1
            return value
        number = self._decimal()
        return {(): number} if number else {}

    def _decimal(self) -> Fraction:
        whole = self._number()
        if self._next() != ".":
            return Fraction(whole)
        self.at += 1
        start = self.at
        return whole + Fraction(self._number(), 10 ** (self.at - start))

    def _number(self) -> int:
        start = self.at
        while self._next().isascii() and self._next().isdigit():
            self.at += 1
        if not start < self.at <= start + 9:
            raise _UnreadableError
        return int(self.text[start : self.at])


def _added(left: Polynomial, right: Polynomial, sign: int) -> Polynomial:
    total = dict(left)
    for monomial, coefficient in right.items():
        total[monomial] = total.get(monomial, Fraction(0)) + sign * coefficient
    return {monomial: coefficient for monomial, coefficient in total.items() if coefficient}


def _multiplied(left: Polynomial, right: Polynomial) -> Polynomial:
    total: Polynomial = {}
    for first, one in left.items():
        for second, other in right.items():
            degrees = dict(first)
            for symbol, degree in second:
                degrees[symbol] = degrees.get(symbol, 0) + degree
            monomial = tuple(sorted((symbol, degree) for symbol, degree in degrees.items() if degree))
            total[monomial] = total.get(monomial, Fraction(0)) + one * other
    return {monomial: coefficient for monomial, coefficient in total.items() if coefficient}


def _inverse(value: Polynomial) -> Polynomial:
    """One over a single term."""
    if len(value) != 1:
        raise _UnreadableError
    [(monomial, coefficient)] = value.items()
    return {tuple((symbol, -degree) for symbol, degree in monomial): 1 / coefficient}


def _bounded(value: Polynomial) -> Polynomial:
    if len(value) > _MAX_TERMS or any(sum(abs(degree) for _, degree in monomial) > _MAX_DEGREE for monomial in value):
        raise _UnreadableError
    if any(max(abs(c.numerator), c.denominator) > _MAX_COEFFICIENT for c in value.values()):
        raise _UnreadableError
    return value
