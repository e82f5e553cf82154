"""What a trace must be to be kept: filters with names, asked in one order; the first that objects drops it."""

import re
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from asterism.answers.blocks import find_blocks
from asterism.helix.entry import fingerprint
from asterism.helix.puzzle import Puzzle, Step
from asterism.helix.serg.config import SergConfig
from asterism.helix.serg.trace_reader import Reader, Reading

FILTERS = (
    "instance",
    "decontamination",
    "rules",
    "question",
    "length",
    "answer",
    "mention",
    "repetition",
    "reflection",
    "state",
)
"""All of them, in the order in which they are asked.

The first three look at the instance before anything is asked: a record of no task that there is, or whose state is none
of that task's; a state of the benchmark; a rule-based trace whose own steps do not hold. The others look at what a
teacher wrote.
"""

_QUOTED = 0.9
"""Share of a text's runs of words out of what the teacher was shown from which on it is no rewrite."""
_RUN = 6
_LOOPS = 4
_LONGEST_PERIOD = 400

_TAG = re.compile(r"</?think>")
_REFUSAL = re.compile(
    r"^\W*(?:i['’]?m sorry|sorry|i cannot|i can['’]?t|i am unable|i['’]?m unable|as an ai)\b", re.IGNORECASE
)
_MENTION = re.compile(
    r"\b(?:given|provided|supplied|reference|rule[- ]based|worked|original|sample) "
    r"(?:steps?|solution|reasoning|trace|notes?|analysis|hints?|walk-?through|chain of thought)\b"
    r"|\b(?:according to|following|based on|as in|from|per) the (?:steps|solution|trace|notes?|hints?|walk-?through)\b"
    r"|\bthe (?:notes?|trace|hints?|walk-?through) (?:say|state|tell|give|show|mention)s?\b"
    r"|\b(?:steps|solution|notes?|hints?) (?:that )?(?:i|we) (?:was|were|am|are|have been) given\b",
    re.IGNORECASE,
)
_REFLECTION = re.compile(
    r"\bwait\b|\bhmm+\b|\bhold on\b|\blet me (?:double-?|re-?)?(?:check|verify|reconsider|think again|look again)"
    r"|\b(?:double-?|re-?)check\b|\bon second thought\b|\bactually,|\bgo(?:ing)? back\b|\bbacktrack",
    re.IGNORECASE,
)


@dataclass(frozen=True, slots=True)
class Objection:
    """Why a trace is dropped: the filter's name, and what it met."""

    filter: str
    why: str = ""


@dataclass(frozen=True, slots=True)
class Examined:
    """What the filters say of a text; ``reading`` is there where it came to the last of them."""

    objection: Objection | None
    verdict: str = ""
    reading: Reading | None = None


def examine(
    puzzle: Puzzle[Any], state: Any, reader: Reader, text: str, shown: str, config: SergConfig, *, cut_off: bool = False
) -> Examined:
    """Every filter of a written text in turn.

    Args:
        reader: of the same state.
        shown: what the teacher saw.
        cut_off: the teacher came to the end of its tokens.
    """
    objection = _no_rewrite(text, shown) or _too_long(text, config, cut_off)
    if objection is not None:
        return Examined(objection)
    verdict = puzzle.verify(state, text)
    wrong = None if verdict.right else Objection("answer", f"{verdict.code}: {verdict.detail}")
    objection = wrong or _mention(text) or _loop(text, config) or _reflections(text, config)
    if objection is not None:
        return Examined(objection, verdict.code)
    reading = reader.read("\n".join(find_blocks(text).thoughts) or text)
    return Examined(_untrue(reading, config), verdict.code, reading)


def contaminated(puzzle: Puzzle[Any], state: Any, states: frozenset[str]) -> Objection | None:
    """Whether a state, or the same with its two parts exchanged, is one of a benchmark's."""
    both = [state, puzzle.mirrored(state)] if puzzle.two_sided else [state]
    marks = [fingerprint(puzzle, each) for each in both]
    met = next((mark for mark in marks if mark in states), None)
    return None if met is None else Objection("decontamination", f"state {met[:16]} of the benchmark")


def unsound(puzzle: Puzzle[Any], state: Any, steps: Sequence[Step]) -> Objection | None:
    """Whether the rule-based reasoning claims what is not so."""
    for number, step in enumerate(steps, 1):
        if not puzzle.holds(state, step.claim):
            return Objection("rules", f"step {number}: {step.text[:80]}")
    return None


def reflections(text: str) -> int:
    """How often a text stops to check or to doubt."""
    return len(_REFLECTION.findall(text))


def loop(text: str) -> int:
    """Words of the longest stretch that repeats itself at least four times in a row; 0 where none does.

    >>> loop("on and on " + "round we go " * 5)
    15
    """
    words = re.findall(r"\w+", text.lower())
    numbers = {word: number for number, word in enumerate(dict.fromkeys(words))}
    row = np.fromiter((numbers[word] for word in words), dtype=np.int64, count=len(words))
    periods = range(1, min(_LONGEST_PERIOD, len(row) // _LOOPS) + 1)
    stretches = ((period, _stretch(row, period)) for period in periods)
    return max((words for period, words in stretches if words >= _LOOPS * period), default=0)


def _stretch(row: "np.ndarray[Any, Any]", period: int) -> int:
    """Words of the longest stretch in which each word is the one ``period`` before it."""
    same = np.concatenate(([False], row[period:] == row[:-period], [False]))
    edges = np.flatnonzero(same[1:] != same[:-1])
    longest = int((edges[1::2] - edges[::2]).max(initial=0))
    return longest + period if longest else 0


def _no_rewrite(text: str, shown: str) -> Objection | None:
    """Nothing, a refusal, or what the teacher was shown."""
    if not text.strip():
        return Objection("question", "empty")
    if len(text) < 600 and _REFUSAL.search(find_blocks(text).outside or text):
        return Objection("question", f"refusal: {text.strip()[:80]}")
    said, given = _runs(text), frozenset(_runs(shown))
    if said and sum(each in given for each in said) >= _QUOTED * len(said):
        return Objection("question", "what the teacher was shown")
    return None


def _runs(text: str) -> list[tuple[str, ...]]:
    """The words of a text, a few in a row at a time."""
    words = re.findall(r"\w+", _TAG.sub(" ", text.lower()))
    return list(zip(*(words[start:] for start in range(_RUN)), strict=False))


def _too_long(text: str, config: SergConfig, cut_off: bool) -> Objection | None:
    if cut_off:
        return Objection("length", "cut off")
    if not config.shortest <= len(text) <= config.longest:
        return Objection("length", f"{len(text):,} characters")
    return None


def _mention(text: str) -> Objection | None:
    met = _MENTION.search(text)
    return None if met is None else Objection("mention", met[0])


def _loop(text: str, config: SergConfig) -> Objection | None:
    words = loop(text)
    return Objection("repetition", f"{words} words in a loop") if words > config.longest_loop else None


def _reflections(text: str, config: SergConfig) -> Objection | None:
    number = reflections(text)
    fits = config.fewest_reflections <= number <= config.most_reflections
    return None if fits else Objection("reflection", f"{number} times")


def _untrue(reading: Reading, config: SergConfig) -> Objection | None:
    if reading.false:
        return Objection("state", reading.false[0][:160])
    if reading.coverage < config.least_coverage:
        return Objection("state", f"{reading.found} of {reading.states} states found")
    return None
