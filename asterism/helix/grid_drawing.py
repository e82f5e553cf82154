"""A grid of cells to draw on, for the tasks that are played on one."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from itertools import pairwise
from typing import Self

from asterism.helix.canvas import BLACK, RGB, Box, Canvas, Point

Cell = tuple[int, int]
"""Row and column, from 0."""

LONG_SIDE = 480
"""Least pixels of a board's longer side."""
LEAST_CELL = 36


@dataclass(frozen=True, slots=True)
class GridDrawing:
    """``rows`` × ``columns`` square cells of ``side`` pixels; the first begins at ``left``, ``top``."""

    canvas: Canvas
    rows: int
    columns: int
    side: int
    left: int
    top: int

    @classmethod
    def of(cls, rows: int, columns: int, *, margins: tuple[float, float, float, float] = (0.4, 0.4, 0.4, 0.4)) -> Self:
        """An empty board with room for clues: left, top, right and bottom, in cells."""
        left, top, right, bottom = margins
        across, down = columns + left + right, rows + top + bottom
        side = max(LEAST_CELL, -(-LONG_SIDE // int(max(across, down))))
        canvas = Canvas(round(across * side), round(down * side))
        return cls(canvas, rows, columns, side, round(left * side), round(top * side))

    @property
    def em(self) -> int:
        """The em of letters that fill a cell well."""
        return max(15, round(self.side * 0.58), -(-max(self.canvas.width, self.canvas.height) // 30))

    @property
    def small(self) -> int:
        """The least em that may be drawn on this board."""
        return -(-max(self.canvas.width, self.canvas.height) // 31)

    def centre(self, cell: tuple[float, float]) -> Point:
        """The middle of a cell in pixels; cells beyond the edge (-1, ``rows``, halves) are where they would be."""
        return self.left + (cell[1] + 0.5) * self.side, self.top + (cell[0] + 0.5) * self.side

    def box(self, cell: Cell, inset: float = 0) -> Box:
        """The edges of a cell in pixels, drawn in by ``inset``."""
        x, y = self.left + cell[1] * self.side, self.top + cell[0] * self.side
        return (x + inset, y + inset, x + self.side - inset, y + self.side - inset)

    def fill(self, cell: Cell, colour: RGB) -> None:
        """Colour a cell; lines come afterwards."""
        self.canvas.rectangle(self.box(cell), colour)

    def write(self, cell: tuple[float, float], text: str, size: int | None = None, colour: RGB = BLACK) -> None:
        """Text in the middle of a cell, or outside the grid."""
        self.canvas.text(self.centre(cell), text, size or self.em, colour)

    def lines(self, colour: RGB = BLACK, width: int = 1, outer: int = 3) -> None:
        """Every line of the grid, the outer ones thicker."""
        for row in range(self.rows + 1):
            self.edge((row, 0), (row, self.columns), colour, outer if row in (0, self.rows) else width)
        for column in range(self.columns + 1):
            self.edge((0, column), (self.rows, column), colour, outer if column in (0, self.columns) else width)

    def edge(self, start: Cell, end: Cell, colour: RGB = BLACK, width: int = 4) -> None:
        """A line between two corners of cells, each by the row and column of the cell below and to the right of it."""
        (x0, y0), (x1, y1) = (
            (self.left + column * self.side, self.top + row * self.side) for row, column in (start, end)
        )
        self.canvas.line((x0, y0), (x1, y1), colour, width)

    def borders(self, regions: Sequence[Sequence[int]], colour: RGB = BLACK, width: int = 4) -> None:
        """Thick lines between cells whose regions differ, and around the grid."""
        for row in range(self.rows):
            for column in range(self.columns):
                if column + 1 < self.columns and regions[row][column] != regions[row][column + 1]:
                    self.edge((row, column + 1), (row + 1, column + 1), colour, width)
                if row + 1 < self.rows and regions[row][column] != regions[row + 1][column]:
                    self.edge((row + 1, column), (row + 1, column + 1), colour, width)
        corners = [(0, 0), (0, self.columns), (self.rows, self.columns), (self.rows, 0), (0, 0)]
        for start, end in pairwise(corners):
            self.edge(start, end, colour, width)

    def beside(self, clues: Iterable[object], where: str, size: int | None = None, colour: RGB = BLACK) -> None:
        """A clue for each row (``left``, ``right``) or column (``top``, ``bottom``), just outside the grid."""
        for place, clue in enumerate(clues):
            cell = {
                "left": (place, -0.85),
                "right": (place, self.columns - 0.15),
                "top": (-0.85, place),
                "bottom": (self.rows - 0.15, place),
            }[where]
            self.write(cell, str(clue), size or self.em, colour)
