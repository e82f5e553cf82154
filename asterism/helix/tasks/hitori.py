"""Hitori: shade cells so that no number repeats in a row or column of what is left, which stays connected."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from random import Random
from typing import ClassVar

from asterism.helix.canvas import Canvas
from asterism.helix.cell_sets import asked, axes, cells_of, connected, every_cell, neighbours, unread, written
from asterism.helix.grid_drawing import Cell, GridDrawing
from asterism.helix.puzzle import RIGHT, Verdict, exhausted
from asterism.helix.shading_puzzle import ShadedPuzzle
from asterism.helix.shading_solver import Field, Rule, Shading
from asterism.helix.wording import Wording

TRIES = 600
SHADED = Wording("the shaded cells", "所有涂黑的格子")


@dataclass(frozen=True, slots=True)
class Hitori:
    """The numbers of a square grid; 0 where one is missing."""

    numbers: tuple[tuple[int, ...], ...]


@dataclass(frozen=True, slots=True)
class Level:
    """Cells on each side."""

    side: int


class HitoriPuzzle(ShadedPuzzle[Hitori]):
    """Hitori with one solution."""

    name = "hitori"
    title = Wording("Hitori", "数壹（Hitori）")
    form = "cells"
    state_type = Hitori
    levels: ClassVar = {number: Level(number + 3) for number in range(1, 6)}
    gist = "Of equal numbers in a line at most one stays; shaded cells share no side; the rest is connected."
    seen = "The numbers:\n"
    checked = "No number is left twice in a line, no shaded cells touch, the rest is connected."

    def generate(self, parameters: Level, rng: Random) -> Hitori:
        for _ in range(TRIES):
            state = _numbered(_shaded(parameters.side, rng), parameters.side, rng)
            if self.count(state) == 1:
                return state
        raise exhausted(self.name, parameters, TRIES)

    def shading(self, state: Hitori) -> Shading:
        side = len(state.numbers)
        field = Field(side, side)
        rules = []
        for name, cells in field.lines():
            for number in range(1, side + 1):
                equal = [cell for cell in cells if state.numbers[cell[0]][cell[1]] == number]
                if len(equal) > 1:
                    every = (1 << len(equal)) - 1
                    ways = (every, *(every ^ 1 << place for place in range(len(equal))))
                    rules.append(Rule.of(f"{name} may keep one {number}", field, equal, ways))
        for row, column in every_cell(side, side):
            for other in ((row, column + 1), (row + 1, column)):
                if max(other) < side:
                    rules.append(Rule.of("No two shaded cells share a side", field, [(row, column), other], (0, 1, 2)))
        return Shading(field, tuple(rules), joined="unshaded")

    def answered(self, state: Hitori, cells: Sequence[Cell]) -> str:
        return written(cells)

    def verify_answer(self, state: Hitori, answer: str) -> Verdict:
        side = len(state.numbers)
        shaded = cells_of(answer, side, side)
        if shaded is None:
            return unread(side, side)
        for cell in sorted(shaded):
            if shaded.intersection(neighbours(cell)):
                return Verdict("rule", f"{written([cell])} is shaded and so is a cell beside it")
        left = [cell for cell in every_cell(side, side) if cell not in shaded]
        for cell in left:
            twins = [other for other in _rivals(state, cell) if other not in shaded]
            if twins:
                return Verdict("rule", f"{written([cell, twins[0]])} hold the same number in one line, unshaded")
        return RIGHT if connected(left) else Verdict("rule", "the unshaded cells are not connected")

    def draw(self, state: Hitori) -> Canvas:
        side = len(state.numbers)
        board = GridDrawing.of(side, side, margins=(0.7, 0.7, 0.3, 0.3))
        board.lines()
        axes(board)
        for row, line in enumerate(state.numbers):
            for column, number in enumerate(line):
                board.write((row, column), str(number) if number else "")
        return board.canvas

    def text(self, state: Hitori) -> str:
        return "\n".join(" ".join(str(number or ".") for number in line) for line in state.numbers)

    def rules(self, state: Hitori) -> Wording:
        side = len(state.numbers)
        form = asked(side, side, SHADED, [(0, 1), (side - 1, side - 1)])
        return Wording(
            f"Each cell of the {side} × {side} grid holds a number. Shade some cells so that no number appears twice "
            "among the unshaded cells of any row or of any column, no two shaded cells share a side, and all unshaded "
            "cells are connected: from each one leads a way to every other over unshaded cells that share a side. "
            "There is one solution.\n"
            f"{form.en}",
            f"{side} × {side} 网格的每个格子里有一个数字。请涂黑一些格子，使任一行、任一列未涂黑的格子中没有"
            "重复的数字，任意两个涂黑的格子不共边，并且所有未涂黑的格子连成一片（通过共边的未涂黑格子彼此可达）。解是唯一的。\n"
            f"{form.zh}",
        )

    def guess(self, state: Hitori, rng: Random) -> str:
        return written(_shaded(len(state.numbers), rng))

    def thinned(self, state: Hitori, rng: Random) -> Iterator[Hitori]:
        every = every_cell(len(state.numbers), len(state.numbers))
        for gone in rng.sample(every, len(every)):
            yield Hitori(
                tuple(
                    tuple(0 if (row, column) == gone else number for column, number in enumerate(line))
                    for row, line in enumerate(state.numbers)
                )
            )


def _rivals(state: Hitori, cell: Cell) -> list[Cell]:
    """The other cells of the same number in a row or column of a cell."""
    row, column = cell
    number, places = state.numbers[row][column], range(len(state.numbers))
    line = [(row, place) for place in places] + [(place, column) for place in places]
    return [other for other in line if number and other != cell and state.numbers[other[0]][other[1]] == number]


def _shaded(side: int, rng: Random) -> set[Cell]:
    """Cells at random that obey all but the numbers; no further one could be shaded."""
    every = every_cell(side, side)
    shaded: set[Cell] = set()
    for cell in rng.sample(every, len(every)):
        if not shaded.intersection(neighbours(cell)) and connected(set(every) - shaded - {cell}):
            shaded.add(cell)
    return shaded


def _numbered(shaded: set[Cell], side: int, rng: Random) -> Hitori:
    """A Latin square, in which each shaded cell repeats a number that stays in its row or column."""
    rows, columns, numbers = (rng.sample(range(side), side) for _ in range(3))
    latin = [[numbers[(row + column) % side] + 1 for column in columns] for row in rows]
    grid = [list(line) for line in latin]
    for row, column in sorted(shaded):
        line = [(row, place) for place in range(side)] + [(place, column) for place in range(side)]
        near = rng.choice([cell for cell in line if cell not in shaded])
        grid[row][column] = latin[near[0]][near[1]]
    return Hitori(tuple(map(tuple, grid)))


PUZZLE = HitoriPuzzle()
