"""Options that name other options: "both A and C", "none of the above", "以上都不对"."""

import re
from collections.abc import Sequence, Set
from dataclasses import dataclass
from functools import cache

from asterism.answers.cues import any_of, cues
from asterism.answers.labels import LETTERS, Wordings
from asterism.answers.language import Language, known_languages


@dataclass(frozen=True, slots=True)
class Naming:
    """What an option says of others: the ``letters`` that it names, and whether it speaks of those ``above`` it."""

    letters: tuple[str, ...] = ()
    above: bool = False


def naming(option: str, options: int) -> Naming | None:
    """How an option names others of a question with so many ``options``; None where it stands for itself.

    Letters count where an option is nothing but letters and the words that join them ("both A and C", "A、B", "only
    B", "neither A nor B"); the letters of "Vitamin C" and "triangle ABC" do not.
    """
    grammar = _grammar(known_languages())
    low = cues().level(option).strip(" .。")
    if grammar.lettered.fullmatch(low):
        letters = tuple(dict.fromkeys(match.upper() for match in grammar.letter.findall(low)))
        if len(letters) > 1 or (letters and len(low) > 3 and grammar.telling.search(low)):
            return Naming(letters) if all(letter in LETTERS[:options] for letter in letters) else None
    if grammar.refers.fullmatch(low):
        return Naming(above=grammar.above.search(low) is not None)
    return None


def combined(letters: Set[str], wordings: Wordings) -> str | None:
    """The one option that says that just these options hold together ("both A and C" of A and C)."""
    grammar = _grammar(known_languages())
    found = []
    for letter, text in zip(LETTERS, wordings.texts, strict=False):
        named = naming(text, len(wordings.texts))
        if named is not None and set(named.letters) == set(letters) and not grammar.denying.search(text):
            found.append(letter)
    return found[0] if len(found) == 1 else None


def movable(options: Sequence[str]) -> list[list[int]]:
    """Groups of places whose options may change places with one another without changing what any option says.

    An option that names others keeps its place, and so do those that it names by letter; nothing crosses one that
    speaks of those above it.
    """
    named = [naming(option, len(options)) for option in options]
    fixed = {place for place, other in enumerate(named) if other is not None}
    fixed |= {LETTERS.index(letter) for other in named if other is not None for letter in other.letters}
    groups: list[list[int]] = [[]]
    for place, other in enumerate(named):
        if place not in fixed:
            groups[-1].append(place)
        if other is not None and other.above:
            groups.append([])
    return [group for group in groups if group]


@dataclass(frozen=True, slots=True)
class _Grammar:
    lettered: re.Pattern[str]
    letter: re.Pattern[str]
    telling: re.Pattern[str]
    denying: re.Pattern[str]
    refers: re.Pattern[str]
    above: re.Pattern[str]


@cache
def _grammar(languages: tuple[Language, ...]) -> _Grammar:
    word = any_of(languages, "naming_words", "joined", "labels", "negators")
    letter = r"(?<![a-z0-9])[(\[]?([a-j])[)\]]?(?![a-z0-9'])"
    return _Grammar(
        lettered=re.compile(rf"(?:(?:{word}|{letter.replace('([a-j])', '[a-j]')}|[,、/&+])[ \t]{{0,3}}){{1,24}}"),
        letter=re.compile(letter),
        telling=re.compile(any_of(languages, "naming_words", "labels")),
        denying=re.compile(any_of(languages, "negators", "near_negators", "denying_words")),
        refers=re.compile(any_of(languages, "refers")),
        above=re.compile(any_of(languages, "above")),
    )
