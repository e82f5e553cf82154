"""Largest rectangle in a histogram: the largest area that bars standing side by side cover together."""

from collections.abc import Sequence
from typing import ClassVar

from pydantic import JsonValue

from asterism.helix.charts import BARS, MEASURED, ChartPuzzle, ChartStyle, chunks
from asterism.helix.puzzle import Step
from asterism.helix.wording import Wording


class LargestRectanglePuzzle(ChartPuzzle):
    """The largest rectangle in a histogram."""

    name = "largest_rectangle"
    title = Wording("Largest rectangle in a histogram", "柱状图中最大的矩形")
    levels: ClassVar = MEASURED
    look = ChartStyle("bars", (236, 160, 96), 0.96)
    gist = (
        "Every bar is 1 wide, and a rectangle may only cover what bars cover. The largest one is as high as the lowest "
        "bar in it, so for each bar: how far can a rectangle of its height reach to both sides?"
    )

    def answer(self, values: Sequence[int]) -> int:
        return max(_area(values, place) for place in range(len(values)))

    def ceiling(self, values: Sequence[int]) -> int:
        return max(values) * len(values)

    def rules(self, state: object) -> Wording:
        return Wording(
            "The histogram consists of bars that stand side by side on one line, each 1 wide. Find the largest "
            "rectangle with its base on that line which lies wholly within the bars: it spans consecutive bars and is "
            "as high as the lowest of them. What is its area?\n"
            f"{BARS.en}\n"
            "Answer with one whole number. For example, for the heights 2, 4, 5, 1, 3 it is 8.",
            "柱状图由立在同一条水平线上、彼此紧邻的柱子组成，每根柱子的宽度为 1。求底边在该水平线上且完全位于柱子之内的"
            "最大矩形：它跨越若干连续的柱子，高度等于其中最矮的一根。该矩形的面积是多少？\n"
            f"{BARS.zh}\n"
            "请回答一个整数。例如，高度为 2, 4, 5, 1, 3 时，答案是 8。",
        )

    def worked(self, values: Sequence[int]) -> list[Step]:
        best = max(range(len(values)), key=lambda place: _area(values, place))
        first, last = _reach(values, best)
        beyond = [str(values[place]) for place in (first - 1, last + 1) if 0 <= place < len(values)]
        outside = f"the bars next to it, {' and '.join(beyond)}, are lower" if beyond else "there are no bars beyond"
        return [
            _whole(values),
            *_bars(values),
            Step(
                "check",
                f"Bars {first + 1} to {last + 1} are all at least {values[best]} high and {outside}: "
                f"{last - first + 1} × {values[best]} = {_area(values, best)}.",
                {"from": first + 1, "to": last + 1, "area": _area(values, best)},
            ),
        ]

    def fits(self, values: Sequence[int], claim: dict[str, JsonValue]) -> bool:
        match claim:
            case {"from": int(first), "to": int(last), "area": area} if 1 <= first <= last <= len(values):
                return area == (last - first + 1) * min(values[first - 1 : last])
            case {"bars": int(bars), "areas": list(areas), "best": best} if 1 <= len(areas) <= bars <= len(values):
                known = [_area(values, place) for place in range(bars)]
                return areas == known[-len(areas) :] and best == max(known)
        return False


def _reach(values: Sequence[int], place: int) -> tuple[int, int]:
    """The first and last bar of the widest rectangle through a bar that is as high as the bar."""
    first = last = place
    while first > 0 and values[first - 1] >= values[place]:
        first -= 1
    while last + 1 < len(values) and values[last + 1] >= values[place]:
        last += 1
    return first, last


def _area(values: Sequence[int], place: int) -> int:
    first, last = _reach(values, place)
    return (last - first + 1) * values[place]


def _whole(values: Sequence[int]) -> Step:
    """The rectangle below all bars, the widest there is."""
    area = len(values) * min(values)
    largest = area == max(_area(values, place) for place in range(len(values)))
    verdict = "nothing will be larger, as the search has to show" if largest else "narrower ones are larger: rejected"
    return Step(
        "search",
        f"Across all bars the lowest allows {len(values)} × {min(values)} = {area}; {verdict}.",
        {"from": 1, "to": len(values), "area": area},
    )


def _bars(values: Sequence[int]) -> list[Step]:
    """Bar by bar, a few at a time, with the largest area so far."""
    steps = []
    areas = [_area(values, place) for place in range(len(values))]
    for places in chunks(range(len(values)), 4):
        seen = places[-1] + 1
        told = " ".join(_told(values, place) for place in places)
        claim: JsonValue = {"bars": seen, "areas": [areas[place] for place in places], "best": max(areas[:seen])}
        steps.append(Step("search", f"{told} The largest so far is {max(areas[:seen])}.", claim))
    return steps


def _told(values: Sequence[int], place: int) -> str:
    first, last = _reach(values, place)
    reach = f"{first + 1} to {last + 1}" if first < last else "itself alone"
    return f"Bar {place + 1}: {reach}, {last - first + 1} × {values[place]} = {_area(values, place)}."


PUZZLE = LargestRectanglePuzzle()
