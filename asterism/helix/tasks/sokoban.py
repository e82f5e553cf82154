"""Sokoban: boxes are pushed onto goals.

A room is played backwards, from boxes on their goals by pulling, until the fewest pushes that solve it are as many as
the level wants; the published bounds are on all moves, walking included.
"""

from collections import deque
from collections.abc import Iterator
from dataclasses import dataclass
from functools import lru_cache
from itertools import permutations
from random import Random
from typing import ClassVar

from pydantic import JsonValue

from asterism.helix.canvas import BLACK, BLUE, RED, RGB, WHITE, Canvas
from asterism.helix.grid_drawing import GridDrawing
from asterism.helix.moves import (
    DIRECTIONS,
    ONE_DIRECTION,
    OPPOSITE,
    Cell,
    asked,
    directions,
    explored,
    holds,
    search,
    verdict,
    wandering,
)
from asterism.helix.puzzle import Puzzle, Step, Verdict, exhausted
from asterism.helix.wording import Wording

WALL, FLOOR, GOAL = "#", "-", "."
PLAYER = {FLOOR: "@", GOAL: "+"}
BOX = {FLOOR: "$", GOAL: "*"}
UNDER = {"@": FLOOR, "+": GOAL, "$": FLOOR, "*": GOAL}
BRICK: RGB = (92, 84, 80)
SAND: RGB = (240, 234, 220)
WOOD: RGB = (214, 150, 70)
MOSS: RGB = (120, 190, 110)
TRIES = 400
WALLS = (0.12, 0.24)
"""Least and most share of inner cells that are made walls."""
EXAMPLE = ("up", "up", "left", "down", "right", "right")

Rows = tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Sokoban:
    """Rows of cells: ``#`` wall, ``-`` floor, ``.`` goal, ``$`` box, ``@`` player, ``*`` and ``+`` these on a goal."""

    rows: Rows


@dataclass(frozen=True, slots=True)
class Level:
    """Least and most rows and columns with the walls around; boxes; least and most pushes needed; most moves."""

    side: tuple[int, int]
    boxes: int
    pushes: tuple[int, int]
    moves: int = 200


@dataclass(frozen=True, slots=True)
class Room:
    """What stays: cells are bits, a row ``width`` of them."""

    width: int
    floor: int
    goals: int


Push = tuple[int, str]
"""The bit of a box and the direction it is pushed in."""
Node = tuple[int, int]
"""The first cell that the player can reach, standing for all of them, and the boxes."""


class SokobanPuzzle(Puzzle[Sokoban]):
    """Sokoban in rooms with inner walls."""

    name = "sokoban"
    title = Wording("Sokoban", "推箱子")
    category = "games"
    form = "moves"
    move_form = ONE_DIRECTION
    unique = False
    state_type = Sokoban
    levels: ClassVar = {
        1: Level((6, 7), 1, (3, 5)),
        2: Level((7, 9), 1, (7, 9)),
        3: Level((7, 9), 2, (11, 14)),
        4: Level((11, 13), 2, (17, 22)),
        5: Level((11, 13), 3, (27, 34)),
    }

    reference: ClassVar = {
        1: Level((5, 7), 1, (1, 5), 15),
        2: Level((7, 9), 1, (1, 9), 25),
        3: Level((7, 9), 2, (2, 12), 40),
        4: Level((11, 13), 2, (2, 16), 50),
        5: Level((11, 13), 3, (3, 20), 60),
    }

    def generate(self, parameters: Level, rng: Random) -> Sokoban:
        low, high = parameters.pushes
        for _ in range(TRIES):
            rows, columns = rng.randint(*parameters.side), rng.randint(*parameters.side)
            floor = _dug(rows, columns, rng)
            cells = _bits(floor)
            if len(cells) < 4 * parameters.boxes + 4:
                continue
            room = Room(columns, floor, sum(rng.sample(cells, parameters.boxes)))
            node = _pulled(room, rng.randint(low, high), rng)
            pushes = _pushes(room, node) if node else None
            if node is not None and pushes is not None and low <= len(pushes) <= high:
                state = _drawn(room, rows, rng.choice(_bits(_reach(room, *node))), node[1])
                if sum(map(len, _solution(state) or ())) <= parameters.moves:
                    return state
        raise exhausted(self.name, parameters, TRIES)

    def solve(self, state: Sokoban) -> str | None:
        found = _solution(state)
        return " ".join(move for group in found for move in group) if found else None

    def verify_answer(self, state: Sokoban, answer: str) -> Verdict:
        return verdict(self, state, directions(answer), "the moves up, down, left and right are wanted")

    def start(self, state: Sokoban) -> Sokoban:
        return state

    def moves(self, position: Sokoban) -> list[str]:
        return [move for move in DIRECTIONS if self.after(position, move) is not None]

    def after(self, position: Sokoban, move: object) -> Sokoban | None:
        if not isinstance(move, str) or move not in DIRECTIONS:
            return None
        (row, column), (down, right) = _player(position), DIRECTIONS[move]
        rows = [list(line) for line in position.rows[: row + 3]]
        here, ahead = rows[row][column], rows[row + down][column + right]
        if ahead in BOX.values():
            beyond = rows[row + 2 * down][column + 2 * right]
            if beyond not in BOX:
                return None
            rows[row + 2 * down][column + 2 * right] = BOX[beyond]
            ahead = UNDER[ahead]
        if ahead not in PLAYER:
            return None
        rows[row + down][column + right] = PLAYER[ahead]
        rows[row][column] = UNDER[here]
        return Sokoban((*map("".join, rows), *position.rows[row + 3 :]))

    def won(self, position: Sokoban) -> bool:
        return not any(BOX[FLOOR] in row for row in position.rows)

    def left(self, position: Sokoban) -> int | None:
        room, player, boxes = _read(position)
        pushes = _pushes(room, _node(room, player, boxes))
        return None if pushes is None else len(pushes)

    def seen(self, position: Sokoban) -> JsonValue:
        return list(position.rows)

    def draw(self, state: Sokoban) -> Canvas:
        board = GridDrawing.of(len(state.rows), len(state.rows[0]))
        canvas, side = board.canvas, board.side
        for row, line in enumerate(state.rows):
            for column, letter in enumerate(line):
                cell = row, column
                board.fill(cell, BRICK if letter == WALL else SAND)
                if letter == GOAL or UNDER.get(letter) == GOAL:
                    canvas.ring(board.centre(cell), side * 0.36, RED, side * 0.1)
                if letter in BOX.values():
                    box = board.box(cell, side * 0.2)
                    canvas.rectangle(box, MOSS if letter == BOX[GOAL] else WOOD)
                    canvas.frame(box, BLACK, 2)
                    canvas.line(box[:2], box[2:], BLACK, 2)
                    canvas.line((box[0], box[3]), (box[2], box[1]), BLACK, 2)
                if letter in PLAYER.values():
                    canvas.disc(board.centre(cell), side * 0.27, BLUE)
                    board.write(cell, "P", board.small, WHITE)
        board.lines((190, 182, 170))
        return canvas

    def text(self, state: Sokoban) -> str:
        return "\n".join(state.rows)

    def rules(self, state: Sokoban) -> Wording:
        rules = Wording(
            "Push every box onto a goal. Each move takes the player to the next cell up, down, left or right. If a box "
            "is there, it is pushed one cell further in the same direction, which must be free: floor or goal, no wall "
            "and no second box. Boxes cannot be pulled. The moves need not be the fewest.\n"
            "In a picture walls are dark, boxes are crossed squares (brown, or green on a goal), goals are red rings "
            "and the player is the blue disc with a P. In text # is a wall, - floor, . a goal, $ a box, * a box on a "
            "goal, @ the player and + the player on a goal.",
            "把每个箱子推到目标点上。每一步玩家走到上、下、左或右的相邻格；若那里有箱子，箱子就沿同一方向被推动一格，"
            "前方必须是地面或目标点，不能是墙或另一个箱子。箱子不能拉。步数不必最少。\n"
            "图中深色的是墙，带叉的方块是箱子（棕色；在目标点上为绿色），红圈是目标点，带 P 的蓝色圆是玩家。"
            "文字版中 # 是墙，- 是地面，. 是目标点，$ 是箱子，* 是目标点上的箱子，@ 是玩家，+ 是目标点上的玩家。",
        )
        return asked(rules, Wording("moves of another room", "另一个房间的几步"), EXAMPLE)

    def reasoning(self, state: Sokoban) -> list[Step]:
        found = _solution(state) or []
        way = [move for group in found for move in group]
        groups = []
        for moves in found:
            walk = f"Walk {' '.join(moves[:-1])}, then push" if moves[:-1] else "Push"
            groups.append((moves, f"{walk} the box {moves[-1]}."))
        return [
            Step("rules", "The player pushes one box at a time into a free cell, never pulls; all must end on goals."),
            Step("reading", f"The room:\n{self.text(state)}", {"moves": [], "position": list(state.rows)}),
            Step("search", f"At least {len(found)} pushes are needed.", {"moves": [], "left": len(found)}),
            *explored(self, state, groups, _ahead),
            Step("check", f"Played again, the {len(way)} moves bring every box to a goal.", {"won": list(way)}),
            Step("answer", " ".join(way), {"won": list(way)}),
        ]

    def holds(self, state: Sokoban, claim: JsonValue) -> bool:
        return holds(self, state, claim)

    def effort(self, state: Sokoban) -> float:
        return float(self.left(state) or 0)

    def guess(self, state: Sokoban, rng: Random) -> str:
        return wandering(rng, 4, 40)


def _dug(rows: int, columns: int, rng: Random) -> int:
    """The largest connected floor of a room with walls at random."""
    share = rng.uniform(*WALLS)
    free = sum(
        1 << (row * columns + column)
        for row in range(1, rows - 1)
        for column in range(1, columns - 1)
        if rng.random() >= share
    )
    parts = []
    while free:
        parts.append(_reach(Room(columns, free, 0), free & -free, 0))
        free &= ~parts[-1]
    return max(parts, key=int.bit_count, default=0)


def _pulled(room: Room, pushes: int, rng: Random) -> Node | None:
    """Boxes pulled off their goals until at least that many pushes are needed; None where it does not come to that.

    Of the pulls at hand one that leads further away is preferred.
    """
    free = _bits(room.floor & ~room.goals)
    node = _node(room, rng.choice(free), room.goals)
    known = {node}
    for _ in range(4 * pushes):
        if _least(room, node[1]) == pushes:
            return node
        after = [each for each in _pulls(room, node) if each not in known]
        if not after:
            return None
        rng.shuffle(after)
        node = max(after, key=lambda each: (_least(room, each[1]) or 0) + rng.random() * 1.5)
        known.add(node)
    return None


def _pulls(room: Room, node: Node) -> Iterator[Node]:
    """Where pulling a box leads."""
    reach, boxes = _reach(room, *node), node[1]
    for box in _bits(boxes):
        for move in DIRECTIONS:
            stand = _shifted(room, box, move)
            back = _shifted(room, stand, move)
            if stand & reach and back & reach:
                yield _node(room, back, boxes ^ box | stand)


@lru_cache(maxsize=4096)
def _pushes(room: Room, node: Node) -> tuple[Push, ...] | None:
    """The fewest pushes that bring all boxes to goals; None where there is no way."""

    def ways(node: Node) -> Iterator[tuple[Push, Node]]:
        boxes = node[1]
        for box, move in _pushable(room, _reach(room, *node), boxes):
            ahead = _shifted(room, box, move)
            after = boxes ^ box | ahead
            if not _stuck(room, after, ahead):
                yield (box, move), _node(room, box, after)

    found = search(node, ways, lambda node: node[1] == room.goals, lambda node: _least(room, node[1]))
    return None if found is None else tuple(found)


def _pushable(room: Room, reach: int, boxes: int) -> Iterator[Push]:
    """Every box that can be pushed, and where to, by a player who reaches these cells."""
    free = room.floor & ~boxes
    for box in _bits(boxes):
        for move in DIRECTIONS:
            if _shifted(room, box, OPPOSITE[move]) & reach and _shifted(room, box, move) & free:
                yield box, move


def _stuck(room: Room, boxes: int, box: int) -> bool:
    """Whether a box is in a square of four that are all walls or boxes, one of which is a box that has no goal."""
    solid = boxes | ~room.floor
    for move in ("up", "down"):
        above = _shifted(room, box, move)
        for turn in ("left", "right"):
            square = box | above | _shifted(room, box, turn) | _shifted(room, above, turn)
            if square & solid == square and square & boxes & ~room.goals:
                return True
    return False


@lru_cache(maxsize=65536)
def _least(room: Room, boxes: int) -> int | None:
    """Pushes that are needed at least, were boxes not in each other's way; None where not all can come to goals."""
    each = _bits(boxes)
    sums = [
        sum(table[box] for table, box in zip(order, each, strict=True))
        for order in permutations(_tables(room))
        if all(box in table for table, box in zip(order, each, strict=True))
    ]
    return min(sums, default=None)


@lru_cache(maxsize=256)
def _tables(room: Room) -> tuple[dict[int, int], ...]:
    """For each goal, the pushes that a box needs from each cell where no other is in the way."""
    tables = []
    for goal in _bits(room.goals):
        table, waiting = {goal: 0}, deque([goal])
        while waiting:
            box = waiting.popleft()
            for move in DIRECTIONS:
                before = _shifted(room, box, move)
                if before & room.floor and _shifted(room, before, move) & room.floor and before not in table:
                    table[before] = table[box] + 1
                    waiting.append(before)
        tables.append(table)
    return tuple(tables)


def _solution(state: Sokoban) -> list[list[str]] | None:
    """The moves of a solution with the fewest pushes, each group a shortest walk and a push."""
    room, player, boxes = _read(state)
    pushes = _pushes(room, _node(room, player, boxes))
    if pushes is None:
        return None
    groups = []
    for box, move in pushes:
        groups.append([*_walk(room, player, _shifted(room, box, OPPOSITE[move]), boxes), move])
        player, boxes = box, boxes ^ box | _shifted(room, box, move)
    return groups


def _ahead(state: Sokoban) -> Iterator[list[str]]:
    """Every push that can be made next, each with a shortest walk to it."""
    room, player, boxes = _read(state)
    reach = _reach(room, player, boxes)
    for box, move in _pushable(room, reach, boxes):
        yield [*_walk(room, player, _shifted(room, box, OPPOSITE[move]), boxes), move]


def _walk(room: Room, start: int, end: int, boxes: int) -> list[str]:
    """A shortest walk around the boxes."""
    free = room.floor & ~boxes
    came: dict[int, list[str]] = {start: []}
    waiting = deque([start])
    while end not in came:
        cell = waiting.popleft()
        for move in DIRECTIONS:
            after = _shifted(room, cell, move)
            if after & free and after not in came:
                came[after] = [*came[cell], move]
                waiting.append(after)
    return came[end]


def _reach(room: Room, player: int, boxes: int) -> int:
    """The cells that the player can walk to."""
    free, width = room.floor & ~boxes, room.width
    reach, before = player, 0
    while reach != before:
        before = reach
        reach |= (reach << 1 | reach >> 1 | reach << width | reach >> width) & free
    return reach


def _node(room: Room, player: int, boxes: int) -> Node:
    reach = _reach(room, player, boxes)
    return reach & -reach, boxes


def _shifted(room: Room, cell: int, move: str) -> int:
    """The cell next to one; the walls around the room keep it inside."""
    down, right = DIRECTIONS[move]
    step = down * room.width + right
    return cell << step if step > 0 else cell >> -step


def _bits(cells: int) -> list[int]:
    """The cells one by one."""
    found = []
    while cells:
        found.append(cells & -cells)
        cells &= cells - 1
    return found


def _read(state: Sokoban) -> tuple[Room, int, int]:
    """The room, the player and the boxes of a map."""
    letters, width = "".join(state.rows), len(state.rows[0])

    def cells(*wanted: str) -> int:
        return sum(1 << place for place, letter in enumerate(letters) if letter in wanted)

    return Room(width, cells("-", ".", "@", "+", "$", "*"), cells(".", "+", "*")), cells("@", "+"), cells("$", "*")


def _drawn(room: Room, rows: int, player: int, boxes: int) -> Sokoban:
    """The map of a room."""
    letters = []
    for place in range(rows * room.width):
        bit = 1 << place
        ground = GOAL if bit & room.goals else FLOOR if bit & room.floor else WALL
        letters.append(BOX[ground] if bit & boxes else PLAYER[ground] if bit & player else ground)
    return Sokoban(tuple("".join(letters[start : start + room.width]) for start in range(0, len(letters), room.width)))


def _player(state: Sokoban) -> Cell:
    return next(
        (row, column) for row, line in enumerate(state.rows) for column, letter in enumerate(line) if letter in "@+"
    )


PUZZLE = SokobanPuzzle()
