"""Where in a completion the answer stands; how it is read there is a `Reader`'s business.

The order is: the last complete answer block outside thinking; without any answer tag, places that mark an answer
(:mod:`asterism.answers.places`) and lines that hold nothing but an answer; without these, the text as a whole, if it
says one thing only. Of several places some give way, by rules that :func:`settle` states; what is left must agree: two
different values are no value.
"""

import re
from bisect import bisect_left
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass

from asterism.answers.blocks import Blocks, find_blocks
from asterism.answers.cues import Stance, cues
from asterism.answers.places import Body, Place, Rank, announced, boxed
from asterism.answers.reading import Reading, Reason
from asterism.answers.text import mark_boxes, plain

MAX_BLOCK = 4_096
"""Longest content of an answer block, in characters, that is read."""
MAX_TEXT = 1_000_000
"""Longest text without an answer block, in characters, that is read."""
_MAX_BLOCKS = 32
_ARGUMENT = re.compile(r"[.!?。！？\n]\s*[^\s.!?。！？\ue100][^.!?。！？\n]{12,}[.!?。！？\n]")

Phrase = Callable[[str], Reading]


@dataclass(frozen=True, slots=True)
class Reader:
    """How one kind of answer is read from a phrase of plain text.

    ``direct`` accepts a phrase that is nothing but an answer; ``loose`` reads a phrase in a place where an answer
    is expected; ``prose`` reads text in which nothing marks the answer, and must accept only what is unmistakable.
    ``cues`` tells whether phrases after an announcement are looked at; ``negates``, whether ``loose`` understands a
    phrase that begins with a denial ("isn't true", "不是 B"): where it does not, such a phrase states nothing.
    ``continues`` tells whether the sentence after a phrase may belong to it, as an option's words do to its letter.
    """

    direct: Phrase
    loose: Phrase
    prose: Phrase
    cues: bool = True
    negates: bool = False
    continues: bool = False


@dataclass(frozen=True, slots=True)
class Found:
    """What was read in a place."""

    at: int
    rank: Rank
    stance: Stance
    reading: Reading

    @property
    def states(self) -> bool:
        """Whether it plainly says an answer."""
        return self.stance is Stance.PLAIN and self.reading.valid


def read(text: str, reader: Reader) -> Reading:
    """The one answer that a completion gives, or why it gives none. Linear in the length of the text."""
    blocks = find_blocks(text)
    if blocks.answers:
        return _read_blocks(_after_turn(blocks), reader)
    if blocks.open_answer:
        return Reading.invalid(Reason.UNCLOSED)
    if len(blocks.outside) > MAX_TEXT:
        return Reading.invalid(Reason.TOO_LONG)
    return _read_bare(blocks.outside, reader)


def settle(found: Sequence[Found], body: Body) -> Reading | None:
    """The one answer of all places of a text, in their order; None where no place states one.

    1. A denied or doubted place states nothing; a denial takes back what stands before it with the same value.
    2. What stands before a turn ("wait", "on second thought") gives way to what is stated after it; what stands
       before a retraction ("scratch that") is gone.
    3. A place that may be one ("option: C") gives way to any that is one.
    4. What stands in the working gives way: a box to a later announcement, any to a later final answer, an
       announcement to a box that a sentence of argument or more separates from it.
    5. What is left must agree, and no later doubt may name another value.
    """
    stating = _untaken([item for item in found if item.states], found)
    stating = _after_turns(stating, found, body)
    if any(item.rank is not Rank.WEAK for item in stating):
        stating = [item for item in stating if item.rank is not Rank.WEAK]
    stating = _standing(stating, body)
    if not stating:
        return None
    last = stating[-1]
    if any(item.reading.value != last.reading.value for item in stating):
        return Reading.invalid(Reason.AMBIGUOUS)
    for item in found:
        if item.at > last.at and not item.states and item.rank is not Rank.WEAK and _reopens(item, last.reading):
            return item.reading if not item.reading.valid else Reading.invalid(Reason.HEDGED)
    return last.reading


def _untaken(stating: list[Found], found: Sequence[Found]) -> list[Found]:
    denied = [(item.at, item.reading.value) for item in found if item.stance is Stance.DENIED and item.reading.valid]
    if not denied:
        return stating
    return [item for item in stating if not any(at > item.at and item.reading.value == no for at, no in denied)]


def _after_turns(stating: list[Found], found: Sequence[Found], body: Body) -> list[Found]:
    if not stating:
        return []
    words = cues()
    gone = max((match.end() for match in words.retraction.finditer(body.low)), default=0)
    stating = [item for item in stating if item.at >= gone]
    if len({item.reading.value for item in stating}) < 2:
        return stating
    turns = [match.end() for match in words.turn.finditer(body.low)]
    before = bisect_left(turns, stating[-1].at)
    return [item for item in stating if not before or item.at >= turns[before - 1]]


def _standing(stating: list[Found], body: Body) -> list[Found]:
    """The places that no heavier or later one turns into working."""
    kept: list[Found] = []
    heaviest = Rank.WEAK
    box: Found | None = None
    for item in reversed(stating):
        argued = box is not None and item.rank is Rank.CUE and _ARGUMENT.search(body.text, item.at, box.at) is not None
        if item.rank >= heaviest and not argued:
            kept.append(item)
        heaviest = max(heaviest, item.rank)
        box = box or (item if item.rank is Rank.BOX and not kept[:-1] else None)
    return kept[::-1]


def _reopens(item: Found, settled: Reading) -> bool:
    """Whether a place after the last statement leaves it open again."""
    if item.stance is Stance.DENIED:
        return False
    if item.stance is Stance.DOUBTED:
        return item.reading.valid and item.reading.value != settled.value
    return item.reading.reason is not Reason.NEGATED


def _after_turn(blocks: Blocks) -> Sequence[str]:
    """The answers after the last text between blocks that takes back what stood before it ("wait, …")."""
    for place in range(len(blocks.answers) - 1, 0, -1):
        said = blocks.between[place][-MAX_BLOCK:]
        if said.strip() and cues().corrects(said):
            return blocks.answers[place:]
    return blocks.answers


def _read_blocks(answers: Iterable[str], reader: Reader) -> Reading:
    """The reading of the last block, unless another block says something else."""
    contents: dict[str, None] = {}
    for answer in answers:
        content = answer.strip()
        contents.pop(content, None)
        contents[content] = None
        if len(contents) > _MAX_BLOCKS:
            return Reading.invalid(Reason.AMBIGUOUS)
    readings = [_read_block(content, reader) for content in contents]
    last = readings[-1]
    if last.valid and any(reading.valid and reading.value != last.value for reading in readings):
        return Reading.invalid(Reason.AMBIGUOUS)
    return last


def _read_block(content: str, reader: Reader) -> Reading:
    if len(content) > MAX_BLOCK:
        return Reading.invalid(Reason.TOO_LONG)
    body = Body.of(plain(mark_boxes(content)))
    if not body.text:
        return Reading.invalid(Reason.EMPTY)
    direct = reader.direct(body.text)
    whole = [Found(0, Rank.CUE, Stance.PLAIN, direct)] if direct.valid else []
    return _with(_read_body(body, reader, whole, reader.loose), Reason.TAGGED)


def _read_bare(text: str, reader: Reader) -> Reading:
    body = Body.of(plain(mark_boxes(text)))
    if not body.text:
        return Reading.invalid(Reason.MISSING)
    return _read_body(
        body, reader, _outer_lines(body.text, reader), lambda whole: _with(reader.prose(whole), Reason.PROSE)
    )


def _read_body(body: Body, reader: Reader, lines: list[Found], fallback: Phrase) -> Reading:
    found = sorted([*lines, *_marked(body, reader)], key=lambda item: item.at)
    settled = settle(found, body)
    if settled is not None:
        return settled
    whole = fallback(body.text)
    unsettled = [item for item in found if item.reading.valid or item.reading.reason in _SAYING]
    if not unsettled or (whole.valid and whole.value not in {item.reading.value for item in unsettled}):
        return whole
    return unsettled[-1].reading if not unsettled[-1].reading.valid else Reading.invalid(_REASONS[unsettled[-1].stance])


_SAYING = frozenset({Reason.AMBIGUOUS, Reason.HEDGED, Reason.NEGATED, Reason.OUT_OF_RANGE})
_REASONS = {Stance.DENIED: Reason.NEGATED, Stance.DOUBTED: Reason.HEDGED, Stance.PLAIN: Reason.AMBIGUOUS}


def _marked(body: Body, reader: Reader) -> list[Found]:
    """What boxes and announcements say; announcements that say nothing are left out."""
    found = [_read_place(place, reader) for place in boxed(body)]
    if reader.cues:
        said = [item for place in announced(body) for item in _read_announced(place, reader)]
        found += [item for item in said if item.reading.valid or item.reading.reason in _SAYING]
    return found


def _read_announced(place: Place, reader: Reader) -> Iterable[Found]:
    """What a place says, and what the sentence after it says where that belongs to it and gainsays it."""
    found = _read_place(place, reader)
    if not (reader.continues and place.after and found.stance is Stance.PLAIN):
        yield found
        return
    whole = reader.loose(f"{place.phrase}. {place.after}")
    if found.reading.reason is Reason.UNREADABLE:
        yield Found(place.at, place.rank, found.stance, _with(whole, Reason.CUE))
        return
    hedged = found.reading.valid and whole.reason is Reason.HEDGED
    yield Found(place.at, place.rank, Stance.DOUBTED, found.reading) if hedged else found
    if found.reading.valid and whole.reason is Reason.AMBIGUOUS:
        after = _with(reader.loose(place.after), Reason.CUE)
        yield Found(place.at + len(place.phrase) + 1, place.rank, found.stance, after)


def _read_place(place: Place, reader: Reader) -> Found:
    reason = Reason.BOXED if place.rank is Rank.BOX else Reason.CUE
    reading, stance = _with(reader.loose(place.phrase), reason), place.stance
    if place.denial and stance is Stance.PLAIN:
        whole = reader.loose(f"{place.denial} {place.phrase}") if reader.negates else Reading.invalid(Reason.NEGATED)
        if whole.valid:
            return Found(place.at, place.rank, stance, _with(whole, reason))
        stance = Stance.DENIED
    return Found(place.at, place.rank, stance, reading)


def _outer_lines(text: str, reader: Reader) -> list[Found]:
    """What the first and the last line (one line: that line) say if they hold nothing but an answer."""
    first, _, rest = text.partition("\n")
    lines = [(0, first)]
    if rest:
        last = rest.rpartition("\n")[2]
        lines.append((len(text) - len(last), last))
    found = []
    for at, line in lines:
        reading = _with(reader.direct(line), Reason.BARE)
        if reading.valid or reading.reason in _SAYING:  # a line that gainsays itself does so at its end
            found.append(Found(at if reading.valid else at + len(line), Rank.CUE, Stance.PLAIN, reading))
    return found


def _with(reading: Reading, reason: Reason) -> Reading:
    return Reading(reading.value, reason) if reading.valid else reading
