"""The words of :mod:`asterism.answers.languages` compiled into the expressions that find and judge announcements.

All expressions run on :meth:`Cues.level` of a text: lower case, traditional characters folded, of the same length. The
lists of a language file (section ``cues``) that are read here:

==================  ===================================================================================
spaced, variants    whether words have spaces between them; pairs of characters of which the first is read as the second
nouns, weak_nouns   what an answer is called ("answer"); what it may be called ("option", "choice")
stressed, final     what makes a weak noun a strong one ("correct"); what makes an answer the last word ("final")
missed              what makes a noun no announcement ("wrong answer", "each option")
scopes, parts       what may stand between noun and link; the same where it is only a part that is answered
links               what joins noun and answer, plainly, denying (``denied_links``) or doubting (``doubted_links``)
announcements       what announces an answer without a noun ("I choose")
keys                names of the answer in JSON
resets, certain     words after which a new thought begins; idioms of certainty ("no doubt") that deny nothing
denials, fillers    words that take an announcement back, and those that may stand between the two
doubts, unsure      words that make it a guess (``reports``: of others); clauses that make a guess of what stands before
turns, retractions  words after which another answer replaces the earlier one; words that withdraw it
==================  ===================================================================================
"""

import re
from collections.abc import Sequence
from dataclasses import dataclass
from enum import Enum
from functools import cache

from asterism.answers.language import Language, known_languages

LETTERS = "a-z\u00e0-\u024f\u0370-\u052f"
"""Letters of languages with spaces, in lower case: none of them may touch a word."""
_MARK = r"(?:[:=]|->|=>|[→⇒]|[-–—](?=[ \t\n]))"
_CLAUSE_END = re.compile(r"[,:()\"，、—–]|\s-\s")
_SENTENCE_END = re.compile(r"[.!?](?=\s|$)|[。！？；;\n]")
_BEFORE = 160


class Stance(Enum):
    """What a place says of its answer."""

    PLAIN = "plain"
    DENIED = "denied"
    DOUBTED = "doubted"


def any_of(languages: Sequence[Language], *names: str, section: str = "cues") -> str:
    """An expression for any entry of these lists, in any of the languages, as whole words where words are spaced."""
    found = []
    for language in languages:
        entries = sorted({entry for name in names for entry in language.words(section, name)}, key=len, reverse=True)
        if not entries:
            continue
        either = f"(?:{'|'.join(entries)})"
        spaced = language.sections.get("cues", {}).get("spaced", True)
        found.append(f"(?<![{LETTERS}]){either}(?![{LETTERS}])" if spaced else either)
    return f"(?:{'|'.join(found)})" if found else "(?!)"


@dataclass(frozen=True, slots=True)
class Cues:
    """The expressions of announcements, compiled for some languages."""

    noun: re.Pattern[str]
    strong: re.Pattern[str]
    qualified: re.Pattern[str]
    final: re.Pattern[str]
    missed: re.Pattern[str]
    tail: re.Pattern[str]
    heading: re.Pattern[str]
    announcement: re.Pattern[str]
    key: re.Pattern[str]
    alternative: re.Pattern[str]
    turn: re.Pattern[str]
    retraction: re.Pattern[str]
    reset: re.Pattern[str]
    certain: re.Pattern[str]
    _denied: re.Pattern[str]
    doubt: re.Pattern[str]
    _doubted: re.Pattern[str]
    _variants: dict[int, str]

    def level(self, text: str) -> str:
        """The text in lower case with its variants of characters folded; as long as before."""
        if text.isascii():
            return text.lower()
        text = text.translate(self._variants)
        lower = text.lower()
        return lower if len(lower) == len(text) else "".join(c.lower() if len(c.lower()) == 1 else c for c in text)

    def calm(self, low: str) -> str:
        """The text without idioms in which words of denial or doubt deny and doubt nothing ("no doubt")."""
        return self.certain.sub(" ", low)

    def corrects(self, text: str) -> bool:
        """Whether a text takes back what stood before it."""
        low = self.level(text)
        return self.turn.search(low) is not None or self.retraction.search(low) is not None

    def stance(self, low: str, at: int, *, tight: bool = False) -> Stance:
        """How the clause before ``at`` takes what follows; ``tight`` looks only at the words that touch it."""
        before = low[max(0, at - _BEFORE) : at]
        ends = [match.end() for match in _SENTENCE_END.finditer(before)]
        before = self.calm(before[ends[-1] if ends else 0 :])
        cuts = sorted(
            {match.end() for expression in (_CLAUSE_END, self.reset) for match in expression.finditer(before)}
        )
        clause = before[cuts[-1] if cuts else 0 :]
        if self._denied.search(clause):
            return Stance.DENIED
        if self._doubted.search(clause) or (not tight and self.doubt.search(clause)):
            return Stance.DOUBTED
        last = before[cuts[-2] if len(cuts) > 1 else 0 : cuts[-1]].strip(" ,:，、") if cuts else ""
        touching = not clause.strip(" ") or not tight
        return Stance.DOUBTED if last and touching and self._doubted.fullmatch(last) else Stance.PLAIN


def cues() -> Cues:
    """The expressions of all known languages."""
    return _compiled(known_languages())


@cache
def _compiled(languages: tuple[Language, ...]) -> Cues:
    def words(*names: str) -> str:
        return any_of(languages, *names)

    quotes, gap = r"[\"'*_`)\]]{0,4}", r"[ \t]{0,3}"
    fillers = words("fillers", "nouns", "weak_nouns", "links", "stressed", "final")
    pairs = "".join(
        str(language.sections.get("cues", {}).get("variants") or "").replace(" ", "") for language in languages
    )
    qualifiers = rf"(?:{words('stressed', 'final')}[ \t\"*_-]{{0,3}}){{0,3}}"
    return Cues(
        noun=re.compile(words("nouns", "weak_nouns")),
        strong=re.compile(words("nouns")),
        qualified=re.compile(rf"{words('stressed', 'final')}[ \t\"*_-]{{0,3}}$"),
        final=re.compile(rf"{words('final')}[ \t\"*_-]{{0,3}}{qualifiers}$"),
        missed=re.compile(rf"{words('missed')}[ \t]{{0,3}}{qualifiers}$"),
        tail=re.compile(
            rf"{quotes}{gap}(?:(?P<part>{words('parts')}){gap}|{words('scopes')}{gap})?"
            rf"(?:(?P<denied>{words('denied_links')})|(?P<doubted>{words('doubted_links')})"
            rf"|(?P<link>{words('links')}|'s\b){quotes}{gap}[:=]?|{quotes}{gap}{_MARK}){quotes}{gap}"
        ),
        heading=re.compile(rf"[^\w]*(?:(?:{words('stressed', 'final', 'fillers')})[ \t\"*_-]{{0,3}}){{0,4}}"),
        announcement=re.compile(rf"{words('announcements')}{gap}{_MARK}?{gap}"),
        key=re.compile(rf"[\"']{words('keys')}[\"'][ \t\n]{{0,4}}:[ \t\n]{{0,4}}"),
        alternative=re.compile(words("alternatives")),
        turn=re.compile(words("turns")),
        retraction=re.compile(words("retractions")),
        reset=re.compile(words("resets")),
        certain=re.compile(words("certain")),
        _denied=re.compile(rf"{words('denials')}(?:[ \t]{{0,3}}{fillers}){{0,8}}[ \t]{{0,3}}$"),
        doubt=re.compile(words("doubts")),
        _doubted=re.compile(rf"{words('doubts', 'reports')}(?:[ \t]{{0,3}}{fillers}){{0,8}}[ \t]{{0,3}}$"),
        _variants={ord(pairs[i]): pairs[i + 1] for i in range(0, len(pairs) - 1, 2)},
    )
