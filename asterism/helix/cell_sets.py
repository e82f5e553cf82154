"""Sets of cells of a grid: as answers, as clues of rows and columns, as regions, and what is drawn beside the grid."""

from collections.abc import Collection, Iterable, Iterator, Sequence
from itertools import product
from random import Random
from typing import TypeVar

from asterism.helix.answer_readers import pairs
from asterism.helix.canvas import BLUE, RGB
from asterism.helix.grid_drawing import Cell, GridDrawing
from asterism.helix.puzzle import Verdict
from asterism.helix.wording import Wording

DIM: RGB = (100, 100, 100)
"""Of the numbers that only name rows and columns."""
RING = ((-1, -1), (-1, 0), (-1, 1), (0, 1), (1, 1), (1, 0), (1, -1), (0, -1))

Clue = TypeVar("Clue")


def every_cell(rows: int, columns: int) -> list[Cell]:
    """All cells of a grid, in reading order."""
    return list(product(range(rows), range(columns)))


def cells_of(answer: str, rows: int, columns: int) -> frozenset[Cell] | None:
    """Cells written as (row, column) from 1; None where one lies outside, comes twice, or anything cannot be read."""
    found = pairs(answer, rows * columns)
    if found is None or len(set(found)) < len(found):
        return None
    cells = frozenset((row - 1, column - 1) for row, column in found)
    return cells if all(0 <= row < rows and 0 <= column < columns for row, column in cells) else None


def written(cells: Iterable[Cell]) -> str:
    """Cells in reading order as :func:`cells_of` reads them."""
    return ", ".join(f"({row + 1}, {column + 1})" for row, column in sorted(cells)) or "[]"


def asked(rows: int, columns: int, what: Wording, example: Collection[Cell]) -> Wording:
    """How cells are written and answered; ``example`` are cells of another instance."""
    return Wording(
        f"Cells are written (row, column): rows 1 to {rows} from top to bottom, columns 1 to {columns} from left to "
        f"right (the small grey numbers beside the grid of an image). Answer with {what.en}, each once, in any order, "
        f"separated by commas. The form, with cells of another instance: {written(example)}",
        f"格子记作 (行, 列)：行从上到下为 1 到 {rows}，列从左到右为 1 到 {columns}（图中网格旁的灰色小数字）。"
        f"请列出{what.zh}，每格一次，顺序任意，用逗号隔开。格式如下（另一道题的格子）：{written(example)}",
    )


def unread(rows: int, columns: int) -> Verdict:
    """The verdict on an answer that :func:`cells_of` cannot read."""
    return Verdict("form", f"cells as (row, column) are wanted, from (1, 1) to ({rows}, {columns}), each once")


def grid_of(cells: Collection[Cell], rows: int, columns: int, signs: str = "X.") -> list[str]:
    """The rows of a grid, a sign for each cell: the first of two for the given cells, the second for the others."""
    return [
        "".join(signs[0] if (row, column) in cells else signs[1] for column in range(columns)) for row in range(rows)
    ]


def neighbours(cell: Cell) -> list[Cell]:
    """The cells that share a side with a cell, also those beyond the edge."""
    row, column = cell
    return [(row - 1, column), (row, column - 1), (row, column + 1), (row + 1, column)]


def around(cell: Cell) -> list[Cell]:
    """The eight cells around a cell, clockwise from the upper left, also those beyond the edge."""
    return [(cell[0] + down, cell[1] + right) for down, right in RING]


def block(cell: Cell) -> list[Cell]:
    """The two by two cells of which a cell is the upper left."""
    return [(cell[0] + down, cell[1] + right) for down in (0, 1) for right in (0, 1)]


def connected(cells: Collection[Cell]) -> bool:
    """Whether cells hang together by their sides."""
    left = set(cells)
    ahead = [left.pop()] if left else []
    while ahead:
        found = left.intersection(neighbours(ahead.pop()))
        left -= found
        ahead.extend(found)
    return not left


def totals(cells: Collection[Cell], rows: int, columns: int, *, weighted: bool = False) -> tuple[list[int], list[int]]:
    """The cells in each row and in each column; ``weighted``: each counts as its number in that line, from 1."""
    across, down = [0] * rows, [0] * columns
    for row, column in cells:
        across[row] += column + 1 if weighted else 1
        down[column] += row + 1 if weighted else 1
    return across, down


def wrong_line(found: Sequence[Sequence[object]], wanted: Sequence[Sequence[object | None]]) -> str | None:
    """The first row or column that differs from its clue, told; both are rows, then columns; None asks for nothing."""
    for kind, own, clues in zip(("row", "column"), found, wanted, strict=True):
        for place, (value, clue) in enumerate(zip(own, clues, strict=True), 1):
            if clue not in (None, value):
                return f"{kind} {place} has {value}, not {clue}"
    return None


def thinner(
    rows: Sequence[Clue | None], columns: Sequence[Clue | None], rng: Random
) -> Iterator[tuple[tuple[Clue | None, ...], tuple[Clue | None, ...]]]:
    """The clues of rows and columns with one of them missing, in random order."""
    clues = (*rows, *columns)
    for place in rng.sample(range(len(clues)), len(clues)):
        less = (*clues[:place], None, *clues[place + 1 :])
        yield less[: len(rows)], less[len(rows) :]


def partition(rows: int, columns: int, count: int, rng: Random) -> tuple[tuple[int, ...], ...]:
    """Each cell's region: ``count`` connected regions grown at random, numbered from 0 in reading order."""
    every = every_cell(rows, columns)
    region = {cell: number for number, cell in enumerate(rng.sample(every, count))}
    edge = [(cell, near) for cell in region for near in neighbours(cell)]
    while edge:
        place = rng.randrange(len(edge))
        edge[place], edge[-1] = edge[-1], edge[place]
        cell, near = edge.pop()
        if near not in region and 0 <= near[0] < rows and 0 <= near[1] < columns:
            region[near] = region[cell]
            edge.extend((near, further) for further in neighbours(near))
    order = {number: place for place, number in enumerate(dict.fromkeys(region[cell] for cell in every))}
    return tuple(tuple(order[region[row, column]] for column in range(columns)) for row in range(rows))


def members(regions: Sequence[Sequence[int]]) -> list[list[Cell]]:
    """The cells of each region."""
    found: dict[int, list[Cell]] = {}
    for row, line in enumerate(regions):
        for column, region in enumerate(line):
            found.setdefault(region, []).append((row, column))
    return [found[region] for region in sorted(found)]


def axes(board: GridDrawing) -> None:
    """The numbers of rows and columns, small and grey at the left and the top."""
    board.beside(range(1, board.rows + 1), "left", board.small, DIM)
    board.beside(range(1, board.columns + 1), "top", board.small, DIM)


def counts(board: GridDrawing, rows: Sequence[int | None], columns: Sequence[int | None]) -> None:
    """The clues of rows and columns, large and blue at the right and the bottom."""
    size = max(board.small, round(board.side / 2))
    ends = [(row, board.columns) for row in range(board.rows)]
    ends += [(board.rows, column) for column in range(board.columns)]
    for end, clue in zip(ends, (*rows, *columns), strict=True):
        if clue is not None:
            board.write(end, str(clue), size, BLUE)


def spaced(clues: Iterable[int | None]) -> str:
    """Clues in a line, a question mark where one is missing."""
    return " ".join("?" if clue is None else str(clue) for clue in clues)
