"""Skyscrapers: a Latin square of heights, with clues that count the towers seen from outside.

The published levels begin at 3 × 3, where a random Latin square is right once in twelve, and give all clues, which at
6 × 6 and 7 × 7 mostly do not suffice. Here squares are chosen that their clues determine; then clues are left out.
The fourth level has the size of the third, with fewer clues and only puzzles in which values have to be tried.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from functools import cache, lru_cache
from itertools import permutations
from math import log
from random import Random
from typing import ClassVar

from pydantic import JsonValue

from asterism.helix import latin
from asterism.helix.canvas import BLUE, Canvas
from asterism.helix.constraints import Network, Table, Values, Ways, count, doubt, labour, other, solved, trials
from asterism.helix.grid_drawing import GridDrawing
from asterism.helix.puzzle import RIGHT, Puzzle, Step, Verdict, exhausted
from asterism.helix.wording import Wording

TRIES = 60
CHANGES = 150
"""Exchanges of two rows, columns or heights that are tried on it."""
NEARLY = 20
"""Open choices at which it is worth while to ask whether there is another solution."""
SIDES = ("top", "bottom", "left", "right")


@dataclass(frozen=True, slots=True)
class Skyscrapers:
    """How many towers are seen, 0 where it is not said; ``top`` and ``bottom`` from left to right, others downwards."""

    top: Values
    bottom: Values
    left: Values
    right: Values


@dataclass(frozen=True, slots=True)
class Level:
    """Cells of a side, how many clues there are, and how many values a search has to try at least.

    ``choice``: squares of which the one is taken whose clues tell most. Of small squares few tell much, and were it
    always one of these, it could be guessed.
    """

    size: int
    clues: int
    trials: int = 0
    choice: int = 60


class SkyscrapersPuzzle(Puzzle[Skyscrapers]):
    """Skyscrapers with one solution."""

    name = "skyscrapers"
    title = Wording("Skyscrapers", "摩天楼")
    category = "puzzles"
    form = "grid"
    unique = True
    state_type = Skyscrapers
    levels: ClassVar = {
        1: Level(4, 13, choice=6),
        2: Level(5, 16),
        3: Level(6, 18),
        4: Level(6, 11, 2),
        5: Level(7, 18),
    }
    reference: ClassVar = {1: Level(3, 12), 2: Level(4, 16), 3: Level(5, 20), 4: Level(6, 24), 5: Level(7, 28)}

    def generate(self, parameters: Level, rng: Random) -> Skyscrapers:
        size = parameters.size
        for _ in range(TRIES):
            square = _telling(size, parameters.choice, rng)
            if square is not None:
                state = _blanked(_clued(square, size), square, parameters.clues, rng)
                enough = sum(clue > 0 for clues in _clues(state) for clue in clues) == parameters.clues
                if enough and trials(_network(state)) >= parameters.trials:
                    return state
        raise exhausted(self.name, parameters, TRIES)

    def solve(self, state: Skyscrapers) -> str | None:
        found = _solution(state)
        return latin.written((value + 1 for value in found), len(state.top)) if found else None

    def count(self, state: Skyscrapers) -> int:
        return count(_network(state))

    def verify_answer(self, state: Skyscrapers, answer: str) -> Verdict:
        size = len(state.top)
        values = latin.digit_grid(answer, size, size)
        if values is None:
            return Verdict("form", f"{size} lines of {size} numbers are wanted")
        if repeated := latin.repetition(values, size):
            return Verdict("rule", repeated)
        for side, clues, own in zip(SIDES, _clues(state), _clues(_clued(values, size)), strict=True):
            for place, (clue, seen) in enumerate(zip(clues, own, strict=True), 1):
                if clue not in (0, seen):
                    return Verdict("rule", f"{seen} towers are seen from the {side} at clue {place}, not {clue}")
        return RIGHT

    def draw(self, state: Skyscrapers) -> Canvas:
        size = len(state.top)
        board = GridDrawing.of(size, size, margins=(1.3, 1.3, 1.3, 1.3))
        board.lines()
        for side, clues in zip(SIDES, _clues(state), strict=True):
            board.beside((clue or " " for clue in clues), side, colour=BLUE)
        return board.canvas

    def text(self, state: Skyscrapers) -> str:
        return "\n".join(
            f"{side}: {' '.join(str(clue or '.') for clue in clues)}"
            for side, clues in zip(SIDES, _clues(state), strict=True)
        )

    def rules(self, state: Skyscrapers) -> Wording:
        size = len(state.top)
        example = latin.example(size, _solution(state))
        return Wording(
            f"Fill the {size} × {size} grid with the heights 1 to {size} of towers, so that each row and each column "
            "holds every height once. A number outside the grid says how many towers are seen from there along its "
            "row or column: a tower is seen unless a higher one stands before it. Where no number stands, nothing is "
            "said. In text the clues at the top and bottom are from left to right, those at the left and right from "
            "top to bottom, and a dot is no clue. There is one solution.\n"
            f"Answer with the heights without the clues: {size} lines from top to bottom, the {size} heights of a line "
            f"from left to right with spaces between them. The form, with the solution of another puzzle:\n{example}",
            f"在 {size} × {size} 的网格中填入楼的高度 1 到 {size}，使每行、每列中每个高度恰好出现一次。"
            "网格外的数字表示从该处沿所在的行或列看去能看到几座楼：一座楼只有在前面没有更高的楼时才能被看到。"
            "没有数字的地方没有限制。文字形式中，上方（top）和下方（bottom）的提示从左到右排列，"
            "左侧（left）和右侧（right）的提示从上到下排列，点号表示没有提示。解是唯一的。\n"
            f"请只回答高度，不写提示：从上到下共 {size} 行，每行从左到右 {size} 个数字，用空格隔开。"
            f"格式如下（另一道题的解）：\n{example}",
        )

    def reasoning(self, state: Skyscrapers) -> list[Step]:
        rules = (
            f"Each row and column must hold the heights 1 to {len(state.top)} once; a clue counts the towers that no "
            "higher one hides."
        )
        return latin.reasoning(self, state, _network(state), rules, "The clues, a dot where there is none:")

    def holds(self, state: Skyscrapers, claim: JsonValue) -> bool:
        return latin.holds(self, state, _network(state), _solution(state), claim)

    def effort(self, state: Skyscrapers) -> float:
        return labour(_network(state))

    def guess(self, state: Skyscrapers, rng: Random) -> str:
        return latin.written(latin.shuffled_rows(len(state.top), rng), len(state.top))

    def thinned(self, state: Skyscrapers, rng: Random) -> Iterator[Skyscrapers]:
        given = [(side, place) for side, clues in enumerate(_clues(state)) for place, clue in enumerate(clues) if clue]
        for side, place in rng.sample(given, len(given)):
            yield _without(state, side, place)


@dataclass(frozen=True, slots=True)
class Sights:
    """The ways to fill a line, the bits of those that show a number of towers from the first cell and from the last."""

    ways: Ways
    first: Values
    last: Values
    vagueness: dict[Values, float]
    """For each way, the logarithm of how many show the same two numbers."""


@cache
def _sights(size: int) -> Sights:
    lines = list(permutations(range(size)))
    first, last = [(1 << len(lines)) - 1] + [0] * size, [(1 << len(lines)) - 1] + [0] * size
    for bit, line in enumerate(lines):
        first[_seen(line)] |= 1 << bit
        last[_seen(line[::-1])] |= 1 << bit
    vagueness = {line: log((first[_seen(line)] & last[_seen(line[::-1])]).bit_count()) for line in lines}
    return Sights(Ways.of(lines, size), tuple(first), tuple(last), vagueness)


@lru_cache(16)
def _network(state: Skyscrapers) -> Network:
    size = len(state.top)
    sights, tables = _sights(size), []
    starts, ends = (*state.left, *state.top), (*state.right, *state.bottom)
    for (name, cells), start, end in zip(latin.lines(size), starts, ends, strict=True):
        if start or end:
            said = " and ".join(
                f"{clue or 'no clue'} {where}" for clue, where in zip((start, end), _ENDS[name[0]], strict=True)
            )
            fits = sights.first[start] & sights.last[end]
            tables.append(Table.of(f"{name} with {said}", cells, sights.ways, fits))
    return replace(latin.square(size), tables=tuple(tables))


_ENDS = {"R": ("at the left", "at the right"), "C": ("at the top", "at the bottom")}


@lru_cache(16)
def _solution(state: Skyscrapers) -> Values | None:
    return solved(_network(state))


def _telling(size: int, choice: int, rng: Random) -> Values | None:
    """A Latin square that its clues determine: one whose clues tell much, with lines exchanged until they do.

    None where they do not after as many exchanges as are tried.
    """
    base, vagueness = latin.random_square(size, rng), _sights(size).vagueness
    everything = [range(size)] * 3
    squares = [_arranged(base, *(rng.sample(each, size) for each in everything)) for _ in range(choice)]
    square = min(squares, key=lambda each: sum(vagueness[line] for line in _lines(each, size)))
    network = _network(_clued(square, size))
    left = doubt(network)
    for _ in range(CHANGES):
        if left <= NEARLY and other(network, square) is None:
            return square
        orders = [list(each) for each in everything]
        order, (a, b) = rng.choice(orders), rng.sample(range(size), 2)
        order[a], order[b] = order[b], order[a]
        changed = _arranged(square, *orders)
        trial = _network(_clued(changed, size))
        open_choices = doubt(trial)
        if open_choices <= left:
            square, network, left = changed, trial, open_choices
    return None


def _arranged(square: Values, rows: Sequence[int], columns: Sequence[int], heights: Sequence[int]) -> Values:
    """The square with its rows, columns and heights in other orders."""
    size = len(rows)
    return tuple(heights[square[row * size + column]] for row in rows for column in columns)


def _lines(values: Sequence[int], size: int) -> list[Values]:
    """What stands in each row, and then in each column."""
    return [tuple(values[cell] for cell in cells) for _, cells in latin.lines(size)]


def _clued(values: Sequence[int], size: int) -> Skyscrapers:
    """All clues of a square."""
    lines = _lines(values, size)
    starts, ends = [_seen(line) for line in lines], [_seen(line[::-1]) for line in lines]
    return Skyscrapers(tuple(starts[size:]), tuple(ends[size:]), tuple(starts[:size]), tuple(ends[:size]))


def _blanked(state: Skyscrapers, square: Values, wanted: int, rng: Random) -> Skyscrapers:
    """The puzzle with clues left out while its solution stays the only one, until as many as wanted are left."""
    size = len(state.top)
    left = 4 * size
    for clue in rng.sample(range(4 * size), 4 * size):
        if left == wanted:
            break
        without = _without(state, *divmod(clue, size))
        if other(_network(without), square) is None:
            state, left = without, left - 1
    return state


def _without(state: Skyscrapers, side: int, place: int) -> Skyscrapers:
    clues = list(_clues(state))
    clues[side] = (*clues[side][:place], 0, *clues[side][place + 1 :])
    return Skyscrapers(*clues)


def _clues(state: Skyscrapers) -> tuple[Values, Values, Values, Values]:
    """The clues in the order of :data:`SIDES`."""
    return state.top, state.bottom, state.left, state.right


def _seen(line: Sequence[int]) -> int:
    """How many towers are seen from before the first."""
    return sum(height > max(line[:place], default=-1) for place, height in enumerate(line))


PUZZLE = SkyscrapersPuzzle()
