"""Texts taken apart into statements: sentences and rows of grids, each with its words and its values."""

import re
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field, replace

from pydantic import JsonValue

from asterism.helix.moves import DIRECTIONS
from asterism.helix.serg.wording import canonical

TURNS = frozenset(
    {"no", "not", "never", "none", "nothing", "neither", "cannot", "yes", "true", "false", "possible", "impossible"}
    | {"safe", "mine", "mined", "hill", "valley", "slope", "odd", "even", "empty", "drawn", "out", "reached"}
    | {"shaded", "unshaded", "left", "right", "up", "down", "top", "bottom"}
)
"""Words that turn the meaning of a sentence round; they count as values."""
DENIALS = frozenset({"not", "never", "cannot"})
_LEADING = re.compile(
    r"^(?:(?:first|next|then|now|so|and|but|also|okay|ok|well|hmm|wait|right(?=,)|good|again|after that|from here|"
    r"at this point|let me see|here|thus|therefore|hence|actually)\b(?:[\s,.:…]|-\s)*)+",
    re.IGNORECASE,
)
_SAID_BY_THE_WAY = re.compile(r"(?:yes|no),", re.IGNORECASE)
_SENTENCE_END = re.compile(r"(?<=[.!?])\s+(?=\S)")
_TOKEN = re.compile(r"(?<![\w)\]])-?\d+(?:\.\d+)?|\d+(?:\.\d+)?|[^\W\d_]+(?:'[^\W\d_]+)?|(?<!\S)[.?#_*](?!\S)")
_CELL = re.compile(r"[^\s,|;]+")
_GOES_ON = re.compile(r"(?:'[a-z]+)?\s+[a-z]")
_SIGNS = str.maketrans({"−": "-", "–": "-", "’": "'"})
_MARKUP = re.compile(r"\*\*|`")
_FILLER = re.compile(
    r"In every arrangement that fits what is known:|Following the rules from there,|Following that on,"
)
"""What says nothing of its own, and is seldom kept in a rewrite."""
_TAGS = re.compile(r"</?think>", re.IGNORECASE)


@dataclass(frozen=True, slots=True)
class Statement:
    """A sentence, or a row of a grid: what it is about, and what it says.

    >>> (said,) = Vocabulary(frozenset()).statements("So (2, 3) is not safe.")
    >>> said.words, said.values
    (('is',), ('2', '3', 'not', 'safe'))
    """

    words: tuple[str, ...]
    values: tuple[str, ...]
    row: bool
    asks: bool
    text: str = field(compare=False)
    block: int = field(compare=False)
    """Rows with the same number stand below each other."""


@dataclass(frozen=True, slots=True)
class Vocabulary:
    """How texts about one instance are taken apart; ``symbols`` are the letters, words and moves of that instance."""

    symbols: frozenset[str]

    def statements(self, text: str) -> list[Statement]:
        """All of a text, in order."""
        found: list[Statement] = []
        block = 0
        text = _FILLER.sub("So:", canonical(text.translate(_SIGNS)))
        for line in _TAGS.sub("\n", _MARKUP.sub("", text)).split("\n"):
            line = _LEADING.sub("", line.strip())
            row = line and self._row(line, block)
            if row:
                found.append(row)
                continue
            block += 1
            found += self._sentences(line, block)
            block += 1
        return found

    def _row(self, line: str, block: int) -> Statement | None:
        """A line as the row of a grid; None where it has words of its own."""
        if any(len(word) > 1 for word in self._statement(line, block).words):
            return None
        return Statement((), tuple(_CELL.findall(line)), True, False, line, block)

    def _sentences(self, line: str, block: int) -> list[Statement]:
        """The sentences of a line; what has no words of its own belongs to the one before."""
        found: list[Statement] = []
        for piece in _SENTENCE_END.split(line):
            each = self._statement(piece, block)
            if found and not each.words:
                before = found.pop()
                each = replace(before, values=before.values + each.values, text=f"{before.text} {piece}")
            if each.words or each.values:
                found.append(each)
        return found

    def _statement(self, sentence: str, block: int) -> Statement:
        words, values = [], []
        sentence = _LEADING.sub("", sentence)
        for match in _TOKEN.finditer(sentence):
            token, lower = match[0], match[0].lower()
            if self._is_value(match):
                values.append(token)
            elif lower.endswith("n't"):
                values.append("not")
                words.append(lower[:-3])
            elif lower in TURNS and not _SAID_BY_THE_WAY.match(sentence, match.start()):
                values.append(lower)
            else:
                words.append(lower)
        return Statement(tuple(words), tuple(values), False, sentence.rstrip().endswith("?"), sentence, block)

    def _is_value(self, match: re.Match[str]) -> bool:
        """Whether a token is a number, a sign, a name in capital letters, or a symbol of the instance."""
        token = match[0]
        if token in self.symbols or not token[-1].isalpha():
            return True
        before = match.string[: match.start()].rstrip()
        article = token == "A" and (not before or before[-1] in ':("“')
        word = (article or token == "I") and _GOES_ON.match(match.string, match.end())
        return token.isupper() and not word


def symbols_of(values: Iterable[JsonValue]) -> frozenset[str]:
    """The single words and letters among the leaves and keys of JSON values."""
    found: set[str] = set()
    ahead = list(values)
    while ahead:
        value = ahead.pop()
        if isinstance(value, dict):
            found.update(key for key in value if len(key) == 1)
            ahead += value.values()
        elif isinstance(value, list):
            ahead += value
        elif isinstance(value, str) and value.isalpha():
            found.add(value)
    return frozenset(found | set(DIRECTIONS) if found & DIRECTIONS.keys() else found)


def grids_of(said: Sequence[Statement]) -> Iterator[tuple[Statement, ...]]:
    """Rows below each other."""
    grid: list[Statement] = []
    for each in said:
        if grid and not (each.row and each.block == grid[-1].block):
            yield tuple(grid)
            grid = []
        if each.row:
            grid.append(each)
    if grid:
        yield tuple(grid)
