"""Tapa: shade a connected wall around clue cells that tell how long its pieces are there, with no two by two block.

The published puzzles have clues of one number only and begin with 3 × 3; up to 4 × 4 too few have one solution to fill
a data set. Ours are larger, and from level 3 on clues have up to four numbers, as Tapa has elsewhere; one rule text
covers both.
"""

from collections.abc import Collection, Iterator, Sequence
from dataclasses import dataclass, replace
from functools import cache
from random import Random
from typing import ClassVar

from asterism.helix.canvas import BLUE, Canvas
from asterism.helix.cell_sets import (
    around,
    asked,
    axes,
    block,
    cells_of,
    connected,
    every_cell,
    neighbours,
    unread,
    written,
)
from asterism.helix.grid_drawing import Cell, GridDrawing
from asterism.helix.puzzle import RIGHT, Verdict, exhausted
from asterism.helix.shading_puzzle import ShadedPuzzle
from asterism.helix.shading_solver import Field, Rule, Shading
from asterism.helix.wording import Wording

TRIES = 600
WALL = (0.42, 0.6)
"""Least and greatest share of cells at which a wall stops growing."""
SHADED = Wording("the shaded cells", "所有涂黑的格子")
PLACES = {
    1: ((0.0, 0.0),),
    2: ((-0.2, -0.2), (0.2, 0.2)),
    3: ((-0.22, 0.0), (0.22, -0.22), (0.22, 0.22)),
    4: ((-0.22, -0.22), (-0.22, 0.22), (0.22, -0.22), (0.22, 0.22)),
}
"""Where the numbers of a clue stand in its cell: down and to the right of the middle, in cells."""

Groups = tuple[int, ...]
"""Lengths, the shortest first."""


@dataclass(frozen=True, slots=True)
class Clue:
    """A cell and the lengths of the groups around it."""

    cell: Cell
    groups: Groups


@dataclass(frozen=True, slots=True)
class Tapa:
    """The size, and the clues in reading order."""

    rows: int
    columns: int
    clues: tuple[Clue, ...]


@dataclass(frozen=True, slots=True)
class Level:
    """The size, the most numbers of a clue, and the share of cells at which no more clues are taken away."""

    rows: int
    columns: int
    numbers: int
    clues: float


class TapaPuzzle(ShadedPuzzle[Tapa]):
    """Tapa with one solution."""

    name = "tapa"
    title = Wording("Tapa", "Tapa（围墙）")
    form = "cells"
    state_type = Tapa
    levels: ClassVar = {
        1: Level(5, 5, 1, 0.28),
        2: Level(5, 6, 1, 0.28),
        3: Level(6, 6, 4, 0.25),
        4: Level(7, 7, 4, 0.25),
        5: Level(8, 8, 4, 0.22),
    }
    reference: ClassVar = {number: Level(number + 2, number + 2, 1, 0.3) for number in range(1, 6)}
    gist = "Clues count the groups around them; the wall is connected and has no two by two block."
    seen = "The clues:\n"
    checked = "Every clue has its groups, the wall is connected, and no block of four is shaded."

    def generate(self, parameters: Level, rng: Random) -> Tapa:
        for _ in range(TRIES):
            state = _clued(_wall(parameters.rows, parameters.columns, rng), parameters)
            if state.clues and self.count(state) == 1:
                return self._sparse(state, parameters, rng)
        raise exhausted(self.name, parameters, TRIES)

    def shading(self, state: Tapa) -> Shading:
        field = Field(state.rows, state.columns)
        rules = [Rule("Cells with numbers are not shaded", field.bits(clue.cell for clue in state.clues), (0,))]
        for clue in state.clues:
            ring = list(enumerate(around(clue.cell)))
            inside = [(place, (row, column)) for place, (row, column) in ring if _within(state, row, column)]
            ways = _ways(tuple(place for place, _ in inside), clue.groups)
            reason = f"Around {written([clue.cell])} {_said(clue.groups)}"
            rules.append(Rule.of(reason, field, [cell for _, cell in inside], ways))
        for corner in every_cell(state.rows - 1, state.columns - 1):
            rules.append(Rule.of("No two by two block is all shaded", field, block(corner), range(15)))
        return Shading(field, tuple(rules), joined="shaded")

    def answered(self, state: Tapa, cells: Sequence[Cell]) -> str:
        return written(cells)

    def verify_answer(self, state: Tapa, answer: str) -> Verdict:
        wall = cells_of(answer, state.rows, state.columns)
        if wall is None:
            return unread(state.rows, state.columns)
        for clue in state.clues:
            if clue.cell in wall:
                return Verdict("rule", f"{written([clue.cell])} holds a clue and is shaded")
            groups = _groups(clue.cell, wall)
            if groups != clue.groups:
                return Verdict("rule", f"around {written([clue.cell])} {_said(groups)}")
        for cell in sorted(wall):
            if wall.issuperset(block(cell)):
                return Verdict("rule", f"the two by two block from {written([cell])} is all shaded")
        return RIGHT if connected(wall) else Verdict("rule", "the shaded cells are not connected")

    def draw(self, state: Tapa) -> Canvas:
        board = GridDrawing.of(state.rows, state.columns, margins=(0.7, 0.7, 0.3, 0.3))
        board.lines()
        axes(board)
        for clue in state.clues:
            row, column = clue.cell
            size = board.em if len(clue.groups) == 1 else max(board.small, round(board.side * 0.4))
            for number, (down, right) in zip(clue.groups, PLACES[len(clue.groups)], strict=True):
                board.write((row + down, column + right), str(number), size, BLUE)
        return board.canvas

    def text(self, state: Tapa) -> str:
        said = {clue.cell: ",".join(map(str, clue.groups)) for clue in state.clues}
        return "\n".join(
            " ".join(said.get((row, column), ".") for column in range(state.columns)) for row in range(state.rows)
        )

    def rules(self, state: Tapa) -> Wording:
        height, width = state.rows, state.columns
        form = asked(height, width, SHADED, [(0, 1), (0, 2), (1, 2)])
        return Wording(
            f"Shade some of the cells without numbers in a grid of {height} rows and {width} columns. The numbers of a "
            "cell tell of the up to eight cells around it, those that share a side or a corner with it. Going once "
            "around, the shaded ones among them form groups of cells that follow each other without a gap; the "
            "numbers are the lengths of all these groups, in any order, and between two groups lies at least one cell "
            "that is not shaded. (One number: a single group. Around a cell at the edge of the grid, what lies beyond "
            "the edge is a gap.) All shaded cells are connected by their sides, and no two by two block of cells is "
            "entirely shaded. There is one solution.\n"
            "In a text, a full stop is a cell without a number, and the numbers of one cell are joined by commas.\n"
            f"{form.en}",
            f"在 {height} 行 {width} 列的网格中，涂黑一些没有数字的格子。格中的数字描述它周围（共边或共角）至多八个"
            "格子：绕它一周，其中涂黑的格子按是否相连分成若干组，数字就是所有这些组的长度（顺序不限），两组之间至少隔一个"
            "未涂黑的格子。（只有一个数字：仅有一组。对网格边缘的格子，网格之外视为间隔。）"
            "所有涂黑的格子通过公共边连成一片，并且任何 2 × 2 的格子不能全部涂黑。解是唯一的。\n"
            "文字题面中，句点表示没有数字的格子，同一格的几个数字用逗号相连。\n"
            f"{form.zh}",
        )

    def guess(self, state: Tapa, rng: Random) -> str:
        return written(_wall(state.rows, state.columns, rng, barred=[clue.cell for clue in state.clues]))

    def thinned(self, state: Tapa, rng: Random) -> Iterator[Tapa]:
        for gone in rng.sample(state.clues, len(state.clues)):
            yield _without(state, gone)

    def _sparse(self, state: Tapa, parameters: Level, rng: Random) -> Tapa:
        """The same with clues taken away, those of one number first, as long as the solution stays the only one."""
        for gone in sorted(rng.sample(state.clues, len(state.clues)), key=lambda clue: len(clue.groups)):
            if len(state.clues) <= parameters.clues * state.rows * state.columns:
                break
            less = _without(state, gone)
            state = less if self.count(less) == 1 else state
        return state


def _without(state: Tapa, gone: Clue) -> Tapa:
    return replace(state, clues=tuple(clue for clue in state.clues if clue != gone))


def _wall(rows: int, columns: int, rng: Random, barred: Collection[Cell] = ()) -> set[Cell]:
    """Connected cells at random without a two by two block and without the barred ones."""
    free = sorted(set(every_cell(rows, columns)).difference(barred))
    wall, most = {rng.choice(free)}, rng.uniform(*WALL) * rows * columns
    edge = [near for cell in wall for near in neighbours(cell)]
    while edge and len(wall) < most:
        place = rng.randrange(len(edge))
        edge[place], edge[-1] = edge[-1], edge[place]
        cell = edge.pop()
        row, column = cell
        corners = [(row - down, column - right) for down in (0, 1) for right in (0, 1)]
        grown = wall | {cell}
        if cell in free and cell not in wall and not any(grown.issuperset(block(corner)) for corner in corners):
            wall = grown
            edge.extend(neighbours(cell))
    return wall


def _clued(wall: set[Cell], parameters: Level) -> Tapa:
    """A clue in every cell off the wall that has no more groups around it than allowed."""
    every = every_cell(parameters.rows, parameters.columns)
    off = [cell for cell in every if cell not in wall]
    clues = [Clue(cell, groups) for cell in off if 0 < len(groups := _groups(cell, wall)) <= parameters.numbers]
    return Tapa(parameters.rows, parameters.columns, tuple(clues))


def _groups(cell: Cell, wall: Collection[Cell]) -> Groups:
    """The groups of shaded cells around a cell."""
    return _circular(tuple(near in wall for near in around(cell)))


@cache
def _circular(ring: tuple[bool, ...]) -> Groups:
    """Lengths of the runs in a ring, the shortest first."""
    if all(ring):
        return (len(ring),)
    start = ring.index(False)
    runs = "".join("X" if shaded else " " for shaded in ring[start:] + ring[:start]).split()
    return tuple(sorted(map(len, runs)))


@cache
def _ways(present: tuple[int, ...], groups: Groups) -> tuple[int, ...]:
    """Every way to shade the given places of a ring so that these groups arise, as bits in their order."""
    return tuple(
        way
        for way in range(1 << len(present))
        if groups == _circular(tuple(place in present and bool(way >> present.index(place) & 1) for place in range(8)))
    )


def _within(state: Tapa, row: int, column: int) -> bool:
    return 0 <= row < state.rows and 0 <= column < state.columns


def _said(groups: Groups) -> str:
    if len(groups) < 2:
        return f"is one group of {groups[0]}" if groups else "is no group"
    return f"are groups of {' and '.join(map(str, groups))}"


PUZZLE = TapaPuzzle()
