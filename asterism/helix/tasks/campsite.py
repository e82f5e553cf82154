"""Campsite: tents beside trees, none touching another, as many in each row and column as given.

Trees and tents are not paired: a tree may have several tents beside it, or none. Level 1 has a column more than
published: in 4 × 4 cells there are too few different sites for a data set.
"""

from collections.abc import Collection, Iterator, Sequence
from dataclasses import dataclass, replace
from random import Random
from typing import ClassVar

from asterism.helix.canvas import GREEN, Canvas
from asterism.helix.cell_sets import (
    around,
    asked,
    axes,
    block,
    cells_of,
    counts,
    every_cell,
    grid_of,
    neighbours,
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

TRIES = 400
TENTS = Wording("the cells of all tents", "所有帐篷的格子")


@dataclass(frozen=True, slots=True)
class Campsite:
    """The trees in reading order, and how many tents stand in each row and column; None where a clue is missing."""

    trees: tuple[Cell, ...]
    rows: tuple[int | None, ...]
    columns: tuple[int | None, ...]


@dataclass(frozen=True, slots=True)
class Level:
    """The size, tents, and trees beyond those planted for a tent."""

    rows: int
    columns: int
    tents: int
    spare: int


class CampsitePuzzle(ShadedPuzzle[Campsite]):
    """Campsite with one solution."""

    name = "campsite"
    title = Wording("Campsite", "露营地")
    form = "cells"
    state_type = Campsite
    levels: ClassVar = {
        1: Level(4, 5, 3, 2),
        2: Level(5, 5, 5, 3),
        3: Level(6, 6, 6, 5),
        4: Level(7, 7, 9, 6),
        5: Level(8, 8, 12, 8),
    }
    reference: ClassVar = {1: Level(4, 4, 3, 2)}
    words = Words("tents in", "none in")
    gist = "Each tent needs a tree beside it, tents never touch, rows and columns have their numbers."
    checked = "Each tent has a tree beside it, none touch, and every row and column has its number."

    def generate(self, parameters: Level, rng: Random) -> Campsite:
        every = every_cell(parameters.rows, parameters.columns)
        for _ in range(TRIES):
            tents = _pitched(every, parameters.tents, rng)
            trees = _planted(tents, set(every).difference(tents), parameters.spare, rng)
            rows, columns = totals(tents, parameters.rows, parameters.columns)
            state = Campsite(tuple(sorted(trees)), tuple(rows), tuple(columns))
            if len(tents) == parameters.tents and self.count(state) == 1:
                return state
        raise exhausted(self.name, parameters, TRIES)

    def shading(self, state: Campsite) -> Shading:
        field = Field(len(state.rows), len(state.columns))
        off = field.everywhere & ~field.bits(_places(state))
        corners = every_cell(field.rows - 1, field.columns - 1)
        return Shading(
            field,
            (
                Rule("Tents stand only in free cells beside a tree", off, (0,)),
                *line_sums(field, (state.rows, state.columns), lambda name, clue: f"{name} has the number {clue}"),
                *(Rule.of("Tents do not touch", field, block(corner), (0, 1, 2, 4, 8)) for corner in corners),
            ),
        )

    def answered(self, state: Campsite, cells: Sequence[Cell]) -> str:
        return written(cells)

    def verify_answer(self, state: Campsite, answer: str) -> Verdict:
        height, width = len(state.rows), len(state.columns)
        tents = cells_of(answer, height, width)
        if tents is None:
            return unread(height, width)
        for tent in sorted(tents):
            if tent in state.trees:
                return Verdict("rule", f"{written([tent])} is a tree")
            if not set(neighbours(tent)).intersection(state.trees):
                return Verdict("rule", f"no tree stands beside {written([tent])}")
            if tents.intersection(around(tent)):
                return Verdict("rule", f"the tent in {written([tent])} touches another")
        fault = wrong_line(totals(tents, height, width), (state.rows, state.columns))
        return Verdict("rule", fault) if fault else RIGHT

    def draw(self, state: Campsite) -> Canvas:
        board = GridDrawing.of(len(state.rows), len(state.columns), margins=(0.7, 0.7, 1.0, 1.0))
        board.lines()
        axes(board)
        for tree in state.trees:
            _tree(board, tree)
        counts(board, state.rows, state.columns)
        return board.canvas

    def text(self, state: Campsite) -> str:
        grid = "\n".join(" ".join(row) for row in grid_of(state.trees, len(state.rows), len(state.columns), "T."))
        return (
            f"The site, T for a tree:\n{grid}\n"
            f"Tents in each row, top to bottom: {spaced(state.rows)}\n"
            f"Tents in each column, left to right: {spaced(state.columns)}"
        )

    def rules(self, state: Campsite) -> Wording:
        height, width = len(state.rows), len(state.columns)
        form = asked(height, width, TENTS, [(0, 1), (height - 1, width - 1)])
        return Wording(
            f"On a site of {height} rows and {width} columns stand trees. Pitch tents in cells without a tree, so that "
            "each tent has a tree in at least one of the cells directly above, below, left or right of it, and no two "
            "tents touch, not even at a corner. Tents and trees need not pair off: a tree may have several tents "
            "beside it, or none. The number given for each row and each column (in a picture blue, at the right end of "
            "the row and below the column) is how many tents stand in it. There is one solution.\n"
            f"{form.en}",
            f"在 {height} 行 {width} 列的营地上长着一些树。请在没有树的格子里搭帐篷，使每顶帐篷的上、下、左、右"
            "四个相邻格中至少有一棵树，并且任意两顶帐篷不相接触（包括对角）。帐篷与树不必一一对应："
            "一棵树旁可以有几顶帐篷，也可以没有。每行每列给出的数（图中为该行右端或该列下方的蓝色数字）"
            "是该行或该列中帐篷的数目。解是唯一的。\n"
            f"{form.zh}",
        )

    def guess(self, state: Campsite, rng: Random) -> str:
        tents = sum(clue or 0 for clue in state.rows)
        return written(_pitched(_places(state), tents, rng))

    def thinned(self, state: Campsite, rng: Random) -> Iterator[Campsite]:
        for rows, columns in thinner(state.rows, state.columns, rng):
            yield replace(state, rows=rows, columns=columns)


def _pitched(places: Sequence[Cell], most: int, rng: Random) -> list[Cell]:
    """Up to ``most`` cells at random that do not touch."""
    tents: list[Cell] = []
    for place in rng.sample(places, len(places)):
        if len(tents) < most and not set(tents).intersection(around(place)):
            tents.append(place)
    return tents


def _planted(tents: Sequence[Cell], free: Collection[Cell], spare: int, rng: Random) -> set[Cell]:
    """A tree in a free cell beside each tent, and ``spare`` more."""
    trees = {rng.choice([cell for cell in neighbours(tent) if cell in free]) for tent in tents}
    left = sorted(set(free) - trees)
    return trees.union(rng.sample(left, min(spare, len(left))))


def _places(state: Campsite) -> list[Cell]:
    """Where a tent may stand as far as trees go."""
    every, trees = every_cell(len(state.rows), len(state.columns)), set(state.trees)
    return [cell for cell in every if cell not in trees and trees.intersection(neighbours(cell))]


def _tree(board: GridDrawing, cell: Cell) -> None:
    x, y = board.centre(cell)
    unit = board.side / 10
    board.canvas.rectangle((x - 0.7 * unit, y + 1.5 * unit, x + 0.7 * unit, y + 3.6 * unit), (120, 75, 35))
    for top, half in ((-3.6, 2.2), (-1.6, 3.0)):
        corners = [
            (x, y + top * unit),
            (x + half * unit, y + (top + 3.6) * unit),
            (x - half * unit, y + (top + 3.6) * unit),
        ]
        board.canvas.polygon(corners, GREEN)


PUZZLE = CampsitePuzzle()
