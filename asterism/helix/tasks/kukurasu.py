"""Kukurasu: shade cells so that the weights of the shaded cells of each row and column add up to its sum.

The published sizes begin with 3 × 3, of which there are 512; a data set needs more than that, so ours begin larger.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from random import Random
from typing import ClassVar

from asterism.helix.answer_readers import symbol_grid
from asterism.helix.canvas import Canvas
from asterism.helix.cell_sets import axes, counts, every_cell, grid_of, spaced, thinner, totals, wrong_line
from asterism.helix.grid_drawing import Cell, GridDrawing
from asterism.helix.puzzle import RIGHT, Verdict, exhausted
from asterism.helix.shading_puzzle import ShadedPuzzle
from asterism.helix.shading_solver import Field, Shading, line_sums
from asterism.helix.wording import Wording

TRIES = 400
FILLED = (0.35, 0.65)
"""Least and greatest share of shaded cells before chance."""


@dataclass(frozen=True, slots=True)
class Kukurasu:
    """The sums of rows and columns; None where a clue is missing."""

    rows: tuple[int | None, ...]
    columns: tuple[int | None, ...]


@dataclass(frozen=True, slots=True)
class Level:
    """The size."""

    rows: int
    columns: int


class KukurasuPuzzle(ShadedPuzzle[Kukurasu]):
    """Kukurasu with one solution."""

    name = "kukurasu"
    title = Wording("Kukurasu", "Kukurasu（加权求和）")
    form = "grid"
    state_type = Kukurasu
    levels: ClassVar = {number: Level(number + 3, number + 4) for number in range(1, 6)}
    reference: ClassVar = {number: Level(number + 2, number + 2) for number in range(1, 6)}
    gist = "In a row a shaded cell weighs its column's number, in a column its row's; sums are given."
    seen = "The sums. "
    checked = "Added up again, every row and column has its sum."

    def generate(self, parameters: Level, rng: Random) -> Kukurasu:
        for _ in range(TRIES):
            share = rng.uniform(*FILLED)
            every = every_cell(parameters.rows, parameters.columns)
            cells = [cell for cell in every if rng.random() < share]
            rows, columns = totals(cells, parameters.rows, parameters.columns, weighted=True)
            state = Kukurasu(tuple(rows), tuple(columns))
            if cells and self.count(state) == 1:
                return state
        raise exhausted(self.name, parameters, TRIES)

    def shading(self, state: Kukurasu) -> Shading:
        field = Field(len(state.rows), len(state.columns))
        rules = line_sums(
            field, (state.rows, state.columns), lambda name, total: f"{name} adds up to {total}", weighted=True
        )
        return Shading(field, tuple(rules))

    def answered(self, state: Kukurasu, cells: Sequence[Cell]) -> str:
        return _written(state, cells)

    def verify_answer(self, state: Kukurasu, answer: str) -> Verdict:
        height, width = len(state.rows), len(state.columns)
        lines = symbol_grid(answer, height, width, "01")
        if lines is None:
            return Verdict("form", f"{height} lines of {width} digits 0 or 1 are wanted")
        cells = [(row, column) for row, line in enumerate(lines) for column in range(width) if line[column] == "1"]
        fault = wrong_line(totals(cells, height, width, weighted=True), (state.rows, state.columns))
        return Verdict("rule", fault) if fault else RIGHT

    def draw(self, state: Kukurasu) -> Canvas:
        board = GridDrawing.of(len(state.rows), len(state.columns), margins=(0.7, 0.7, 1.0, 1.0))
        board.lines()
        axes(board)
        counts(board, state.rows, state.columns)
        return board.canvas

    def text(self, state: Kukurasu) -> str:
        return f"Row sums, top to bottom: {spaced(state.rows)}\nColumn sums, left to right: {spaced(state.columns)}"

    def rules(self, state: Kukurasu) -> Wording:
        height, width = len(state.rows), len(state.columns)
        example = _written(state, [cell for cell in every_cell(height, width) if (cell[0] + 2 * cell[1]) % 3 == 1])
        return Wording(
            f"Shade some cells of a grid of {height} rows and {width} columns. In its row, a shaded cell counts as the "
            f"number of its column, 1 to {width} from left to right; in its column, it counts as the number of its "
            f"row, 1 to {height} from top to bottom. (These weights are the small grey numbers at the top and the left "
            "of a picture.) In each row and each column, the shaded cells must add up to the sum given for it, which "
            "is the large blue number at the right end of the row or below the column. There is one solution.\n"
            f"Answer with {height} lines, the rows from top to bottom, each of {width} digits from left to right with "
            "spaces between them: 1 for a shaded cell, 0 for an unshaded one. The form, with the solution of another "
            f"instance:\n{example}",
            f"在 {height} 行 {width} 列的网格中涂黑一些格子。黑格在所在的行中按其列号计分（从左到右为 1 到 {width}），"
            f"在所在的列中按其行号计分（从上到下为 1 到 {height}）；这些权重即图中上方和左侧的灰色小数字。"
            "每一行、每一列中黑格的得分之和必须等于给出的数，即图中该行右端或该列下方的蓝色大数字。解是唯一的。\n"
            f"请从上到下回答 {height} 行，每行从左到右 {width} 个数字，用空格隔开：1 表示涂黑，0 表示未涂黑。"
            f"格式如下（另一道题的解）：\n{example}",
        )

    def guess(self, state: Kukurasu, rng: Random) -> str:
        every = every_cell(len(state.rows), len(state.columns))
        return _written(state, [cell for cell in every if rng.random() < 0.5])

    def thinned(self, state: Kukurasu, rng: Random) -> Iterator[Kukurasu]:
        for rows, columns in thinner(state.rows, state.columns, rng):
            yield Kukurasu(rows, columns)


def _written(state: Kukurasu, cells: Sequence[Cell]) -> str:
    rows = grid_of(cells, len(state.rows), len(state.columns), "10")
    return "\n".join(" ".join(row) for row in rows)


PUZZLE = KukurasuPuzzle()
