"""Tower of Hanoi: disks on three pegs, from any legal arrangement to all on peg 3.

The published generator has three disks, 27 arrangements in all, and gives levels that were not asked for. Here there
are three to six disks out of twelve sizes, and a level is told by the fewest moves.
"""

from dataclasses import dataclass
from random import Random
from typing import ClassVar

from pydantic import JsonValue

from asterism.helix.answer_readers import numbers, pairs
from asterism.helix.canvas import BLACK, GREY, TINTS, Canvas
from asterism.helix.game import Move
from asterism.helix.moves import MOST, explored, holds, verdict
from asterism.helix.puzzle import Puzzle, Step, Verdict, exhausted
from asterism.helix.wording import Wording

PEGS = (1, 2, 3)
GOAL = 3
SIZES = range(1, 13)
TRIES = 500

Pegs = tuple[tuple[int, ...], ...]


@dataclass(frozen=True, slots=True)
class Hanoi:
    """The sizes of the disks on each peg, from the bottom up."""

    pegs: Pegs


@dataclass(frozen=True, slots=True)
class Level:
    """The least and most disks, and the least and most moves that are needed."""

    disks: tuple[int, int]
    shortest: tuple[int, int]


class HanoiPuzzle(Puzzle[Hanoi]):
    """The tower of Hanoi from any arrangement."""

    name = "tower_of_hanoi"
    title = Wording("Tower of Hanoi", "汉诺塔")
    category = "games"
    form = "moves"
    move_form = Wording("(disk, peg)", "(圆盘, 柱)")
    unique = False
    state_type = Hanoi
    levels: ClassVar = {
        1: Level((3, 5), (3, 5)),
        2: Level((3, 5), (6, 9)),
        3: Level((4, 5), (11, 15)),
        4: Level((5, 6), (19, 26)),
        5: Level((6, 6), (35, 50)),
    }
    reference: ClassVar = {
        1: Level((3, 3), (1, 2)),
        2: Level((3, 3), (2, 3)),
        3: Level((3, 3), (3, 5)),
        4: Level((3, 3), (5, 6)),
        5: Level((3, 3), (6, 7)),
    }

    def generate(self, parameters: Level, rng: Random) -> Hanoi:
        low, high = parameters.shortest
        disks = rng.randint(*parameters.disks)
        for _ in range(TRIES):
            sizes = sorted(rng.sample(SIZES, disks), reverse=True)
            state = _arranged(sizes, [rng.choice(PEGS) for _ in sizes])
            if low <= _left(state) <= high:
                return state
        raise exhausted(self.name, parameters, TRIES)

    def solve(self, state: Hanoi) -> str | None:
        return _written(_shortest(state))

    def verify_answer(self, state: Hanoi, answer: str) -> Verdict:
        return verdict(self, state, _read(answer), "a list of (disk, peg) is wanted")

    def start(self, state: Hanoi) -> Hanoi:
        return state

    def moves(self, position: Hanoi) -> list[Move]:
        tops = sorted(peg[-1] for peg in position.pegs if peg)
        return [(disk, peg) for disk in tops for peg in PEGS if self.after(position, (disk, peg)) is not None]

    def after(self, position: Hanoi, move: object) -> Hanoi | None:
        match move:
            case (int(disk), int(peg)) if peg in PEGS:
                source = next((pegs for pegs in position.pegs if pegs and pegs[-1] == disk), None)
            case _:
                return None
        if source is None:
            return None
        target = position.pegs[peg - 1]
        if target and target[-1] <= disk:
            return None
        return Hanoi(
            tuple(
                pegs[:-1] if pegs is source else (*pegs, disk) if place == peg else pegs
                for place, pegs in enumerate(position.pegs, 1)
            )
        )

    def won(self, position: Hanoi) -> bool:
        return not any(pegs for peg, pegs in enumerate(position.pegs, 1) if peg != GOAL)

    def left(self, position: Hanoi) -> int | None:
        return _left(position)

    def seen(self, position: Hanoi) -> JsonValue:
        return [list(peg) for peg in position.pegs]

    def draw(self, state: Hanoi) -> Canvas:
        count = sum(map(len, state.pegs))
        canvas = Canvas(672, 42 * (count + 1) + 96)
        floor = canvas.height - 52
        for peg, disks in enumerate(state.pegs, 1):
            middle = 224 * peg - 112
            canvas.rectangle((middle - 4, floor - 42 * (count + 1), middle + 4, floor), GREY)
            canvas.text((middle, floor + 30), str(peg), 28)
            for height, disk in enumerate(disks):
                half = 20 + 7 * disk
                box = (middle - half, floor - 42 * (height + 1), middle + half, floor - 42 * height)
                canvas.rectangle(box, TINTS[disk % len(TINTS)])
                canvas.frame(box, BLACK, 2)
                canvas.text((middle, floor - 42 * height - 21), str(disk), 26)
        canvas.rectangle((10, floor, 662, floor + 10), BLACK)
        return canvas

    def text(self, state: Hanoi) -> str:
        return "\n".join(
            f"peg {peg}, from the bottom up: {', '.join(map(str, disks)) or 'empty'}"
            for peg, disks in enumerate(state.pegs, 1)
        )

    def rules(self, state: Hanoi) -> Wording:
        example = _written([(4, 3), (1, 2), (4, 1)])
        return Wording(
            "Move all disks to peg 3. A disk's number is its size. Each move takes the topmost disk of a peg and puts "
            "it on top of another peg, never on a smaller disk. Pegs are numbered 1, 2, 3 from left to right. The "
            "moves need not be the fewest.\n"
            "Answer with a list of (disk, peg): the number of the disk that is moved and the peg it is moved to, in "
            f"order. The form, with moves of another puzzle:\n{example}",
            "把所有圆盘移到 3 号柱。圆盘上的数字是它的大小。每一步取某根柱最上面的圆盘，放到另一根柱的最上面，"
            "不能放在更小的圆盘上。柱从左到右编号为 1、2、3。步数不必最少。\n"
            "请按顺序写出（圆盘，柱）的列表：所移圆盘的数字和目标柱的编号。格式如下（另一道题的几步）：\n"
            f"{example}",
        )

    def reasoning(self, state: Hanoi) -> list[Step]:
        moves = _shortest(state)
        said: list[JsonValue] = [list(move) for move in moves]
        groups = [([move], f"Move disk {move[0]} to peg {move[1]}.") for move in moves]
        largest = next(disk for disk, peg in _places(state).items() if peg != GOAL)
        return [
            Step("rules", "One disk at a time, only the topmost, never on a smaller one, until all are on peg 3."),
            Step("reading", f"The disks:\n{self.text(state)}", {"moves": [], "position": self.seen(state)}),
            Step(
                "search",
                f"The largest disk that is not where it belongs is {largest}; all smaller ones must stand on the peg "
                f"that is neither its own nor peg 3 before it moves. So for each disk in turn: {len(moves)} moves.",
                {"moves": [], "left": len(moves)},
            ),
            *explored(self, state, groups),
            Step("check", "Each move took a topmost disk to a larger one or an empty peg.", {"won": said}),
            Step("answer", _written(moves), {"won": said}),
        ]

    def holds(self, state: Hanoi, claim: JsonValue) -> bool:
        return holds(self, state, claim)

    def effort(self, state: Hanoi) -> float:
        return float(_left(state))

    def guess(self, state: Hanoi, rng: Random) -> str:
        disks = [disk for peg in state.pegs for disk in peg]
        return _written([(rng.choice(disks), rng.choice(PEGS)) for _ in range(rng.randint(3, 2 ** len(disks)))])


def _arranged(sizes: list[int], pegs: list[int]) -> Hanoi:
    """Disks, the largest first, each on its peg."""
    return Hanoi(tuple(tuple(size for size, own in zip(sizes, pegs, strict=True) if own == peg) for peg in PEGS))


def _places(state: Hanoi) -> dict[int, int]:
    """The peg of each disk, the largest disk first."""
    where = {disk: peg for peg, disks in enumerate(state.pegs, 1) for disk in disks}
    return {disk: where[disk] for disk in sorted(where, reverse=True)}


def _left(state: Hanoi) -> int:
    """The fewest moves: a disk that must move does so once, and all smaller ones gather twice on their way."""
    target, left = GOAL, 0
    places = _places(state)
    for smaller, (_, peg) in zip(reversed(range(len(places))), places.items(), strict=True):
        if peg != target:
            left += 2**smaller
            target = sum(PEGS) - peg - target
    return left


def _shortest(state: Hanoi) -> list[tuple[int, int]]:
    """The moves of the shortest solution, of which there is one."""
    places = _places(state)
    disks = list(places)
    moves: list[tuple[int, int]] = []

    def gather(first: int, target: int) -> None:
        for place in range(first, len(disks)):
            disk = disks[place]
            if places[disk] != target:
                gather(place + 1, sum(PEGS) - places[disk] - target)
                moves.append((disk, target))
                places[disk] = target

    gather(0, GOAL)
    return moves


def _read(answer: str) -> list[tuple[int, int]] | None:
    """Moves in brackets, or else numbers of which each two are a move."""
    found = pairs(answer, MOST)
    if found is None and not any(character.isalpha() or character in "()[]" for character in answer):
        flat = numbers(answer, 2 * MOST)
        found = list(zip(flat[::2], flat[1::2], strict=True)) if flat and len(flat) % 2 == 0 else None
    return found or None


def _written(moves: list[tuple[int, int]]) -> str:
    return ", ".join(f"({disk}, {peg})" for disk, peg in moves)


PUZZLE = HanoiPuzzle()
