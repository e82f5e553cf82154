"""Sudoku: a 9 × 9 grid in which every row, column and box holds the digits 1 to 9."""

from collections.abc import Iterator
from dataclasses import dataclass
from random import Random
from typing import Any, ClassVar

from pydantic import JsonValue

from asterism.helix.answer_readers import number_grid
from asterism.helix.canvas import BLUE, Canvas
from asterism.helix.grid_drawing import GridDrawing
from asterism.helix.puzzle import RIGHT, Puzzle, Step, Verdict, exhausted
from asterism.helix.wording import Wording

SIDE = 9
CELLS = range(SIDE * SIDE)
UNITS: tuple[tuple[int, ...], ...] = (
    *(tuple(cell for cell in CELLS if cell // SIDE == row) for row in range(SIDE)),
    *(tuple(cell for cell in CELLS if cell % SIDE == column) for column in range(SIDE)),
    *(tuple(cell for cell in CELLS if 3 * (cell // 27) + cell % SIDE // 3 == box) for box in range(SIDE)),
)
"""Rows, then columns, then boxes."""
PEERS = tuple(frozenset(other for unit in UNITS if cell in unit for other in unit) - {cell} for cell in CELLS)
EVERY = frozenset(range(1, SIDE + 1))
TRIES = 40

Values = tuple[int, ...]
"""81 digits in reading order, 0 where a cell is empty."""


@dataclass(frozen=True, slots=True)
class Sudoku:
    """The givens in reading order, 0 where a cell is empty."""

    givens: Values


@dataclass(frozen=True, slots=True)
class Level:
    """How many givens are left."""

    givens: int


class SudokuPuzzle(Puzzle[Sudoku]):
    """Sudoku with one solution."""

    name = "sudoku"
    title = Wording("Sudoku", "数独")
    category = "puzzles"
    form = "grid"
    unique = True
    state_type = Sudoku
    levels: ClassVar = {1: Level(40), 2: Level(36), 3: Level(32), 4: Level(28), 5: Level(25)}

    def generate(self, parameters: Level, rng: Random) -> Sudoku:
        for _ in range(TRIES):
            state = _dug(_filled(rng), parameters.givens, rng)
            if state is not None:
                return state
        raise exhausted(self.name, parameters, TRIES)

    def solve(self, state: Sudoku) -> str | None:
        found = next(_solutions(state.givens), None)
        return _written(found) if found else None

    def count(self, state: Sudoku) -> int:
        return sum(1 for _, _ in zip(range(2), _solutions(state.givens), strict=False))

    def verify_answer(self, state: Sudoku, answer: str) -> Verdict:
        rows = number_grid(answer, SIDE, SIDE) or number_grid(" ".join(answer), SIDE, SIDE)
        if rows is None:
            return Verdict("form", "81 digits are wanted, nine rows of nine")
        values = tuple(value for row in rows for value in row)
        if any(given not in (0, value) for given, value in zip(state.givens, values, strict=True)):
            return Verdict("rule", "a given digit was changed")
        for number, unit in enumerate(UNITS):
            if {values[cell] for cell in unit} != EVERY:
                return Verdict("rule", f"{_unit_name(number)} does not hold the digits 1 to 9")
        return RIGHT

    def draw(self, state: Sudoku) -> Canvas:
        board = GridDrawing.of(SIDE, SIDE)
        board.lines()
        board.borders([[3 * (row // 3) + column // 3 for column in range(SIDE)] for row in range(SIDE)])
        for cell, digit in enumerate(state.givens):
            if digit:
                board.write(divmod(cell, SIDE), str(digit), colour=BLUE)
        return board.canvas

    def text(self, state: Sudoku) -> str:
        return _written(state.givens).replace("0", ".")

    def rules(self, state: Sudoku) -> Wording:
        example = _written(
            tuple((3 * (row % 3) + row // 3 + column) % 9 + 1 for row in range(9) for column in range(9))
        )
        return Wording(
            "Fill every empty cell of the 9 × 9 grid with a digit from 1 to 9, so that each row, each column and each "
            "of the nine 3 × 3 boxes holds every digit once. Given digits stay. There is one solution.\n"
            "Answer with all 81 digits: nine lines from top to bottom, the digits of a line from left to right with "
            f"spaces between them. The form, with the solution of another sudoku:\n{example}",
            "在 9 × 9 的网格的每个空格中填入 1 到 9 的数字，使每一行、每一列以及九个 3 × 3 宫内每个数字恰好出现一次。"
            "已给出的数字不可更改。解是唯一的。\n"
            "请回答全部 81 个数字：从上到下共九行，每行从左到右，数字之间用空格隔开。格式如下（另一道数独的解）：\n"
            f"{example}",
        )

    def reasoning(self, state: Sudoku) -> list[Step]:
        steps = [
            Step("rules", "Each row, column and 3 × 3 box must hold the digits 1 to 9 once; the givens stay."),
            Step("reading", f"The givens, row by row:\n{self.text(state)}", {"grid": list(state.givens)}),
        ]
        solution = next(_solutions(state.givens))
        return [
            *steps,
            *_search(state.givens, solution),
            Step("check", "Every row, column and box now holds 1 to 9 once.", {"solved": list(solution)}),
            Step("answer", _written(solution), {"solved": list(solution)}),
        ]

    def holds(self, state: Sudoku, claim: JsonValue) -> bool:
        match claim:
            case None:
                return True
            case {"grid": list(grid)}:
                return tuple(grid) == state.givens
            case {"solved": list(grid)}:
                return self.verify_answer(state, " ".join(map(str, grid))).right
            case {"grid_so_far": list(grid), "cell": [row, column], "value": value, "is": verdict}:
                solution = next(_solutions(state.givens))
                agrees = all(given in (0, own) for given, own in zip(grid, solution, strict=True))
                return agrees and (solution[SIDE * (row - 1) + column - 1] == value) == verdict  # type: ignore[operator, index]
        return False

    def effort(self, state: Sudoku) -> float:
        return float(SIDE * SIDE - sum(given > 0 for given in state.givens) + 10 * _guesses(state.givens))

    def guess(self, state: Sudoku, rng: Random) -> str:
        rows = [list(state.givens[start : start + SIDE]) for start in range(0, SIDE * SIDE, SIDE)]
        for row in rows:
            missing = sorted(EVERY - set(row))
            rng.shuffle(missing)
            row[:] = [digit or missing.pop() for digit in row]
        return _written(tuple(digit for row in rows for digit in row))

    def thinned(self, state: Sudoku, rng: Random) -> Iterator[Sudoku]:
        for cell in rng.sample([cell for cell in CELLS if state.givens[cell]], sum(g > 0 for g in state.givens)):
            yield Sudoku(_with(state.givens, cell, 0))


def _filled(rng: Random) -> Values:
    """A solved grid at random."""
    order = rng.sample(sorted(EVERY), SIDE)
    return next(_solutions((*order, *(0 for _ in range(SIDE * (SIDE - 1)))), rng))


def _dug(solution: Values, givens: int, rng: Random) -> Sudoku | None:
    """A solved grid with cells emptied while its solution stays the only one; None where too many givens remain."""
    values, left = solution, SIDE * SIDE
    for cell in rng.sample(CELLS, SIDE * SIDE):
        if left == givens:
            break
        without = _with(values, cell, 0)
        other = _with(without, cell, 0)
        if not any(_solvable(_with(other, cell, digit)) for digit in _candidates(without, cell) - {values[cell]}):
            values, left = without, left - 1
    return Sudoku(values) if left == givens else None


def _solvable(values: Values) -> bool:
    return next(_solutions(values), None) is not None


def _solutions(values: Values, rng: Random | None = None) -> Iterator[Values]:
    """All solutions, depth first in the cell or digit with the fewest possibilities, in random order by ``rng``.

    CP-SAT takes some 20 ms for one such search, and digging a puzzle needs over fifty.
    """
    grid = list(values)
    possible = [_candidates(values, cell) if not value else frozenset[int]() for cell, value in enumerate(values)]
    if any(value and any(grid[peer] == value for peer in PEERS[cell]) for cell, value in enumerate(grid)):
        return
    yield from _descend(grid, possible, rng)


def _descend(grid: list[int], possible: list[frozenset[int]], rng: Random | None) -> Iterator[Values]:
    empty = [cell for cell in CELLS if not grid[cell]]
    if not empty:
        yield tuple(grid)
        return
    cell = min(empty, key=lambda each: len(possible[each]))
    choices = [(cell, digit) for digit in sorted(possible[cell])]
    if len(choices) > 1:
        choices = _only_places(grid, possible) or choices
    if rng is not None:
        rng.shuffle(choices)
    for place, digit in choices:
        changed = [peer for peer in PEERS[place] if not grid[peer] and digit in possible[peer]]
        kept = [possible[peer] for peer in changed]
        grid[place] = digit
        for peer in changed:
            possible[peer] = possible[peer] - {digit}
        if all(possible[peer] for peer in changed):
            yield from _descend(grid, possible, rng)
        grid[place] = 0
        for peer, before in zip(changed, kept, strict=True):
            possible[peer] = before


def _only_places(grid: list[int], possible: list[frozenset[int]]) -> list[tuple[int, int]]:
    """The one place of a digit that has only one in some unit; none where every digit has several."""
    for unit in UNITS:
        seen: dict[int, list[int]] = {}
        for cell in unit:
            for digit in possible[cell] if not grid[cell] else ():
                seen.setdefault(digit, []).append(cell)
        for digit, cells in sorted(seen.items()):
            if len(cells) == 1:
                return [(cells[0], digit)]
    return []


def _candidates(values: Values, cell: int) -> frozenset[int]:
    return EVERY - {values[peer] for peer in PEERS[cell]}


def _search(values: Values, solution: Values) -> list[Step]:
    """Cell by cell; a cell that can only be told by trying shows the digit that fails as well."""
    steps: list[Step] = []
    tried = False
    while 0 in values:
        cell, reason = _next(values)
        row, column = divmod(cell, SIDE)
        others = sorted(_candidates(values, cell) - {solution[cell]})
        if others and (not reason or not tried):
            tried = True
            steps.append(_rejected(values, cell, others[0]))
        why = reason or f"Of {_listed(_candidates(values, cell))} only {solution[cell]} can be completed"
        steps.append(
            Step(
                "search",
                f"{why}: row {row + 1}, column {column + 1} is {solution[cell]}.",
                _claim(values, cell, solution[cell], True),
            )
        )
        values = _with(values, cell, solution[cell])
    return steps


def _next(values: Values) -> tuple[int, str]:
    """The next cell that logic tells, and why; else one with the fewest candidates and no reason."""
    empty = [cell for cell in CELLS if not values[cell]]
    for cell in empty:
        if len(_candidates(values, cell)) == 1:
            return cell, "Its row, column and box hold every other digit"
    possible = [_candidates(values, cell) for cell in CELLS]
    places = _only_places(list(values), possible)
    if places:
        return places[0][0], f"Nowhere else in a row, column or box can {places[0][1]} stand"
    return min(empty, key=lambda cell: len(possible[cell])), ""


def _rejected(values: Values, cell: int, digit: int) -> Step:
    row, column = divmod(cell, SIDE)
    text = (
        f"Suppose row {row + 1}, column {column + 1} were {digit}, which its row, column and box allow. "
        "Filling in what follows ends with a cell that no digit fits, so it is not."
    )
    return Step("search", text, _claim(values, cell, digit, False))


def _claim(values: Values, cell: int, value: int, verdict: bool) -> JsonValue:
    row, column = divmod(cell, SIDE)
    return {"grid_so_far": list(values), "cell": [row + 1, column + 1], "value": value, "is": verdict}


def _guesses(values: Values) -> int:
    """How many cells cannot be told by the two simple rules."""
    solution, guesses = next(_solutions(values)), 0
    while 0 in values:
        cell, reason = _next(values)
        guesses += not reason
        values = _with(values, cell, solution[cell])
    return guesses


def _with(values: Values, cell: int, digit: int) -> Values:
    return (*values[:cell], digit, *values[cell + 1 :])


def _written(values: Values) -> str:
    return "\n".join(" ".join(map(str, values[start : start + SIDE])) for start in range(0, SIDE * SIDE, SIDE))


def _unit_name(number: int) -> str:
    kind, place = divmod(number, SIDE)
    return f"{('row', 'column', 'box')[kind]} {place + 1}"


def _listed(digits: Any) -> str:
    *most, last = map(str, sorted(digits))
    return f"{', '.join(most)} and {last}" if most else last


PUZZLE = SudokuPuzzle()
