"""H-index: the largest h such that h papers are cited h times or more."""

from collections.abc import Sequence
from random import Random
from typing import ClassVar

from pydantic import JsonValue

from asterism.helix.charts import COUNTED, ChartPuzzle, ChartStyle, chunks, listed, shown
from asterism.helix.puzzle import Step
from asterism.helix.wording import Wording

BARS = shown(Wording("bar", "柱子"), Wording("number of citations", "引用次数"), "numbers of citations")


class HIndexPuzzle(ChartPuzzle):
    """The h-index, drawn first and evenly, as that of few papers is easily guessed."""

    name = "h_index"
    title = Wording("H-index", "H 指数")
    levels: ClassVar = COUNTED
    look = ChartStyle("bars", (150, 150, 158))
    gist = "The h-index is the largest h such that at least h papers are cited h times or more."

    def answer(self, values: Sequence[int]) -> int:
        return max(h for h in range(len(values) + 1) if _cited(values, h) >= h)

    def ceiling(self, values: Sequence[int]) -> int:
        return len(values)

    def composed(self, length: int, top: int, answer: int, rng: Random) -> list[int]:
        much = [rng.randint(answer, top) for _ in range(answer)]
        little = [rng.randint(1, answer) for _ in range(length - answer)]
        return rng.sample(much + little, length)

    def rules(self, state: object) -> Wording:
        return Wording(
            "Each bar stands for a paper and shows how often it has been cited. The h-index is the largest number h "
            "such that at least h of the papers have been cited h times or more. What is the h-index of these "
            "papers?\n"
            f"{BARS.en}\n"
            "Answer with one whole number. For example, for the citations 5, 1, 4, 2, 3 it is 3.",
            "每根柱子代表一篇论文，表示该论文被引用的次数。H 指数是满足以下条件的最大整数 h：至少有 h 篇论文各被引用了 "
            "h 次或更多。这些论文的 H 指数是多少？\n"
            f"{BARS.zh}\n"
            "请回答一个整数。例如，引用次数为 5, 1, 4, 2, 3 时，答案是 3。",
        )

    def worked(self, values: Sequence[int]) -> list[Step]:
        h = self.answer(values)
        return [
            *_ranks(values),
            *_tries(values),
            Step(
                "check",
                f"{_cited(values, h)} papers have at least {h} citations, which is enough for {h}; for {h + 1} there "
                f"would have to be {h + 1} with at least {h + 1}, and there are {_cited(values, h + 1)}.",
                {"citations": h + 1, "papers": _cited(values, h + 1)},
            ),
        ]

    def fits(self, values: Sequence[int], claim: dict[str, JsonValue]) -> bool:
        match claim:
            case {"citations": int(citations), "papers": papers}:
                return papers == _cited(values, citations)
            case {"rank": int(rank), "citations": list(citations)} if 1 <= rank <= len(values):
                return bool(citations) and citations == _falling(values)[rank - 1 : rank - 1 + len(citations)]
        return False


def _cited(values: Sequence[int], least: int) -> int:
    """How many papers are cited so often or more."""
    return sum(value >= least for value in values)


def _falling(values: Sequence[int]) -> list[int]:
    return sorted(values, reverse=True)


def _ranks(values: Sequence[int]) -> list[Step]:
    """The citations from most to least, ten at a time."""
    steps, rank = [], 1
    for group in chunks(_falling(values), 10):
        text = f"From most to least, ranks {rank} to {rank + len(group) - 1}: {listed(group)}."
        steps.append(Step("search", text, {"rank": rank, "citations": list(group)}))
        rank += len(group)
    return steps


def _tries(values: Sequence[int]) -> list[Step]:
    """Halving the numbers that may be h."""
    steps, low, high = [], 0, len(values)
    while low < high:
        h = (low + high + 1) // 2
        papers = _cited(values, h)
        low, high = (h, high) if papers >= h else (low, h - 1)
        verdict = f"{h} is reached" if papers >= h else f"{h} is too much, rejected"
        text = f"Suppose h is {h}: {papers} papers have at least {h} citations, so {verdict}; {low} to {high} remain."
        steps.append(Step("search", text, {"citations": h, "papers": papers}))
    return steps


PUZZLE = HIndexPuzzle()
