"""Minesweeper: some cells are revealed, the number of mines is given, and the mines can be told.

The published boards show every number and leave mines and zeros equally blank, without saying how many mines there are.
Here sides and mines are the same, but numbers are hidden again while the mines remain the only possible ones, up to a
number of hidden cells that makes the level, and hidden cells and zeros look different.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from functools import lru_cache
from itertools import permutations
from random import Random
from typing import ClassVar

from pydantic import JsonValue

from asterism.helix.answer_readers import pairs
from asterism.helix.canvas import BLACK, BLUE, RED, Canvas
from asterism.helix.grid_drawing import GridDrawing
from asterism.helix.moves import Cell
from asterism.helix.puzzle import RIGHT, Puzzle, Step, Verdict, exhausted
from asterism.helix.wording import Wording

HIDDEN, MARKED = "?", "*"
COVER = (176, 186, 200)
TRIES = 100

Rows = tuple[str, ...]
Move = tuple[str, int, int]
"""``mark`` or ``reveal``, row, column."""


@dataclass(frozen=True, slots=True)
class Minesweeper:
    """Rows of cells, each a digit where revealed, ``?`` where hidden, ``*`` where marked in play; how many mines."""

    rows: Rows
    mines: int


@dataclass(frozen=True, slots=True)
class Level:
    """Cells along a side, mines, and the hidden cells, mines among them."""

    side: int
    mines: int
    hidden: int


class MinesweeperPuzzle(Puzzle[Minesweeper]):
    """A board whose mines are the only possible ones."""

    name = "minesweeper"
    title = Wording("Minesweeper", "扫雷")
    category = "games"
    form = "cells"
    move_form = Wording(
        "mark (row, column), which marks a hidden cell as a mine or takes its mark away, or reveal (row, column), "
        "which shows the number of a hidden cell, or loses the game where it is a mine. The game is won when exactly "
        "the mines are marked",
        "mark (行, 列)：把尚未翻开的格标为地雷，或取消标记；"
        "或 reveal (行, 列)：翻开一格，若是地雷则输。恰好标出所有地雷即获胜",
    )
    unique = True
    state_type = Minesweeper
    levels: ClassVar = {
        1: Level(5, 3, 13),
        2: Level(6, 4, 21),
        3: Level(7, 5, 31),
        4: Level(8, 7, 43),
        5: Level(9, 9, 57),
    }

    def generate(self, parameters: Level, rng: Random) -> Minesweeper:
        side = parameters.side
        cells = [(row, column) for row in range(side) for column in range(side)]
        for _ in range(TRIES):
            mines = frozenset(rng.sample(cells, parameters.mines))
            rows = _hidden(_numbered(side, mines), mines, parameters.hidden, rng)
            if rows is not None:
                return Minesweeper(rows, parameters.mines)
        raise exhausted(self.name, parameters, TRIES)

    def solve(self, state: Minesweeper) -> str | None:
        found = _mines(state)
        return None if found is None else _written(found)

    def count(self, state: Minesweeper) -> int:
        return sum(1 for _ in zip(range(2), _solutions(_unmarked(state)), strict=False))

    def verify_answer(self, state: Minesweeper, answer: str) -> Verdict:
        cells = pairs(answer)
        if cells is None:
            return Verdict("form", "a list of (row, column) is wanted")
        if len(set(cells)) < len(cells):
            return Verdict("rule", "a cell occurs twice")
        hidden = _cells(_unmarked(state), HIDDEN)
        for row, column in cells:
            if (row, column) not in hidden:
                return Verdict("rule", f"({row}, {column}) is not a hidden cell")
        mines = frozenset(cells)
        if len(mines) != state.mines:
            return Verdict("rule", f"there are {state.mines} mines, not {len(mines)}")
        for (row, column), number, around in _numbers(state):
            if len(around & mines) != number:
                return Verdict("rule", f"the {number} in ({row}, {column}) does not have {number} mines around it")
        return RIGHT

    def start(self, state: Minesweeper) -> Minesweeper:
        return state

    def moves(self, position: Minesweeper) -> list[Move]:
        """A hidden cell may be marked or revealed, a marked one unmarked."""
        marks: list[Move] = [("mark", *cell) for cell in sorted(_cells(position, HIDDEN, MARKED))]
        return [*marks, *(("reveal", *cell) for cell in sorted(_cells(position, HIDDEN)))]

    def after(self, position: Minesweeper, move: object) -> Minesweeper | None:
        """The position after a move; None where it is not legal, or reveals a mine."""
        match move:
            case ["mark", int(row), int(column)] if (row, column) in _cells(position, HIDDEN, MARKED):
                new = HIDDEN if position.rows[row][column] == MARKED else MARKED
            case ["reveal", int(row), int(column)] if (row, column) in _cells(position, HIDDEN):
                mines = _mines(position)
                if mines is None or (row, column) in mines:
                    return None
                new = str(len(_around(len(position.rows), (row, column)) & mines))
            case _:
                return None
        return Minesweeper(_with(position.rows, (row, column), new), position.mines)

    def won(self, position: Minesweeper) -> bool:
        """Whether the marked cells are the mines."""
        return _cells(position, MARKED) == _mines(position)

    def draw(self, state: Minesweeper) -> Canvas:
        side = len(state.rows)
        board = GridDrawing.of(side, side, margins=(1.2, 2.0, 0.4, 0.4))
        for row, line in enumerate(state.rows):
            board.write((row, -0.85), str(row), board.small)
            board.write((-0.85, row), str(row), board.small)
            for column, letter in enumerate(line):
                if letter in (HIDDEN, MARKED):
                    board.fill((row, column), COVER)
                board.write((row, column), letter, colour=_colour(letter))
        board.lines()
        board.write((-1.6, (side - 1) / 2), f"mines: {state.mines}", board.small, RED)
        return board.canvas

    def text(self, state: Minesweeper) -> str:
        return "\n".join([f"mines: {state.mines}", *(" ".join(row) for row in state.rows)])

    def rules(self, state: Minesweeper) -> Wording:
        side = len(state.rows)
        example = _written(frozenset((number * 7 % side, (number * 5 + 1) % side) for number in range(state.mines)))
        return Wording(
            f"Find all mines on a board of {side} × {side} cells. A revealed cell holds no mine; its digit, 0 as well, "
            "is the number of mines in the up to eight cells around it, diagonal ones included. A cell with ? is "
            "hidden: it may hold a mine or not. The number of mines on the whole board is given. There is one "
            "solution.\n"
            f"Rows are numbered 0 to {side - 1} from top to bottom, columns 0 to {side - 1} from left to right.\n"
            "Answer with the list of all mines as (row, column), in any order. The form, with the mines of another "
            f"board:\n{example}",
            f"在 {side} × {side} 的棋盘上找出所有地雷。已翻开的格没有雷，"
            "其中的数字（包括 0）是周围至多八格（含对角）中的地雷数。"
            "标有 ? 的格尚未翻开，可能有雷，也可能没有。整个棋盘的地雷总数（mines）已给出。解是唯一的。\n"
            f"行从上到下编号为 0 到 {side - 1}，列从左到右编号为 0 到 {side - 1}。\n"
            f"请写出所有地雷的（行，列）列表，次序不限。格式如下（另一个棋盘的地雷）：\n{example}",
        )

    def reasoning(self, state: Minesweeper) -> list[Step]:
        mines = _mines(state) or frozenset[Cell]()
        found: list[JsonValue] = [list(cell) for cell in sorted(mines)]
        return [
            Step("rules", "A digit is the number of mines around its cell; a hidden cell may or may not hold one."),
            Step("reading", f"The board:\n{self.text(state)}", {"rows": list(state.rows), "mines": state.mines}),
            *_search(state, mines),
            Step("check", f"Every digit has its number of mines around it, {state.mines} in all.", {"all": found}),
            Step("answer", _written(mines), {"all": found}),
        ]

    def holds(self, state: Minesweeper, claim: JsonValue) -> bool:
        mines = _mines(state) or frozenset[Cell]()
        match claim:
            case None:
                return True
            case {"rows": rows, "mines": number}:
                return rows == list(state.rows) and number == state.mines
            case {"all": list(cells)}:
                return sorted(map(_cell, cells)) == sorted(mines)
            case {"mines": list(some), "safe": list(others)}:
                hidden = _cells(_unmarked(state), HIDDEN)
                return {*map(_cell, some)} <= mines and {*map(_cell, others)} <= hidden - mines
            case {"suppose": cell, "mine": bool(mine), "possible": False}:
                hidden = _cells(_unmarked(state), HIDDEN)
                return _cell(cell) in hidden and (_cell(cell) in mines) != mine
        return False

    def effort(self, state: Minesweeper) -> float:
        return float(len(_cells(_unmarked(state), HIDDEN)))

    def guess(self, state: Minesweeper, rng: Random) -> str:
        return _written(frozenset(rng.sample(sorted(_cells(_unmarked(state), HIDDEN)), state.mines)))

    def thinned(self, state: Minesweeper, rng: Random) -> Iterator[Minesweeper]:
        revealed = [cell for cell, _, _ in _numbers(state)]
        for cell in rng.sample(revealed, len(revealed)):
            yield Minesweeper(_with(state.rows, cell, HIDDEN), state.mines)


def _numbered(side: int, mines: frozenset[Cell]) -> Rows:
    """The board with every number, mines hidden."""
    return tuple(
        "".join(
            HIDDEN if (row, column) in mines else str(len(_around(side, (row, column)) & mines))
            for column in range(side)
        )
        for row in range(side)
    )


def _hidden(rows: Rows, mines: frozenset[Cell], count: int, rng: Random) -> Rows | None:
    """The board with numbers hidden while the mines stay certain; None where too few could be."""
    cells, left = [(row, column) for row in range(len(rows)) for column in range(len(rows))], count - len(mines)
    for row, column in rng.sample(cells, len(cells)):
        if left and rows[row][column] != HIDDEN:
            fewer = _with(rows, (row, column), HIDDEN)
            if sum(1 for _ in zip(range(2), _solutions(Minesweeper(fewer, len(mines))), strict=False)) == 1:
                rows, left = fewer, left - 1
    return None if left else rows


@lru_cache(maxsize=256)
def _mines(state: Minesweeper) -> frozenset[Cell] | None:
    """The mines of a board that has one solution, or one of several; None where there is none."""
    return next(_solutions(_unmarked(state)), None)


def _solutions(state: Minesweeper) -> Iterator[frozenset[Cell]]:
    """All sets of mines, by what each digit and the number of mines imply and by trying a cell where they do not.

    CP-SAT takes longer for one such search than hiding the numbers of a whole board does with this one. Cells are bits.
    """
    side = len(state.rows)
    for found in _completed(_limits(state), 0, 0):
        yield frozenset(divmod(place, side) for place in range(side * side) if found >> place & 1)


def _limits(state: Minesweeper) -> list[tuple[int, int]]:
    """Sets of hidden cells, and how many mines are among them; the smallest sets first, all hidden cells last."""
    hidden = _cells(state, HIDDEN)
    side = len(state.rows)
    limits = {(_bits(around & hidden, side), number) for _, number, around in _numbers(state)}
    return [*sorted(limits, key=lambda limit: (limit[0].bit_count(), limit)), (_bits(hidden, side), state.mines)]


def _completed(limits: list[tuple[int, int]], mines: int, safe: int) -> Iterator[int]:
    """Every set of mines that holds these and none of the safe cells."""
    settled = _settled(limits, mines, safe)
    if settled is None:
        return
    mines, safe = settled
    unknown = [cells for limit, _ in limits if (cells := limit & ~(mines | safe))]
    if not unknown:
        yield mines
        return
    tightest = min(unknown, key=int.bit_count)
    cell = tightest & -tightest
    yield from _completed(limits, mines | cell, safe)
    yield from _completed(limits, mines, safe | cell)


def _settled(limits: list[tuple[int, int]], mines: int, safe: int) -> tuple[int, int] | None:
    """Mines and safe cells with all that single limits imply; None where one is broken."""
    before = -1
    while before != mines | safe:
        before = mines | safe
        for cells, number in limits:
            unknown = cells & ~(mines | safe)
            missing = number - (cells & mines).bit_count()
            if not 0 <= missing <= unknown.bit_count():
                return None
            if not missing:
                safe |= unknown
            elif missing == unknown.bit_count():
                mines |= unknown
    return mines, safe


@dataclass(frozen=True, slots=True)
class Clue:
    """A set of hidden cells as bits, how many mines are among them, and what says so."""

    cells: int
    number: int
    name: str

    def rest(self, mines: int, safe: int) -> tuple[int, int]:
        """The cells that are still open, and how many mines are still missing among them."""
        return self.cells & ~(mines | safe), self.number - (self.cells & mines).bit_count()


def _clues(state: Minesweeper) -> list[Clue]:
    """Each digit with hidden cells around it, and last the number of all mines."""
    side, hidden = len(state.rows), _cells(state, HIDDEN)
    clues = [
        Clue(_bits(around & hidden, side), number, f"The {number} in {cell}")
        for cell, number, around in _numbers(state)
        if around & hidden
    ]
    return [*clues, Clue(_bits(hidden, side), state.mines, f"The board's count of {state.mines}")]


def _search(state: Minesweeper, mines: frozenset[Cell]) -> list[Step]:
    """Clue by clue, then pairs of clues; where neither tells, a supposition that fails, and once before in any case."""
    side, clues = len(state.rows), _clues(_unmarked(state))
    every, known, safe = clues[-1].cells, 0, 0
    bits = _bits(mines, side)
    steps: list[Step] = []
    while known | safe != every:
        new_mines, new_safe, why = _told(clues, known, safe, side)
        if not steps or not new_mines | new_safe:
            cell, broken = _failing(clues, known, safe, bits)
            steps.append(_supposed(cell, bool(cell & bits), broken, side))
            if not new_mines | new_safe:
                new_mines, new_safe, why = cell & bits, cell & ~bits, "That having failed"
        known, safe = known | new_mines, safe | new_safe
        steps.append(_gained(new_mines, new_safe, why, side))
    return steps


def _told(clues: list[Clue], mines: int, safe: int, side: int) -> tuple[int, int, str]:
    """New mines and safe cells that one clue tells, or else two of which one holds the other, and why; or none."""
    still = [(clue, *clue.rest(mines, safe)) for clue in clues if clue.rest(mines, safe)[0]]
    for clue, cells, missing in still:
        if not missing:
            return 0, cells, f"{clue.name} has all its mines"
        if missing == cells.bit_count():
            return cells, 0, f"{clue.name} lacks as many mines as cells are left for them"
    for (inner, few, least), (outer, many, most) in permutations(still, 2):
        rest, more = many & ~few, most - least
        if rest and not few & ~many and more in (0, rest.bit_count()):
            why = f"{inner.name} lacks {least} in {_listed(few, side)}, so {_lower(outer)} lacks {more} in its others"
            return (rest, 0, why) if more else (0, rest, why)
    return 0, 0, ""


def _failing(clues: list[Clue], mines: int, safe: int, solution: int) -> tuple[int, str]:
    """A cell whose opposite breaks a clue, at once if there is one, and which clue; any cell and none otherwise."""
    doubt = clues[-1].cells & ~(mines | safe)
    for clue in clues:
        cells, missing = clue.rest(mines, safe)
        if missing in (0, cells.bit_count()) and cells:
            return cells & -cells, clue.name
    limits = [(clue.cells, clue.number) for clue in clues]
    for cell in (1 << place for place in range(doubt.bit_length()) if doubt >> place & 1):
        if _settled(limits, mines | cell & ~solution, safe | cell & solution) is None:
            return cell, "some digit or the board's count"
    return doubt & -doubt, "however one went on, some digit or the board's count"


def _supposed(bit: int, mine: bool, broken: str, side: int) -> Step:
    row, column = divmod(bit.bit_length() - 1, side)
    text = (
        f"Suppose ({row}, {column}) {'were safe' if mine else 'held a mine'}: {broken[0].lower() + broken[1:]} could "
        "not be met. Rejected."
    )
    return Step("search", text, {"suppose": [row, column], "mine": not mine, "possible": False})


def _gained(mines: int, safe: int, why: str, side: int) -> Step:
    parts = [
        f"{_listed(cells, side)} {'are' if cells & cells - 1 else 'is'} {what}"
        for cells, what in ((mines, "mined"), (safe, "safe"))
        if cells
    ]
    claim: JsonValue = {
        "mines": [list(cell) for cell in _cells_of(mines, side)],
        "safe": [list(cell) for cell in _cells_of(safe, side)],
    }
    return Step("search", f"{why}: {' and '.join(parts)}.", claim)


def _numbers(state: Minesweeper) -> Iterator[tuple[Cell, int, frozenset[Cell]]]:
    """Every revealed cell, its digit, and the cells around it."""
    for row, line in enumerate(state.rows):
        for column, letter in enumerate(line):
            if letter not in (HIDDEN, MARKED):
                yield (row, column), int(letter), _around(len(state.rows), (row, column))


@lru_cache(maxsize=1024)
def _around(side: int, cell: Cell) -> frozenset[Cell]:
    """The up to eight cells around one."""
    return frozenset(
        (row, column)
        for row in range(max(0, cell[0] - 1), min(side, cell[0] + 2))
        for column in range(max(0, cell[1] - 1), min(side, cell[1] + 2))
        if (row, column) != cell
    )


def _cells(state: Minesweeper, *letters: str) -> frozenset[Cell]:
    return frozenset(
        (row, column) for row, line in enumerate(state.rows) for column, letter in enumerate(line) if letter in letters
    )


def _unmarked(state: Minesweeper) -> Minesweeper:
    return Minesweeper(tuple(row.replace(MARKED, HIDDEN) for row in state.rows), state.mines)


def _with(rows: Rows, cell: Cell, letter: str) -> Rows:
    row, column = cell
    return (*rows[:row], rows[row][:column] + letter + rows[row][column + 1 :], *rows[row + 1 :])


def _bits(cells: frozenset[Cell], side: int) -> int:
    return sum(1 << (row * side + column) for row, column in cells)


def _cells_of(bits: int, side: int) -> list[Cell]:
    return [divmod(place, side) for place in range(side * side) if bits >> place & 1]


def _cell(value: JsonValue) -> Cell:
    """A cell out of a claim; one that is nowhere for anything else."""
    match value:
        case [int(row), int(column)]:
            return row, column
    return -1, -1


def _colour(letter: str) -> tuple[int, int, int]:
    return {HIDDEN: BLACK, MARKED: RED, "0": (110, 110, 110)}.get(letter, BLUE)


def _written(mines: frozenset[Cell]) -> str:
    return f"[{', '.join(f'({row}, {column})' for row, column in sorted(mines))}]"


def _lower(clue: Clue) -> str:
    return clue.name[0].lower() + clue.name[1:]


def _listed(bits: int, side: int) -> str:
    return ", ".join(f"({row}, {column})" for row, column in _cells_of(bits, side))


PUZZLE = MinesweeperPuzzle()
