"""Binairo: a grid of zeros and ones without three alike in a line.

The published levels are all 6 × 6; here the size rises, and at one size the number of givens falls.
"""

from collections.abc import Iterator
from dataclasses import dataclass, replace
from functools import cache, lru_cache
from itertools import groupby, product
from random import Random
from typing import ClassVar

from pydantic import JsonValue

from asterism.helix import latin
from asterism.helix.answer_readers import symbol_grid
from asterism.helix.canvas import TINTS, Canvas
from asterism.helix.constraints import Network, Table, Values, Ways, count, labour, needed, solutions, solved
from asterism.helix.grid_drawing import GridDrawing
from asterism.helix.puzzle import RIGHT, Puzzle, Step, Verdict, exhausted
from asterism.helix.wording import Wording

TRIES = 60


@dataclass(frozen=True, slots=True)
class Binairo:
    """A line of ``0``, ``1`` and ``.`` (empty) for each row."""

    rows: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Level:
    """Cells of a side, and how many are given."""

    size: int
    givens: int


class BinairoPuzzle(Puzzle[Binairo]):
    """Binairo with one solution."""

    name = "binairo"
    title = Wording("Binairo", "二进制数独（Binairo）")
    category = "puzzles"
    form = "grid"
    unique = True
    state_type = Binairo
    levels: ClassVar = {1: Level(4, 5), 2: Level(6, 16), 3: Level(6, 10), 4: Level(8, 20), 5: Level(10, 30)}
    reference: ClassVar = {1: Level(6, 29), 2: Level(6, 23), 3: Level(6, 20), 4: Level(6, 16), 5: Level(6, 13)}

    def generate(self, parameters: Level, rng: Random) -> Binairo:
        size = parameters.size
        for _ in range(TRIES):
            solution = next(solutions(_empty(size), rng))
            cells = needed(_empty(size), solution, parameters.givens, rng)
            if len(cells) == parameters.givens:
                signs = [str(value) if cell in cells else "." for cell, value in enumerate(solution)]
                return Binairo(_rows(signs, size))
        raise exhausted(self.name, parameters, TRIES)

    def solve(self, state: Binairo) -> str | None:
        found = _solution(state)
        return latin.written(found, len(state.rows)) if found else None

    def count(self, state: Binairo) -> int:
        return count(_network(state))

    def verify_answer(self, state: Binairo, answer: str) -> Verdict:
        size = len(state.rows)
        rows = symbol_grid(answer, size, size, "01")
        if rows is None:
            return Verdict("form", f"{size} lines of {size} zeros and ones are wanted")
        if any(given not in (".", own) for given, own in zip("".join(state.rows), "".join(rows), strict=True)):
            return Verdict("rule", "a given cell was changed")
        columns = ["".join(column) for column in zip(*rows, strict=True)]
        for name, group in (("row", rows), ("column", columns)):
            for place, line in enumerate(group, 1):
                if line.count("0") != line.count("1"):
                    return Verdict("rule", f"{name} {place} does not hold as many zeros as ones")
                if "000" in line or "111" in line:
                    return Verdict("rule", f"{name} {place} has three alike in succession")
            if len(set(group)) < size:
                return Verdict("rule", f"two {name}s are the same")
        return RIGHT

    def draw(self, state: Binairo) -> Canvas:
        size = len(state.rows)
        board = GridDrawing.of(size, size)
        shown = [((row, column), sign) for row, line in enumerate(state.rows) for column, sign in enumerate(line)]
        for cell, sign in shown:
            if sign != ".":
                board.fill(cell, TINTS[int(sign)])
        board.lines()
        for cell, sign in shown:
            if sign != ".":
                board.write(cell, sign)
        return board.canvas

    def text(self, state: Binairo) -> str:
        return latin.written("".join(state.rows), len(state.rows))

    def rules(self, state: Binairo) -> Wording:
        size = len(state.rows)
        example = latin.written(_example(state), size)
        return Wording(
            f"Fill every empty cell of the {size} × {size} grid with 0 or 1. Each row and each column must hold as "
            "many zeros as ones, and nowhere may three cells in succession in a row or column be the same. No two "
            "rows may be the same, and no two columns. Given cells stay; in text a dot is an empty cell. There is one "
            f"solution.\nAnswer with the whole grid: {size} lines from top to bottom, the {size} cells of a line from "
            f"left to right with spaces between them. The form, with the solution of another puzzle:\n{example}",
            f"在 {size} × {size} 的网格的每个空格中填入 0 或 1。每行、每列中 0 和 1 的个数必须相等，"
            "任何一行或一列中都不能有三个连续的相同数字。任意两行不得完全相同，任意两列也不得完全相同。"
            "已给出的格子不可更改；文字形式中点号表示空格。解是唯一的。\n"
            f"请回答整个网格：从上到下共 {size} 行，每行从左到右 {size} 个数字，用空格隔开。"
            f"格式如下（另一道题的解）：\n{example}",
        )

    def reasoning(self, state: Binairo) -> list[Step]:
        half = len(state.rows) // 2
        rules = (
            f"Each row and column must hold {half} zeros and {half} ones, never three alike in succession. All rows "
            "differ from each other, and so do all columns."
        )
        return latin.reasoning(self, state, _network(state), rules, "The grid, a dot for an empty cell:")

    def holds(self, state: Binairo, claim: JsonValue) -> bool:
        return latin.holds(self, state, _network(state), _solution(state), claim)

    def effort(self, state: Binairo) -> float:
        return labour(_network(state))

    def guess(self, state: Binairo, rng: Random) -> str:
        signs: list[str] = []
        for line in state.rows:
            half = len(line) // 2
            missing = ["0"] * max(0, half - line.count("0")) + ["1"] * max(0, half - line.count("1"))
            rng.shuffle(missing)
            signs += [missing.pop() if sign == "." else sign for sign in line]
        return latin.written(signs, len(state.rows))

    def thinned(self, state: Binairo, rng: Random) -> Iterator[Binairo]:
        signs = "".join(state.rows)
        given = [cell for cell, sign in enumerate(signs) if sign != "."]
        for cell in rng.sample(given, len(given)):
            yield Binairo(_rows(signs[:cell] + "." + signs[cell + 1 :], len(state.rows)))


@cache
def _empty(size: int) -> Network:
    """The rules of a grid in which nothing is given; lines that run the same way are rivals."""
    possible = [
        way
        for way in product((0, 1), repeat=size)
        if 2 * sum(way) == size and all(len(list(run)) < 3 for _, run in groupby(way))
    ]
    ways = Ways.of(possible, 2)
    tables = []
    for number, (name, cells) in enumerate(latin.lines(size)):
        same_way = range(size) if number < size else range(size, 2 * size)
        rivals = tuple(other for other in same_way if other != number)
        tables.append(Table.of(name, cells, ways, rivals=rivals))
    return replace(Network.of(latin.spots(size, size), "01", {}), tables=tuple(tables))


@lru_cache(16)
def _network(state: Binairo) -> Network:
    given = enumerate("".join(state.rows))
    return _empty(len(state.rows)).knowing((cell, int(sign)) for cell, sign in given if sign != ".")


@lru_cache(16)
def _solution(state: Binairo) -> Values | None:
    return solved(_network(state))


def _example(state: Binairo) -> Values:
    """A full grid of the same size that does not solve the puzzle."""
    size = len(state.rows)
    grid = _some(size)
    return grid if grid != _solution(state) else tuple(1 - value for value in grid)


@cache
def _some(size: int) -> Values:
    return next(solutions(_empty(size), Random(size)))


def _rows(signs: str | list[str], size: int) -> tuple[str, ...]:
    return tuple("".join(signs[start : start + size]) for start in range(0, size * size, size))


PUZZLE = BinairoPuzzle()
