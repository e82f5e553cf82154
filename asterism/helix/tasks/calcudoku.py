"""Calcudoku: a Latin square in cages, each with an operation and its result.

The published levels begin at 3 × 3, where a random Latin square is right once in twelve, and their puzzles mostly have
several solutions. Here the size begins at 4, and cages are split until one solution is left.
"""

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, replace
from functools import cache, lru_cache
from itertools import product
from math import prod
from random import Random
from typing import ClassVar

from pydantic import JsonValue

from asterism.helix import latin
from asterism.helix.canvas import TINTS, Canvas
from asterism.helix.constraints import Network, Table, Values, Ways, count, labour, other, solved
from asterism.helix.grid_drawing import GridDrawing
from asterism.helix.puzzle import RIGHT, Puzzle, Step, Verdict, exhausted
from asterism.helix.wording import Wording

TRIES = 40
FREE = ""
"""The operation of a cage of one cell."""


@dataclass(frozen=True, slots=True)
class Cage:
    """Cells in reading order, an operation (``+``, ``-``, ``*``, ``/`` or none for one cell) and its result."""

    operation: str
    target: int
    cells: Values


@dataclass(frozen=True, slots=True)
class Calcudoku:
    """Cages of cells numbered in reading order from 0."""

    size: int
    cages: tuple[Cage, ...]


@dataclass(frozen=True, slots=True)
class Level:
    """Cells of a side, the most cells of a cage, and the most cages of one cell."""

    size: int
    largest: int
    singles: int


class CalcudokuPuzzle(Puzzle[Calcudoku]):
    """Calcudoku with one solution."""

    name = "calcudoku"
    title = Wording("Calcudoku", "算独（Calcudoku）")
    category = "puzzles"
    form = "grid"
    unique = True
    state_type = Calcudoku
    levels: ClassVar = {1: Level(4, 3, 2), 2: Level(5, 3, 3), 3: Level(6, 3, 3), 4: Level(7, 4, 4), 5: Level(8, 4, 5)}
    reference: ClassVar = {
        1: Level(3, 3, 2),
        2: Level(4, 3, 2),
        3: Level(5, 3, 3),
        4: Level(6, 4, 4),
        5: Level(8, 4, 5),
    }

    def generate(self, parameters: Level, rng: Random) -> Calcudoku:
        size = parameters.size
        for _ in range(TRIES):
            solution = latin.random_square(size, rng)
            state = _split(solution, _regions(size, parameters.largest, rng), size, rng)
            if sum(len(cage.cells) == 1 for cage in state.cages) <= parameters.singles:
                return state
        raise exhausted(self.name, parameters, TRIES)

    def solve(self, state: Calcudoku) -> str | None:
        found = _solution(state)
        return latin.written((value + 1 for value in found), state.size) if found else None

    def count(self, state: Calcudoku) -> int:
        return count(_network(state))

    def verify_answer(self, state: Calcudoku, answer: str) -> Verdict:
        values = latin.digit_grid(answer, state.size, state.size)
        if values is None:
            return Verdict("form", f"{state.size} lines of {state.size} numbers are wanted")
        if repeated := latin.repetition(values, state.size):
            return Verdict("rule", repeated)
        for cage in state.cages:
            if not _meets(cage, [values[cell] for cell in cage.cells]):
                return Verdict("rule", f"the cage {_label(cage)} at {latin.spot(cage.cells[0], state.size)} is not met")
        return RIGHT

    def draw(self, state: Calcudoku) -> Canvas:
        size = state.size
        board = GridDrawing.of(size, size)
        regions = [[-1 - row * size - column for column in range(size)] for row in range(size)]
        for number, (cage, tint) in enumerate(zip(state.cages, _tints(state), strict=True)):
            for cell in cage.cells:
                regions[cell // size][cell % size] = number
                board.fill(divmod(cell, size), TINTS[tint])
        board.lines()
        board.borders(regions)
        letters = max(board.small, round(board.side * 0.22))
        for cage in state.cages:
            left, top, _, _ = board.box(divmod(cage.cells[0], size))
            board.canvas.text((left + 7, top + 7 + letters * 0.4), _label(cage), letters, anchor="left")
        return board.canvas

    def text(self, state: Calcudoku) -> str:
        return "\n".join(
            f"{_label(cage)}: {' '.join(f'({cell // state.size + 1},{cell % state.size + 1})' for cell in cage.cells)}"
            for cage in state.cages
        )

    def rules(self, state: Calcudoku) -> Wording:
        size = state.size
        example = latin.example(size, _solution(state))
        return Wording(
            f"Fill the {size} × {size} grid with numbers from 1 to {size}, so that each row and each column holds "
            "every number once. The grid is divided into cages. Each shows a result and an operation: the numbers of "
            "the cage added (+) or multiplied (×) give the result; or, in a cage of two cells, the lesser subtracted "
            "from the greater (−), or the greater divided by the lesser without remainder (÷). A cage of one cell "
            "shows its number. A number may occur more than once in a cage. In text each cage is a line: its result "
            "and operation, then its cells as (row,column), counted from 1 from the top left. There is one solution.\n"
            f"Answer with the numbers alone: {size} lines from top to bottom, the {size} numbers of a line from left "
            f"to right with spaces between them. The form, with the solution of another puzzle:\n{example}",
            f"在 {size} × {size} 的网格中填入 1 到 {size} 的数字，使每行、每列中每个数字恰好出现一次。"
            "网格被分成若干个笼子，每个笼子标有结果和运算：笼内各数相加（+）或相乘（×）等于该结果；"
            "两格的笼子也可能是较大数减较小数（−），或较大数除以较小数且除尽（÷）。只有一格的笼子直接标出该格的数字。"
            "同一笼子内可以出现相同的数字。文字形式中每行表示一个笼子：先是结果和运算，"
            "然后是它的格子（行,列），从左上角开始由 1 计数。解是唯一的。\n"
            f"请只回答数字：从上到下共 {size} 行，每行从左到右 {size} 个数字，用空格隔开。"
            f"格式如下（另一道题的解）：\n{example}",
        )

    def reasoning(self, state: Calcudoku) -> list[Step]:
        rules = f"Each row and column must hold 1 to {state.size} once; the numbers of a cage must give its result."
        reading = "The cages, each with its cells as (row,column):"
        return latin.reasoning(self, state, _network(state), rules, reading)

    def holds(self, state: Calcudoku, claim: JsonValue) -> bool:
        return latin.holds(self, state, _network(state), _solution(state), claim)

    def effort(self, state: Calcudoku) -> float:
        return labour(_network(state))

    def guess(self, state: Calcudoku, rng: Random) -> str:
        return latin.written(latin.shuffled_rows(state.size, rng), state.size)

    def thinned(self, state: Calcudoku, rng: Random) -> Iterator[Calcudoku]:
        for cage in rng.sample(state.cages, len(state.cages)):
            yield replace(state, cages=tuple(each for each in state.cages if each != cage))


def _meets(cage: Cage, values: Sequence[int]) -> bool:
    """Whether numbers in a cage give its result."""
    low, high = min(values), max(values)
    match cage.operation:
        case "+":
            return sum(values) == cage.target
        case "*":
            return prod(values) == cage.target
        case "-":
            return len(values) == 2 and high - low == cage.target
        case "/":
            return len(values) == 2 and low > 0 and high == low * cage.target
    return len(values) == 1 and low == cage.target


def _label(cage: Cage) -> str:
    return f"{cage.target}{cage.operation}".replace("*", "×").replace("/", "÷").replace("-", "−")


def _regions(size: int, largest: int, rng: Random) -> list[Values]:
    """The grid divided at random into connected cages of two cells to ``largest``, few of one."""
    free = set(range(size * size))
    regions = []
    for start in rng.sample(range(size * size), size * size):
        if start in free:
            wanted = rng.randint(2, largest)
            region = [start]
            free.discard(start)
            while len(region) < wanted:
                beside = sorted({near for cell in region for near in latin.near(cell, size)} & free)
                if not beside:
                    break
                region.append(rng.choice(beside))
                free.discard(region[-1])
            regions.append(tuple(sorted(region)))
    return _joined(regions, size, largest, rng)


def _joined(regions: list[Values], size: int, largest: int, rng: Random) -> list[Values]:
    """The cages with those of one cell joined to a neighbour that has room."""
    for alone in [region for region in regions if len(region) == 1]:
        if alone not in regions:
            continue
        near = set(latin.near(alone[0], size))
        roomy = [region for region in regions if len(region) < largest and near & set(region)]
        if roomy:
            partner = rng.choice(roomy)
            regions = [each for each in regions if each not in (alone, partner)] + [tuple(sorted(alone + partner))]
    return regions


def _split(solution: Values, regions: Iterable[Values], size: int, rng: Random) -> Calcudoku:
    """The puzzle of these cages, with cages that another solution fills otherwise split until there is none."""
    cages = [_cage(solution, region, rng) for region in regions]
    while True:
        state = Calcudoku(size, tuple(sorted(cages, key=lambda cage: cage.cells)))
        wrong = other(_network(state), solution, rng)
        if wrong is None:
            return state
        doubtful = [cage for cage in cages if any(wrong[cell] != solution[cell] for cell in cage.cells)]
        doubtful = [cage for cage in doubtful if len(cage.cells) > 1]
        largest = max(len(cage.cells) for cage in doubtful)
        cage = rng.choice([each for each in doubtful if len(each.cells) == largest])
        cages.remove(cage)
        cages += [_cage(solution, part, rng) for part in _parts(cage, solution, wrong, size)]


def _parts(cage: Cage, solution: Values, wrong: Values, size: int) -> list[Values]:
    """A cage without one cell that is filled otherwise, and that cell; the rest stays connected."""
    for cell in sorted(cage.cells, key=lambda each: solution[each] == wrong[each]):
        rest = tuple(each for each in cage.cells if each != cell)
        if latin.connected(rest, size):
            return [rest, (cell,)]
    raise AssertionError("every connected cage has a cell without which it stays connected")


def _cage(solution: Values, cells: Values, rng: Random) -> Cage:
    """A cage of these cells with an operation at random."""
    values = [solution[cell] + 1 for cell in cells]
    if len(values) == 1:
        return Cage(FREE, values[0], cells)
    low, high = min(values), max(values)
    possible = [Cage("+", sum(values), cells), Cage("*", prod(values), cells)]
    if len(values) == 2:
        possible.append(Cage("-", high - low, cells))
        possible += [Cage("/", high // low, cells)] * (2 if high % low == 0 else 0)
    return rng.choice(possible)


@lru_cache(16)
def _network(state: Calcudoku) -> Network:
    size = state.size
    given = [(cage.cells[0], cage.target - 1) for cage in state.cages if cage.operation == FREE]
    tables = tuple(
        Table.of(
            f"The cage {_label(cage)} at {latin.spot(cage.cells[0], size)}",
            cage.cells,
            _ways(size, tuple((cell // size, cell % size) for cell in cage.cells), cage.operation, cage.target),
        )
        for cage in state.cages
        if cage.operation != FREE
    )
    return replace(latin.square(size), tables=tables).knowing(given)


def _ways(size: int, cells: tuple[tuple[int, int], ...], operation: str, target: int) -> Ways:
    """The ways to fill a cage, wherever it lies."""
    top, left = min(row for row, _ in cells), min(column for _, column in cells)
    shape = tuple((row - top, column - left) for row, column in cells)
    none = Ways(0, ((0,) * size,) * len(cells))
    return _shape_ways(size, shape).get((operation, target), none)


@cache
def _shape_ways(size: int, shape: tuple[tuple[int, int], ...]) -> dict[tuple[str, int], Ways]:
    """The ways to fill cells of a shape by operation and result, no number twice in a row or column."""
    apart = [
        (a, b) for b in range(len(shape)) for a in range(b) if shape[a][0] == shape[b][0] or shape[a][1] == shape[b][1]
    ]
    filled: dict[tuple[str, int], list[Values]] = {}
    for way in product(range(size), repeat=len(shape)):
        if any(way[a] == way[b] for a, b in apart):
            continue
        values = [value + 1 for value in way]
        results = [("+", sum(values)), ("*", prod(values))]
        if len(values) == 2:
            low, high = sorted(values)
            results.append(("-", high - low))
            results += [("/", high // low)] if high % low == 0 else []
        for result in results:
            filled.setdefault(result, []).append(way)
    return {result: Ways.of(ways, size) for result, ways in filled.items()}


@lru_cache(16)
def _solution(state: Calcudoku) -> Values | None:
    return solved(_network(state))


def _tints(state: Calcudoku) -> list[int]:
    """A tint for each cage, another than those of its neighbours where there are enough."""
    tints: list[int] = []
    for cage in state.cages:
        near = {near for cell in cage.cells for near in latin.near(cell, state.size)}
        taken = {tint for each, tint in zip(state.cages, tints, strict=False) if near & set(each.cells)}
        tints.append(next((tint for tint in range(len(TINTS)) if tint not in taken), 0))
    return tints


PUZZLE = CalcudokuPuzzle()
