"""Letters and words of options in a phrase, each made one character, so that grammar can be told by expressions.

"C (the clock), not B" becomes "Ⓒ (Ⓒ), not Ⓑ", with a private character for each circled letter. Letters that name
something else ("figure B", "vitamin C"), the article "A" and the pronoun "I" stay as they are.
"""

import re
from collections.abc import Sequence
from dataclasses import dataclass
from decimal import Decimal
from functools import cache, lru_cache

from asterism.answers.cues import LETTERS as SPACED
from asterism.answers.cues import any_of, cues
from asterism.answers.language import Language, known_languages
from asterism.answers.text import fold, plain

LETTERS = "ABCDEFGHIJ"
"""The letters that options have, in order; a question has no more options than these."""
FIRST = 0xE000
LABEL = "[\ue000-\ue009]"
"""One option, as an expression on a marked phrase."""
_LEFT, _RIGHT = r"(?<![A-Za-z0-9_'\-=+^*/\\°∠.&])", r"(?![A-Za-z0-9_'=+^*/\\%°&]|-[A-Za-z0-9]|\.[A-Za-z])"
_JUNK = re.compile(r"(?:[\s.,;:!?()\[\]\"'$`*。，；：！？、—–]|-(?![0-9]))+")
"""What two wordings of an option may differ in; the minus of a number is kept."""
_ARTICLE = re.compile(r"^\W{0,4}(?:the|an?) (?=\w)")
_QUANTITY = re.compile(
    r"(?:[a-z][ ]?=[ ]?)?[$€£¥]?(?P<number>-?[0-9]{1,20}(?:,[0-9]{3})*(?:\.[0-9]{1,20})?)"
    r"[ ]?(?P<unit>[a-z%°²³\u4e00-\u9fff]{0,15}(?: [a-z]{1,15})?)"
)


@dataclass(frozen=True, slots=True)
class Marked:
    """A phrase with a character for each option in it; ``spelled`` are the options named by letter."""

    text: str
    spelled: frozenset[str] = frozenset()
    worded: frozenset[str] = frozenset()


@dataclass(frozen=True, slots=True)
class Wordings:
    """The texts of options, in the form in which they are compared."""

    names: tuple[str, ...]
    texts: tuple[str, ...] = ()

    @classmethod
    def of(cls, options: Sequence[str]) -> "Wordings":
        """The wordings of options in order."""
        texts = tuple(cues().level(plain(fold(option))) for option in options[: len(LETTERS)])
        return cls(tuple(map(squashed, texts)), texts)

    def called(self, phrase: str) -> list[str]:
        """Letters of the options that a phrase is the wording of, an article or the option's noun aside."""
        if phrase.rstrip()[-1:] in ("?", "？") and not any(text.endswith(("?", "？")) for text in self.texts):
            return []
        said = squashed(phrase)
        exact = [LETTERS[i] for i, name in enumerate(self.names) if name and name == said]
        if exact or not said:
            return exact
        said = squashed(_bare(cues().level(phrase)))
        return [LETTERS[i] for i, name in enumerate(self.names) if name and _bare(name) == said]

    def counted(self, phrase: str) -> list[str]:
        """Letters of the options with the one quantity that a phrase is; a unit that only one of them has is no bar."""
        said = _quantity(cues().level(phrase))
        if said is None:
            return []
        return [
            LETTERS[i]
            for i, option in enumerate(self.texts)
            if (own := _quantity(option)) is not None
            and own[0] == said[0]
            and (own[1] == said[1] or not said[1] or not own[1])
        ]


def _quantity(text: str) -> tuple[Decimal, str] | None:
    match = _QUANTITY.fullmatch(text.strip(" .!。$"))
    return (Decimal(match["number"].replace(",", "")).normalize(), match["unit"]) if match else None


def label(letter: str) -> str:
    """The character that stands for an option in a marked phrase."""
    return chr(FIRST + LETTERS.index(letter))


def letter_of(character: str) -> str:
    """The letter of an option's character."""
    return LETTERS[ord(character) - FIRST]


def squashed(text: str) -> str:
    """Text in lower case, variants of characters folded, with a space for punctuation."""
    return _JUNK.sub(" ", cues().level(text)).strip()


def mark(phrase: str, wordings: Wordings) -> Marked:
    """The phrase in lower case with its options made characters: wordings first, the longest first, then letters."""
    low = cues().level(phrase)
    low, phrase, worded = _mark_wordings(low, phrase, wordings)
    spelled: set[str] = set()
    beyond = len(wordings.names) or len(LETTERS)
    expressions = _expressions(known_languages())
    named = {place for match in expressions.named.finditer(low) for place in range(*match.span())}
    parts: list[str] = []
    end = 0
    for match in expressions.letter.finditer(phrase):
        group = match.lastgroup or ""
        letter = match[group].upper()
        if match.start(group) in named or LETTERS.index(letter) >= beyond or _is_initial(phrase, match):
            continue
        spelled.add(letter)
        parts += low[end : match.start()], label(letter)
        end = match.end()
    return Marked("".join((*parts, low[end:])), frozenset(spelled), frozenset(worded))


def _mark_wordings(low: str, phrase: str, wordings: Wordings) -> tuple[str, str, set[str]]:
    worded: set[str] = set()
    if not any(wordings.names):
        return low, phrase, worded
    for index, expression in _wording_expressions(wordings.names):
        if expression.search(low):
            if not _is_number(wordings.names[index]):
                worded.add(LETTERS[index])
            character = chr(FIRST + index)
            spans = [match.span() for match in expression.finditer(low)]
            low, phrase = (_replaced(text, spans, character) for text in (low, phrase))
    return low, phrase, worded


def _replaced(text: str, spans: list[tuple[int, int]], character: str) -> str:
    parts: list[str] = []
    end = 0
    for start, stop in spans:
        parts += text[end:start], character
        end = stop
    return "".join((*parts, text[end:]))


@cache
def _expressions(languages: tuple[Language, ...]) -> "_Expressions":
    noun, named, joined = (any_of(languages, name) for name in ("labels", "named", "joined"))
    name = r"[(\[]?(?:[a-j]|[ivx]{1,4})[)\]]?(?![a-z0-9])"
    after_word = any_of(languages, "after_letter", "chosen_after", "joined", "breaks", "rejected", "doubts", "copulas")
    return _Expressions(
        letter=re.compile(
            r"[(\[][ \t]?(?P<bracketed>[A-Ja-j])[ \t]?[)\]]"
            rf"|(?i:{noun})[ \t]{{0,2}}(?:[(\[]?(?P<called>[A-J])[)\]]?|(?<=[ \t])(?P<lower>[b-j]))(?![A-Za-z0-9'])"
            rf"|{_LEFT}(?:(?P<plain>[B-HJ])|(?P<wordlike>[AI])(?=[ \t]{{0,3}}(?:$|[A-J](?![A-Za-z])|"
            rf"[.,;:!?)\n/、\"\u4e00-\u9fff\ue000-\ue009。，；：—–(&]"
            rf"|-[ \t]|(?i:{after_word}))(?! am\b))){_RIGHT}"
        ),
        named=re.compile(
            rf"{named}[ \t]{{0,2}}{name}(?:[ \t]{{0,2}}(?:[,、/]|{joined})[ \t]{{0,2}}(?:{named}[ \t]{{0,2}})?{name})*"
            r"|(?<![a-z])(?:i|ii|iii|iv|v)[ \t]?(?:[,&]|and|or)[ \t]?(?:i|ii|iii|iv|v)(?![a-z])"
            rf"|(?<![{SPACED}])[a-j] (?:major|minor|vitamins?|battery|batteries)(?![{SPACED}])|[0-9] [a-j](?![a-z0-9])"
        ),
    )


@dataclass(frozen=True, slots=True)
class _Expressions:
    letter: re.Pattern[str]
    named: re.Pattern[str]


_NUMBER_LEFT = r"(?<![a-z0-9.,+\-*/^=\\])(?<![+\-*/^=] )(?<!option )(?<!choice )(?<!number )(?<![0-9] )"
_NUMBER_RIGHT = r"(?![a-z0-9%°^/*+=]|[.,][0-9]|[ ][-+*/^=×÷])"
_NAME_BEFORE = re.compile(r"[A-Z][a-z]+ $")


def _is_initial(phrase: str, match: re.Match[str]) -> bool:
    """Whether a letter is the initial of a name: "Michael J. Fox"."""
    after = phrase[match.end() : match.end() + 4]
    if match.lastgroup != "plain" or not re.match(r"\. ?[A-Z]", after):
        return False
    before = _NAME_BEFORE.search(phrase[max(0, match.start() - 20) : match.start()])
    return before is not None and not re.fullmatch(
        r"(?:Option|Choice|Answer|Letter|Is|So|Thus|Hence|Therefore) ", before[0]
    )


def _is_number(name: str) -> bool:
    return name.isascii() and name.replace(" ", "").isdigit()


def _bare(name: str) -> str:
    return _ARTICLE.sub("", name)


@lru_cache(maxsize=1024)
def _wording_expressions(names: tuple[str, ...]) -> tuple[tuple[int, re.Pattern[str]], ...]:
    """What finds each wording in a phrase, the longest first."""
    found = []
    for index in sorted(range(len(names)), key=lambda i: -len(names[i])):
        name = _bare(names[index])
        if (len(name) < (3 if name.isascii() else 2) and not _is_number(name)) or names.count(names[index]) > 1:
            continue
        words = r"[\s.,;:!?()\[\]\"'$`*。，；：！？、—–-]{1,12}".join(map(re.escape, name.split(" ")))
        if _is_number(name):
            found.append((index, re.compile(f"{_NUMBER_LEFT}{words}{_NUMBER_RIGHT}")))
            continue
        edge = ("(?<![A-Za-z0-9])", "(?![A-Za-z0-9])") if name.isascii() else ("", "")
        found.append((index, re.compile(f"{edge[0]}(?:(?:the|an?) )?{words}{edge[1]}")))
    return tuple(found)
