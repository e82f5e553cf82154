"""Number words put together: ``one hundred and five``, ``two and a half``, ``three quarters``, ``5 million``."""

from collections.abc import Sequence
from dataclasses import replace
from fractions import Fraction

from asterism.answers.short.token import Token

_ARTICLES = frozenset(("a", "an"))


def joined(tokens: Sequence[Token], names: frozenset[str]) -> list[Token]:
    """Tokens with the words of each number made one, and with signs for "x" and "and" between numbers.

    ``names`` are the letters that are variables.
    """
    tokens = _without_articles(tokens)
    found: list[Token] = []
    at = 0
    while at < len(tokens):
        token = tokens[at]
        if token.kind in ("scale", "part") and token.spelled and found and _is_article(found[-1]):
            one = Token("number", "a", Fraction(1), found.pop().spaced, spelled=True)
            numeral = _Numeral(one, tokens, at)
        elif token.kind == "number":
            numeral = _Numeral(token, tokens, at + 1)
        else:
            found.append(_alone(token))
            at += 1
            continue
        found.append(numeral.read())
        at = numeral.at
    return _crossed(found, names)


def _is_article(token: Token) -> bool:
    return token.kind == "word" and token.text in _ARTICLES


def _alone(token: Token) -> Token:
    """A scale or part without a number is a word, but for "half" and "quarter"."""
    if token.kind == "part" and token.spelled and token.text.casefold() in ("half", "quarter"):
        return replace(token, kind="number", value=1 / token.value)
    return replace(token, kind="word") if token.kind in ("scale", "part") else token


class _Numeral:
    """The reading of one number from its first token."""

    def __init__(self, first: Token, tokens: Sequence[Token], at: int) -> None:
        self.first, self.tokens, self.at = first, tokens, at
        self.total, self.current = Fraction(0), first.value
        self.last = first

    def read(self) -> Token:
        """The number as one token."""
        while self.at < len(self.tokens) and self._step(self.tokens[self.at]):
            pass
        return replace(self.first, value=self.total + self.current)

    def _step(self, token: Token) -> bool:
        """Whether a token goes on with the number."""
        if token.kind == "scale":
            return self._scaled(token)
        if token.kind == "part":
            self._parted(token)
            return False
        if token.kind == "number":
            return self.first.text.isascii() and self._added(token, joint=False, skip=1)
        if token.kind == "sign" and token.text == "-" and self.first.spelled and not token.spaced:
            return self._hyphened()
        if token.kind == "mark" and token.text == "and" and (self.first.spelled or self.last.kind == "scale"):
            return self._with_part() or self._added(self._at(1), joint=True, skip=2)
        return False

    def _at(self, ahead: int) -> Token | None:
        return self.tokens[self.at + ahead] if self.at + ahead < len(self.tokens) else None

    def _scaled(self, token: Token) -> bool:
        if token.value >= 1000:
            self.total, self.current = self.total + self.current * token.value, Fraction(0)
        else:
            self.current *= token.value
        self.last = token
        self.at += 1
        return True

    def _parted(self, token: Token) -> None:
        """``three quarters``; ``个半`` adds a half."""
        if token.value < 1:
            self.current += token.value
        elif token.value == 2 and not self.first.spelled:
            return  # "5 half ..." is no number
        else:
            self.current /= token.value
        self.at += 1

    def _with_part(self) -> bool:
        """``and a half``, ``and three quarters``: it ends the number."""
        after, part = self._at(1), self._at(2)
        if not self.first.spelled or after is None:
            return False
        if after.kind == "part" and after.spelled:
            self.current += 1 / after.value
            self.at += 2
        elif part is not None and part.kind == "part" and (_is_article(after) or after.spelled):
            self.current += (after.value or Fraction(1)) / part.value
            self.at += 3
        else:
            return False
        return True

    def _hyphened(self) -> bool:
        after = self._at(1)
        if after is not None and after.kind in ("part", "scale") and after.spelled:
            self.at += 1
            return True
        return self._added(after, joint=False, skip=2)

    def _added(self, token: Token | None, *, joint: bool, skip: int) -> bool:
        """``twenty one``, ``hundred and five``; not ``one and two``."""
        if token is None or token.kind != "number" or not token.spelled or not self._follows(token.value, joint):
            return False
        self.current += token.value
        self.last = token
        self.at += skip
        return True

    def _follows(self, value: Fraction, joint: bool) -> bool:
        if not self.first.spelled and self.last.kind != "scale":
            return False
        if value >= 100 or value.denominator != 1 or self.current.denominator != 1:
            return False
        if self.current % 100 == 0:
            return self.current != 0 or self.total != 0
        return not joint and self.current % 100 >= 20 and self.current % 10 == 0 and 0 < value < 10


def _without_articles(tokens: Sequence[Token]) -> list[Token]:
    """Tokens without the words between an amount and its unit: ``3/4 of an hour``."""
    kept: list[Token] = []
    for at, token in enumerate(tokens):
        small = token.kind == "word" and (token.text == "of" or token.text in _ARTICLES)
        rest = [after for after in tokens[at + 1 : at + 3] if after.text not in _ARTICLES]
        if small and kept and kept[-1].kind in ("number", "part") and rest and rest[0].kind == "unit":
            continue
        kept.append(token)
    return kept


def _crossed(tokens: list[Token], names: frozenset[str]) -> list[Token]:
    """Tokens with "x" and "and" between numbers as the signs that they stand for."""
    changed = list(tokens)
    for at in range(1, len(tokens) - 1):
        before, token, after = tokens[at - 1 : at + 2]
        if not before.kind == after.kind == "number":
            continue
        if token.kind == "name" and token.text == "x" and "x" not in names and before.text != "0":
            changed[at] = replace(token, kind="sign", text="×")
        if token.kind == "mark" and token.text == "and" and _is_fraction(tokens[at + 1 : at + 4]):
            changed[at] = replace(token, kind="sign", text="又")
    return changed


def _is_fraction(tokens: Sequence[Token]) -> bool:
    """Whether tokens are a proper fraction: with "and" before it, it is the part of a mixed number."""
    if len(tokens) < 3 or tokens[1].text != "/" or tokens[2].kind != "number":
        return False
    return tokens[0].value < tokens[2].value and not tokens[0].spelled
