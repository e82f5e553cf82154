"""Reading true or false."""

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from functools import cache

from asterism.answers.cues import any_of, cues
from asterism.answers.language import Language, known_languages
from asterism.answers.reader import Reader, read
from asterism.answers.reading import Reading, Reason

TRUE, FALSE = "T", "F"
MAX_LINE = 4_096
"""Longest line, in characters, that may be nothing but an answer."""
MAX_PROSE = 20_000
"""Of a text in which nothing marks the answer, so many characters are read: the last ones."""

_SIGNS = {**dict.fromkeys("✓✔✅√", TRUE), **dict.fromkeys("✗✘❌❎×", FALSE)}
_FRAME = " \t\n.,;:!()[]<>$\"'。，；：！、"
_MATH = re.compile(r"[=+^*%\\<>|/]")
_CLAUSE = re.compile(r"[.,;:!?\n()\[\]\"。，；：！？、—–]|\s-\s")
_LETTER = re.compile(r"(?<![A-Za-z0-9_'-])[TF](?![A-Za-z0-9_'-])")
_LAST_LETTER = re.compile(
    r"(?:\b(?i:is|answer|so|thus|be|choose|say|pick|therefore|hence|statement)[ \t]{1,3}|[是为选][ \t]{0,3})([TF])$"
)
_QUOTED = re.compile(
    r"\"([^\"\n]{1,300})\"|(?<![A-Za-z0-9])'([^'\n]{1,300}(?:'[a-z]{1,2} [^'\n]{1,300}){0,4})'(?![A-Za-z0-9])"
    r"|《[^》\n]{1,100}》"
)
_QUOTE = "\ue050"
_UNSURE, _BOTH = "~", "?"


def read_truth(text: str) -> Reading:
    """The truth value that a completion gives: ``"T"``, ``"F"`` or None with the reason.

    ``<answer>True.</answer>``, ``\\boxed{F}``, ``Answer: yes``, ``答案：错误`` and a bare ``T`` are read; "T or F" is
    ambiguous, "probably true" hedged; "T-shirt" and "x=T" are no truth values.
    """
    return read(text, READER)


def truth_label(label: str) -> str | None:
    """The truth value of a stored label: what :func:`read_truth` accepts as a whole answer, or 1 and 0."""
    word = cues().level(label.strip())
    if word in ("1", "0"):
        return TRUE if word == "1" else FALSE
    return _grammar(known_languages()).words.get(word.strip(_FRAME))


def _direct(phrase: str) -> Reading:
    """A truth word alone, or one that opens the phrase, provided that nothing in the phrase gainsays it."""
    if len(phrase) > MAX_LINE:
        return Reading.invalid(Reason.UNREADABLE)
    grammar, low = _grammar(known_languages()), cues().level(phrase)
    if len(phrase) <= 64 and (value := grammar.words.get(low.strip(_FRAME))):
        return Reading(value, Reason.BARE)
    if (reasoned := grammar.reasoned.match(low)) and not _gainsaid(phrase):
        return Reading(grammar.words[reasoned["word"]], Reason.BARE)
    opening = next(_clauses(low), "")
    if opening not in grammar.words or _MATH.search(phrase.lstrip()[: len(opening) + 2]):
        return Reading.invalid(Reason.UNREADABLE)
    return _one_value(phrase)


def _gainsaid(phrase: str) -> bool:
    sentence = phrase.partition(". ")[2]
    return bool(sentence) and _one_value(sentence).reason in (Reason.AMBIGUOUS, Reason.HEDGED)


def _loose(phrase: str) -> Reading:
    direct = _direct(phrase)
    return direct if direct.valid else _impersonal(phrase) or _one_value(phrase)


def _impersonal(phrase: str) -> Reading | None:
    """The value of "it is (not) true that ...", provided that nothing comes after a "but"."""
    grammar, low = _grammar(known_languages()), cues().level(phrase)
    found = grammar.impersonal.match(low)
    if found is None or cues().reset.search(low, found.end()) or grammar.doubt.search(low[: found.end()]):
        return None
    return Reading(_value(found["word"], _is_odd(found["negated"], grammar), grammar), Reason.BARE)


def _prose(text: str) -> Reading:
    """A verdict in so many words ("so the statement is false"), with nothing in the text against it."""
    grammar, text = _grammar(known_languages()), text[-MAX_PROSE:]
    clauses = list(_clauses(_calm(cues().level(text), grammar)))
    clauses = [claim for clause in clauses if (claim := _without_reason(clause, grammar))]
    if not clauses or not (
        any(grammar.verdict.fullmatch(clause) or grammar.ending.search(clause) for clause in clauses)
        or grammar.alone.fullmatch(clauses[-1])
    ):
        said = _one_value(text) if len(text) <= MAX_LINE else Reading.invalid(Reason.UNREADABLE)
        return Reading.invalid(Reason.UNREADABLE) if said.valid else said
    return _one_value(text)


def _one_value(phrase: str) -> Reading:
    """The value that all clauses with a verdict agree on; what is given as a reason counts for nothing."""
    grammar = _grammar(known_languages())
    low = _calm(cues().level(phrase), grammar)
    same = phrase if len(low) == len(phrase) else low
    values: list[str] = []
    conditional = False
    for start, stop in _spans(low):
        clause = _without_reason(low[start:stop], grammar)
        if value := _clause_value(clause.strip(), same[start : start + len(clause)].strip(), grammar):
            values.append(_UNSURE if conditional else value)
        elif values and grammar.unsure.fullmatch(clause.strip()):
            values.append(_UNSURE)
        opens = grammar.condition.match(low[start:stop].strip()) or grammar.unsure.fullmatch(clause.strip())
        conditional = opens is not None and low[stop : stop + 1] in ",，"
    if values and values[-1] in (TRUE, FALSE):  # a plain word settles what was open before it
        values = [value for value in values if value != _UNSURE]
    if not values:
        return Reading.invalid(Reason.UNREADABLE)
    if len(set(values)) > 1 or values[0] in (_BOTH, _UNSURE):
        return Reading.invalid(Reason.HEDGED if set(values) == {_UNSURE} else Reason.AMBIGUOUS)
    return Reading(values[0], Reason.BARE)


def _without_reason(clause: str, grammar: "_Grammar") -> str:
    reason = grammar.reason.search(clause)
    return clause if reason is None else clause[: reason.start()].rstrip()


def _calm(low: str, grammar: "_Grammar") -> str:
    """The text without idioms, interjections and quotations, each of which becomes one sign; as long as before."""

    def sign(match: re.Match[str]) -> str:
        said = (match[1] or match[2] or "").strip(_FRAME)
        return (
            match.group().replace('"', " ").replace("'", " ") if said in grammar.words else _QUOTE * len(match.group())
        )

    def blank(match: re.Match[str]) -> str:
        return " " * len(match.group())

    low = cues().certain.sub(blank, low)
    return grammar.interjection.sub(blank, _QUOTED.sub(sign, low))


def _clauses(phrase: str) -> Iterator[str]:
    for start, stop in _spans(phrase):
        yield phrase[start:stop].strip()


def _spans(phrase: str) -> Iterator[tuple[int, int]]:
    start = 0
    for match in _CLAUSE.finditer(phrase):
        if phrase[start : match.start()].strip():
            yield start, match.start() + (match.group() == "?")
        start = match.end()
    if phrase[start:].strip():
        yield start, len(phrase)


def _clause_value(clause: str, written: str, grammar: "_Grammar") -> str | None:
    """``"T"``, ``"F"``, a sign where the clause speaks of truth without settling it, None where it does not."""
    if len(clause) <= 24 and (value := grammar.words.get(clause.strip(_FRAME))):
        return value
    told = {grammar.words.get(part.strip(_FRAME)) for part in grammar.joined.split(clause)}
    if {TRUE, FALSE} <= told:
        return _BOTH
    found = grammar.verdict.fullmatch(clause) or grammar.ending.search(clause)
    if found is not None and not grammar.doubt.search(clause):
        before = clause[: found.start()]
        negated = _is_odd(found["negated"], grammar)
        if grammar.reported.search(before):
            return _UNSURE
        return _BOTH if grammar.negator.search(before) else _value(found["word"], negated, grammar)
    values = _stated(clause, grammar)
    letters = set(_LETTER.findall(written))
    if letters == {TRUE, FALSE}:
        return _BOTH
    last = None if _MATH.search(written) else _LAST_LETTER.search(written)
    if last:
        values.append(_BOTH if grammar.negator.search(clause) else last[1])
    if found is not None and not values:
        return _UNSURE
    if not values:
        speaks = grammar.says_true.search(clause) or grammar.says_false.search(clause)
        return _UNSURE if speaks and grammar.doubt.search(clause) else None
    if len(set(values)) == 1 and values[0] != _BOTH:
        return _UNSURE if grammar.doubt.search(clause) or clause.endswith("?") else values[0]
    return (
        _UNSURE
        if len({value for value in values if value != _BOTH}) < 2
        and grammar.doubt.search(clause)
        and not grammar.both(clause)
        else _BOTH
    )


def _stated(clause: str, grammar: "_Grammar") -> list[str]:
    """The values of the verdict words of a clause; a sign for one under a negation further off."""
    values: list[str] = []
    negator = grammar.negator.search(clause)
    for match in grammar.stated.finditer(clause):
        far = negator is not None and negator.start() < match.start()
        values.append(_BOTH if far else _value(match["word"], _is_odd(match["negated"], grammar), grammar))
    if grammar.both(clause):
        values.append(_BOTH)
    return values


def _is_odd(negation: str | None, grammar: "_Grammar") -> bool:
    return bool(negation) and len(grammar.near.findall(negation or "")) % 2 == 1


def _value(word: str, negated: bool, grammar: "_Grammar") -> str:
    value = TRUE if grammar.true_word.fullmatch(word) else FALSE
    if not negated:
        return value
    return FALSE if value == TRUE else TRUE


@dataclass(frozen=True, slots=True)
class _Grammar:
    """The expressions of truth values, compiled for some languages."""

    words: Mapping[str, str]
    true_word: re.Pattern[str]
    verdict: re.Pattern[str]
    ending: re.Pattern[str]
    alone: re.Pattern[str]
    stated: re.Pattern[str]
    joined: re.Pattern[str]
    reasoned: re.Pattern[str]
    reason: re.Pattern[str]
    condition: re.Pattern[str]
    impersonal: re.Pattern[str]
    negator: re.Pattern[str]
    near: re.Pattern[str]
    doubt: re.Pattern[str]
    reported: re.Pattern[str]
    unsure: re.Pattern[str]
    interjection: re.Pattern[str]
    says_true: re.Pattern[str]
    says_false: re.Pattern[str]

    def both(self, clause: str) -> bool:
        """Whether a clause has a word for true and one for false."""
        rest = self.says_false.sub(" ", clause)
        return rest != clause and self.says_true.search(rest) is not None


@cache
def _grammar(languages: tuple[Language, ...]) -> _Grammar:
    def words(*names: str) -> str:
        return any_of(languages, *names)

    def listed(name: str) -> list[str]:
        return [word for language in languages for word in language.words("cues", name)]

    gap = r"[ \t]{0,3}"
    opening = "|".join(map(re.escape, sorted(listed("true") + listed("false"), key=len, reverse=True)))
    near = words("near_negators")
    negated = rf"(?P<negated>(?:{near}{gap}){{0,2}})"
    word = rf"(?P<word>{words('verdicts_true', 'verdicts_false')}"
    degree = rf"(?:{words('degrees')}{gap})?"
    end = rf"(?:{words('verdict_tails')}{gap}){{0,2}}"
    statement = rf"(?:(?<!{_QUOTE}){_QUOTE}++|{words('statements')}){gap}(?:{_QUOTE}++{gap})?"
    copula = rf"(?:(?:{words('copulas')}){gap}){{0,2}}"
    said = rf"{copula}{degree}{negated}{copula}{degree}{word}|(?<![a-z])[tf](?![a-z])){gap}{end}"
    return _Grammar(
        words={**_SIGNS, **dict.fromkeys(listed("true"), TRUE), **dict.fromkeys(listed("false"), FALSE)},
        true_word=re.compile(f"t|{words('verdicts_true', 'stated_true')}"),
        verdict=re.compile(
            rf"(?:{words('leads')}{gap}){{0,5}}(?:(?:{words('determiners')}{gap}){{0,4}}{statement})?{said}"
        ),
        ending=re.compile(
            rf"{statement}(?:{words('abouts')}[^\n]{{1,300}}?)?(?:{words('copulas')}{gap}|(?={near}))"
            rf"{negated}{degree}{word}){gap}{end}$"
        ),
        alone=re.compile(rf"(?:{words('leads')}{gap}){{0,3}}{words('verdicts_true', 'verdicts_false')}{gap}{end}"),
        stated=re.compile(
            rf"{negated}(?P<word>{words('stated_true', 'stated_false')})(?=[ \t]{{0,3}}(?:$|{words('verdict_ends')}))"
        ),
        joined=re.compile(f"{words('joined', 'alternatives')}|/"),
        reasoned=re.compile(f"(?P<word>{opening}){gap}{words('reasons_after')}"),
        reason=re.compile(words("reasons", "reasons_after")),
        condition=re.compile(words("conditions")),
        impersonal=re.compile(
            rf"(?:{words('leads')}{gap}){{0,3}}{words('impersonals')}{gap}{negated}{degree}{word}){gap}{words('thats')}"
        ),
        negator=re.compile(words("negators")),
        near=re.compile(near),
        reported=re.compile(f"{words('reports')}{gap}(?:{words('thats')}{gap})?$"),
        unsure=re.compile(words("unsure", "doubts")),
        doubt=re.compile(words("doubts", "truth_doubts")),
        interjection=re.compile(words("interjections")),
        says_true=re.compile(words("stated_true")),
        says_false=re.compile(words("stated_false")),
    )


READER = Reader(direct=_direct, loose=_loose, prose=_prose, negates=True)
"""How truth values are read."""
