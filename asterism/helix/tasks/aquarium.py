"""Aquarium: fill regions with water up to one level each, so that each row and column has the given number of cells."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from random import Random
from typing import ClassVar

from asterism.helix.canvas import GREY, Canvas
from asterism.helix.cell_sets import (
    asked,
    axes,
    cells_of,
    counts,
    members,
    partition,
    spaced,
    thinner,
    totals,
    unread,
    written,
    wrong_line,
)
from asterism.helix.grid_drawing import Cell, GridDrawing
from asterism.helix.puzzle import RIGHT, Verdict, exhausted
from asterism.helix.shading_puzzle import ShadedPuzzle
from asterism.helix.shading_reasoning import Words
from asterism.helix.shading_solver import Field, Rule, Shading, line_sums
from asterism.helix.wording import Wording

TRIES = 600
FILLED = (0.3, 0.7)
"""Least and greatest share of cells with water."""
PLAIN = 0.25
"""Greatest share of rows and columns that are full or empty, and so tell all of their cells at once."""
LETTERS = "ABCDEFGHIJKLMNOPQRSTUVWXYZ"
WATER = Wording("the cells that hold water", "所有有水的格子")


@dataclass(frozen=True, slots=True)
class Aquarium:
    """The region of each cell, and the clues of rows and columns; None where one is missing."""

    regions: tuple[tuple[int, ...], ...]
    rows: tuple[int | None, ...]
    columns: tuple[int | None, ...]


@dataclass(frozen=True, slots=True)
class Level:
    """Cells on each side, and how many regions."""

    side: int
    regions: int


class AquariumPuzzle(ShadedPuzzle[Aquarium]):
    """Aquarium with one solution."""

    name = "aquarium"
    title = Wording("Aquarium", "水族箱")
    form = "cells"
    state_type = Aquarium
    levels: ClassVar = {1: Level(4, 5), 2: Level(5, 7), 3: Level(6, 9), 4: Level(7, 11), 5: Level(8, 13)}
    words = Words("water in", "none in")
    gist = "Water fills whole rows of a region from its lowest up to one level; rows and columns are counted."
    checked = "Every region is level, and counted again every row and column has its number."

    def generate(self, parameters: Level, rng: Random) -> Aquarium:
        side = parameters.side
        for _ in range(TRIES):
            regions = partition(side, side, parameters.regions, rng)
            cells = _poured(regions, rng)
            rows, columns = totals(cells, side, side)
            state = Aquarium(regions, tuple(rows), tuple(columns))
            plain = sum(clue in (0, side) for clue in (*rows, *columns))
            fair = FILLED[0] <= len(cells) / side**2 <= FILLED[1] and plain <= PLAIN * 2 * side
            if fair and self.count(state) == 1:
                return state
        raise exhausted(self.name, parameters, TRIES)

    def shading(self, state: Aquarium) -> Shading:
        field = Field(len(state.rows), len(state.columns))
        tanks = [
            Rule(
                f"The region of {written(cells[:1])} is level",
                field.bits(cells),
                tuple(map(field.bits, _levels(cells))),
            )
            for cells in members(state.regions)
        ]
        lines = line_sums(field, (state.rows, state.columns), lambda name, clue: f"{name} has the number {clue}")
        return Shading(field, (*lines, *tanks))

    def answered(self, state: Aquarium, cells: Sequence[Cell]) -> str:
        return written(cells)

    def verify_answer(self, state: Aquarium, answer: str) -> Verdict:
        height, width = len(state.rows), len(state.columns)
        cells = cells_of(answer, height, width)
        if cells is None:
            return unread(height, width)
        for region in members(state.regions):
            top = min((row for row, column in region if (row, column) in cells), default=height)
            dry = [cell for cell in region if cell[0] >= top and cell not in cells]
            if dry:
                return Verdict("rule", f"{written(dry[:1])} is dry, but its region has water in row {top + 1}")
        fault = wrong_line(totals(cells, height, width), (state.rows, state.columns))
        return Verdict("rule", fault) if fault else RIGHT

    def draw(self, state: Aquarium) -> Canvas:
        board = GridDrawing.of(len(state.rows), len(state.columns), margins=(0.7, 0.7, 1.0, 1.0))
        board.lines(GREY)
        board.borders(state.regions)
        axes(board)
        counts(board, state.rows, state.columns)
        return board.canvas

    def text(self, state: Aquarium) -> str:
        regions = "\n".join(" ".join(LETTERS[region] for region in row) for row in state.regions)
        return (
            f"Regions, cells of one letter each:\n{regions}\n"
            f"Cells with water in each row, top to bottom: {spaced(state.rows)}\n"
            f"Cells with water in each column, left to right: {spaced(state.columns)}"
        )

    def rules(self, state: Aquarium) -> Wording:
        height, width = len(state.rows), len(state.columns)
        form = asked(height, width, WATER, [(height - 1, 0), (height - 1, 1), (height - 2, 1)])
        return Wording(
            f"A grid of {height} rows and {width} columns is divided into regions (by thick lines in a picture, by "
            "letters in a text). Fill some cells with water. Water in a region rises to one level: if a cell of a "
            "region holds water, so does every cell of the same region in the same row and in every row below it. A "
            "region may stay empty or be filled entirely; regions do not affect each other. The number given for each "
            "row and each column (in a picture blue, at the right end of the row and below the column) is how many of "
            "its cells hold water. There is one solution.\n"
            f"{form.en}",
            f"{height} 行 {width} 列的网格被分成若干区域（图中以粗线分隔，文字中以字母表示）。请在一些格子中注水。"
            "每个区域的水面只有一个高度：若区域中某格有水，则同一区域中与它同一行以及在它下方各行的所有格子也都有水。"
            "区域可以全空，也可以全满；各区域互不影响。每行每列给出的数（图中为该行右端或该列下方的蓝色数字）"
            "是该行或该列中有水的格子数。解是唯一的。\n"
            f"{form.zh}",
        )

    def guess(self, state: Aquarium, rng: Random) -> str:
        return written(_poured(state.regions, rng))

    def thinned(self, state: Aquarium, rng: Random) -> Iterator[Aquarium]:
        for rows, columns in thinner(state.rows, state.columns, rng):
            yield replace(state, rows=rows, columns=columns)


def _levels(cells: Sequence[Cell]) -> list[list[Cell]]:
    """What of a region may hold water: nothing, its lowest row, its two lowest, and so on."""
    return [
        [],
        *([cell for cell in cells if cell[0] >= top] for top in sorted({row for row, _ in cells}, reverse=True)),
    ]


def _poured(regions: Sequence[Sequence[int]], rng: Random) -> list[Cell]:
    """Water at a random level in each region."""
    return [cell for cells in members(regions) for cell in rng.choice(_levels(cells))]


PUZZLE = AquariumPuzzle()
