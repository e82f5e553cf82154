"""Hills and valleys: how often a landscape turns, a flat stretch counting once."""

from collections.abc import Sequence
from itertools import groupby, pairwise
from random import Random
from typing import ClassVar

from pydantic import JsonValue

from asterism.helix.charts import COUNTED, ChartPuzzle, ChartStyle, chunks, listed, shown
from asterism.helix.puzzle import Step
from asterism.helix.wording import Wording

POINTS = shown(Wording("point", "点"), Wording("height", "高度"), "heights")


class HillsAndValleysPuzzle(ChartPuzzle):
    """Counting hills and valleys; the number is drawn first, as the published charts nearly all have few."""

    name = "hills_and_valleys"
    title = Wording("Hills and valleys", "统计山峰与山谷")
    levels: ClassVar = COUNTED
    look = ChartStyle("area", (170, 206, 160))
    gist = (
        "Equal heights side by side are one stretch. A stretch is a hill if the heights next to it on both sides are "
        "lower, a valley if both are higher; the first and the last stretch are neither."
    )

    def answer(self, values: Sequence[int]) -> int:
        return sum(_turns(values))

    def ceiling(self, values: Sequence[int]) -> int:
        return len(values) - 2

    def composed(self, length: int, top: int, answer: int, rng: Random) -> list[int]:
        spare = length - answer - 2
        heights = _zigzag(length - rng.randint(min(2, spare), min(length // 5, spare)), top, answer, rng)
        while len(heights) < length:
            place = rng.randrange(len(heights))
            heights.insert(place, heights[place])
        return heights

    def rules(self, state: object) -> Wording:
        return Wording(
            "The chart shows the heights of a landscape at equal distances. Neighbouring points of equal height form "
            "one stretch; a single point is a stretch too. A stretch is a hill if the nearest points before and after "
            "it are both lower, and a valley if both are higher. A stretch at either end of the chart is neither. How "
            "many hills and valleys are there together?\n"
            f"{POINTS.en}\n"
            "Answer with one whole number. For example, for the heights 2, 4, 1, 1, 6, 5 it is 3.",
            "图中给出一段地形在等间距各点的高度。相邻且高度相等的点构成同一段，单独一个点也算一段。若某段前后最近的点都"
            "比它低，则该段是山峰；若都比它高，则是山谷。位于图表两端的段既不是山峰也不是山谷。山峰与山谷一共有多少个？\n"
            f"{POINTS.zh}\n"
            "请回答一个整数。例如，高度为 2, 4, 1, 1, 6, 5 时，答案是 3。",
        )

    def worked(self, values: Sequence[int]) -> list[Step]:
        merged = _merged(values)
        hills, valleys = _turns(values)
        return [
            Step("search", f"With each stretch written once: {listed(merged)}.", {"merged": list(merged)}),
            Step(
                "search",
                f"The first height, {merged[0]}, differs from the next, {merged[1]}, and might pass for a turn; but "
                "nothing lies before it: rejected, as is the last.",
                {"stretch": 1, "is": "end"},
            ),
            *_stretches(merged),
            Step(
                "check",
                f"There are {hills} hills and {valleys} valleys. They must alternate, so the two numbers differ by at "
                f"most one, and they do. Together: {hills + valleys}.",
                {"hills": hills, "valleys": valleys},
            ),
        ]

    def fits(self, values: Sequence[int], claim: dict[str, JsonValue]) -> bool:
        merged = _merged(values)
        match claim:
            case {"merged": list(heights)}:
                return heights == merged
            case {"stretch": int(place), "is": kind} if 1 <= place <= len(merged):
                return kind == _kind(merged, place - 1)
            case {"stretches": int(last), "turns": turns} if 1 <= last <= len(merged):
                return turns == sum(_kind(merged, place) in ("hill", "valley") for place in range(last))
            case {"hills": hills, "valleys": valleys}:
                return (hills, valleys) == _turns(values)
        return False


def _merged(values: Sequence[int]) -> list[int]:
    """The heights of the stretches."""
    return [height for height, _ in groupby(values)]


def _kind(merged: Sequence[int], place: int) -> str:
    """What a stretch is: hill, valley, slope or end."""
    if place in (0, len(merged) - 1):
        return "end"
    lower = merged[place - 1] < merged[place], merged[place + 1] < merged[place]
    return {2: "hill", 0: "valley"}.get(sum(lower), "slope")


def _turns(values: Sequence[int]) -> tuple[int, int]:
    """How many hills and valleys there are."""
    merged = _merged(values)
    kinds = [_kind(merged, place) for place in range(len(merged))]
    return kinds.count("hill"), kinds.count("valley")


def _zigzag(length: int, top: int, turns: int, rng: Random) -> list[int]:
    """Heights of which no two neighbours are equal, with this many turns."""
    ends = [0, *sorted(rng.sample(range(1, length - 1), turns)), length - 1]
    runs = [after - before for before, after in pairwise(ends)]
    low = rng.random() < 0.5
    extremes = [0] * len(ends)
    for place in range(not low, len(ends), 2):
        extremes[place] = rng.randint(1, top - max(runs[max(0, place - 1) : place + 1]))
    for place in range(low, len(ends), 2):
        floors = [
            extremes[other] + runs[min(place, other)] for other in (place - 1, place + 1) if 0 <= other < len(ends)
        ]
        extremes[place] = rng.randint(max(floors), top)
    heights = [extremes[0]]
    for (start, end), run in zip(pairwise(extremes), runs, strict=True):
        between = rng.sample(range(min(start, end) + 1, max(start, end)), run - 1)
        heights += [*sorted(between, reverse=start > end), end]
    return heights


def _stretches(merged: Sequence[int]) -> list[Step]:
    """Stretch by stretch, a few at a time, with the turns so far."""
    steps, turns = [], 0
    for places in chunks(range(1, len(merged) - 1), 6):
        kinds = [_kind(merged, place) for place in places]
        turns += sum(kind != "slope" for kind in kinds)
        told = "; ".join(
            f"{merged[place]} between {merged[place - 1]} and {merged[place + 1]}: {_said(kind)}"
            for place, kind in zip(places, kinds, strict=True)
        )
        steps.append(Step("search", f"{told}. Counted so far: {turns}.", {"stretches": places[-1] + 1, "turns": turns}))
    return steps


def _said(kind: str) -> str:
    return "neither, a slope" if kind == "slope" else f"a {kind}"


PUZZLE = HillsAndValleysPuzzle()
