"""Maze: the way from S to E, cell by cell, without crossing a wall.

The published maze of the first level has 3 × 3 cells, of which there are too few different ones; here it has 4 × 4.
A level is told by the length of the shortest way. From level 3 on some walls are taken out, so that ways fork and meet.
"""

from collections import deque
from dataclasses import dataclass, replace
from itertools import accumulate
from random import Random
from typing import ClassVar

from pydantic import JsonValue

from asterism.helix.canvas import GREEN, RED, WHITE, Canvas
from asterism.helix.grid_drawing import GridDrawing
from asterism.helix.moves import (
    DIRECTIONS,
    ONE_DIRECTION,
    Cell,
    asked,
    directions,
    explored,
    holds,
    runs,
    verdict,
    wandering,
)
from asterism.helix.puzzle import Puzzle, Step, Verdict, exhausted
from asterism.helix.wording import Wording

TRIES = 100
EXAMPLE = ("right", "right", "down", "left", "down", "right")

Doors = tuple[tuple[bool, ...], ...]


@dataclass(frozen=True, slots=True)
class Maze:
    """Square; ``right[row][column]`` and ``down[row][column]``: whether that side of a cell is open."""

    right: Doors
    down: Doors
    start: Cell
    end: Cell


@dataclass(frozen=True, slots=True)
class Level:
    """Cells along a side, walls taken out of a perfect maze, and the least and most moves of the shortest way."""

    side: int
    loops: int
    shortest: tuple[int, int]


class MazePuzzle(Puzzle[Maze]):
    """A maze, often with several ways."""

    name = "maze"
    title = Wording("Maze", "迷宫")
    category = "games"
    form = "moves"
    move_form = ONE_DIRECTION
    unique = False
    state_type = Maze
    levels: ClassVar = {
        1: Level(4, 0, (5, 7)),
        2: Level(5, 0, (9, 12)),
        3: Level(7, 2, (14, 19)),
        4: Level(9, 3, (22, 29)),
        5: Level(11, 4, (33, 46)),
    }
    reference: ClassVar = {
        1: Level(3, 0, (1, 8)),
        2: Level(5, 0, (1, 24)),
        3: Level(7, 0, (1, 48)),
        4: Level(9, 0, (1, 80)),
        5: Level(11, 0, (1, 120)),
    }

    def generate(self, parameters: Level, rng: Random) -> Maze:
        low, high = parameters.shortest
        for _ in range(TRIES):
            right, down = _carved(parameters.side, parameters.loops, rng)
            start = rng.randrange(parameters.side), rng.randrange(parameters.side)
            away = _distances(Maze(right, down, start, start))
            ends = [cell for cell, moves in sorted(away.items()) if low <= moves <= high]
            if ends:
                return Maze(right, down, start, rng.choice(ends))
        raise exhausted(self.name, parameters, TRIES)

    def solve(self, state: Maze) -> str | None:
        found = _shortest(state)
        return " ".join(found) if found else None

    def verify_answer(self, state: Maze, answer: str) -> Verdict:
        return verdict(self, state, directions(answer), "the moves up, down, left and right are wanted")

    def start(self, state: Maze) -> Maze:
        return state

    def moves(self, position: Maze) -> list[str]:
        return [move for move in DIRECTIONS if self.after(position, move) is not None]

    def after(self, position: Maze, move: object) -> Maze | None:
        if not isinstance(move, str) or move not in DIRECTIONS:
            return None
        cell = _beyond(position.start, move)
        return replace(position, start=cell) if _open(position, position.start, cell) else None

    def won(self, position: Maze) -> bool:
        return position.start == position.end

    def left(self, position: Maze) -> int | None:
        return _distances(position).get(position.end)

    def seen(self, position: Maze) -> JsonValue:
        return list(position.start)

    def draw(self, state: Maze) -> Canvas:
        side = len(state.right)
        board = GridDrawing.of(side, side)
        for row in range(side):
            for column in range(side):
                if not _open(state, (row, column), (row, column + 1)):
                    board.edge((row, column + 1), (row + 1, column + 1))
                if not _open(state, (row, column), (row + 1, column)):
                    board.edge((row + 1, column), (row + 1, column + 1))
        board.edge((0, 0), (0, side))
        board.edge((0, 0), (side, 0))
        for cell, letter, colour in ((state.start, "S", GREEN), (state.end, "E", RED)):
            board.canvas.disc(board.centre(cell), board.side * 0.38, colour)
            board.write(cell, letter, round(board.side * 0.46), WHITE)
        return board.canvas

    def text(self, state: Maze) -> str:
        side = len(state.right)
        lines = ["+" + "--+" * side]
        for row in range(side):
            cells, under = "|", "+"
            for column in range(side):
                cell = row, column
                letter = "S" if cell == state.start else "E" if cell == state.end else " "
                cells += f"{letter} " + (" " if _open(state, cell, (row, column + 1)) else "|")
                under += "  +" if _open(state, cell, (row + 1, column)) else "--+"
            lines += [cells, under]
        return "\n".join(lines)

    def rules(self, state: Maze) -> Wording:
        side = len(state.right)
        rules = Wording(
            f"Find a way through a maze of {side} × {side} cells from S to E. Each move goes to the next cell up, "
            "down, left or right, never through a wall and never out of the maze. Walls are thick lines in a picture; "
            "in text they are -- above or below a cell and | beside it, and each cell is two characters wide. The way "
            "need not be the shortest, but it must end in E.",
            f"在 {side} × {side} 格的迷宫中找出从 S 到 E 的路。每一步走到上、下、左或右的相邻格，"
            "不能穿墙，也不能走出迷宫。图中的粗线是墙；文字版中，格子上下的 -- 和两侧的 | 是墙，每格宽两个字符。"
            "路不必最短，但必须停在 E。",
        )
        return asked(rules, Wording("a way through another maze", "另一座迷宫的路"), EXAMPLE)

    def reasoning(self, state: Maze) -> list[Step]:
        way = _shortest(state) or []
        cells = list(accumulate(way, _beyond, initial=state.start))
        groups, at = [], 0
        forks = {place for place, cell in enumerate(cells) if len(self.moves(replace(state, start=cell))) > 2}
        for run in runs(way, forks):
            at += len(run)
            groups.append((run, f"Go {' '.join(run)}, to {_place(cells[at])}; no wall is between."))
        return [
            Step("rules", "Each move goes to a neighbouring cell with no wall between; the way must end in E."),
            Step(
                "reading",
                f"S is in {_place(state.start)}, E in {_place(state.end)}:\n{self.text(state)}",
                {"maze": self.text(state)},
            ),
            *explored(self, state, groups),
            Step("check", f"Played again, the {len(way)} moves cross no wall and end in E.", {"won": list(way)}),
            Step("answer", " ".join(way), {"won": list(way)}),
        ]

    def holds(self, state: Maze, claim: JsonValue) -> bool:
        match claim:
            case {"maze": maze}:
                return maze == self.text(state)
        return holds(self, state, claim)

    def effort(self, state: Maze) -> float:
        return float(len(_shortest(state) or ()))

    def guess(self, state: Maze, rng: Random) -> str:
        return wandering(rng, len(state.right), 3 * len(state.right))


def _carved(side: int, loops: int, rng: Random) -> tuple[Doors, Doors]:
    """A perfect maze, dug depth first, with that many walls less."""
    right = [[False] * (side - 1) for _ in range(side)]
    down = [[False] * side for _ in range(side - 1)]
    cells = [(row, column) for row in range(side) for column in range(side)]
    path = [rng.choice(cells)]
    solid = {*cells} - {*path}
    while path:
        ways = [cell for move in DIRECTIONS if (cell := _beyond(path[-1], move)) in solid]
        if not ways:
            path.pop()
            continue
        cell = rng.choice(ways)
        _dig(right, down, path[-1], cell)
        solid.remove(cell)
        path.append(cell)
    walls = [((row, column), (row, column + 1)) for row, column in cells if column + 1 < side]
    walls += [((row, column), (row + 1, column)) for row, column in cells if row + 1 < side]
    closed = [wall for wall in walls if not _dug(right, down, *wall)]
    for wall in rng.sample(closed, loops):
        _dig(right, down, *wall)
    return tuple(map(tuple, right)), tuple(map(tuple, down))


def _dig(right: list[list[bool]], down: list[list[bool]], a: Cell, b: Cell) -> None:
    (doors, (row, column)) = (right if a[0] == b[0] else down), min(a, b)
    doors[row][column] = True


def _dug(right: list[list[bool]], down: list[list[bool]], a: Cell, b: Cell) -> bool:
    return (right if a[0] == b[0] else down)[a[0]][a[1]]


def _open(maze: Maze, a: Cell, b: Cell) -> bool:
    """Whether one can go between two neighbouring cells; one of them may lie outside."""
    row, column = min(a, b)
    doors = maze.right if a[0] == b[0] else maze.down
    return 0 <= row < len(doors) and 0 <= column < len(doors[row]) and doors[row][column]


def _beyond(cell: Cell, move: str) -> Cell:
    return cell[0] + DIRECTIONS[move][0], cell[1] + DIRECTIONS[move][1]


def _distances(maze: Maze) -> dict[Cell, int]:
    """Moves from the start to every cell that can be reached."""
    found, waiting = {maze.start: 0}, deque([maze.start])
    while waiting:
        cell = waiting.popleft()
        for move in DIRECTIONS:
            other = _beyond(cell, move)
            if other not in found and _open(maze, cell, other):
                found[other] = found[cell] + 1
                waiting.append(other)
    return found


def _shortest(maze: Maze) -> list[str] | None:
    """The moves of a shortest way, told from the end; None where there is no way."""
    away = _distances(replace(maze, start=maze.end))
    if maze.start not in away:
        return None
    way, cell = [], maze.start
    while cell != maze.end:
        move = next(
            move
            for move in DIRECTIONS
            if _open(maze, cell, _beyond(cell, move)) and away[_beyond(cell, move)] == away[cell] - 1
        )
        way.append(move)
        cell = _beyond(cell, move)
    return way


def _place(cell: Cell) -> str:
    return f"row {cell[0] + 1}, column {cell[1] + 1}"


PUZZLE = MazePuzzle()
