"""Futoshiki: a Latin square with signs between neighbours that say which is less.

The published levels begin at 3 × 3, where a guess is often right, and mostly have several solutions; these begin at
4 × 4, and up to two givens more than the level says are there where one solution needs them.
"""

from collections.abc import Iterator
from dataclasses import dataclass, replace
from functools import lru_cache
from random import Random
from typing import ClassVar

from pydantic import JsonValue

from asterism.helix import latin
from asterism.helix.canvas import BLACK, BLUE, Canvas, Point
from asterism.helix.constraints import Network, Table, Values, count, labour, needed, solved
from asterism.helix.puzzle import RIGHT, Puzzle, Step, Verdict, exhausted
from asterism.helix.wording import Wording

TRIES = 40
LONG_SIDE = 480
GAP = 0.5
"""Space between cells, in cells."""


@dataclass(frozen=True, slots=True)
class Futoshiki:
    """Givens in reading order, 0 where a cell is empty, and pairs of neighbouring cells, the lesser first."""

    size: int
    givens: Values
    less: tuple[tuple[int, int], ...]


@dataclass(frozen=True, slots=True)
class Level:
    """Cells of a side, how many are given, and signs for each hundred pairs of neighbours."""

    size: int
    givens: int
    signs: int


class FutoshikiPuzzle(Puzzle[Futoshiki]):
    """Futoshiki with one solution."""

    name = "futoshiki"
    title = Wording("Futoshiki", "不等式数独（Futoshiki）")
    category = "puzzles"
    form = "grid"
    unique = True
    state_type = Futoshiki
    levels: ClassVar = {
        1: Level(4, 4, 30),
        2: Level(5, 5, 30),
        3: Level(6, 7, 35),
        4: Level(7, 8, 35),
        5: Level(8, 10, 40),
    }
    reference: ClassVar = {
        1: Level(3, 5, 20),
        2: Level(4, 6, 25),
        3: Level(5, 9, 30),
        4: Level(6, 9, 35),
        5: Level(7, 10, 40),
    }

    def generate(self, parameters: Level, rng: Random) -> Futoshiki:
        size = parameters.size
        pairs = _neighbours(size)
        for _ in range(TRIES):
            solution = latin.random_square(size, rng)
            signed = rng.sample(pairs, len(pairs) * parameters.signs // 100)
            less = tuple(sorted((a, b) if solution[a] < solution[b] else (b, a) for a, b in signed))
            cells = needed(_network(Futoshiki(size, (0,) * size * size, less)), solution, parameters.givens, rng)
            if len(cells) <= parameters.givens + 2:
                givens = tuple(value + 1 if cell in cells else 0 for cell, value in enumerate(solution))
                return Futoshiki(size, givens, less)
        raise exhausted(self.name, parameters, TRIES)

    def solve(self, state: Futoshiki) -> str | None:
        found = _solution(state)
        return latin.written((value + 1 for value in found), state.size) if found else None

    def count(self, state: Futoshiki) -> int:
        return count(_network(state))

    def verify_answer(self, state: Futoshiki, answer: str) -> Verdict:
        values = latin.digit_grid(answer, state.size, state.size)
        if values is None:
            return Verdict("form", f"{state.size} lines of {state.size} numbers are wanted")
        if any(given not in (0, value) for given, value in zip(state.givens, values, strict=True)):
            return Verdict("rule", "a given number was changed")
        if repeated := latin.repetition(values, state.size):
            return Verdict("rule", repeated)
        for low, high in state.less:
            if values[low] >= values[high]:
                return Verdict("rule", f"{latin.spot(low, state.size)} is not less than {latin.spot(high, state.size)}")
        return RIGHT

    def draw(self, state: Futoshiki) -> Canvas:
        size = state.size
        side = -(-LONG_SIDE // int((1 + GAP) * size))
        pitch = side * (1 + GAP)
        whole = round(size * pitch)
        canvas = Canvas(whole, whole)
        middles = [((column + 0.5) * pitch, (row + 0.5) * pitch) for row in range(size) for column in range(size)]
        for (x, y), given in zip(middles, state.givens, strict=True):
            canvas.frame((x - side / 2, y - side / 2, x + side / 2, y + side / 2))
            if given:
                canvas.text((x, y), str(given), round(side * 0.6), BLUE)
        for low, high in state.less:
            _sign(canvas, middles[low], middles[high], side * 0.14)
        return canvas

    def text(self, state: Futoshiki) -> str:
        size, less, rows = state.size, set(state.less), []
        for start in range(0, size * size, size):
            cells = range(start, start + size)
            signs = [_between(less, cell, cell + 1, " < ", " > ") for cell in cells[:-1]] + [""]
            rows.append("".join(f"{state.givens[cell] or '.'}{sign}" for cell, sign in zip(cells, signs, strict=True)))
            rows.append("".join(_between(less, cell, cell + size, "^   ", "v   ") for cell in cells).rstrip())
        return "\n".join(rows[:-1])

    def rules(self, state: Futoshiki) -> Wording:
        size = state.size
        example = latin.example(size, _solution(state))
        return Wording(
            f"Fill every empty cell of the {size} × {size} grid with a number from 1 to {size}, so that each row and "
            "each column holds every number once. A sign between two neighbouring cells opens towards the greater "
            "number and points to the lesser one: < and > between cells of a row, ^ (the upper cell is less) and v "
            "(the lower cell is less) between cells of a column. Given numbers stay; in text a dot is an empty cell. "
            "There is one solution.\n"
            f"Answer with all numbers and no signs: {size} lines from top to bottom, the {size} numbers of a line from "
            f"left to right with spaces between them. The form, with the solution of another puzzle:\n{example}",
            f"在 {size} × {size} 的网格的每个空格中填入 1 到 {size} 的数字，使每行、每列中每个数字恰好出现一次。"
            "相邻两格之间的符号开口朝向较大的数，尖端指向较小的数：同一行的两格之间用 < 和 >，"
            "同一列的两格之间用 ^（上面的格较小）和 v（下面的格较小）。已给出的数字不可更改；"
            "文字形式中点号表示空格。解是唯一的。\n"
            f"请回答全部数字，不写符号：从上到下共 {size} 行，每行从左到右 {size} 个数字，用空格隔开。"
            f"格式如下（另一道题的解）：\n{example}",
        )

    def reasoning(self, state: Futoshiki) -> list[Step]:
        rules = (
            f"Each row and column must hold 1 to {state.size} once; each sign points to the lesser of two neighbours."
        )
        return latin.reasoning(self, state, _network(state), rules, "The grid with its signs, a dot for an empty cell:")

    def holds(self, state: Futoshiki, claim: JsonValue) -> bool:
        return latin.holds(self, state, _network(state), _solution(state), claim)

    def effort(self, state: Futoshiki) -> float:
        return labour(_network(state))

    def guess(self, state: Futoshiki, rng: Random) -> str:
        return latin.written(latin.shuffled_rows(state.size, rng, state.givens), state.size)

    def thinned(self, state: Futoshiki, rng: Random) -> Iterator[Futoshiki]:
        clues = [cell for cell, given in enumerate(state.givens) if given]
        for clue in rng.sample([*clues, *state.less], len(clues) + len(state.less)):
            if isinstance(clue, int):
                yield replace(state, givens=(*state.givens[:clue], 0, *state.givens[clue + 1 :]))
            else:
                yield replace(state, less=tuple(pair for pair in state.less if pair != clue))


@lru_cache(16)
def _network(state: Futoshiki) -> Network:
    size = state.size
    ways = latin.rising(size)
    tables = tuple(
        Table.of(f"The sign by which {latin.spot(low, size)} is less than {latin.spot(high, size)}", (low, high), ways)
        for low, high in state.less
    )
    net = replace(latin.square(size), tables=tables)
    return net.knowing((cell, given - 1) for cell, given in enumerate(state.givens) if given)


@lru_cache(16)
def _solution(state: Futoshiki) -> Values | None:
    return solved(_network(state))


def _neighbours(size: int) -> list[tuple[int, int]]:
    beside = [(cell, cell + 1) for cell in range(size * size) if (cell + 1) % size]
    return beside + [(cell, cell + size) for cell in range(size * size - size)]


def _between(less: set[tuple[int, int]], first: int, second: int, lesser: str, greater: str) -> str:
    """The sign between two neighbours; blanks of its length where there is none."""
    return lesser if (first, second) in less else greater if (second, first) in less else " " * len(lesser)


def _sign(canvas: Canvas, low: Point, high: Point, reach: float) -> None:
    """An angle halfway between two cells whose point is towards the lesser."""
    x, y = (low[0] + high[0]) / 2, (low[1] + high[1]) / 2
    along = [(a > b) - (a < b) for a, b in zip(high, low, strict=True)]
    tip = (x - along[0] * reach, y - along[1] * reach)
    ends = [
        (x + along[0] * reach + side * along[1] * reach, y + along[1] * reach + side * along[0] * reach)
        for side in (-1.2, 1.2)
    ]
    canvas.path([ends[0], tip, ends[1]], BLACK, 3)


PUZZLE = FutoshikiPuzzle()
