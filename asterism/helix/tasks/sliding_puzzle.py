"""Sliding puzzle: 15 tiles and a gap on a 4 × 4 board, to be put in order.

The published levels count the moves of the scramble, many of which undo each other. Here a level is told by the fewest
moves that solve the puzzle, and begins where there are too many puzzles to know by heart. The published parameters are
kept as numbers of needed moves, as far as they can be certified in a second or so.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from functools import cache, lru_cache
from itertools import combinations
from random import Random
from typing import ClassVar

from pydantic import JsonValue

from asterism.helix.answer_readers import numbers
from asterism.helix.canvas import PALE, TINTS, Canvas
from asterism.helix.grid_drawing import GridDrawing
from asterism.helix.moves import (
    DIRECTIONS,
    MOST,
    ONE_DIRECTION,
    OPPOSITE,
    asked,
    directions,
    explored,
    holds,
    verdict,
    wandering,
)
from asterism.helix.puzzle import Puzzle, Step, Verdict, exhausted
from asterism.helix.wording import Wording

SIDE = 4
GOAL = (*range(1, SIDE * SIDE), 0)
TRIES = 200
NEAR = 12
"""Moves from the goal up to which the distance of every board is kept in a table."""
EXAMPLE = ("up", "left", "left", "down", "right")

Tiles = tuple[int, ...]


@dataclass(frozen=True, slots=True)
class Sliding:
    """The tiles in reading order, 0 for the gap."""

    tiles: Tiles


@dataclass(frozen=True, slots=True)
class Level:
    """The least and most moves that are needed."""

    shortest: tuple[int, int]


class SlidingPuzzle(Puzzle[Sliding]):
    """The 15 puzzle."""

    name = "sliding_puzzle"
    title = Wording("Sliding puzzle", "滑块拼图")
    category = "games"
    form = "moves"
    move_form = ONE_DIRECTION
    unique = False
    state_type = Sliding
    levels: ClassVar = {
        1: Level((8, 10)),
        2: Level((12, 14)),
        3: Level((16, 19)),
        4: Level((22, 25)),
        5: Level((28, 31)),
    }
    reference: ClassVar = {
        1: Level((1, 6)),
        2: Level((7, 12)),
        3: Level((13, 20)),
        4: Level((21, 30)),
        5: Level((31, 35)),
    }

    def generate(self, parameters: Level, rng: Random) -> Sliding:
        low, high = parameters.shortest
        for _ in range(TRIES):
            tiles = _scrambled(rng.randint(low, 2 * high), rng)
            way = _shortest(tiles, high)
            if way is not None and len(way) >= low:
                return Sliding(tiles)
        raise exhausted(self.name, parameters, TRIES)

    def solve(self, state: Sliding) -> str | None:
        found = _shortest(state.tiles)
        return " ".join(found) if found else None

    def verify_answer(self, state: Sliding, answer: str) -> Verdict:
        moves = directions(answer) or _by_number(state.tiles, answer)
        return verdict(self, state, moves, "the moves up, down, left and right are wanted")

    def start(self, state: Sliding) -> Sliding:
        return state

    def moves(self, position: Sliding) -> list[str]:
        return [move for move in DIRECTIONS if _slid(position.tiles, move) is not None]

    def after(self, position: Sliding, move: object) -> Sliding | None:
        tiles = _slid(position.tiles, move) if isinstance(move, str) and move in DIRECTIONS else None
        return Sliding(tiles) if tiles else None

    def won(self, position: Sliding) -> bool:
        return position.tiles == GOAL

    def left(self, position: Sliding) -> int | None:
        way = _shortest(position.tiles)
        return None if way is None else len(way)

    def seen(self, position: Sliding) -> JsonValue:
        return list(position.tiles)

    def draw(self, state: Sliding) -> Canvas:
        board = GridDrawing.of(SIDE, SIDE)
        for place, tile in enumerate(state.tiles):
            cell = divmod(place, SIDE)
            board.fill(cell, TINTS[4] if tile else PALE)
            if tile:
                board.write(cell, str(tile))
        board.lines(width=4, outer=6)
        return board.canvas

    def text(self, state: Sliding) -> str:
        return _written(state.tiles)

    def rules(self, state: Sliding) -> Wording:
        goal = _written(GOAL)
        rules = Wording(
            "Fifteen numbered tiles lie on a 4 × 4 board with one gap (an empty cell in a picture, a dot in text). A "
            "move slides a tile next to the gap into it. Put the tiles in this order:\n"
            f"{goal}\n"
            "The moves need not be the fewest. A move is named by the direction in which the tile goes: up means that "
            "the tile below the gap moves up.",
            "4 × 4 的棋盘上有十五块带数字的滑块和一个空格（图中为空白格，文字版中为点）。"
            "每一步把与空格相邻的一块滑块移入空格。请把滑块排成如下次序：\n"
            f"{goal}\n"
            "步数不必最少。每一步以滑块移动的方向表示：up 表示空格下方的滑块向上移。",
        )
        return asked(rules, Wording("moves of another puzzle", "另一道题的几步"), EXAMPLE)

    def reasoning(self, state: Sliding) -> list[Step]:
        moves = _shortest(state.tiles) or ()
        tiles, groups = state.tiles, []
        for move in moves:
            after = _slid(tiles, move) or tiles
            groups.append(([move], f"Slide {after[tiles.index(0)]} {move}:\n{_written(after)}"))
            tiles = after
        least = _least(state.tiles)
        return [
            Step("rules", "A tile next to the gap slides into it; 1 to 15 must end in order, the gap last."),
            Step("reading", f"The board:\n{self.text(state)}", {"moves": [], "position": list(state.tiles)}),
            Step(
                "search",
                f"The tiles are {_apart(state.tiles)} cells from their places in all, with tiles of one line that are "
                f"in each other's way at least {least} moves.",
                {"apart": _apart(state.tiles), "least": least},
            ),
            *explored(self, state, groups),
            Step("check", f"Played again, the {len(moves)} moves lead to 1 to 15 in order.", {"won": list(moves)}),
            Step("answer", " ".join(moves), {"won": list(moves)}),
        ]

    def holds(self, state: Sliding, claim: JsonValue) -> bool:
        match claim:
            case {"apart": apart, "least": least}:
                return [apart, least] == [_apart(state.tiles), _least(state.tiles)]
        return holds(self, state, claim)

    def effort(self, state: Sliding) -> float:
        return float(len(_shortest(state.tiles) or ()))

    def guess(self, state: Sliding, rng: Random) -> str:
        return wandering(rng, 4, 30)


def _slid(tiles: Tiles, move: str) -> Tiles | None:
    """The board after the tile that can go that way has gone; None where there is none."""
    gap = tiles.index(0)
    row, column = gap // SIDE - DIRECTIONS[move][0], gap % SIDE - DIRECTIONS[move][1]
    return _swapped(tiles, gap, SIDE * row + column) if 0 <= row < SIDE and 0 <= column < SIDE else None


def _swapped(tiles: Tiles, gap: int, place: int) -> Tiles:
    board = list(tiles)
    board[gap], board[place] = board[place], 0
    return tuple(board)


@cache
def _ways() -> tuple[tuple[tuple[str, int], ...], ...]:
    """For each place of the gap, the moves and where they take it."""
    return tuple(
        tuple(
            (move, place - SIDE * down - right)
            for move, (down, right) in DIRECTIONS.items()
            if 0 <= place // SIDE - down < SIDE and 0 <= place % SIDE - right < SIDE
        )
        for place in range(SIDE * SIDE)
    )


def _scrambled(steps: int, rng: Random) -> Tiles:
    """The goal after that many random moves, none of which takes back the one before."""
    tiles, last = GOAL, ""
    for _ in range(steps):
        gap = tiles.index(0)
        last, place = rng.choice([way for way in _ways()[gap] if way[0] != OPPOSITE.get(last)])
        tiles = _swapped(tiles, gap, place)
    return tiles


@cache
def _near() -> dict[Tiles, int]:
    """The fewest moves of every board up to :data:`NEAR` moves from the goal."""
    found, layer = {GOAL: 0}, [GOAL]
    for moves in range(1, NEAR + 1):
        later = []
        for tiles in layer:
            gap = tiles.index(0)
            for _, place in _ways()[gap]:
                after = _swapped(tiles, gap, place)
                if after not in found:
                    found[after] = moves
                    later.append(after)
        layer = later
    return found


@lru_cache(maxsize=1024)
def _shortest(tiles: Tiles, most: int = 80) -> tuple[str, ...] | None:
    """A shortest solution of up to ``most`` moves; None where there is none. No board needs more than 80.

    Depth-first with a bound that grows by two, which the parity of a board allows.
    """
    if not _solvable(tiles):
        return None
    bound = _bound(tiles)
    while bound <= most:
        way: list[str] = []
        if _descend(tiles, "", bound, way):
            return tuple(way)
        bound += 2
    return None


def _descend(tiles: Tiles, last: str, left: int, way: list[str]) -> bool:
    """Whether a board is solved in ``left`` moves, which are then added to ``way``."""
    if tiles == GOAL:
        return True
    gap = tiles.index(0)
    for move, place in _ways()[gap]:
        if last and move == OPPOSITE[last]:
            continue
        after = _swapped(tiles, gap, place)
        if _bound(after) < left:
            way.append(move)
            if _descend(after, move, left - 1, way):
                return True
            way.pop()
    return False


def _bound(tiles: Tiles) -> int:
    """The fewest moves where the table knows them, else a number that is not more and has the same parity."""
    near = _near().get(tiles)
    if near is not None:
        return near
    least = _least(tiles)
    return max(least, NEAR + 1 + (least + NEAR + 1) % 2)


def _least(tiles: Sequence[int]) -> int:
    """Moves that are needed at least: how far tiles are from their lines, and two for each that must leave its own."""
    return sum(
        _line(across, line, tuple(tiles[line::SIDE] if across else tiles[SIDE * line : SIDE * line + SIDE]))
        for across in (False, True)
        for line in range(SIDE)
    )


@cache
def _line(across: bool, line: int, tiles: Tiles) -> int:
    """What a row (or a column, ``across``) adds to :func:`_least`."""
    homes = [divmod(tile - 1, SIDE)[::-1] if across else divmod(tile - 1, SIDE) for tile in tiles if tile]
    away = sum(abs(home - line) for home, _ in homes)
    own = [place for home, place in homes if home == line]
    rising = max(
        count for count in range(len(own) + 1) if any(list(some) == sorted(some) for some in combinations(own, count))
    )
    return away + 2 * (len(own) - rising)


def _apart(tiles: Tiles) -> int:
    """Rows and columns between the tiles and their places."""
    return sum(
        abs(place // SIDE - (tile - 1) // SIDE) + abs(place % SIDE - (tile - 1) % SIDE)
        for place, tile in enumerate(tiles)
        if tile
    )


def _solvable(tiles: Tiles) -> bool:
    """Whether the exchanges that order the tiles and the way of the gap have the same parity."""
    if sorted(tiles) != sorted(GOAL):
        return False
    exchanges = sum(a > b for a, b in combinations([tile or SIDE * SIDE for tile in tiles], 2))
    gap = tiles.index(0)
    return (exchanges + (SIDE - 1 - gap // SIDE) + (SIDE - 1 - gap % SIDE)) % 2 == 0


def _by_number(tiles: Tiles, answer: str) -> list[str] | None:
    """Moves that are given as the numbers of the tiles; one that cannot move becomes a move that is not legal."""
    if any(character.isalpha() for character in answer):
        return None
    moves: list[str] = []
    for number in numbers(answer, MOST) or ():
        gap = tiles.index(0)
        move, place = next(((move, place) for move, place in _ways()[gap] if tiles[place] == number), ("none", gap))
        moves.append(move)
        if move == "none":
            break
        tiles = _swapped(tiles, gap, place)
    return moves or None


def _written(tiles: Sequence[int]) -> str:
    rows = [tiles[start : start + SIDE] for start in range(0, SIDE * SIDE, SIDE)]
    return "\n".join(" ".join(f"{tile or '.':>2}" for tile in row) for row in rows)


PUZZLE = SlidingPuzzle()
