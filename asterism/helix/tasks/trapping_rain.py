"""Trapping rain water: how much stands on a row of bars after rain."""

from collections.abc import Sequence
from itertools import accumulate
from typing import ClassVar

from pydantic import JsonValue

from asterism.helix.charts import BARS, MEASURED, ChartPuzzle, ChartStyle, Level, chunks
from asterism.helix.puzzle import Step
from asterism.helix.wording import Wording


class TrappingRainPuzzle(ChartPuzzle):
    """Trapping rain water. Heights rise with the level; the published ones are 20 or less at every one."""

    name = "trapping_rain"
    title = Wording("Trapping rain water", "接雨水")
    levels: ClassVar = MEASURED
    reference: ClassVar = {level: Level(known.length, 20) for level, known in ChartPuzzle.reference.items()}
    look = ChartStyle("bars", (186, 160, 128), 0.96)
    gist = (
        "Every bar is 1 wide. Over a bar, water stands as high as the lower of two walls: the highest bar up to it "
        "from the left and the highest from the right, both counting the bar itself. Less its own height, that is the "
        "water above it."
    )

    def answer(self, values: Sequence[int]) -> int:
        return sum(_water(values))

    def ceiling(self, values: Sequence[int]) -> int:
        return max(values) * (len(values) - 2)

    def rules(self, state: object) -> Wording:
        return Wording(
            "The chart is the cross-section of a landscape of solid bars that stand side by side, each 1 wide. It "
            "rains until no more water stays. Water is held between higher bars on both sides of it and runs off at "
            "the two ends of the chart. How many unit squares of water are held?\n"
            f"{BARS.en}\n"
            "Answer with one whole number. For example, for the heights 4, 1, 3, 2, 3 it is 3.",
            "图为一排彼此紧邻的实心柱子构成的地形截面，每根柱子的宽度为 1。雨一直下到再也存不住更多的水为止。"
            "水被其左右两侧更高的柱子拦住，并会从图表的两端流走。一共能接住多少单位面积的水？\n"
            f"{BARS.zh}\n"
            "请回答一个整数。例如，高度为 4, 1, 3, 2, 3 时，答案是 3。",
        )

    def worked(self, values: Sequence[int]) -> list[Step]:
        water = _water(values)
        surface = sum(_surface(values))
        return [
            _one_wall(values),
            *_bars(values),
            Step(
                "check",
                f"Up to the water, or the bar where it is dry, the heights come to {surface}; the bars alone to "
                f"{sum(values)}; {surface} − {sum(values)} = {sum(water)}.",
                {"surface": surface, "bars": sum(values)},
            ),
        ]

    def fits(self, values: Sequence[int], claim: dict[str, JsonValue]) -> bool:
        match claim:
            case {"bar": int(bar), "level": level, "is": verdict} if 1 <= bar <= len(values):
                return (level == _surface(values)[bar - 1]) == verdict
            case {"upto": int(bar), "water": list(water), "total": total} if 1 <= len(water) <= bar <= len(values):
                known = _water(values)[:bar]
                return water == known[-len(water) :] and total == sum(known)
            case {"surface": surface, "bars": bars}:
                return (surface, bars) == (sum(_surface(values)), sum(values))
        return False


def _surface(values: Sequence[int]) -> list[int]:
    """How high the water stands over each bar; the bar's height where it is dry."""
    left = accumulate(values, max)
    right = [*accumulate(values[::-1], max)][::-1]
    return [min(walls) for walls in zip(left, right, strict=True)]


def _water(values: Sequence[int]) -> list[int]:
    return [level - value for level, value in zip(_surface(values), values, strict=True)]


def _one_wall(values: Sequence[int]) -> Step:
    """A bar over which the higher of its two walls would promise too much."""
    walls = [
        (max(values[: place + 1]), max(values[place:]), place)
        for place in range(len(values))
        if max(values[: place + 1]) != max(values[place:])
    ]
    left, right, place = max(walls, key=lambda wall: abs(wall[0] - wall[1]), default=(values[0], values[0], 0))
    if left == right:
        return Step("search", "Both walls of every bar are equally high.", {"bar": 1, "level": values[0], "is": True})
    return Step(
        "search",
        f"Over bar {place + 1} the higher wall would allow water up to {max(left, right)}, but on the other side "
        f"nothing is higher than {min(left, right)} and it would run off: rejected, the lower wall counts.",
        {"bar": place + 1, "level": max(left, right), "is": False},
    )


def _bars(values: Sequence[int]) -> list[Step]:
    """Bar by bar, a few at a time, with the water so far."""
    steps = []
    water = _water(values)
    for places in chunks(range(len(values)), 5):
        seen = places[-1] + 1
        told = " ".join(_told(values, place) for place in places)
        claim: JsonValue = {"upto": seen, "water": [water[place] for place in places], "total": sum(water[:seen])}
        steps.append(Step("search", f"{told} The water so far is {sum(water[:seen])}.", claim))
    return steps


def _told(values: Sequence[int], place: int) -> str:
    left, right = max(values[: place + 1]), max(values[place:])
    return f"Bar {place + 1}: min({left}, {right}) − {values[place]} = {min(left, right) - values[place]}."


PUZZLE = TrappingRainPuzzle()
