"""Whether two statements say the same, or cannot both hold. Words are compared, not meanings: no model is asked.

Two claims are the same when one is the other up to order of adjuncts, voice, synonyms (WordNet's and those of our own
lists) and a few words more. One word in the place of another, a number, colour, place, quantity or name added, roles
exchanged or a negation make another claim.
"""

from collections.abc import Iterator
from dataclasses import dataclass, replace

from rapidfuzz import fuzz
from rapidfuzz.distance import Levenshtein

from asterism.metaphor.builder.claim import Claim, claim_of, is_colour, is_number, is_protected
from asterism.metaphor.builder.lexicon import chinese, english
from asterism.metaphor.builder.statement import Statement

_MORE_WORDS = 0.34
"""Share of a claim's words that the other may lack, where one holds all that the other says."""


@dataclass(frozen=True, slots=True)
class _Difference:
    """How one form of a claim becomes another: words exchanged, dropped, added, and the places of the exchanged."""

    exchanged: tuple[tuple[str, str], ...]
    places: tuple[int, ...]
    dropped: tuple[str, ...]
    added: tuple[str, ...]
    longest: int

    @property
    def slight(self) -> bool:
        """Whether what was dropped and added is little, and nothing that changes a claim."""
        extra = self.dropped + self.added
        if (self.dropped and self.added) or any(map(is_protected, extra)):
            return False  # a word here and another there: one took the place of the other
        return not extra or (self.longest > 2 and len(extra) <= _MORE_WORDS * self.longest)


def same_claim(first: str, second: str) -> bool:
    """Whether two statements claim the same of the image."""
    a, b = claim_of(first), claim_of(second)
    return a.denied == b.denied and _near(a.denials, b.denials) and _same_words(a, b)


def contradict(first: Statement, second: Statement) -> str | None:
    """Why two labelled statements cannot both be labelled right, None where nothing says so.

    ``labels``: one claim with both labels. ``negation``: a claim and its negation with one label. ``opposite``: both
    true, but one says the opposite of the other at one place. ``value``: both true, with two counts or two colours of
    one thing. ``swapped``: both true, "A than B" and "B than A".
    """
    a, b = claim_of(first.text), claim_of(second.text)
    if same_claim(first.text, second.text):
        return "labels" if first.label != second.label else None
    if first.label != second.label:
        return None
    if a.denied != b.denied and _same_words(_of_any_case(a), _of_any_case(b)):
        return "negation"
    if first.label != "T" or a.denied != b.denied:
        return None
    if a.chinese and b.chinese and _opposite_chinese(a, b):
        return "opposite"
    return _clash(a, b)


def _clash(a: Claim, b: Claim) -> str | None:
    if _swapped(a.forms[0], b.forms[0]):
        return "swapped"
    for difference in _differences(a, b):
        if len(difference.exchanged) != 1 or not difference.slight:
            continue
        (one, other), place = difference.exchanged[0], difference.places[0]
        said = place >= min(a.predicate, b.predicate)  # of the subject, not part of its name
        if english.opposites(one, other) and said and (a.definite or b.definite):
            return "opposite"
        if difference.dropped or difference.added:
            continue
        if is_number(one) and is_number(other) and (said or place == 0):  # else a name, such as "player 7"
            return "value"
        if is_colour(one) and is_colour(other) and said and a.definite and place == len(a.forms[0]) - 1:
            return "value"
    return None


def _of_any_case(claim: Claim) -> Claim:
    """The claim without "all" and "always", which "none" and "never" deny as well as "not" denies the bare claim."""
    universals = english.tokens("universals")
    forms = tuple(tuple(token for token in form if token not in universals) or form for form in claim.forms)
    return replace(claim, forms=forms)


def _same_words(a: Claim, b: Claim) -> bool:
    return any(not each.exchanged and each.slight for each in _differences(a, b))


def _differences(a: Claim, b: Claim) -> Iterator[_Difference]:
    for one in a.forms:
        for other in b.forms:
            yield _difference(one, other)


def _difference(a: tuple[str, ...], b: tuple[str, ...]) -> _Difference:
    exchanged: list[tuple[str, str]] = []
    places: list[int] = []
    dropped: list[str] = []
    added: list[str] = []
    for step in Levenshtein.opcodes(a, b):
        if step.tag == "replace":
            pairs = list(zip(a[step.src_start : step.src_end], b[step.dest_start : step.dest_end], strict=True))
            for place, (one, other) in enumerate(pairs, start=step.src_start):
                if not _alike(one, other):
                    exchanged.append((one, other))
                    places.append(place)
        elif step.tag == "delete":
            dropped += a[step.src_start : step.src_end]
        elif step.tag == "insert":
            added += b[step.dest_start : step.dest_end]
    return _Difference(tuple(exchanged), tuple(places), tuple(dropped), tuple(added), max(len(a), len(b)))


def _alike(one: str, other: str) -> bool:
    """Whether two words are synonyms, or one word spelled or inflected otherwise."""
    if one == other:
        return True
    if is_protected(one) or is_protected(other) or english.opposites(one, other):
        return False
    if english.synonyms(one, other):
        return True
    return min(len(one), len(other)) >= 5 and one[0] == other[0] and fuzz.ratio(one, other) >= 84


def _near(first: tuple[int, ...], second: tuple[int, ...]) -> bool:
    """Whether two claims are denied at about the same places."""
    if len(first) != len(second):
        return True  # of one parity: a double negation on one side
    return all(abs(one - other) <= 1 for one, other in zip(first, second, strict=True))


def _swapped(a: tuple[str, ...], b: tuple[str, ...]) -> bool:
    """Whether what stands before and after a comparison or contrast has changed places."""
    if a == b or sorted(a) != sorted(b):
        return False
    return (
        "contrast" in a
        or "morethan" in a
        or any(each.endswith(english.COMPARATIVE) or each in ("more", "less") for each in a)
    )


def _opposite_chinese(a: Claim, b: Claim) -> bool:
    one, other = "".join(a.forms[0]), "".join(b.forms[0])
    return any(
        (left in one and one.replace(left, right, 1) == other)
        or (right in one and one.replace(right, left, 1) == other)
        for left, right in chinese.OPPOSITES
    )
