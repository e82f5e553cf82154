"""Cutting a phrase into numbers, names, signs, units, marks and words."""

import re
from decimal import Decimal
from fractions import Fraction

from asterism.answers.short import flat
from asterism.answers.short.joining import joined
from asterism.answers.short.lexicon import lexicon
from asterism.answers.short.numerals import NUMERAL, SCALED, SCALES, chinese, scaled_digits
from asterism.answers.short.token import Token
from asterism.answers.short.tree import FUNCTIONS

MAX_DIGITS = 200
_MAX_EXPONENT = 100


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
    return joined(lexer.tokens, names)


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
        if (character.isdigit() and character.isascii()) or (character == "." and _DIGITS.match(self.text, self.at)):
            self._number()
        elif not self._known() and not self._latin() and not self._chinese():
            self._sign(character)

    def add(self, kind: str, text: str, end: int, value: Fraction = Fraction(0), spelled: bool = False) -> None:
        self.tokens.append(Token(kind, text, value, self.spaced, spelled))
        self.at, self.spaced = end, False

    def _number(self) -> None:
        if (scaled := SCALED.match(self.text, self.at)) and (total := scaled_digits(scaled[0])) is not None:
            self.add("number", scaled[0], scaled.end(), total)
            return
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
        while self.at < len(self.text) and (scale := SCALES.get(self.text[self.at])) and not self._unit_begins():
            self.add("scale", self.text[self.at], self.at + 1, Fraction(scale))
        if self.text.startswith(("个半", "個半", "半"), self.at):
            end = self.at + (1 if self.text[self.at] == "半" else 2)
            self.add("part", "half", end, Fraction(1, 2))

    def _unit_begins(self) -> bool:
        """Whether the sign of a scale is the first of a unit (千米)."""
        found = lexicon().match(self.text, self.at)
        return found is not None and found[0].kind == "unit"

    def _known(self) -> bool:
        """An entry of the lexicon."""
        found = lexicon().match(self.text, self.at)
        if found is None:
            return False
        entry, end = found
        word = self.text[self.at : end]
        if len(word) == 1 and word in self.names:
            return False
        latin = _LATIN.match(self.text, self.at)
        if latin and latin.end() > end and entry.kind != "numeral" and entry.payload != "ish":
            return False
        match entry.kind:
            case "numeral" | "scale" | "part":
                kind = "number" if entry.kind == "numeral" else entry.kind
                self.add(kind, word, end, Fraction(entry.payload), spelled=True)
            case "sign":
                for sign in str(entry.payload):  # "squared" is two: ^ and 2
                    digit = sign.isdigit()
                    self.add("number" if digit else "sign", sign, end, Fraction(sign) if digit else Fraction(0))
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
