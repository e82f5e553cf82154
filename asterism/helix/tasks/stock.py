"""Best time to buy and sell stock: the most that one share earns, bought and sold as often as one likes."""

from collections.abc import Sequence
from itertools import pairwise
from typing import ClassVar

from pydantic import JsonValue

from asterism.helix.charts import ChartPuzzle, ChartStyle, Level, chunks, shown
from asterism.helix.puzzle import Step
from asterism.helix.wording import Wording

PUBLISHED = {4: Level((30, 50), 80), 5: Level((50, 70), 100)}
POINTS = shown(Wording("point", "点"), Wording("price", "价格"), "prices")


class StockPuzzle(ChartPuzzle):
    """Stock with any number of purchases; prices are bounded as the heights of :data:`MEASURED` charts."""

    name = "stock"
    title = Wording("Best time to buy and sell stock", "买卖股票的最佳时机")
    levels: ClassVar = {
        1: Level((6, 10), 60),
        2: Level((11, 20), 70),
        3: Level((21, 30), 80),
        4: Level((31, 50), 99),
        5: Level((51, 70), 99),
    }
    reference: ClassVar = {**ChartPuzzle.reference, **PUBLISHED}
    look = ChartStyle("area", (178, 206, 238))
    gist = (
        "Every day has a price. A share may be bought and sold any number of times, one at a time; the sum of the "
        "gains is to be as large as possible. Holding over several days earns the sum of the daily changes, so "
        "exactly the rises from one day to the next are worth having."
    )

    def answer(self, values: Sequence[int]) -> int:
        return _rises(values)

    def ceiling(self, values: Sequence[int]) -> int:
        return max(values) * len(values) // 2

    def rules(self, state: object) -> Wording:
        return Wording(
            "The chart gives the price of a share on consecutive days. You may buy and sell as often as you like, but "
            "hold at most one share at any time; it must be sold before another is bought, and both may happen on one "
            "day. What is the largest total profit? It is 0 if nothing can be earned.\n"
            f"{POINTS.en}\n"
            "Answer with one whole number. For example, for the prices 3, 8, 5, 6, 2 it is 6.",
            "图表给出某只股票连续若干天的价格。可以买卖任意多次，但任何时候最多持有一股；再次买入之前必须先卖出，"
            "同一天内可以先卖后买。最大总利润是多少？若无法获利则为 0。\n"
            f"{POINTS.zh}\n"
            "请回答一个整数。例如，价格为 3, 8, 5, 6, 2 时，答案是 6。",
        )

    def worked(self, values: Sequence[int]) -> list[Step]:
        rises, falls = _rises(values), _rises(values[::-1])
        return [
            _one_purchase(values),
            *_days(values),
            Step(
                "check",
                f"The rises come to {rises} and the falls to {falls}; {rises} − {falls} = {rises - falls} is the last "
                f"price less the first, {values[-1]} − {values[0]}.",
                {"rises": rises, "falls": falls},
            ),
        ]

    def fits(self, values: Sequence[int], claim: dict[str, JsonValue]) -> bool:
        match claim:
            case {"days": int(days), "profit": profit} if 1 <= days <= len(values):
                return profit == _rises(values[:days])
            case {"buy": int(buy), "sell": int(sell), "profit": profit} if 1 <= buy < sell <= len(values):
                return profit == values[sell - 1] - values[buy - 1]
            case {"rises": rises, "falls": falls}:
                return (rises, falls) == (_rises(values), _rises(values[::-1]))
        return False


def _rises(values: Sequence[int]) -> int:
    """The sum of all rises from one value to the next."""
    return sum(max(0, after - before) for before, after in pairwise(values))


def _one_purchase(values: Sequence[int]) -> Step:
    """The best that a single purchase earns, held against all rises."""
    gain, buy, sell = max(
        (values[sell] - values[buy], buy, sell) for sell in range(1, len(values)) for buy in range(sell)
    )
    verdict = "leaves other rises unused, so it is rejected" if gain < _rises(values) else "uses every rise there is"
    return Step(
        "search",
        f"Buying only once, best on day {buy + 1} at {values[buy]}, and selling on day {sell + 1} at {values[sell]}, "
        f"earns {gain}: that {verdict}.",
        {"buy": buy + 1, "sell": sell + 1, "profit": gain},
    )


def _days(values: Sequence[int]) -> list[Step]:
    """The rises, a few days at a time, with the profit so far."""
    steps = []
    for days in chunks(range(1, len(values)), 6):
        changes = ", ".join(_change(values[day - 1], values[day]) for day in days)
        profit = _rises(values[: days[-1] + 1])
        steps.append(
            Step(
                "search",
                f"Days {days[0]} to {days[-1] + 1}: {changes}. The profit so far is {profit}.",
                {"days": days[-1] + 1, "profit": profit},
            )
        )
    return steps


def _change(before: int, after: int) -> str:
    return f"{before} to {after} earns {after - before}" if after > before else f"{before} to {after} earns nothing"


PUZZLE = StockPuzzle()
