"""Nibbles: a snake is led to all apples without running into a wall or itself.

The published snake is two cells long, so that its body is hardly ever in the way; here it has four. The published first
level has one apple, which a fixed answer finds too often; here it has two. A level is told by the fewest moves that eat
all apples.
"""

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from functools import cache
from random import Random
from typing import ClassVar

from pydantic import JsonValue

from asterism.helix.canvas import BLACK, GREEN, PALE, RED, WHITE, Canvas
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
    search,
    verdict,
    wandering,
)
from asterism.helix.puzzle import Puzzle, Step, Verdict, exhausted
from asterism.helix.wording import Wording

TRIES = 500
EXAMPLE = ("up", "up", "left", "down", "left", "left")


@dataclass(frozen=True, slots=True)
class Nibbles:
    """A square board, the cells of the snake from head to tail, and the apples in reading order."""

    side: int
    body: tuple[Cell, ...]
    apples: tuple[Cell, ...]


@dataclass(frozen=True, slots=True)
class Level:
    """Cells along a side, apples, cells of the snake, and the least and most moves that are needed."""

    side: int
    apples: int
    body: int
    shortest: tuple[int, int]


class NibblesPuzzle(Puzzle[Nibbles]):
    """The snake game, with apples that are all there from the start."""

    name = "nibbles"
    title = Wording("Nibbles (snake game)", "贪吃蛇")
    category = "games"
    form = "moves"
    move_form = ONE_DIRECTION
    unique = False
    state_type = Nibbles
    levels: ClassVar = {
        1: Level(6, 2, 4, (5, 7)),
        2: Level(7, 2, 4, (9, 11)),
        3: Level(8, 3, 4, (13, 15)),
        4: Level(9, 4, 4, (17, 20)),
        5: Level(10, 5, 4, (23, 29)),
    }
    reference: ClassVar = {
        1: Level(6, 1, 2, (1, 36)),
        2: Level(7, 2, 2, (2, 49)),
        3: Level(8, 3, 2, (3, 64)),
        4: Level(9, 4, 2, (4, 81)),
        5: Level(10, 5, 2, (5, 100)),
    }

    def generate(self, parameters: Level, rng: Random) -> Nibbles:
        low, high = parameters.shortest
        side = parameters.side
        for _ in range(TRIES):
            body = _coiled(side, parameters.body, rng)
            if body is None:
                continue
            free = [(row, column) for row in range(side) for column in range(side) if (row, column) not in body]
            state = Nibbles(side, body, tuple(sorted(rng.sample(free, parameters.apples))))
            if low - 2 <= _least(state.apples)(state.body[0], state.apples) <= high:
                way = _shortest(state)
                if way is not None and low <= len(way) <= high:
                    return state
        raise exhausted(self.name, parameters, TRIES)

    def solve(self, state: Nibbles) -> str | None:
        found = _shortest(state)
        return " ".join(found) if found else None

    def verify_answer(self, state: Nibbles, answer: str) -> Verdict:
        return verdict(self, state, directions(answer), "the moves up, down, left and right are wanted")

    def start(self, state: Nibbles) -> Nibbles:
        return state

    def moves(self, position: Nibbles) -> list[str]:
        return [move for move in DIRECTIONS if _crept(position, move) is not None]

    def after(self, position: Nibbles, move: object) -> Nibbles | None:
        return _crept(position, move) if isinstance(move, str) and move in DIRECTIONS else None

    def won(self, position: Nibbles) -> bool:
        return not position.apples

    def left(self, position: Nibbles) -> int | None:
        way = _shortest(position)
        return None if way is None else len(way)

    def seen(self, position: Nibbles) -> JsonValue:
        return {"body": [list(cell) for cell in position.body], "apples": [list(cell) for cell in position.apples]}

    def draw(self, state: Nibbles) -> Canvas:
        board = GridDrawing.of(state.side, state.side)
        board.lines((190, 190, 190))
        board.borders([[0] * state.side] * state.side)
        canvas, side = board.canvas, board.side
        middles = [board.centre(cell) for cell in state.body]
        if len(middles) > 1:
            canvas.path(middles, GREEN, side * 0.56)
            canvas.path(middles, PALE, side * 0.08)
        canvas.disc(middles[-1], side * 0.2, PALE)
        canvas.disc(middles[0], side * 0.36, BLACK)
        board.write(state.body[0], "H", round(side * 0.44), WHITE)
        for apple in state.apples:
            x, y = board.centre(apple)
            canvas.line((x, y - side * 0.24), (x + side * 0.1, y - side * 0.42), GREEN, side * 0.08)
            canvas.disc((x, y), side * 0.28, RED)
        return canvas

    def text(self, state: Nibbles) -> str:
        rows = [["."] * state.side for _ in range(state.side)]
        for place, (row, column) in enumerate(state.body):
            rows[row][column] = str(place) if place else "H"
        for row, column in state.apples:
            rows[row][column] = "A"
        return "\n".join(" ".join(row) for row in rows)

    def rules(self, state: Nibbles) -> Wording:
        side = state.side
        rules = Wording(
            f"Lead the snake to all apples on a board of {side} × {side} cells. Each move takes its head (H) to the "
            "next cell up, down, left or right. The rest of the body follows cell by cell, so that its tail leaves the "
            "last cell; but in a move in which the head comes to an apple, the tail stays where it is, the snake is "
            "one cell longer, and the apple is gone. The head may not go off the board, nor to a cell of the body, "
            "except to the one that the tail leaves in the same move. It may never turn straight back onto the cell "
            "behind it.\n"
            "In text the body is 1, 2, 3, ... from the cell behind the head to the tail, A is an apple and a dot an "
            "empty cell. In a picture the body is a green band that ends in a pale spot, and apples are red. The moves "
            "need not be the fewest.",
            f"在 {side} × {side} 的棋盘上带领蛇吃完所有苹果。每一步蛇头（H）走到上、下、左或右的相邻格，"
            "身体逐格跟上，蛇尾离开最后一格；但若这一步蛇头到达苹果，则蛇尾留在原处，蛇身加长一格，苹果消失。"
            "蛇头不能走出棋盘，也不能走到身体所在的格，除非那一格的蛇尾恰在这一步离开；任何时候都不能直接掉头走到蛇头后面的那一格。\n"
            "文字版中，1、2、3……依次是从蛇头后面一格到蛇尾的身体，A 是苹果，点是空格。图中绿色的带子是身体，"
            "末端的浅色圆点是蛇尾，红色的是苹果。步数不必最少。",
        )
        return asked(rules, Wording("moves of another game", "另一局的几步"), EXAMPLE)

    def reasoning(self, state: Nibbles) -> list[Step]:
        way, groups, position = _shortest(state) or [], [], state
        for run in runs(way):
            before = len(position.apples)
            for move in run:
                position = _crept(position, move) or position
            eaten = before - len(position.apples)
            meal = "an apple" if eaten == 1 else f"{eaten} apples"
            gains = f", eating {meal}; the snake is {len(position.body)} cells long" if eaten else ""
            groups.append((run, f"Go {' '.join(run)}: the head is in {_place(position.body[0])}{gains}."))
        apples = "; ".join(map(_place, state.apples))
        return [
            Step("rules", "The head moves, the body follows and grows by a cell for each apple; no wall, no body."),
            Step(
                "reading",
                f"The head is in {_place(state.body[0])}, the tail in {_place(state.body[-1])}; apples: {apples}.",
                {"moves": [], "position": self.seen(state)},
            ),
            *explored(self, state, groups),
            Step("check", f"Played again, the {len(way)} moves hit nothing and eat every apple.", {"won": list(way)}),
            Step("answer", " ".join(way), {"won": list(way)}),
        ]

    def holds(self, state: Nibbles, claim: JsonValue) -> bool:
        return holds(self, state, claim)

    def effort(self, state: Nibbles) -> float:
        return float(len(_shortest(state) or ()))

    def guess(self, state: Nibbles, rng: Random) -> str:
        return wandering(rng, 4, 3 * state.side)


def _crept(position: Nibbles, move: str) -> Nibbles | None:
    """The position after a move; None where it kills the snake or turns it straight back."""
    body = position.body
    head = body[0][0] + DIRECTIONS[move][0], body[0][1] + DIRECTIONS[move][1]
    if not (0 <= head[0] < position.side and 0 <= head[1] < position.side) or head in body[1:2]:
        return None
    eats = head in position.apples
    stays = body if eats else body[:-1]
    if head in stays:
        return None
    apples = tuple(apple for apple in position.apples if apple != head) if eats else position.apples
    return Nibbles(position.side, (head, *stays), apples)


def _coiled(side: int, cells: int, rng: Random) -> tuple[Cell, ...] | None:
    """A snake at random, from head to tail; None where it has run into itself."""
    body = [(rng.randrange(side), rng.randrange(side))]
    while len(body) < cells:
        row, column = body[-1]
        around = [(row + down, column + right) for down, right in DIRECTIONS.values()]
        free = [cell for cell in around if min(cell) >= 0 and max(cell) < side and cell not in body]
        if not free:
            return None
        body.append(rng.choice(free))
    return tuple(body)


def _shortest(state: Nibbles) -> list[str] | None:
    """A shortest sequence of moves that eats all apples; None where there is none."""
    least = _least(state.apples)

    def ways(position: Nibbles) -> Iterator[tuple[str, Nibbles]]:
        for move in DIRECTIONS:
            after = _crept(position, move)
            if after is not None:
                yield move, after

    return search(state, ways, lambda position: not position.apples, lambda each: least(each.body[0], each.apples))


def _least(apples: tuple[Cell, ...]) -> Callable[[Cell, tuple[Cell, ...]], int]:
    """Moves that are needed at least: the shortest tour of a head through apples, where no body is in its way."""

    @cache
    def tour(head: Cell, apples: tuple[Cell, ...]) -> int:
        if not apples:
            return 0
        return min(
            abs(head[0] - apple[0])
            + abs(head[1] - apple[1])
            + tour(apple, tuple(other for other in apples if other != apple))
            for apple in apples
        )

    return tour


def _place(cell: Cell) -> str:
    return f"row {cell[0] + 1}, column {cell[1] + 1}"


PUZZLE = NibblesPuzzle()
