"""English words as the filters see them: which say the same, which say the opposite, which say nothing.

A word is compared by its *token*: its stem, after irregular forms and spellings have been undone.
"""

from collections.abc import Iterator
from functools import cache
from pathlib import Path

import yaml

from asterism.metaphor.builder.lexicon.stems import stem
from asterism.metaphor.builder.lexicon.wordnet import Relations, wordnet_lines

_LISTS: dict[str, str] = yaml.safe_load(Path(__file__).with_name("english.yaml").read_text(encoding="utf-8"))
COMPARATIVE = "#er"
"""The mark of a comparative in a token."""
_NEGATING = ("un", "in", "im", "ir", "il", "dis", "non", "mis")


def words(name: str) -> frozenset[str]:
    """The words of a list of ``english.yaml``."""
    return frozenset(_LISTS[name].split())


def _pairs(name: str, separator: str | None = None) -> list[list[str]]:
    return [line.split(separator) for line in _LISTS[name].splitlines()]


NEGATORS, SILENT = words("negators"), words("silent")
NUMBERS = dict(_pairs("numbers"))
_FORMS = {form: base for base, *forms in _pairs("forms") for form in forms}
_PHRASES = [(f" {phrase.strip()} ", f" {word.strip()} ".replace("  ", " ")) for phrase, word in _pairs("phrases", "=")]


def token(word: str) -> str:
    """The token of a lower-case word."""
    return stem(_FORMS.get(word, word))


@cache
def tokens(name: str) -> frozenset[str]:
    """The tokens of a list of ``english.yaml``."""
    return frozenset(map(token, words(name)))


def comparative(word: str) -> str | None:
    """The token of a comparative with its mark (``larg#er``), None where a word compares no adjective."""
    if not word.endswith("er") or len(word) < 5:
        return None
    bases = (word[:-2], word[:-1], word[:-3], f"{word[:-3]}y")
    return next((f"{stem(each)}{COMPARATIVE}" for each in bases if stem(each) in _RELATIONS.gradable), None)


def synonyms(first: str, second: str) -> bool:
    """Whether two tokens have a meaning in common."""
    return _RELATIONS.synonyms(first, second)


def opposites(first: str, second: str) -> bool:
    """Whether two tokens mean the opposite: antonyms, or one is the other with un-, in-, dis- or -less."""
    if first.endswith(COMPARATIVE) and second.endswith(COMPARATIVE):
        return opposites(first.removesuffix(COMPARATIVE), second.removesuffix(COMPARATIVE))
    return _RELATIONS.antonyms(first, second) or _negates(first, second) or _negates(second, first)


def replace_phrases(padded: str) -> str:
    """Text (lower case, words between single spaces, padded by spaces) with phrases replaced by one word."""
    for phrase, word in _PHRASES:
        padded = padded.replace(phrase, word)
    return padded


def _negates(long: str, short: str) -> bool:
    for prefix in _NEGATING:
        rest = long.removeprefix(prefix)
        if rest != long and min(len(rest), len(short)) >= 3 and (short.startswith(rest) or rest.startswith(short)):
            return True
    return long.removesuffix("less") == short and long != short


def _own_lines() -> Iterator[str]:
    """The relations of ``english.yaml``, as WordNet's are written."""
    for mark, name in (("=", "synonyms"), ("!", "antonyms")):
        for group in _pairs(name):
            yield f"{mark} {' '.join(word if word == '|' else token(word) for word in group)}"


_RELATIONS = Relations.of([*wordnet_lines(), *_own_lines()])  # complete before any thread of the builder reads it
