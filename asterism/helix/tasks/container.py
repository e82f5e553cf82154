"""Container with most water: the two bars between which the most water stands."""

from collections.abc import Iterable, Sequence
from itertools import combinations
from typing import ClassVar

from pydantic import JsonValue

from asterism.helix.canvas import BLUE
from asterism.helix.charts import BARS, MEASURED, ChartPuzzle, ChartStyle, chunks
from asterism.helix.puzzle import Step
from asterism.helix.wording import Wording

Pair = tuple[int, int]
"""Two places, from 0, the left one first."""


class ContainerPuzzle(ChartPuzzle):
    """Container with most water."""

    name = "container"
    title = Wording("Container with most water", "盛最多水的容器")
    levels: ClassVar = MEASURED
    look = ChartStyle("bars", BLUE, 0.3)
    gist = (
        "Two bars hold as much water as the distance of their positions times the height of the lower one. Begin with "
        "the outermost pair and give up the lower bar each time: with any nearer bar it would hold no more."
    )

    def answer(self, values: Sequence[int]) -> int:
        return _most(values, _inward(values))

    def ceiling(self, values: Sequence[int]) -> int:
        return max(values) * (len(values) - 1)

    def rules(self, state: object) -> Wording:
        return Wording(
            "The chart shows upright bars. Choose two of them as the walls of a container: it holds as much water as "
            "the distance between the two positions times the height of the lower of the two bars. Bars in between do "
            "not matter. What is the most that two bars can hold?\n"
            f"{BARS.en}\n"
            "Answer with one whole number. For example, for the heights 4, 1, 5, 2, 3 it is 12.",
            "图中有若干竖直的柱子。选取其中两根作为容器的两壁：容器的盛水量等于两根柱子位置之差乘以其中较矮一根的高度，"
            "中间的柱子不产生影响。两根柱子最多能盛多少水？\n"
            f"{BARS.zh}\n"
            "请回答一个整数。例如，高度为 4, 1, 5, 2, 3 时，答案是 12。",
        )

    def worked(self, values: Sequence[int]) -> list[Step]:
        pairs = _inward(values)
        best = max(pairs, key=lambda pair: _held(values, pair))
        return [
            _tallest(values),
            *_moves(values, pairs),
            Step(
                "check",
                f"Bars {best[0] + 1} and {best[1] + 1}: {_product(values, best)}, the largest of all seen, and every "
                "pair not seen has a bar that was given up for holding no more.",
                _claim(values, best),
            ),
        ]

    def fits(self, values: Sequence[int], claim: dict[str, JsonValue]) -> bool:
        match claim:
            case {"pair": [int(left), int(right)], "holds": held, **rest} if 1 <= left < right <= len(values):
                last = left - 1, right - 1
                settled = [last, *(pair for pair in _every(values) if pair[0] < last[0] or pair[1] > last[1])]
                return held == _held(values, last) and rest in ({}, {"best": _most(values, settled)})
        return False


def _held(values: Sequence[int], pair: Pair) -> int:
    return (pair[1] - pair[0]) * min(values[pair[0]], values[pair[1]])


def _most(values: Sequence[int], pairs: Iterable[Pair]) -> int:
    return max((_held(values, pair) for pair in pairs), default=0)


def _every(values: Sequence[int]) -> Iterable[Pair]:
    return combinations(range(len(values)), 2)


def _inward(values: Sequence[int]) -> list[Pair]:
    """The pairs from the outermost inwards, the lower bar given up each time: one of them is best."""
    pairs, left, right = [], 0, len(values) - 1
    while left < right:
        pairs.append((left, right))
        if values[left] <= values[right]:
            left += 1
        else:
            right -= 1
    return pairs


def _tallest(values: Sequence[int]) -> Step:
    """The two tallest bars, which come to mind first."""
    one, other = sorted(range(len(values)), key=lambda place: values[place])[-2:]
    pair = min(one, other), max(one, other)
    best = _held(values, pair) == _most(values, _every(values))
    verdict = "nothing will hold more, as the search has to show" if best else "a wider pair holds more, so rejected"
    return Step(
        "search",
        f"The two tallest bars, {pair[0] + 1} and {pair[1] + 1}, hold {_product(values, pair)}: {verdict}.",
        _claim(values, pair),
    )


def _moves(values: Sequence[int], pairs: Sequence[Pair]) -> list[Step]:
    """The pairs seen, a few at a time, with the best so far."""
    steps, seen = [], 0
    for group in chunks(pairs, 4):
        seen += len(group)
        best = _most(values, pairs[:seen])
        told = " ".join(_told(values, pair) for pair in group)
        steps.append(Step("search", f"{told} The best so far is {best}.", {**_claim(values, group[-1]), "best": best}))
    return steps


def _told(values: Sequence[int], pair: Pair) -> str:
    lower = pair[0] if values[pair[0]] <= values[pair[1]] else pair[1]
    return f"Bars {pair[0] + 1} and {pair[1] + 1}: {_product(values, pair)}; bar {lower + 1} is given up."


def _product(values: Sequence[int], pair: Pair) -> str:
    return f"{pair[1] - pair[0]} × {min(values[pair[0]], values[pair[1]])} = {_held(values, pair)}"


def _claim(values: Sequence[int], pair: Pair) -> dict[str, JsonValue]:
    return {"pair": [pair[0] + 1, pair[1] + 1], "holds": _held(values, pair)}


PUZZLE = ContainerPuzzle()
