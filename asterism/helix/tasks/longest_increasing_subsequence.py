"""Longest increasing subsequence: how many values can be kept so that they rise from left to right."""

from bisect import bisect_left
from collections.abc import Sequence
from itertools import pairwise
from random import Random
from typing import ClassVar

from pydantic import JsonValue

from asterism.helix.canvas import PURPLE
from asterism.helix.charts import COUNTED, ChartPuzzle, ChartStyle, chunks, listed, shown
from asterism.helix.puzzle import Step
from asterism.helix.wording import Wording

POINTS = shown(Wording("point", "点"), Wording("value", "数值"), "values")


class LongestIncreasingSubsequencePuzzle(ChartPuzzle):
    """The length of the longest strictly increasing subsequence, drawn first and evenly."""

    name = "longest_increasing_subsequence"
    title = Wording("Longest increasing subsequence", "最长递增子序列")
    levels: ClassVar = COUNTED
    look = ChartStyle("line", PURPLE)
    gist = (
        "Values are struck out so that the rest, in their order, rise strictly. For each value, the longest such rest "
        "that ends with it is one longer than the longest that ends with a smaller value before it."
    )

    def answer(self, values: Sequence[int]) -> int:
        ends: list[int] = []
        for value in values:
            place = bisect_left(ends, value)
            ends[place : place + 1] = [value]
        return len(ends)

    def ceiling(self, values: Sequence[int]) -> int:
        return len(values)

    def composed(self, length: int, top: int, answer: int, rng: Random) -> list[int]:
        """``answer`` values that rise, and each other one in a falling sequence through one of them.

        A rising subsequence takes one value at most of each of these ``answer`` sequences.
        """
        values = [0] * length
        rising = sorted(rng.sample(range(length), answer))
        others: list[list[int]] = [[] for _ in rising]
        for place in sorted(set(range(length)) - set(rising)):
            others[rng.randrange(answer)].append(place)
        for place, height, falling in zip(rising, sorted(rng.sample(range(1, top + 1), answer)), others, strict=True):
            values[place] = height
            before, after = [p for p in falling if p < place], [p for p in falling if p > place]
            for places, low, high in ((before, height, top), (after, 1, height)):
                drawn = sorted((rng.randint(low, high) for _ in places), reverse=True)
                for each, value in zip(sorted(places), drawn, strict=True):
                    values[each] = value
        return values

    def rules(self, state: object) -> Wording:
        return Wording(
            "The chart shows a sequence of values. A subsequence is what remains after striking out any of them, the "
            "order of the rest unchanged; it is increasing if each value in it is greater than the one before, equal "
            "ones not allowed. How many values has the longest increasing subsequence?\n"
            f"{POINTS.en}\n"
            "Answer with one whole number. For example, for the values 4, 2, 5, 3, 6, 6 it is 3.",
            "图中给出一个数列。从中划去任意多个数、其余的数保持原有顺序，得到的就是子序列；若其中每个数都大于前一个数"
            "（不允许相等），则该子序列是递增的。最长递增子序列包含多少个数？\n"
            f"{POINTS.zh}\n"
            "请回答一个整数。例如，数值为 4, 2, 5, 3, 6, 6 时，答案是 3。",
        )

    def worked(self, values: Sequence[int]) -> list[Step]:
        lengths, chain = _lengths(values), _longest(values)
        groups = [[p + 1 for p, each in enumerate(lengths) if each == size] for size in range(1, len(chain) + 1)]
        told = "; ".join(listed([values[place - 1] for place in group]) for group in groups)
        return [
            _greedy(values),
            *_places(values, lengths),
            Step(
                "search",
                f"The longest found: {listed([values[place] for place in chain])}, {len(chain)} values.",
                {"places": [place + 1 for place in chain], "size": len(chain)},
            ),
            Step(
                "check",
                f"No other can be longer: by these lengths the values fall into {len(groups)} groups in none of which "
                f"they ever rise, so at most one of each group can be kept. {told}.",
                {"groups": [list(group) for group in groups]},
            ),
        ]

    def fits(self, values: Sequence[int], claim: dict[str, JsonValue]) -> bool:
        match claim:
            case {"places": list(places), "size": size}:
                kept = _at(values, places)
                return kept is not None and len(kept) == size and all(a < b for a, b in pairwise(kept))
            case {"upto": int(last), "lengths": list(lengths)} if 1 <= len(lengths) <= last <= len(values):
                return lengths == _lengths(values)[last - len(lengths) : last]
            case {"groups": list(groups)} if len(groups) == self.answer(values):
                every = sorted(_flat(groups)) == list(range(1, len(values) + 1))
                return every and all(_falls(_at(values, group)) for group in groups if isinstance(group, list))
        return False


def _at(values: Sequence[int], places: Sequence[JsonValue]) -> list[int] | None:
    """The values at places counted from 1; None where these are not places from left to right."""
    known = [place for place in places if isinstance(place, int) and 1 <= place <= len(values)]
    if len(known) < len(places) or any(before >= after for before, after in pairwise(known)):
        return None
    return [values[place - 1] for place in known]


def _falls(values: Sequence[int] | None) -> bool:
    """Whether there are values and none is greater than the one before."""
    return bool(values) and all(before >= after for before, after in pairwise(values or ()))


def _flat(groups: Sequence[JsonValue]) -> list[int]:
    return [place for group in groups if isinstance(group, list) for place in group if isinstance(place, int)]


def _lengths(values: Sequence[int]) -> list[int]:
    """The length of the longest increasing subsequence that ends at each place."""
    lengths: list[int] = []
    for value in values:
        before = (length for length, other in zip(lengths, values, strict=False) if other < value)
        lengths.append(1 + max(before, default=0))
    return lengths


def _longest(values: Sequence[int]) -> list[int]:
    """The places of a longest increasing subsequence."""
    lengths = _lengths(values)
    chain = [lengths.index(max(lengths))]
    while lengths[chain[0]] > 1:
        chain.insert(0, _before(values, lengths, chain[0]))
    return chain


def _before(values: Sequence[int], lengths: Sequence[int], place: int) -> int:
    """A place whose subsequence the one that ends at ``place`` goes on from."""
    return next(
        other for other in range(place) if values[other] < values[place] and lengths[other] == lengths[place] - 1
    )


def _greedy(values: Sequence[int]) -> Step:
    """Keeping the first value and then each that is greater than the last kept."""
    kept = [0]
    for place in range(1, len(values)):
        if values[place] > values[kept[-1]]:
            kept.append(place)
    best = len(kept) == max(_lengths(values))
    verdict = "whether more can be kept, the search has to show" if best else "more can be kept, so it is rejected"
    return Step(
        "search",
        f"Keeping the first value and then every one that is greater than the last kept gives "
        f"{listed([values[place] for place in kept])}, {len(kept)} values; {verdict}.",
        {"places": [place + 1 for place in kept], "size": len(kept)},
    )


def _places(values: Sequence[int], lengths: Sequence[int]) -> list[Step]:
    """The lengths from left to right, a few places at a time."""
    steps = []
    for places in chunks(range(len(values)), 5):
        told = " ".join(_told(values, lengths, place) for place in places)
        claim: JsonValue = {"upto": places[-1] + 1, "lengths": [lengths[place] for place in places]}
        steps.append(Step("search", told, claim))
    return steps


def _told(values: Sequence[int], lengths: Sequence[int], place: int) -> str:
    if lengths[place] == 1:
        return f"Position {place + 1}: nothing before is smaller than {values[place]}, length 1."
    other = _before(values, lengths, place)
    return f"Position {place + 1}: {values[place]} after {values[other]} at {other + 1}, length {lengths[place]}."


PUZZLE = LongestIncreasingSubsequencePuzzle()
