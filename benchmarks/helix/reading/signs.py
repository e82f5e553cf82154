"""What there is to read on the image of a puzzle that is played on a grid: where it stands, and what it is.

The places follow from the size of the board alone, which anybody sees; what stands there is told by the state.
"""

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from functools import cache
from itertools import product
from typing import Any

from asterism.helix.cell_sets import every_cell, neighbours
from asterism.helix.grid_drawing import LONG_SIDE, GridDrawing
from asterism.helix.tasks import futoshiki, nonogram, sliding_puzzle, sudoku

Margins = tuple[float, float, float, float]
State = Any
"""The state of a task; each function below reads the states of one task or of a few alike."""

NARROW: Margins = (0.4, 0.4, 0.4, 0.4)
NUMBERED: Margins = (0.7, 0.7, 0.3, 0.3)
COUNTED: Margins = (0.7, 0.7, 1.0, 1.0)
NAMED: Margins = (1.1, 1.1, 0.3, 0.3)
"""Room beside a grid: left, top, right and bottom, in cells."""
OPERATIONS = {"+": "+", "-": "−", "*": "×", "/": "÷", "": ""}


@dataclass(frozen=True, slots=True)
class Frame:
    """An image of ``width`` × ``height`` pixels whose first cell begins at ``left``, ``top``; cells of ``side``."""

    width: int
    height: int
    left: float
    top: float
    side: float


@dataclass(frozen=True, slots=True)
class Spot:
    """What stands at a place, in cells: one sign for each thing to be told apart there."""

    row: float
    column: float
    signs: str


@dataclass(frozen=True, slots=True)
class Part:
    """Places of one kind: what stands there, how much of the image around each is looked at, and how finely."""

    name: str
    shows: str
    spots: Callable[[State], list[Spot]]
    span: tuple[float, float] = (1.2, 1.2)
    """Width and height, in cells."""
    pixels: tuple[int, int] = (28, 28)
    """Width and height of what is looked at once it is scaled."""
    running: bool = False
    """Whether signs stand where those before them end, as the letters of a word do."""


@dataclass(frozen=True, slots=True)
class Grid:
    """A task on a grid: where the grid lies in its image, and all that the image shows of a state."""

    frame: Callable[[State], Frame]
    parts: tuple[Part, ...]


def framed(size: Callable[[State], tuple[int, int]], margins: Margins = NARROW) -> Callable[[State], Frame]:
    """The frame of a board with so many rows and columns."""
    return lambda state: _frame(*size(state), margins)


def cells(rows: int, columns: int, signs: Callable[[int, int], str]) -> list[Spot]:
    """A spot for each cell."""
    return [Spot(row, column, signs(row, column)) for row, column in every_cell(rows, columns)]


def listed(signs: Iterable[str], columns: int) -> list[Spot]:
    """A spot for each cell, given in reading order."""
    return [Spot(*divmod(cell, columns), sign) for cell, sign in enumerate(signs)]


def number(value: int | None, places: int = 2) -> str:
    """A number of so many places; blank where there is none."""
    return ("" if value is None else str(value)).rjust(places)


def given(value: int, places: int = 1) -> str:
    """A number that is 0 where nothing stands."""
    return number(value or None, places)


def walls(closed: Callable[[tuple[int, int], tuple[int, int]], bool], cell: tuple[int, int]) -> str:
    """The sides of a cell, above, left, right and below: 1 where it is closed towards that neighbour."""
    return "".join("01"[closed(cell, near)] for near in neighbours(cell))


def region_walls(regions: Sequence[Sequence[int]]) -> list[Spot]:
    """The sides of each cell, closed where another region begins or the grid ends."""
    rows, columns = len(regions), len(regions[0])

    def apart(a: tuple[int, int], b: tuple[int, int]) -> bool:
        inside = 0 <= b[0] < rows and 0 <= b[1] < columns
        return not inside or regions[a[0]][a[1]] != regions[b[0]][b[1]]

    return cells(rows, columns, lambda row, column: walls(apart, (row, column)))


def end_clues(state: State) -> list[Spot]:
    """A number at the right end of each row and below each column."""
    rows, columns = len(state.rows), len(state.columns)
    return [Spot(row, columns, number(clue)) for row, clue in enumerate(state.rows)] + [
        Spot(rows, column, number(clue)) for column, clue in enumerate(state.columns)
    ]


def letters(state: State) -> list[Spot]:
    """The characters of a state that is rows of them."""
    return listed("".join(state.rows), len(state.rows[0]))


def islands(state: State) -> list[Spot]:
    """Of each point the number of its island, ``?`` where that is not told; blank where there is none."""
    known = {(y, x): str(number or "?") for x, y, number in state.islands}
    return cells(state.side, state.side, lambda *cell: known.get(cell, " "))


def cage_walls(state: State) -> list[Spot]:
    """The sides of cells, closed where another cage begins."""
    cage = {cell: place for place, each in enumerate(state.cages) for cell in each.cells}
    return region_walls(
        [[cage[row * state.size + column] for column in range(state.size)] for row in range(state.size)]
    )


def cage_labels(state: State) -> list[Spot]:
    """In the upper half of each cell the result and operation of the cage that begins there."""
    label = {cage.cells[0]: f"{cage.target}{OPERATIONS[cage.operation]}" for cage in state.cages}
    return [
        Spot(cell // state.size - 0.32, cell % state.size + 0.06, label.get(cell, "").ljust(5))
        for cell in range(state.size**2)
    ]


def trees(state: State) -> list[Spot]:
    """Where trees stand."""
    return cells(len(state.rows), len(state.columns), lambda *cell: " T"[cell in state.trees])


def lesser(state: State) -> list[Spot]:
    """Between two neighbours where the point of the angle is, if there is one."""
    seen = set(state.less)

    def sign(a: int, b: int, forth: str, back: str) -> str:
        return forth if (a, b) in seen else back if (b, a) in seen else " "

    size = state.size
    across = [
        Spot(row, column + 0.5, sign(row * size + column, row * size + column + 1, "<", ">"))
        for row, column in product(range(size), range(size - 1))
    ]
    return across + [
        Spot(row + 0.5, column, sign(row * size + column, (row + 1) * size + column, "^", "v"))
        for row, column in product(range(size - 1), range(size))
    ]


def kakuro_cells(state: State) -> list[Spot]:
    """White, or black with the sums below and beside it."""
    return listed(("-    " if c is None else "#" + given(c[0], 2) + given(c[1], 2) for c in state.cells), state.size)


def maze_cells(state: State) -> list[Spot]:
    """The walls of each cell, and whether the way begins or ends there."""
    side = len(state.right)
    marks = {state.start: "S", state.end: "E"}

    def closed(a: tuple[int, int], b: tuple[int, int]) -> bool:
        row, column = min(a, b)
        if not (0 <= b[0] < side and 0 <= b[1] < side):
            return True
        return not (state.right if a[0] == b[0] else state.down)[row][column]

    return cells(side, side, lambda *cell: walls(closed, cell) + marks.get(cell, " "))


def mine_count(state: State) -> list[Spot]:
    """How many mines there are, in the line above the grid."""
    return [Spot(-1.6, (len(state.rows) - 1) / 2, number(state.mines))]


def snake_and_apples(state: State) -> list[Spot]:
    """An apple, or head, body or tail of the snake and the sides at which it goes on."""
    kind = dict.fromkeys(state.apples, "A") | dict.fromkeys(state.body, "B") | {state.body[-1]: "T", state.body[0]: "H"}
    joined = {pair for a, b in zip(state.body, state.body[1:], strict=False) for pair in ((a, b), (b, a))}
    return cells(state.side, state.side, lambda *cell: kind.get(cell, " ") + walls(lambda *two: two in joined, cell))


def runs(state: State) -> list[Spot]:
    """The numbers left of the rows and above the columns, from the grid outwards; blank where there are fewer."""
    spots = []
    for clues, at in ((state.rows, lambda line, out: (line, out)), (state.columns, lambda line, out: (out, line))):
        for line, clue in enumerate(clues):
            for place in range(_most(clues)):
                told = number(clue[-1 - place]) if clue and place < len(clue) else "  "
                spots.append(Spot(*at(line, -0.9 - nonogram.PITCH * place), told))
    return spots


def circles(state: State) -> list[Spot]:
    """The colour and number of the circle on each point."""
    known = {(circle.row, circle.column): circle.colour + number(circle.number) for circle in state.circles}
    return cells(state.side, state.side, lambda *cell: known.get(cell, "   "))


def towers(state: State) -> list[Spot]:
    """The numbers on all four sides."""
    last = len(state.top) - 0.15
    return [
        spot
        for place, (top, bottom, left, right) in enumerate(
            zip(state.top, state.bottom, state.left, state.right, strict=True)
        )
        for spot in (
            Spot(-0.85, place, given(top)),
            Spot(last, place, given(bottom)),
            Spot(place, -0.85, given(left)),
            Spot(place, last, given(right)),
        )
    ]


def snake_cells(state: State) -> list[Spot]:
    """Where the snake begins and ends, and the cells of it that are shown."""
    marks = dict.fromkeys(state.shown, "o") | {state.start: "S", state.end: "E"}
    return cells(len(state.row_counts), len(state.column_counts), lambda *cell: marks.get(cell, " "))


def snake_counts(state: State) -> list[Spot]:
    """How many cells of each row and column the snake covers, ``?`` where that is not told."""
    rows, columns = len(state.row_counts), len(state.column_counts)
    told = [(line, columns, count) for line, count in enumerate(state.row_counts)]
    told += [(rows, line, count) for line, count in enumerate(state.column_counts)]
    return [Spot(row, column, "? " if count < 0 else number(count)) for row, column, count in told]


def groups(state: State) -> list[Spot]:
    """The numbers of each clue."""
    known = {clue.cell: "".join(map(str, clue.groups)) for clue in state.clues}
    return cells(state.rows, state.columns, lambda *cell: known.get(cell, "").ljust(4))


def word(state: State) -> list[Spot]:
    """The word to be found, right of the middle of the line above the grid."""
    return [Spot(-1.9, len(state.rows) / 2 + 0.05, state.word.ljust(5))]


@cache
def _frame(rows: int, columns: int, margins: Margins) -> Frame:
    board = GridDrawing.of(rows, columns, margins=margins)
    return Frame(board.canvas.width, board.canvas.height, board.left, board.top, board.side)


def _most(clues: Sequence[Sequence[int] | None]) -> int:
    return max(len(clue or ()) for clue in clues)


def _futoshiki_frame(state: State) -> Frame:
    side = -(-LONG_SIDE // int((1 + futoshiki.GAP) * state.size))
    pitch = side * (1 + futoshiki.GAP)
    return Frame(round(state.size * pitch), round(state.size * pitch), 0, 0, pitch)


def _nonogram_frame(state: State) -> Frame:
    room = [nonogram.PITCH * _most(clues) + 0.2 for clues in (state.rows, state.columns)]
    return _frame(len(state.rows), len(state.columns), (room[0], room[1], 0.3, 0.3))


def _side(state: State) -> tuple[int, int]:
    return state.side, state.side


def _size(state: State) -> tuple[int, int]:
    return state.size, state.size


def _rows(state: State) -> tuple[int, int]:
    return len(state.rows), len(state.rows[0])


def _clues(state: State) -> tuple[int, int]:
    return len(state.rows), len(state.columns)


def _given(name: str, columns: int | None = None, places: int = 1) -> Callable[[State], list[Spot]]:
    """The cells of a field that lists numbers in reading order, 0 where a cell is empty."""

    def spots(state: State) -> list[Spot]:
        values = getattr(state, name)
        return listed((given(value, places) for value in values), columns or round(len(values) ** 0.5))

    return spots


ENDS = Part("clues", "the numbers at the ends of rows and columns", end_clues)

GRIDS: Mapping[str, Grid] = {
    "aquarium": Grid(
        framed(_clues, COUNTED), (Part("cells", "thick lines on four sides", lambda s: region_walls(s.regions)), ENDS)
    ),
    "binairo": Grid(framed(_rows), (Part("cells", "0, 1 or nothing", letters),)),
    "bridges": Grid(framed(_side, NAMED), (Part("points", "an island's number or nothing", islands),)),
    "calcudoku": Grid(
        framed(_size),
        (
            Part("cells", "thick lines on four sides", cage_walls),
            Part("labels", "result and operation, or nothing", cage_labels, (1.16, 0.46), (64, 24)),
        ),
    ),
    "campsite": Grid(framed(_clues, COUNTED), (Part("cells", "a tree or nothing", trees), ENDS)),
    "eulero": Grid(
        framed(lambda s: (s.order, s.order)),
        (
            Part(
                "cells",
                "letter and digit, or nothing",
                lambda s: listed((each.replace(".", " ") for each in s.cells), s.order),
                pixels=(36, 36),
            ),
        ),
    ),
    "futoshiki": Grid(
        _futoshiki_frame,
        (
            Part("cells", "a digit or nothing", _given("givens"), (0.8, 0.8)),
            Part("signs", "an angle towards one of four sides, or nothing", lesser, (0.5, 0.5)),
        ),
    ),
    "hitori": Grid(
        framed(lambda s: (len(s.numbers), len(s.numbers)), NUMBERED),
        (Part("cells", "a number", lambda s: listed((given(n, 2) for row in s.numbers for n in row), len(s.numbers))),),
    ),
    "kakuro": Grid(
        framed(_size), (Part("cells", "white, or black with up to two sums", kakuro_cells, (1.1, 1.1), (44, 44)),)
    ),
    "kukurasu": Grid(framed(_clues, COUNTED), (ENDS,)),
    "maze": Grid(
        framed(lambda s: (len(s.right), len(s.right))),
        (Part("cells", "walls on four sides; start, end or nothing", maze_cells),),
    ),
    "minesweeper": Grid(
        framed(_rows, (1.2, 2.0, 0.4, 0.4)),
        (
            Part("cells", "a digit or hidden", letters),
            Part("mines", "their number", mine_count, (2.6, 0.8), (104, 32)),
        ),
    ),
    "nibbles": Grid(
        framed(_side),
        (Part("cells", "apple, head, body, tail or nothing; where it goes on", snake_and_apples, pixels=(32, 32)),),
    ),
    "nonogram": Grid(_nonogram_frame, (Part("clues", "a number or nothing", runs, (0.9, 0.9)),)),
    "numbrix": Grid(framed(_side), (Part("cells", "a number or nothing", _given("givens", places=2)),)),
    "shingoki": Grid(framed(_side, NAMED), (Part("points", "a circle's colour and number, or nothing", circles),)),
    "skyscrapers": Grid(
        framed(lambda s: (len(s.top), len(s.top)), (1.3,) * 4), (Part("clues", "a digit or nothing", towers),)
    ),
    "sliding_puzzle": Grid(
        framed(lambda s: (sliding_puzzle.SIDE, sliding_puzzle.SIDE)),
        (Part("cells", "a tile's number or the gap", _given("tiles", sliding_puzzle.SIDE, 2)),),
    ),
    "snake": Grid(
        framed(lambda s: (len(s.row_counts), len(s.column_counts)), (1.1,) * 4),
        (
            Part("cells", "start, end, a shown cell or nothing", snake_cells),
            Part("clues", "the numbers at the ends of rows and columns", snake_counts),
        ),
    ),
    "sokoban": Grid(framed(_rows), (Part("cells", "wall, floor, goal, box, player, or on a goal", letters),)),
    "sudoku": Grid(
        framed(lambda s: (sudoku.SIDE, sudoku.SIDE)), (Part("cells", "a digit or nothing", _given("givens")),)
    ),
    "tapa": Grid(
        framed(lambda s: (s.rows, s.columns), NUMBERED),
        (Part("cells", "up to four numbers, or nothing", groups, pixels=(36, 36)),),
    ),
    "word_search": Grid(
        framed(_rows, (1.1, 2.5, 0.3, 0.3)),
        (Part("cells", "a letter", letters), Part("word", "its letters", word, (2.8, 0.8), (88, 24), running=True)),
    ),
}
"""The tasks whose state is what stands on a grid."""

CHART, NETWORK = "numbers in a row, drawn as a chart", "vertices and edges, drawn as a network"
OTHERS: Mapping[str, str] = {
    **dict.fromkeys(
        (
            "container",
            "h_index",
            "hills_and_valleys",
            "largest_rectangle",
            "longest_increasing_subsequence",
            "stock",
            "trapping_rain",
        ),
        CHART,
    ),
    **dict.fromkeys(
        (
            "eulerian_cycle",
            "eulerian_path",
            "graph_isomorphism",
            "hamiltonian_cycle",
            "hamiltonian_path",
            "max_flow",
            "shortest_distance",
            "topological_sort",
        ),
        NETWORK,
    ),
    "crypto_math": "words, written one below the other",
    "tower_of_hanoi": "disks on three pegs",
    "twenty_four_points": "four cards",
    "word_ladder": "two words",
}
"""The other tasks, and what their states are instead."""
