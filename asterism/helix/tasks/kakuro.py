"""Kakuro: sums across and down, no digit twice in a run.

The published boards consist mostly of runs of one cell, whose clue is the digit. Here every run has at least two cells,
and the board and its longest run grow with the level.
"""

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from functools import cache, lru_cache
from itertools import combinations, permutations
from random import Random
from typing import ClassVar

from pydantic import JsonValue

from asterism.helix import latin
from asterism.helix.answer_readers import symbol_grid
from asterism.helix.canvas import RGB, WHITE, Canvas
from asterism.helix.constraints import Network, Table, Values, Ways, count, labour, other, remaining, solutions, solved
from asterism.helix.grid_drawing import GridDrawing
from asterism.helix.puzzle import RIGHT, Puzzle, Step, Verdict, exhausted
from asterism.helix.wording import Wording

TRIES = 60
SHAPES = 6
"""Shapes of which the one with most white cells is taken."""
CHANGES = 60
"""Digits that are changed in one try to make sums tell more."""
DIGITS = "123456789"
BLACK_CELL = "x"
DARK: RGB = (58, 62, 74)

Clue = tuple[int, int]
"""The sum of the cells below a black cell, and of those to its right; 0 where there is none."""


@dataclass(frozen=True, slots=True)
class Kakuro:
    """The cells in reading order: a clue where the cell is black, None where a digit is wanted."""

    size: int
    cells: tuple[Clue | None, ...]


@dataclass(frozen=True, slots=True)
class Level:
    """White cells of a side at most, the longest run, and the fewest black cells beside the clues at top and left."""

    side: int
    longest: int
    black: int


@dataclass(frozen=True, slots=True)
class Run:
    """Cells that are added, the black cell that holds their clue, and whether they lie below it."""

    cells: Values
    clue: int
    down: bool


class KakuroPuzzle(Puzzle[Kakuro]):
    """Kakuro with one solution."""

    name = "kakuro"
    title = Wording("Kakuro", "数谜（Kakuro）")
    category = "puzzles"
    form = "grid"
    unique = True
    state_type = Kakuro
    levels: ClassVar = {
        1: Level(3, 3, 0),
        2: Level(4, 4, 4),
        3: Level(5, 4, 6),
        4: Level(6, 5, 8),
        5: Level(7, 6, 12),
    }

    def generate(self, parameters: Level, rng: Random) -> Kakuro:
        for _ in range(TRIES):
            shapes = [shape for _ in range(SHAPES) if (shape := _shape(parameters, rng))]
            state = _summed(parameters.side + 1, max(shapes, key=len), rng) if shapes else None
            if state is not None:
                return state
        raise exhausted(self.name, parameters, TRIES)

    def solve(self, state: Kakuro) -> str | None:
        found = _solution(state)
        return _written(state, [value + 1 for value in found]) if found else None

    def count(self, state: Kakuro) -> int:
        return count(_network(state))

    def verify_answer(self, state: Kakuro, answer: str) -> Verdict:
        whites = _whites(state)
        digits = _digits(state, answer)
        if digits is None:
            return Verdict("form", f"{state.size} lines are wanted, each with {state.size} digits from 1 to 9 or x")
        value = dict(zip(whites, digits, strict=True))
        for run in _runs(state.size, whites):
            held = [value[cell] for cell in run.cells]
            if len(set(held)) < len(held):
                return Verdict("rule", f"{_named(run, state.size)} holds a digit twice")
            if (total := _clue(state, run)) not in (0, sum(held)):
                return Verdict("rule", f"{_named(run, state.size)} has the sum {sum(held)}, not {total}")
        return RIGHT

    def draw(self, state: Kakuro) -> Canvas:
        board = GridDrawing.of(state.size, state.size)
        size = max(board.small + 1, round(board.side * 0.26))
        black = [(divmod(cell, state.size), clue) for cell, clue in enumerate(state.cells) if clue is not None]
        for cell, _ in black:
            board.fill(cell, DARK)
        board.lines()
        for cell, (below, beside) in black:
            left, top, right, bottom = board.box(cell)
            if below:
                board.canvas.text((left + 0.3 * board.side, bottom - 0.25 * board.side), str(below), size, WHITE)
            if beside:
                board.canvas.text((right - 0.3 * board.side, top + 0.25 * board.side), str(beside), size, WHITE)
            if below or beside:
                board.canvas.line((left + 2, top + 2), (right - 2, bottom - 2), WHITE, 1.5)
        return board.canvas

    def text(self, state: Kakuro) -> str:
        cells = [_shown(clue).ljust(5) for clue in state.cells]
        rows = latin.written(cells, state.size).splitlines()
        return "\n".join(row.rstrip() for row in rows)

    def rules(self, state: Kakuro) -> Wording:
        size = state.size
        example = _written(state, _example(state))
        return Wording(
            f"The board has {size} × {size} cells. Put a digit from 1 to 9 into every white cell. A run is a row of "
            "white cells without a gap, across or down; it has at least two cells. In the black cell before a run "
            "stands the sum of its digits: above the diagonal for the run to its right, below the diagonal for the run "
            "under it. No digit occurs twice in a run. In text a dot is a white cell, x is a black cell without a sum, "
            "and a\\b is a black cell with the sum a for the run under it and the sum b for the run to its right; "
            "either may be missing. There is one solution.\n"
            f"Answer with the whole board: {size} lines from top to bottom, the {size} cells of a line from left to "
            "right with spaces between them, the digit of a white cell and x for every black cell. The form, with the "
            f"solution of a puzzle with other sums:\n{example}",
            f"棋盘有 {size} × {size} 个格子。在每个白格中填入 1 到 9 的一个数字。"
            "横向或纵向连续的一段白格称为一组，每组至少两格。"
            "每组之前的黑格中写有该组数字之和：对角线上方的数是右边一组的和，对角线下方的数是下面一组的和。"
            "同一组中不能有重复的数字。文字形式中，点号表示白格，x 表示没有数字的黑格，a\\b 表示黑格："
            "a 是下面一组的和，b 是右边一组的和，两者都可能省略。解是唯一的。\n"
            f"请回答整个棋盘：从上到下共 {size} 行，每行从左到右 {size} 个格子，用空格隔开，"
            "白格写数字，黑格一律写 x。"
            f"格式如下（和不同的另一道题的解）：\n{example}",
        )

    def reasoning(self, state: Kakuro) -> list[Step]:
        rules = (
            "Each white cell takes a digit from 1 to 9. The digits of a run differ and add up to its sum. Rows and "
            "columns are counted from 1, from the black cell at the top left."
        )
        return latin.reasoning(
            self, state, _network(state), rules, "The board, a\\b for the sums below and to the right:"
        )

    def holds(self, state: Kakuro, claim: JsonValue) -> bool:
        return latin.holds(self, state, _network(state), _solution(state), claim)

    def effort(self, state: Kakuro) -> float:
        return labour(_network(state))

    def guess(self, state: Kakuro, rng: Random) -> str:
        whites = _whites(state)
        value = {cell: rng.randint(1, 9) for cell in whites}
        for run in _runs(state.size, whites):
            if not run.down:
                value.update(zip(run.cells, rng.sample(range(1, 10), len(run.cells)), strict=True))
        return _written(state, [value[cell] for cell in whites])

    def thinned(self, state: Kakuro, rng: Random) -> Iterator[Kakuro]:
        runs = [run for run in _runs(state.size, _whites(state)) if _clue(state, run)]
        for run in rng.sample(runs, len(runs)):
            below, beside = state.cells[run.clue] or (0, 0)
            clue = (0, beside) if run.down else (below, 0)
            yield replace(state, cells=(*state.cells[: run.clue], clue, *state.cells[run.clue + 1 :]))


def _whites(state: Kakuro) -> Values:
    return tuple(cell for cell, clue in enumerate(state.cells) if clue is None)


@lru_cache(64)
def _runs(size: int, whites: Values) -> tuple[Run, ...]:
    """The runs across, then those down; a cell alone between black ones is one as well."""
    white, runs = set(whites), []
    for step, down in ((1, False), (size, True)):
        for cell in whites:
            if cell - step not in white:
                end = cell
                while end + step in white:
                    end += step
                runs.append(Run(tuple(range(cell, end + 1, step)), cell - step, down))
    return tuple(runs)


def _clue(state: Kakuro, run: Run) -> int:
    below, beside = state.cells[run.clue] or (0, 0)
    return below if run.down else beside


def _named(run: Run, size: int) -> str:
    return f"the run {'below' if run.down else 'to the right of'} {latin.spot(run.clue, size)}"


def _shown(clue: Clue | None) -> str:
    if clue is None:
        return "."
    below, beside = clue
    return f"{below or ''}\\{beside or ''}" if below or beside else BLACK_CELL


def _digits(state: Kakuro, answer: str) -> list[int] | None:
    """The digits of the white cells in an answer that gives the whole board, or nothing but these digits."""
    rows = symbol_grid(answer.lower(), state.size, state.size, DIGITS + BLACK_CELL)
    if rows is not None:
        board = "".join(rows)
        if any((sign == BLACK_CELL) != (clue is not None) for sign, clue in zip(board, state.cells, strict=True)):
            return None
        return [int(sign) for sign in board if sign != BLACK_CELL]
    signs = re.sub(r"[\s,;|&'\"\[\]()]", "", answer)
    if len(signs) == state.cells.count(None) and not set(signs) - set(DIGITS):
        return [int(sign) for sign in signs]
    return None


def _written(state: Kakuro, digits: Sequence[int]) -> str:
    left = iter(digits)
    return latin.written((next(left) if clue is None else BLACK_CELL for clue in state.cells), state.size)


def _example(state: Kakuro) -> list[int]:
    """Digits without a repetition in any run that do not solve the puzzle."""
    whites, solution = _whites(state), _solution(state)
    first, second = (
        [(2 * (cell // state.size) + cell % state.size + shift) % 9 for cell in whites] for shift in (0, 1)
    )
    return [value + 1 for value in (second if tuple(first) == solution else first)]


@cache
def _ways(length: int, total: int) -> Ways:
    """The ways to fill a run that has a sum."""
    sets = [each for each in combinations(range(9), length) if sum(each) + length == total]
    filled = [way for each in sets for way in permutations(each)]
    return Ways.of(filled, 9) if filled else Ways(0, ((0,) * 9,) * length)


@lru_cache(64)
def _blank(size: int, whites: Values) -> Network:
    """The cells of a board whose sums are not known: no digit twice in a run."""
    number = {cell: place for place, cell in enumerate(whites)}
    apart = [
        [(number[cell], value) for cell in run.cells]
        for run in _runs(size, whites)
        for value in range(9)
        if len(run.cells) > 1
    ]
    return Network.of([(cell // size + 1, cell % size + 1) for cell in whites], DIGITS, {}, apart)


@lru_cache(16)
def _network(state: Kakuro) -> Network:
    whites = _whites(state)
    number = {cell: place for place, cell in enumerate(whites)}
    tables = []
    for run in _runs(state.size, whites):
        if total := _clue(state, run):
            name = _named(run, state.size)
            said = f"{name[0].upper()}{name[1:]} with the sum {total}"
            tables.append(Table.of(said, [number[cell] for cell in run.cells], _ways(len(run.cells), total)))
    return replace(_blank(state.size, whites), tables=tuple(tables))


@lru_cache(16)
def _solution(state: Kakuro) -> Values | None:
    return solved(_network(state))


def _shape(parameters: Level, rng: Random) -> Values | None:
    """White cells, connected, in runs of allowed lengths, the same when turned by half; None where it did not work."""
    side, size = parameters.side, parameters.side + 1
    inner = [row * size + column for row in range(1, size) for column in range(1, size)]
    white = set(inner)
    for cell in rng.sample(inner, len(inner)):
        lengths = [len(run.cells) for run in _runs(size, tuple(sorted(white)))]
        if side * side - len(white) >= parameters.black and max(lengths) <= parameters.longest:
            return tuple(sorted(white))
        trial = white - {cell, size * size + size - cell}
        shortest = min((len(run.cells) for run in _runs(size, tuple(sorted(trial)))), default=0)
        if shortest > 1 and latin.connected(trial, size):
            white = trial
    return None


def _summed(size: int, whites: Values, rng: Random) -> Kakuro | None:
    """A puzzle with these white cells: digits at random, changed until their sums tell them; None where they do not."""
    digits = next(solutions(_blank(size, whites), rng))
    state = _clued(size, whites, digits)
    left = remaining(_network(state))
    for _ in range(CHANGES):
        doubtful = [place for place, values in enumerate(left) if len(values) > 1]
        if not doubtful:
            return state
        changed = _changed(size, whites, digits, rng.choice(doubtful), rng)
        trial = _clued(size, whites, changed)
        open_values = remaining(_network(trial))
        if sum(map(len, open_values)) <= sum(map(len, left)):
            state, digits, left = trial, changed, open_values
    return state if other(_network(state), digits) is None else None


def _changed(size: int, whites: Values, digits: Values, place: int, rng: Random) -> Values:
    """The digits with another in one place, which its runs do not hold; the same digits where there is none."""
    blank = _blank(size, whites)
    net = blank.knowing((each, value) for each, value in enumerate(digits) if each != place)
    possible = [value for value in net.candidates(place, net.alive) if value != digits[place]]
    return (*digits[:place], rng.choice(possible), *digits[place + 1 :]) if possible else digits


def _clued(size: int, whites: Values, digits: Values) -> Kakuro:
    """The puzzle whose sums are those of the digits."""
    value = dict(zip(whites, digits, strict=True))
    clues: list[list[int]] = [[0, 0] for _ in range(size * size)]
    for run in _runs(size, whites):
        clues[run.clue][0 if run.down else 1] = sum(value[cell] + 1 for cell in run.cells)
    return Kakuro(
        size, tuple(None if cell in value else (clues[cell][0], clues[cell][1]) for cell in range(size * size))
    )


PUZZLE = KakuroPuzzle()
