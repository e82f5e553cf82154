"""Reading the choice of an option."""

import re
from collections.abc import Sequence
from dataclasses import dataclass, field
from functools import cache, lru_cache

from asterism.answers.cues import any_of, cues
from asterism.answers.labels import LABEL, LETTERS, Wordings, letter_of, mark, squashed
from asterism.answers.language import Language, known_languages
from asterism.answers.naming import combined
from asterism.answers.reader import Reader, read
from asterism.answers.reading import Reading, Reason

__all__ = ["LETTERS", "lettered", "read_option"]

_SHORT = 300
_EDGE = " \t.,;:!$()[]\"'=>∴→⇒，。；：！、—–-"
_LONG = 4_096
_OPENED = re.compile(r"\W{0,4}([A-J])(?=\W)")


def lettered(options: Sequence[str]) -> str:
    """The options as a prompt shows them, each on a line of its own after its letter; nothing where there are none.

    >>> lettered(["a cat", "a dog"])
    '\\n(A) a cat\\n(B) a dog'
    """
    return "".join(f"\n({letter}) {option}" for letter, option in zip(LETTERS, options, strict=False))


def read_option(text: str, options: Sequence[str] = ()) -> Reading:
    """The option that a completion chooses, as a letter ``"A"`` to ``"J"``, or None with the reason.

    ``options`` are the texts in order: their wording is accepted in place of the letter, and a letter beyond them
    is out of range. Without them any letter from A to J is in range. ``(C)``, ``C.``, ``C: text``, ``**Answer:** C``,
    ``\\boxed{C}``, "option C fits best" and "not A, so C" are read; the "B" of "Based", the article "A" and the letter
    of "figure C" are not.
    """
    return read(text, _reader(tuple(options)))


@lru_cache(maxsize=1024)
def _reader(options: tuple[str, ...]) -> Reader:
    wordings = _Lazy(options)

    def direct(phrase: str) -> Reading:
        match = _grammar(known_languages()).label.fullmatch(phrase) if len(phrase) <= 32 else None
        if match is None:
            return _UNREADABLE
        found = _choice(match[1], len(options))
        if found.valid or not (named := wordings.get().called(phrase)):
            return found
        return Reading(named[0], Reason.BARE)  # a letter beyond the options that is the whole text of one

    def loose(phrase: str) -> Reading:
        found = direct(phrase)
        return found if found.reason is not Reason.UNREADABLE else _choose(phrase, wordings.get())

    def prose(body: str) -> Reading:
        if len(body) <= _SHORT:
            return loose(body)
        return _judged(body[-_LONG:], wordings.get(), by_words=False)

    return Reader(direct, loose, prose, negates=True, continues=True)


@dataclass(slots=True)
class _Lazy:
    """The wordings of options, made when they are first needed: a letter alone, the usual answer, needs none."""

    options: tuple[str, ...]
    made: Wordings | None = None

    def get(self) -> Wordings:
        if self.made is None:
            self.made = Wordings.of(self.options)
        return self.made


def _choose(phrase: str, wordings: Wordings) -> Reading:
    for named in (wordings.called(phrase), wordings.counted(phrase)):
        if named:
            return Reading(named[0], Reason.BARE) if len(named) == 1 else Reading.invalid(Reason.AMBIGUOUS)
    if (opened := _opened(phrase, wordings)) is not None:
        return opened
    parts = [wordings.called(part) for part in _grammar(known_languages()).joined.split(cues().level(phrase))]
    if all(parts) and len({name for part in parts for name in part}) > 1:
        return Reading.invalid(Reason.AMBIGUOUS)
    if image := _grammar(known_languages()).image.fullmatch(phrase):
        return _choice(image[1], len(wordings.names))
    return _judged(phrase, wordings, by_words=True)


def _opened(phrase: str, wordings: Wordings) -> Reading | None:
    """The reading of a phrase of a letter and then the very wording of one option, whatever that wording says."""
    found = _OPENED.match(phrase)
    if found is None or (place := LETTERS.index(found[1])) >= len(wordings.names):
        return None
    rest = squashed(phrase[found.end() :])
    if not rest or rest not in wordings.names:
        return None
    same = wordings.names[place] == rest
    return Reading(found[1], Reason.BARE) if same else Reading.invalid(Reason.AMBIGUOUS)


@dataclass(slots=True)
class _Verdicts:
    """The options that the clauses of a phrase speak of, by what they say of them."""

    chosen: set[str] = field(default_factory=set)
    rejected: set[str] = field(default_factory=set)
    doubted: set[str] = field(default_factory=set)
    neutral: set[str] = field(default_factory=set)
    mixed: bool = False
    unsure: bool = False


def _judged(phrase: str, wordings: Wordings, *, by_words: bool) -> Reading:
    """The one option that the clauses of a phrase choose; ``by_words``, or the one whose words alone are said."""
    marked = mark(phrase, wordings)
    if not _grammar(known_languages()).one.search(marked.text):
        beyond = _grammar(known_languages()).beyond.search(phrase) if wordings.names else None
        return Reading.invalid(Reason.OUT_OF_RANGE if beyond else Reason.UNREADABLE)
    found = _verdicts(marked.text, concluded=not by_words)
    chosen = found.chosen
    if not chosen and by_words and not found.doubted and len(found.neutral) == 1:
        chosen = found.neutral & marked.worded - marked.spelled
    if len(chosen) > 1 and (whole := combined(chosen, wordings)):
        chosen = {whole}
    if found.mixed or len(chosen) > 1 or chosen & found.rejected:
        return Reading.invalid(Reason.AMBIGUOUS)
    if chosen and not found.unsure:
        return _choice(chosen.pop(), len(wordings.names))
    if found.doubted or found.unsure:
        return Reading.invalid(Reason.AMBIGUOUS if len(found.doubted | found.neutral) > 1 else Reason.HEDGED)
    if found.rejected:
        return Reading.invalid(Reason.NEGATED)
    return Reading.invalid(Reason.AMBIGUOUS if len(found.neutral) > 1 else Reason.UNREADABLE)


def _verdicts(marked: str, concluded: bool) -> _Verdicts:
    """What the clauses of a marked phrase say; ``concluded``, a label alone counts only after a word of conclusion."""
    grammar, words = _grammar(known_languages()), cues()
    text = grammar.others.sub(" ", words.calm(marked))
    text = grammar.contrast.sub(r"\1;", text)
    text = grammar.listed.sub(lambda match: "".join(grammar.one.findall(match.group())), text)
    text = grammar.split.sub(lambda match: f"{match.group()}\n", text)
    text = grammar.breaks.sub(lambda match: f"\n{match.group()}", text)
    found = _Verdicts()
    conditional = False
    for clause in text.split("\n"):
        clause = clause.strip(_EDGE)
        if concluded and grammar.bare.fullmatch(clause) and not grammar.conclusion.match(clause):
            continue
        _judge(clause, found, conditional)
        conditional = grammar.condition.match(clause) is not None or (conditional and not clause)
    return found


def _judge(clause: str, found: _Verdicts, conditional: bool) -> None:
    grammar, words = _grammar(known_languages()), cues()
    letters = {letter_of(character) for character in grammar.one.findall(clause)}
    if not letters:
        found.unsure = found.unsure or bool(clause and grammar.unsure.fullmatch(clause))
    elif grammar.reason.match(clause):
        return
    elif grammar.alternative.match(clause):
        found.neutral |= letters
        found.mixed = True
    elif conditional and found.chosen - letters:
        found.mixed = True
    elif conditional or clause[-1] in "?？" or words.doubt.search(clause):
        found.doubted |= letters
    elif grammar.rejected.search(clause):
        found.rejected |= letters
        praised = {letter_of(one) for match in grammar.chosen.finditer(clause) for one in grammar.one.findall(match[0])}
        found.mixed = found.mixed or bool(praised and letters - praised)
    elif grammar.bare.fullmatch(clause):
        found.chosen |= letters
    elif choices := list(grammar.chosen.finditer(clause)):
        found.chosen |= {letter_of(character) for match in choices for character in grammar.one.findall(match.group())}
        found.neutral |= letters
    else:
        found.neutral |= letters


@dataclass(frozen=True, slots=True)
class _Grammar:
    label: re.Pattern[str]
    image: re.Pattern[str]
    beyond: re.Pattern[str]
    one: re.Pattern[str]
    joined: re.Pattern[str]
    listed: re.Pattern[str]
    others: re.Pattern[str]
    contrast: re.Pattern[str]
    condition: re.Pattern[str]
    conclusion: re.Pattern[str]
    alternative: re.Pattern[str]
    split: re.Pattern[str]
    breaks: re.Pattern[str]
    reason: re.Pattern[str]
    unsure: re.Pattern[str]
    rejected: re.Pattern[str]
    bare: re.Pattern[str]
    chosen: re.Pattern[str]


@cache
def _grammar(languages: tuple[Language, ...]) -> _Grammar:
    def words(*names: str) -> str:
        return any_of(languages, *names)

    gap = r"[ \t]{0,3}"
    padding = rf"(?:{words('padding', 'labels')}{gap}){{0,8}}"
    joined = rf"(?:{gap}(?:[,、/&]|{words('joined')})){{0,2}}{gap}(?:(?:the )?{words('labels')}{gap})?"
    after = rf"(?={gap}(?:$|[,.)?]|{words('after_choice')}))"
    return _Grammar(
        label=re.compile(
            rf"(?i:(?:the )?{words('labels')}){{0,2}}"
            rf"[:(\[<$\"' ]{{0,6}}([A-Ja-j])[)\]>$\"'. 。]{{0,6}}(?i:{words('label_ends')})?"
        ),
        image=re.compile(rf"(?i:(?:the )?{words('images')}){gap}[(\[]?([A-J])[)\]]?"),
        beyond=re.compile(
            rf"(?:^|(?i:{words('labels', 'chosen_before')}){gap})[(\[]?([A-J])[)\]]?(?=[ \t]{{0,3}}(?:$|[.,;:!?)\n]))"
        ),
        one=re.compile(LABEL),
        joined=re.compile(f"{words('joined', 'alternatives')}|[,、/]"),
        listed=re.compile(rf"{LABEL}(?:{joined}{LABEL})+"),
        others=re.compile(words("others")),
        contrast=re.compile(rf"({words('contrasts')}{gap}{LABEL}{gap}),"),
        condition=re.compile(words("conditions")),
        conclusion=re.compile(words("conclusions")),
        alternative=re.compile(words("alternatives")),
        split=re.compile(r"[;!?()\[\]\n，。；！？—–]|[.,:](?=\s|$|[^\x00-\x7f])|\s-\s"),
        breaks=re.compile(f"{words('breaks')}|{words('not_before')}(?={gap}(?:the )?{LABEL})"),
        reason=re.compile(words("reasons", "reasons_after")),
        unsure=re.compile(rf"(?:{padding}{words('unsure', 'doubts')}[?？]?)"),
        rejected=re.compile(words("rejected")),
        bare=re.compile(rf"{padding}{LABEL}+{gap}{padding}"),
        chosen=re.compile(
            rf"{words('chosen_before')}{gap}[:]?{gap}{padding}{LABEL}+{after}|{LABEL}+{gap}{words('chosen_after')}"
        ),
    )


_UNREADABLE = Reading.invalid(Reason.UNREADABLE)


def _choice(letter: str, options: int) -> Reading:
    letter = letter.upper()
    if options and LETTERS.index(letter) >= options:
        return Reading.invalid(Reason.OUT_OF_RANGE)
    return Reading(letter, Reason.BARE)
