"""Snake: a path through a grid from S to E that never touches itself, given how many cells of each line it covers.

The counts alone seldom leave one solution on large grids, so a few cells of the snake are shown there: as many as it
takes, up to a number that grows with the level. The published generator did not make sure of a single solution.
"""

from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace
from functools import lru_cache
from itertools import pairwise
from math import inf
from random import Random
from typing import ClassVar

from pydantic import JsonValue

from asterism.helix.answer_readers import pairs
from asterism.helix.axis_labels import number_axes
from asterism.helix.bitboard import Bitboard, SearchedTooLong, adjacent, as_claim, bitboard, cells_in, listed, singles
from asterism.helix.canvas import BLACK, BLUE, TINTS, Canvas
from asterism.helix.grid_drawing import Cell, GridDrawing
from asterism.helix.puzzle import RIGHT, Puzzle, Step, Verdict, exhausted
from asterism.helix.wording import Wording

TRIES = 400
POSITIONS = 80
"""Positions looked at to certify an instance; where more are needed, another cell is shown."""
UNKNOWN = -1
"""The count of a line that is not told."""

Grid = tuple[int, int]
"""Cells known to belong to the snake, and cells known to stay empty, as sets of a lattice."""


@dataclass(frozen=True, slots=True)
class Snake:
    """Where the snake starts and ends, cells that are shown, and how many cells it covers of each row and column."""

    start: Cell
    end: Cell
    shown: tuple[Cell, ...]
    row_counts: tuple[int, ...]
    column_counts: tuple[int, ...]


@dataclass(frozen=True, slots=True)
class Level:
    """Least and greatest side, the share of cells that the snake covers, least and greatest number of cells shown."""

    side: tuple[int, int]
    covered: float
    shown: tuple[int, int]


class SnakePuzzle(Puzzle[Snake]):
    """Snake with one solution."""

    name = "snake"
    title = Wording("Snake", "贪吃蛇路径 (Snake)")
    category = "puzzles"
    form = "path"
    unique = True
    state_type = Snake
    levels: ClassVar = {
        1: Level((5, 6), 0.36, (0, 0)),
        2: Level((6, 7), 0.38, (0, 0)),
        3: Level((8, 9), 0.38, (0, 1)),
        4: Level((10, 11), 0.38, (0, 4)),
        5: Level((12, 13), 0.38, (2, 8)),
    }

    def generate(self, parameters: Level, rng: Random) -> Snake:
        for _ in range(TRIES):
            side = rng.randint(*parameters.side)
            path = _grown(side, round(parameters.covered * side * side), rng)
            if path is None or path in (_example(side), _example(side)[::-1]):
                continue
            state = _certified(path, side, parameters.shown, rng)
            if state is not None:
                return state
        raise exhausted(self.name, parameters, TRIES)

    def solve(self, state: Snake) -> str | None:
        path = _solution(state)
        return _written(path) if path else None

    def count(self, state: Snake) -> int:
        return sum(1 for _, _ in zip(range(2), _Field(state).solutions(), strict=False))

    def verify_answer(self, state: Snake, answer: str) -> Verdict:
        path = pairs(answer)
        if not path:
            return Verdict("form", "a list of (row, column) is wanted")
        rows, columns = len(state.row_counts), len(state.column_counts)
        if any(not (0 <= row < rows and 0 <= column < columns) for row, column in path):
            return Verdict("rule", "a cell lies outside the grid")
        if path[0] != state.start or path[-1] != state.end:
            return Verdict("rule", "the path does not run from S to E")
        place = {cell: at for at, cell in enumerate(path)}
        if len(place) != len(path):
            return Verdict("rule", "a cell occurs twice")
        if any(not adjacent(a, b) for a, b in pairwise(path)):
            return Verdict("rule", "two consecutive cells do not share a side")
        for (row, column), at in place.items():
            for down, right, apart in ((0, 1, 1), (1, 0, 1), (1, 1, 2), (1, -1, 2)):
                if abs(place.get((row + down, column + right), at) - at) > apart:
                    return Verdict("rule", "the path touches itself")
        if any(cell not in place for cell in state.shown):
            return Verdict("rule", "a shown cell is left out")
        for name, counts, axis in (("row", state.row_counts, 0), ("column", state.column_counts, 1)):
            for line, count in enumerate(counts):
                if count not in (UNKNOWN, sum(cell[axis] == line for cell in path)):
                    return Verdict("rule", f"{name} {line} is not covered as often as its number says")
        return RIGHT

    def draw(self, state: Snake) -> Canvas:
        board = GridDrawing.of(len(state.row_counts), len(state.column_counts), margins=(1.1, 1.1, 1.1, 1.1))
        for cell in (state.start, state.end):
            board.fill(cell, TINTS[4])
        for cell in state.shown:
            board.fill(cell, TINTS[2])
        board.lines()
        board.write(state.start, "S")
        board.write(state.end, "E")
        for cell in state.shown:
            board.canvas.disc(board.centre(cell), board.side * 0.2, BLACK)
        number_axes(board)
        for line, count in enumerate(state.row_counts):
            board.write((line, board.columns), _told(count), colour=BLUE)
        for line, count in enumerate(state.column_counts):
            board.write((board.rows, line), _told(count), colour=BLUE)
        return board.canvas

    def text(self, state: Snake) -> str:
        marks = dict.fromkeys(state.shown, "o") | {state.start: "S", state.end: "E"}
        rows = [
            " ".join(marks.get((row, column), ".") for column in range(len(state.column_counts)))
            + f" | {_told(state.row_counts[row])}"
            for row in range(len(state.row_counts))
        ]
        return "\n".join([*rows, f"Column counts: {' '.join(map(_told, state.column_counts))}"])

    def rules(self, state: Snake) -> Wording:
        example = _written(_example(len(state.row_counts)))
        return Wording(
            "A snake lies in the grid: a path of cells from S to E in which consecutive cells share a side and no cell "
            "occurs twice. It never touches itself, not even at a corner: two of its cells share a side only if they "
            "are consecutive, and touch at a corner only if they are two steps apart (where it turns). The number to "
            "the right of a row (below a column) tells how many cells of the row (column) the snake covers, S and E "
            "included. Cells marked with a dot (o in text) belong to the snake. There is one solution.\n"
            "Cells are (row, column), both counted from 0 at the top left, as the small numbers at the left and top "
            "say. Answer with the cells of the snake in order from S to E, both included. The form, for another "
            f"instance:\n{example}",
            "网格中有一条蛇：从 S 到 E 的一条由格子组成的路径，相邻两格有公共边，且每格至多经过一次。"
            "蛇不会碰到自己，顶点接触也不行：它的两个格子只有在路径上相邻时才可有公共边，"
            "只有在路径上相隔两步（即转弯处）时才可仅以顶点相接。每行右侧（每列下方）的数字表示蛇在该行（列）所占的格数，"
            "包括 S 和 E。带圆点的格子（文字版中为 o）属于蛇。解是唯一的。\n"
            "格子写作 (行, 列)，都从左上角的 0 开始计数，即左侧和上方的小号数字。"
            f"请按从 S 到 E 的顺序回答蛇经过的所有格子（包括两端）。格式如下（另一题）：\n{example}",
        )

    def reasoning(self, state: Snake) -> list[Step]:
        path = _solution(state) or ()
        solved: JsonValue = {"path": as_claim(path)}
        rows, columns = list(map(_told, state.row_counts)), list(map(_told, state.column_counts))
        shown = f" The snake also covers {listed(state.shown)}." if state.shown else ""
        return [
            Step("rules", "The snake runs from S to E, never touches itself, and covers each line as its number says."),
            Step(
                "reading",
                f"S is {state.start}, E is {state.end}.{shown} Rows, from the top: {', '.join(rows)}. Columns, from "
                f"the left: {', '.join(columns)}.",
                {"start": list(state.start), "end": list(state.end), "rows": list(state.row_counts)},
            ),
            *_search(state, _Field(state)),
            Step("check", f"From S to E these are {len(path)} cells; each line has its number.", solved),
            Step("answer", _written(path), solved),
        ]

    def holds(self, state: Snake, claim: JsonValue) -> bool:
        match claim:
            case None:
                return True
            case {"start": list(start), "end": list(end), "rows": list(rows)}:
                return (tuple(start), tuple(end), tuple(rows)) == (state.start, state.end, state.row_counts)
            case {"path": path}:
                cells = cells_in(path)
                return cells is not None and self.verify_answer(state, _written(cells)).right
            case {"snake": snake, "empty": empty}:
                covered, bare = cells_in(snake), cells_in(empty)
                path = frozenset(_solution(state) or ())
                if not path or covered is None or bare is None:
                    return False
                return path.issuperset(covered) and path.isdisjoint(bare)
        return False

    def effort(self, state: Snake) -> float:
        return float(len(_solution(state) or ()) + _Field(state).guesses())

    def guess(self, state: Snake, rng: Random) -> str:
        (row, column), path = state.start, [state.start]
        while (row, column) != state.end:
            down, right = state.end[0] - row, state.end[1] - column
            if down and (not right or rng.random() < 0.5):
                row += 1 if down > 0 else -1
            else:
                column += 1 if right > 0 else -1
            path.append((row, column))
        return _written(path)

    def thinned(self, state: Snake, rng: Random) -> Iterator[Snake]:
        less = [replace(state, shown=tuple(other for other in state.shown if other != cell)) for cell in state.shown]
        less += [replace(state, row_counts=_without(state.row_counts, line)) for line in range(len(state.row_counts))]
        less += [
            replace(state, column_counts=_without(state.column_counts, line))
            for line in range(len(state.column_counts))
        ]
        yield from rng.sample(less, len(less))


class _Field:
    """Solving one instance, by sets of cells as whole numbers: some ten microseconds for all that a rule implies."""

    def __init__(self, state: Snake) -> None:
        self.cells: Bitboard = bitboard(len(state.row_counts), len(state.column_counts))
        self.start, self.end = self.cells.bit(state.start), self.cells.bit(state.end)
        self.first: Grid = (self.start | self.end | self.cells.bits(state.shown), 0)
        lines = [(self.cells.row(line), count) for line, count in enumerate(state.row_counts)]
        lines += [(self.cells.column(line), count) for line, count in enumerate(state.column_counts)]
        self.lines = [(line, count) for line, count in lines if count != UNKNOWN]
        self.blocks = self.cells.full & self.cells.full >> 1 & self.cells.full >> self.cells.stride
        self.rules: dict[str, Callable[[Grid], Grid | None]] = {
            "The counts of rows and columns": self.counted,
            "Two neighbours in the snake for each of its cells, one for S and E": self.linked,
            "No touching, neither in a square of four nor at a corner": self.apart,
        }

    def solutions(self, most: float = inf) -> Iterator[tuple[Cell, ...]]:
        """All of them, as paths.

        Raises:
            SearchedTooLong: more than ``most`` positions were looked at.
        """
        looked_at, open_positions = 0, [self.first]
        while open_positions:
            looked_at += 1
            if looked_at > most:
                raise SearchedTooLong
            grid = self.closed(open_positions.pop())
            if grid is None:
                continue
            snake, empty = grid
            cell = self.fork(grid)
            if cell:
                open_positions += [(snake, empty | cell), (snake | cell, empty)]
            else:
                yield self.path(snake)

    def closed(self, grid: Grid) -> Grid | None:
        """All that the rules imply; None where they contradict each other."""
        before = None
        while before != grid:
            before = grid
            for rule in self.rules.values():
                after = rule(grid)
                if after is None or after[0] & after[1]:
                    return None
                grid = after
        snake, empty = grid
        return grid if snake & ~self.cells.reached(self.start, self.cells.full & ~empty) == 0 else None

    def fork(self, grid: Grid) -> int:
        """An undecided cell, next to a loose end if there is one; 0 where all is decided."""
        snake, empty = grid
        undecided = self.cells.full & ~snake & ~empty
        near = self.cells.beside(self.cells.reached(self.start, snake)) & undecided
        near = near or self.cells.beside(snake) & undecided or undecided
        return near & -near

    def path(self, snake: int) -> tuple[Cell, ...]:
        """The cells of a finished snake in order."""
        path, left = [self.start], snake & ~self.start
        while path[-1] != self.end:
            path.append(self.cells.beside(path[-1]) & left)
            left &= ~path[-1]
        return tuple(self.cells.cells(bit)[0] for bit in path)

    def guesses(self) -> int:
        """How many cells must be tried on the way to the solution."""
        solution = self.cells.bits(next(self.solutions(), ()))
        grid, guesses = self.closed(self.first), 0
        while grid and (cell := self.fork(grid)):
            guesses += 1
            snake, empty = grid
            grid = self.closed((snake | cell, empty) if cell & solution else (snake, empty | cell))
        return guesses

    def counted(self, grid: Grid) -> Grid | None:
        snake, empty = grid
        for line, count in self.lines:
            here, open_here = (snake & line).bit_count(), (line & ~empty).bit_count()
            if here > count or open_here < count:
                return None
            if here == count:
                empty |= line & ~snake
            elif open_here == count:
                snake |= line & ~empty
        return snake, empty

    def linked(self, grid: Grid) -> Grid | None:
        snake, empty = grid
        open_cells = self.cells.full & ~empty
        ends = self.start | self.end
        one, two, three = _at_least(self.cells.shifted(snake))
        open_one, open_two, open_three = _at_least(self.cells.shifted(open_cells))
        inner = snake & ~ends
        if inner & three or ends & two or inner & ~open_two or ends & ~open_one:
            return None
        done = inner & two | ends & one
        tight = inner & ~open_three | ends & ~open_two
        unfit = open_cells & ~snake & (three | ~open_two)
        return snake | self.cells.beside(tight) & open_cells, empty | unfit | self.cells.beside(done) & ~snake

    def apart(self, grid: Grid) -> Grid | None:
        """Of the four cells of a square, never all, and never just two at opposite corners."""
        moves = (0, 1, self.cells.stride, self.cells.stride + 1)
        taken = [grid[0] >> move & self.blocks for move in moves]
        bare = [grid[1] >> move & self.blocks for move in moves]
        snake, empty = grid
        for corner, move in enumerate(moves):
            (near, far), opposite = ((1, 2), (0, 3))[corner in (1, 2)], 3 - corner
            full = taken[near] & taken[far] & taken[opposite]
            lonely = taken[opposite] & bare[near] & bare[far]
            empty |= (full | lonely) << move
            snake |= (taken[near] & taken[far] & bare[opposite]) << move
        return snake, empty


def _at_least(neighbours: tuple[int, int, int, int]) -> tuple[int, int, int]:
    """The cells with at least one, two and three neighbours in a set, given the set moved in each direction."""
    a, b, c, d = neighbours
    one_of_ab, both_ab, one_of_cd, both_cd = a | b, a & b, c | d, c & d
    two = both_ab | both_cd | one_of_ab & one_of_cd
    return one_of_ab | one_of_cd, two, both_ab & one_of_cd | both_cd & one_of_ab


def _grown(side: int, length: int, rng: Random) -> list[Cell] | None:
    """A snake that grows at both ends at random; None where it got stuck too early."""
    field = bitboard(side, side)
    path = [field.bit((rng.randrange(side), rng.randrange(side)))]
    ends_stuck = 0
    while len(path) < length and ends_stuck < 2:
        body = sum(path)
        head, neck = path[-1], path[-2] if len(path) > 1 else 0
        free = [bit for bit in singles(field.beside(head) & ~body) if not field.around(bit) & body & ~head & ~neck]
        if free:
            path.append(rng.choice(free))
            ends_stuck = 0
        else:
            ends_stuck += 1
        if not free or rng.random() < 0.2:
            path.reverse()
    return [field.cells(bit)[0] for bit in path] if len(path) >= length else None


def _certified(path: list[Cell], side: int, shown: tuple[int, int], rng: Random) -> Snake | None:
    """The instance of a path with as many cells shown as leave one solution; None where the most do not suffice."""
    least, most = shown
    state = Snake(
        path[0],
        path[-1],
        tuple(sorted(rng.sample(path[1:-1], least))),
        tuple(sum(row == line for row, _ in path) for line in range(side)),
        tuple(sum(column == line for _, column in path) for line in range(side)),
    )
    while True:
        try:
            other = next((found for found in _Field(state).solutions(POSITIONS) if list(found) != path), None)
            if other is None:
                return state
        except SearchedTooLong:
            other = state.shown
        missing = sorted(set(path[1:-1]) - set(other))
        if len(state.shown) == most or not missing:
            return None
        state = replace(state, shown=tuple(sorted((*state.shown, rng.choice(missing)))))


@lru_cache(maxsize=64)
def _solution(state: Snake) -> tuple[Cell, ...] | None:
    return next(_Field(state).solutions(), None)


def _search(state: Snake, field: _Field) -> list[Step]:
    """Rule by rule until the snake is whole; where the rules stop, a cell is tried and the wrong way is shown."""
    solution = field.cells.bits(_solution(state) or ())
    snake, _ = field.first
    wrong = next(singles(field.cells.beside(field.start) & ~snake & ~solution), 0)
    steps = [_tried(field, wrong, False)] if wrong else []
    grid = (snake, wrong)
    while grid[0] | grid[1] != field.cells.full:
        moved = False
        for reason, rule in field.rules.items():
            after = rule(grid) or grid
            if after != grid:
                steps.append(_deduced(field, reason, grid, after))
                grid, moved = after, True
        if not moved:
            cell = field.fork(grid)
            steps.append(_tried(field, cell, bool(cell & solution)))
            grid = (grid[0] | cell, grid[1]) if cell & solution else (grid[0], grid[1] | cell)
    return steps


def _deduced(field: _Field, reason: str, before: Grid, after: Grid) -> Step:
    snake, empty = (field.cells.cells(new & ~old) for old, new in zip(before, after, strict=True))
    said = [f"{listed(snake)} in the snake"] * bool(snake) + [f"{listed(empty)} empty"] * bool(empty)
    return Step("search", f"{reason}: {'; '.join(said)}.", {"snake": as_claim(snake), "empty": as_claim(empty)})


def _tried(field: _Field, cell: int, belongs: bool) -> Step:
    at = field.cells.cells(cell)
    supposed, found = ("were empty", "belongs to the snake") if belongs else ("were in the snake", "stays empty")
    text = f"Suppose {at[0]} {supposed}. Following the rules from there ends in a contradiction, so it {found}."
    return Step("search", text, {"snake": as_claim(at if belongs else ()), "empty": as_claim(() if belongs else at)})


def _example(side: int) -> list[Cell]:
    """Along the top and down at the right."""
    return [(0, column) for column in range(side)] + [(row, side - 1) for row in range(1, side)]


def _without(counts: tuple[int, ...], line: int) -> tuple[int, ...]:
    return (*counts[:line], UNKNOWN, *counts[line + 1 :])


def _told(count: int) -> str:
    return "?" if count == UNKNOWN else str(count)


def _written(path: list[Cell] | tuple[Cell, ...]) -> str:
    return f"[{', '.join(map(str, path))}]"


PUZZLE = SnakePuzzle()
