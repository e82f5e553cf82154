"""The words that state a number, change it, doubt it or measure it, of all languages (data of ``languages/``)."""

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from functools import cache
from typing import Any

from asterism.answers.language import known_languages

Payload = str | int


@dataclass(frozen=True, slots=True)
class Entry:
    """What a word is: a numeral, a scale, a part, a sign of an operation, a unit, a mark, or none of these."""

    kind: str
    payload: Payload


_BEFORE, _AFTER = r"(?<![A-Za-z])", r"(?![A-Za-z])"


@dataclass(frozen=True, slots=True)
class Lexicon:
    """All entries, and the expression that finds the longest one at a place."""

    entries: Mapping[str, Entry]
    pattern: re.Pattern[str]
    suffixes: Mapping[str, int]
    unit_letters: Mapping[str, str]
    after_units: frozenset[str]

    def match(self, text: str, start: int) -> tuple[Entry, int] | None:
        """The longest entry that begins at ``start``, with its end."""
        found = self.pattern.match(text, start)
        return (self.entries[" ".join(found[0].casefold().split())], found.end()) if found else None

    def phrases(self, *kinds: str) -> list[str]:
        """The wordings of some kinds, longest first."""
        return sorted((word for word, entry in self.entries.items() if entry.kind in kinds), key=len, reverse=True)


@cache
def lexicon() -> Lexicon:
    """The words of every known language."""
    entries: dict[str, Entry] = {}
    suffixes: dict[str, int] = {}
    letters: dict[str, str] = {}
    after: set[str] = set()
    for language in known_languages():
        section = language.sections["numbers"]
        for word, entry in _entries(section):
            entries.setdefault(word.casefold(), entry)
        suffixes |= section.get("suffixes", {})
        after |= set(section.get("after_units", ()))
        letters |= section.get("unit_letters", {})
    return Lexicon(entries, re.compile(alternatives(entries), re.IGNORECASE), suffixes, letters, frozenset(after))


def _entries(section: Mapping[str, Any]) -> Iterator[tuple[str, Entry]]:
    """Earlier kinds win over later ones."""
    for word in section.get("no_numbers", ()):
        yield word, Entry("word", "")
    for word, sign in section.get("operations", {}).items():
        yield word, Entry("sign", sign)
    for kind, words in section.get("marks", {}).items():
        for word in words:
            yield word, Entry("mark", kind)
    for kind, key in (("numeral", "digits"), ("scale", "scales"), ("part", "parts"), ("power", "unit_powers")):
        for word, number in section.get(key, {}).items():
            yield word, Entry(kind, number)
    for word in section.get("minus", ()):
        yield word, Entry("sign", "-")
    for unit, words in section.get("units", {}).items():
        for word in words:
            yield word, Entry("unit", unit)
    for word in section.get("unit_per", ()):
        yield word, Entry("per", "/")
    for kind in ("verbs", "conclusions", "asides", "turns"):
        for word in section.get(kind, ()):
            yield word, Entry(kind, "")
    for key, sign in (("empty", "∅"), ("reals", "ℝ")):
        for word in section.get(key, ()):
            yield word, Entry("sign", sign)


def alternatives(words: Mapping[str, Entry] | list[str]) -> str:
    """An expression for the longest of some wordings, by first letter; Latin ones are whole words."""
    by_first: dict[str, list[str]] = {}
    for word in sorted(words, key=len, reverse=True):
        by_first.setdefault(word[0], []).append(word)
    groups = []
    for first, same in by_first.items():
        rest = "|".join(_wording(word) for word in same)
        groups.append(f"(?={re.escape(first)})(?:{rest})")
    return "|".join(groups)


def _wording(word: str) -> str:
    body = r"[ \t\n]{1,3}".join(re.escape(part) for part in word.split())
    before = _BEFORE if word[0].isascii() and word[0].isalpha() else ""
    after = _AFTER if word[-1].isascii() and word[-1].isalpha() else ""
    return before + body + after
