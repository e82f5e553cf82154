"""Cutting a phrase into numbers, names, signs, units, marks and words."""

import re
from dataclasses import dataclass, replace
from decimal import Decimal
from fractions import Fraction

from asterism.answers.short import flat
from asterism.answers.short.lexicon import lexicon
from asterism.answers.short.numerals import NUMERAL, SCALES, chinese
from asterism.answers.short.tree import FUNCTIONS

MAX_DIGITS = 200
_MAX_EXPONENT = 100


@dataclass(frozen=True, slots=True)
class Token:
    """One piece of a phrase.

    ``kind`` is ``number``, ``name``, ``function``, ``sign``, ``unit``, ``power`` (of a unit), ``per``, ``mark``, ``word``,
    ``stop``, ``unknown``, or the role of a word in a sentence (``verbs``, ``conclusions``, ``asides``, ``turns``); ``text`` the sign, the name of the unit or the kind of the mark.
    ``spaced`` tells whether white space stands before it, ``spelled`` whether it is a number in words.
    """

    kind: str
    text: str
    value: Fraction = Fraction(0)
    spaced: bool = False
    spelled: bool = False


class UnreadableNumberError(Exception):
    """Digits that are no one number (``1,23``, ``1.2.3``), or too many."""

    def __init__(self, too_long: bool = False) -> None:
        super().__init__()
        self.too_long = too_long


_SPACE = re.compile(r"\s+")
_DIGITS = re.compile(r"[0-9][0-9,.]*[0-9]|[0-9]|\.[0-9]+")
_GROUPED = re.compile(r"[0-9]{1,3}(?:,[0-9]{3})+(?:\.[0-9]+)?|[0-9]{1,2}(?:,[0-9]{2})+,[0-9]{3}(?:\.[0-9]+)?")
_DOTTED = re.compile(r"[0-9]{1,3}(?:\.[0-9]{3}){2,}")
_PLAIN = re.compile(r"[0-9]*\.?[0-9]*")
_SCIENTIFIC = re.compile(r"[eE]([-+]?[0-9]{1,9})(?![A-Za-z0-9])")
_SUFFIX = re.compile(r"[A-Za-z]{1,3}(?![A-Za-z0-9])")
_LATIN = re.compile(r"[A-Za-z]+(?:['’-][A-Za-z]+)*")
_LETTERS = re.compile(r"[A-Za-z]+")
_LABEL = re.compile(r"[∠△][ \t]?(?:[0-9]{1,3}|[A-Za-z]{1,4})?")
_GREEK = "αβγδεζηθικλμνξρστυφχψωΔΘΛΞΣΦΨ"
_COMMAND = re.compile(r"\\[A-Za-z]+")
_REPEATING = re.compile(rf"{flat.REPEAT}{flat.OPEN}([0-9]{{1,20}}){flat.CLOSE}")
_STOPS = frozenset(".,;?\"'“”‘’`。，；？、…—–→⇒∴∵#\\")
_SIGNS = frozenset("+-*/^()[]|:=<>%×·±∓≤≥≠≈~√∪∩∈∞π∅∛又ℝℤℕℚℂ!⟨⟩" + flat.OPEN + flat.CLOSE + flat.FRACTION) | {
    flat.SET_OPEN,
    flat.SET_CLOSE,
    flat.SUBSCRIPT,
    flat.FACTORIAL,
    flat.LESS,
    flat.GREATER,
}
_ROLES = frozenset(("verbs", "conclusions", "asides", "turns"))
_SAME = {flat.FACTORIAL: "!", flat.LESS: "<", flat.GREATER: ">", "·": "×", "*": "×"}
_ONE_LETTER_WORDS = frozenset("aAI")


def tokenise(text: str, names: frozenset[str] = frozenset(), listed: bool = False) -> list[Token]:
    """The tokens of a phrase in the form of :func:`flat.flat`.

    ``names`` are the variables that may occur; words made of them only are products. ``listed`` tells that commas
    between digits part the members of a list.

    Raises:
        UnreadableNumberError: digits in it are no number.
    """
    lexer = _Lexer(text, names, listed)
    while lexer.at < len(text):
        lexer.step()
    return _crossed(_joined(_without_articles(lexer.tokens)), names)


def _without_articles(tokens: list[Token]) -> list[Token]:
    """Tokens without the words between a part and its unit: ``3/4 of an hour``."""
    kept: list[Token] = []
    for at, token in enumerate(tokens):
        if token.kind == "word" and token.text in ("of", "a", "an") and kept:
            rest = [after for after in tokens[at + 1 : at + 3] if after.text not in ("a", "an")]
            if kept[-1].kind in ("number", "part") and rest and rest[0].kind == "unit" and (token.text == "of" or kept[-1].spelled):
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


def _is_fraction(tokens: list[Token]) -> bool:
    """Whether tokens are a proper fraction: with "and" before it, it is the part of a mixed number."""
    if len(tokens) < 3 or tokens[1].text != "/" or tokens[2].kind != "number":
        return False
    return tokens[0].value < tokens[2].value and not tokens[0].spelled


class _Lexer:
    def __init__(self, text: str, names: frozenset[str], listed: bool) -> None:
        self.text, self.names, self.listed = text, names, listed
        self.tokens: list[Token] = []
        self.at = 0
        self.spaced = False

    def step(self) -> None:
        """One token, or white space."""
        if space := _SPACE.match(self.text, self.at):
            self.at, self.spaced = space.end(), True
            if "\n" in space[0]:
                self.add("stop", "\n", self.at)
            return
        character = self.text[self.at]
        if character.isdigit() and character.isascii() or (character == "." and _DIGITS.match(self.text, self.at)):
            self._number()
        elif not self._known() and not self._latin() and not self._chinese():
            self._sign(character)

    def add(self, kind: str, text: str, end: int, value: Fraction = Fraction(0), spelled: bool = False) -> None:
        self.tokens.append(Token(kind, text, value, self.spaced, spelled))
        self.at, self.spaced = end, False

    def _number(self) -> None:
        if (mixed := NUMERAL.match(self.text, self.at)) and (value := chinese(mixed)) is not None:
            self.add("number", mixed[0], mixed.end(), value, spelled=True)
            return
        match = _DIGITS.match(self.text, self.at)
        assert match is not None
        digits, end = match[0], match.end()
        if self.listed and "," in digits:
            digits = digits.partition(",")[0]
            end = self.at + len(digits)
        value = _value(digits)
        if repeating := _REPEATING.match(self.text, end):
            places = len(digits.rpartition(".")[2]) if "." in digits else 0
            value += Fraction(int(repeating[1]), (10 ** len(repeating[1]) - 1) * 10**places)
            end = repeating.end()
        elif self.text.startswith("." + flat.REPEAT, end) and (repeating := _REPEATING.match(self.text, end + 1)):
            value += Fraction(int(repeating[1]), 10 ** len(repeating[1]) - 1)
            end = repeating.end()
        elif scientific := _SCIENTIFIC.match(self.text, end):
            if abs(int(scientific[1])) > _MAX_EXPONENT:
                raise UnreadableNumberError(too_long=True)
            value *= Fraction(10) ** int(scientific[1])
            end = scientific.end()
        self.add("number", digits, end, value)
        suffix = _SUFFIX.match(self.text, self.at)
        if suffix and suffix[0] in lexicon().suffixes and suffix[0] not in self.names:
            self.add("scale", suffix[0], suffix.end(), Fraction(lexicon().suffixes[suffix[0]]))
        while self.at < len(self.text) and (scale := SCALES.get(self.text[self.at])):
            self.add("scale", self.text[self.at], self.at + 1, Fraction(scale))
        if self.text.startswith(("个半", "個半", "半"), self.at):
            end = self.at + (1 if self.text[self.at] == "半" else 2)
            self.add("part", "half", end, Fraction(1, 2))

    def _known(self) -> bool:
        """An entry of the lexicon."""
        found = lexicon().match(self.text, self.at)
        if found is None:
            return False
        entry, end = found
        word = self.text[self.at : end]
        if (len(word) == 1 and word in self.names) or (entry.kind == "unit" and not self.tokens and word.isalpha() and word.isascii()):
            return False
        latin = _LATIN.match(self.text, self.at)
        if latin and latin.end() > end and entry.kind != "numeral" and entry.payload != "ish":
            return False
        match entry.kind:
            case "numeral" | "scale" | "part":
                self.add("number" if entry.kind == "numeral" else entry.kind, word, end, Fraction(entry.payload), spelled=True)
            case "sign":
                for sign in str(entry.payload):
                    kind = "number" if sign.isdigit() else "sign"
                    self.add(kind, sign, end, Fraction(int(sign)) if sign.isdigit() else Fraction(0))
            case "power":
                self.add("power", word, end, Fraction(entry.payload))
            case "unit" | "mark":
                self.add(entry.kind, str(entry.payload), end)
            case "per":
                self.add("per", word, end)
            case _:
                self.add(entry.kind if entry.kind in _ROLES else "word", word.casefold(), end)
        return True

    def _latin(self) -> bool:
        letters = _LETTERS.match(self.text, self.at)
        if letters is None:
            return False
        word = letters[0]
        if word in FUNCTIONS or word.lower() in FUNCTIONS:
            self.add("function", word.lower(), letters.end())
        elif len(word) > 1 and self.names and set(word) <= self.names | {"e", "i"}:
            for letter in word:
                self.add("name", letter, self.at + 1)
        else:
            self._word(word, letters.end())
        return True

    def _word(self, word: str, end: int) -> None:
        whole = _LATIN.match(self.text, self.at)
        assert whole is not None
        if any(len(part) > 1 for part in re.split("['’-]", whole[0])):
            after_number = self.at and self.text[self.at - 1].isdigit()
            self.add("unknown" if after_number and len(word) < 4 else "word", whole[0].casefold(), whole.end())
        elif word in _ONE_LETTER_WORDS and word not in self.names and self._apart(end):
            self.add("word", word.casefold(), end)
        else:
            self.add("name", word, end)

    def _apart(self, end: int) -> bool:
        """Whether a letter stands alone, with a word after it, as an article does."""
        return (self.at == 0 or self.spaced) and (self.text[end : end + 1].isspace() or self.text[end : end + 1] == "'")

    def _chinese(self) -> bool:
        match = NUMERAL.match(self.text, self.at)
        if match is None:
            return False
        value = chinese(match)
        if value is not None and match["bottom"] == "百":
            self.add("number", match[0], match.end(), value * 100, spelled=True)
            self.add("sign", "%", match.end())
            return True
        self.add("unknown" if value is None else "number", match[0], match.end(), value or Fraction(0), spelled=True)
        return True

    def _sign(self, character: str) -> None:
        if character == flat.DOLLAR:
            self.add("unit", "dollar", self.at + 1)
        elif command := _COMMAND.match(self.text, self.at):
            self.add("unknown", command[0], command.end())
        elif label := _LABEL.match(self.text, self.at):
            self.add("word", label[0], label.end())
        elif character in _GREEK:
            self.add("name", character, self.at + 1)
        elif character in _SIGNS:
            self.add("sign", _SAME.get(character, character), self.at + 1)
        elif character in _STOPS:
            self.add("stop", character, self.at + 1)
        elif character.isalpha() or character in "∠△" or ord(character) > 0x2FFF or character in "✓✔✅★☆":
            self.add("word", character, self.at + 1)
        else:
            self.add("unknown", character, self.at + 1)


def _value(digits: str) -> Fraction:
    """The value of digits with commas and a point."""
    if len(digits) > MAX_DIGITS:
        raise UnreadableNumberError(too_long=True)
    if "," in digits:
        if not _GROUPED.fullmatch(digits):
            raise UnreadableNumberError
        digits = digits.replace(",", "")
    if digits.count(".") > 1:
        if not _DOTTED.fullmatch(digits):
            raise UnreadableNumberError
        digits = digits.replace(".", "")
    return Fraction(Decimal(digits))


def _joined(tokens: list[Token]) -> list[Token]:
    """Number words put together: ``one hundred and five``, ``two and a half``, ``three quarters``, ``5 million``."""
    joined: list[Token] = []
    index = 0
    while index < len(tokens):
        token = tokens[index]
        if token.kind == "number" or (token.kind in ("scale", "part") and _article_before(joined, token)):
            if token.kind != "number":
                joined.pop()
                token = Token("number", "a", Fraction(1), joined[-1].spaced if joined else True, spelled=True)
                index -= 1
            number, index = _numeral(token, tokens, index + 1)
            joined.append(number)
        elif token.kind == "part" and token.text in ("half", "quarter") and token.spelled:
            joined.append(Token("number", token.text, 1 / token.value if token.value > 1 else token.value, token.spaced, True))
            index += 1
        else:
            joined.append(token)
            index += 1
    return [replace(token, kind="word") if token.kind in ("scale", "part") else token for token in joined]


def _article_before(joined: list[Token], token: Token) -> bool:
    return bool(joined) and joined[-1].kind == "word" and joined[-1].text in ("a", "an") and token.spelled


def _numeral(first: Token, tokens: list[Token], index: int) -> tuple[Token, int]:
    """The number that begins with ``first``, and the place after it."""
    total, current, spelled = Fraction(0), first.value, first.spelled
    last = first
    while index < len(tokens):
        token = tokens[index]
        hyphen = token.kind == "sign" and token.text == "-" and spelled and not token.spaced
        joint = token.kind == "mark" and token.text == "and" and (spelled or last.kind == "scale")
        if (hyphen or joint) and index + 1 < len(tokens):
            after = tokens[index + 1]
            article = joint and after.kind == "word" and after.text in ("a", "an") and index + 2 < len(tokens)
            part = tokens[index + 2] if article else after
            if joint and part.kind == "part" and spelled and part.spelled:
                current += Fraction(1, int(part.value))
                index += 3 if article else 2
                continue
            if joint and part.kind == "number" and part.spelled and index + 2 < len(tokens) and tokens[index + 2].kind == "part":
                current += part.value / tokens[index + 2].value
                index += 3
                continue
            if after.spelled and after.kind == "number" and _follows(current, after, joint):
                current += after.value
                last, index = after, index + 2
                continue
            if hyphen and after.kind in ("part", "scale") and after.spelled:
                index += 1
                continue
            break
        if token.kind == "scale":
            if token.value >= 1000:
                total, current = total + current * token.value, Fraction(0)
            else:
                current *= token.value
        elif token.kind == "part":
            if token.value < 1:
                current += token.value
            elif token.value == 2 and not spelled:
                break
            else:
                current /= token.value
            index += 1
            last = token
            break
        elif token.kind == "number" and token.spelled and spelled and _follows(current, token, joint=False) and not _chinese_sign(token):
            current += token.value
        else:
            break
        last, index = token, index + 1
    return replace(first, value=total + current, spelled=spelled, text=first.text), index


def _chinese_sign(token: Token) -> bool:
    return not token.text.isascii()


def _follows(current: Fraction, token: Token, joint: bool) -> bool:
    """Whether a number word goes on: twenty one, hundred (and) five, thousand two; not "one and two"."""
    if token.value >= 100 or token.value.denominator != 1 or current.denominator != 1:
        return False
    if current == 0 or current % 100 == 0:
        return current != 0 or token.value < 1000
    return not joint and current % 100 >= 20 and current % 10 == 0 and 0 < token.value < 10
