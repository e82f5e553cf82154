"""Nonogram: shade cells so that each row and column has runs of the given lengths.

The published sizes begin with 3 × 3, of which there are 512; a data set needs more than that, so ours begin larger. Nor
is anything taken that can be guessed by filling each row, or each column, in a way of its own.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from functools import cache
from itertools import groupby
from math import prod
from random import Random
from typing import ClassVar

from asterism.helix.answer_readers import symbol_grid
from asterism.helix.canvas import BLUE, Canvas
from asterism.helix.cell_sets import every_cell, grid_of, thinner, wrong_line
from asterism.helix.grid_drawing import Cell, GridDrawing
from asterism.helix.puzzle import RIGHT, Verdict, exhausted
from asterism.helix.shading_puzzle import ShadedPuzzle
from asterism.helix.shading_solver import Field, Rule, Shading
from asterism.helix.wording import Wording

TRIES = 400
FILLED = (0.5, 0.65)
"""Least and greatest share of shaded cells before chance; thinner grids seldom have one solution."""
PITCH = 0.6
"""From one number of a clue to the next, in cells."""

Runs = tuple[int, ...]
"""Lengths of the runs of a line in order; (0,) where nothing is shaded."""


@dataclass(frozen=True, slots=True)
class Nonogram:
    """The runs of each row and column; None where a clue is missing."""

    rows: tuple[Runs | None, ...]
    columns: tuple[Runs | None, ...]


@dataclass(frozen=True, slots=True)
class Level:
    """The size, and in how many ways at least the rows can be filled, each by itself, and so the columns."""

    rows: int
    columns: int
    ways: int = 1


class NonogramPuzzle(ShadedPuzzle[Nonogram]):
    """Nonogram with one solution."""

    name = "nonogram"
    title = Wording("Nonogram", "数织（Nonogram）")
    form = "grid"
    state_type = Nonogram
    levels: ClassVar = {number: Level(number + 3, number + 4, 60) for number in range(1, 6)}
    reference: ClassVar = {number: Level(number + 2, number + 2) for number in range(1, 6)}
    gist = "Each line holds runs of shaded cells of the given lengths in this order, with gaps between."
    seen = "The clues:\n"
    checked = "Read again, every row and column has the runs of its clue."

    def generate(self, parameters: Level, rng: Random) -> Nonogram:
        for _ in range(TRIES):
            share = rng.uniform(*FILLED)
            grid = [[rng.random() < share for _ in range(parameters.columns)] for _ in range(parameters.rows)]
            state = Nonogram(*_clues(grid))
            ways = min(
                prod(len(_ways(length, clue or (0,))) for clue in clues)
                for length, clues in ((parameters.columns, state.rows), (parameters.rows, state.columns))
            )
            if ways >= parameters.ways and self.count(state) == 1:
                return state
        raise exhausted(self.name, parameters, TRIES)

    def shading(self, state: Nonogram) -> Shading:
        field = Field(len(state.rows), len(state.columns))
        rules = [
            Rule.of(f"{name} has runs of {_spaced(clue)}" if clue != (0,) else f"{name} is empty", field, cells, ways)
            for (name, cells), clue in zip(field.lines(), (*state.rows, *state.columns), strict=True)
            if clue is not None
            for ways in [_ways(len(cells), clue)]
        ]
        return Shading(field, tuple(rules))

    def answered(self, state: Nonogram, cells: Sequence[Cell]) -> str:
        return _written(state, cells)

    def verify_answer(self, state: Nonogram, answer: str) -> Verdict:
        lines = symbol_grid(answer.upper(), len(state.rows), len(state.columns), "X.")
        if lines is None:
            return Verdict("form", f"{len(state.rows)} lines of {len(state.columns)} signs X or . are wanted")
        fault = wrong_line(_clues([[sign == "X" for sign in line] for line in lines]), (state.rows, state.columns))
        return Verdict("rule", fault) if fault else RIGHT

    def draw(self, state: Nonogram) -> Canvas:
        most = [max(len(clue or ()) for clue in clues) for clues in (state.rows, state.columns)]
        board = GridDrawing.of(
            len(state.rows), len(state.columns), margins=(PITCH * most[0] + 0.2, PITCH * most[1] + 0.2, 0.3, 0.3)
        )
        board.lines()
        for row, clue in enumerate(state.rows):
            for place, run in enumerate(reversed(clue or ())):
                board.write((row, -0.9 - PITCH * place), str(run), colour=BLUE)
        for column, clue in enumerate(state.columns):
            for place, run in enumerate(reversed(clue or ())):
                board.write((-0.9 - PITCH * place, column), str(run), colour=BLUE)
        return board.canvas

    def text(self, state: Nonogram) -> str:
        rows = [f"Row {place}: {_spaced(clue)}" for place, clue in enumerate(state.rows, 1)]
        columns = [f"Column {place}: {_spaced(clue)}" for place, clue in enumerate(state.columns, 1)]
        return "\n".join([*rows, *columns])

    def rules(self, state: Nonogram) -> Wording:
        height, width = len(state.rows), len(state.columns)
        example = _written(state, [cell for cell in every_cell(height, width) if sum(cell) in (1, 3, 4)])
        return Wording(
            f"Shade some cells of a grid of {height} rows and {width} columns. The numbers of a row (to its left) are "
            "the lengths of its runs of adjacent shaded cells, from left to right; the numbers of a column (above it) "
            "those of its runs from top to bottom. Between two runs of a line lies at least one unshaded cell. A 0 "
            "means that nothing in the line is shaded. There is one solution.\n"
            f"Answer with {height} lines, the rows from top to bottom, each of {width} signs from left to right: X for "
            f"a shaded cell, a full stop for an unshaded one. The form, with the solution of another nonogram:\n"
            f"{example}",
            f"在 {height} 行 {width} 列的网格中涂黑一些格子。每行左侧的数字从左到右依次表示该行各段连续黑格的长度，"
            "每列上方的数字从上到下依次表示该列各段连续黑格的长度；同一行或列中相邻两段之间至少隔一个未涂黑的格子。"
            "数字 0 表示该行或列没有黑格。解是唯一的。\n"
            f"请从上到下回答 {height} 行，每行从左到右 {width} 个字符：X 表示涂黑，英文句点 . 表示未涂黑。"
            f"格式如下（另一道题的解）：\n{example}",
        )

    def guess(self, state: Nonogram, rng: Random) -> str:
        ways = [rng.choice(_ways(len(state.columns), clue or (0,))) for clue in state.rows]
        cells = [
            (row, column) for row, way in enumerate(ways) for column in range(way.bit_length()) if way >> column & 1
        ]
        return _written(state, cells)

    def thinned(self, state: Nonogram, rng: Random) -> Iterator[Nonogram]:
        for rows, columns in thinner(state.rows, state.columns, rng):
            yield Nonogram(rows, columns)


def _clues(grid: Sequence[Sequence[bool]]) -> tuple[tuple[Runs, ...], tuple[Runs, ...]]:
    return tuple(map(_runs, grid)), tuple(map(_runs, zip(*grid, strict=True)))


def _runs(line: Sequence[bool]) -> Runs:
    return tuple(len(list(group)) for shaded, group in groupby(line) if shaded) or (0,)


@cache
def _ways(length: int, clue: Runs) -> tuple[int, ...]:
    """Every line of a length with these runs, the first cell as the lowest bit."""
    if clue in ((), (0,)):
        return (0,)
    run, *others = clue
    found = []
    for gap in range(length - sum(clue) - len(others) + 1):
        used = gap + run + bool(others)
        found += [((1 << run) - 1) << gap | rest << used for rest in _ways(length - used, tuple(others))]
    return tuple(found)


def _written(state: Nonogram, cells: Sequence[Cell]) -> str:
    return "\n".join(grid_of(cells, len(state.rows), len(state.columns)))


def _spaced(clue: Runs | None) -> str:
    return "?" if clue is None else " ".join(map(str, clue))


PUZZLE = NonogramPuzzle()
