"""Numbrix: a path of consecutive numbers from cell to neighbouring cell through a whole grid."""

from collections.abc import Iterator
from dataclasses import dataclass
from functools import lru_cache
from random import Random
from typing import ClassVar

from pydantic import JsonValue

from asterism.helix.answer_readers import number_grid
from asterism.helix.bitboard import Bitboard, adjacent, bitboard, singles
from asterism.helix.canvas import BLUE, Canvas
from asterism.helix.grid_drawing import GridDrawing
from asterism.helix.puzzle import RIGHT, Puzzle, Step, Verdict, exhausted
from asterism.helix.wording import Wording

TRIES = 30

Values = tuple[int, ...]
"""The numbers in reading order, 0 where a cell is empty."""
Places = list[int]
"""For each number from 1 on, the set of cells in which it may stand."""


@dataclass(frozen=True, slots=True)
class Numbrix:
    """``side`` × ``side`` cells: the givens in reading order, 0 where a cell is empty."""

    side: int
    givens: Values


@dataclass(frozen=True, slots=True)
class Level:
    """The side of the grid, and the share of its cells that are emptied."""

    side: int
    emptied: float = 0.55


class NumbrixPuzzle(Puzzle[Numbrix]):
    """Numbrix with one solution that fills the grid."""

    name = "numbrix"
    title = Wording("Numbrix", "数字连线 (Numbrix)")
    category = "puzzles"
    form = "grid"
    unique = True
    state_type = Numbrix
    levels: ClassVar = {level: Level(side) for level, side in zip((1, 2, 3, 4, 5), (4, 5, 6, 7, 8), strict=True)}

    def generate(self, parameters: Level, rng: Random) -> Numbrix:
        cells = parameters.side**2
        for _ in range(TRIES):
            path = _walk(parameters.side, rng)
            state = _dug(path, parameters.side, round(cells * parameters.emptied), rng)
            if state is not None and path != _serpentine(parameters.side):  # the example
                return state
        raise exhausted(self.name, parameters, TRIES)

    def solve(self, state: Numbrix) -> str | None:
        values = _solution(state)
        return _written(values, state.side) if values else None

    def count(self, state: Numbrix) -> int:
        return sum(1 for _, _ in zip(range(2), _solutions(_open_places(state), state.side), strict=False))

    def verify_answer(self, state: Numbrix, answer: str) -> Verdict:
        side = state.side
        rows = number_grid(answer, side, side)
        if rows is None:
            return Verdict("form", f"{side} lines of {side} numbers are wanted")
        values = tuple(value for row in rows for value in row)
        if any(given not in (0, value) for given, value in zip(state.givens, values, strict=True)):
            return Verdict("rule", "a given number was changed")
        if set(values) != set(range(1, side * side + 1)):
            return Verdict("rule", f"not every number from 1 to {side * side} occurs once")
        place = {value: divmod(at, side) for at, value in enumerate(values)}
        for number in range(1, side * side):
            if not adjacent(place[number], place[number + 1]):
                return Verdict("rule", f"{number} and {number + 1} do not stand side by side")
        return RIGHT

    def draw(self, state: Numbrix) -> Canvas:
        board = GridDrawing.of(state.side, state.side)
        board.lines()
        for at, number in enumerate(state.givens):
            if number:
                board.write(divmod(at, state.side), str(number), colour=BLUE)
        return board.canvas

    def text(self, state: Numbrix) -> str:
        return _written(state.givens, state.side).replace("|0|", "|.|").replace("|0|", "|.|")

    def rules(self, state: Numbrix) -> Wording:
        side, last = state.side, state.side**2
        example = _written(_serpentine(side), side)
        return Wording(
            f"Fill every empty cell of the {side} × {side} grid, so that the grid holds each number from 1 to {last} "
            "once and any two consecutive numbers stand in cells that share a side (not only a corner): the numbers "
            "form one path through all cells. Given numbers stay. There is one solution.\n"
            f"Answer with the whole grid: {side} lines from top to bottom, in each the numbers from left to right, "
            f"between vertical bars. The form, with the solution of another instance:\n{example}",
            f"在 {side} × {side} 的网格的每个空格中填入数字，使 1 到 {last} 每个数恰好出现一次，"
            "并且任意两个相邻的数（如 3 和 4）所在的格子有一条公共边（仅有公共顶点不算）："
            "所有数连成一条经过全部格子的路径。已给出的数不可更改。解是唯一的。\n"
            f"请回答整个网格：从上到下共 {side} 行，每行从左到右，数字写在竖线之间。"
            f"格式如下（另一题的解）：\n{example}",
        )

    def reasoning(self, state: Numbrix) -> list[Step]:
        solution = _solution(state) or ()
        solved: JsonValue = {"solved": list(solution)}
        return [
            Step(
                "rules",
                f"The numbers 1 to {state.side**2} form one path from cell to neighbouring cell that fills the grid; "
                "the givens stay. I write (row, column), both counted from 1 at the top left.",
            ),
            Step("reading", f"The grid, row by row:\n{self.text(state)}", {"grid": list(state.givens)}),
            *_search(state, solution),
            Step("check", "Every number stands beside the one before it and the one after it.", solved),
            Step("answer", _written(solution, state.side), solved),
        ]

    def holds(self, state: Numbrix, claim: JsonValue) -> bool:
        match claim:
            case None:
                return True
            case {"grid": list(grid)}:
                return tuple(grid) == state.givens
            case {"solved": list(grid)}:
                return self.verify_answer(state, " ".join(map(str, grid))).right
            case {"cell": [int(row), int(column)], "value": value, "is": bool(verdict)}:
                inside = 1 <= row <= state.side and 1 <= column <= state.side
                solution = _solution(state)
                return (
                    inside and bool(solution) and (solution[state.side * (row - 1) + column - 1] == value) == verdict  # type: ignore[index]
                )
        return False

    def effort(self, state: Numbrix) -> float:
        return float(state.givens.count(0) + 10 * _guesses(state))

    def guess(self, state: Numbrix, rng: Random) -> str:
        missing = sorted(set(range(1, state.side**2 + 1)) - set(state.givens))
        rng.shuffle(missing)
        return _written(tuple(given or missing.pop() for given in state.givens), state.side)

    def thinned(self, state: Numbrix, rng: Random) -> Iterator[Numbrix]:
        places = [at for at, given in enumerate(state.givens) if given]
        for at in rng.sample(places, len(places)):
            yield Numbrix(state.side, _with(state.givens, at, 0))


def _walk(side: int, rng: Random) -> Values:
    """A path through every cell at random: an end is joined to a neighbour, and the loop that arises is cut open."""
    field = bitboard(side, side)
    path = [divmod(at, side) for at, _ in sorted(enumerate(_serpentine(side)), key=lambda pair: pair[1])]
    for _ in range(6 * side * side):
        if rng.random() < 0.5:
            path.reverse()
        joined = rng.choice(field.cells(field.beside(field.bit(path[0]))))
        at = path.index(joined)
        path[:at] = reversed(path[:at])
    number = {cell: place + 1 for place, cell in enumerate(path)}
    return tuple(number[divmod(at, side)] for at in range(side * side))


def _serpentine(side: int) -> Values:
    """Left to right, right to left, and so on down."""
    rows = [range(row * side + 1, row * side + side + 1) for row in range(side)]
    return tuple(number for row, numbers in enumerate(rows) for number in (numbers if row % 2 == 0 else numbers[::-1]))


def _dug(solution: Values, side: int, empty: int, rng: Random) -> Numbrix | None:
    """A solved grid with cells emptied while its solution stays the only one; None where too few can be."""
    values, left = solution, empty
    field = bitboard(side, side)
    for at in rng.sample(range(side * side), side * side):
        if not left:
            break
        without = _with(values, at, 0)
        places = _open_places(Numbrix(side, without))
        places[values[at] - 1] &= ~field.bit(divmod(at, side))
        if next(_solutions(places, side), None) is None:
            values, left = without, left - 1
    return None if left else Numbrix(side, values)


@lru_cache(maxsize=64)
def _solution(state: Numbrix) -> Values | None:
    return next(_solutions(_open_places(state), state.side), None)


def _open_places(state: Numbrix) -> Places:
    """Given numbers in their cells, the others wherever a cell is empty."""
    field = bitboard(state.side, state.side)
    empty, places = 0, [0] * state.side**2
    for at, given in enumerate(state.givens):
        bit = field.bit(divmod(at, state.side))
        if given:
            places[given - 1] |= bit
        else:
            empty |= bit
    return [place or empty for place in places]


def _solutions(places: Places, side: int) -> Iterator[Values]:
    """All solutions: the number with the fewest places is tried in each, and what follows is taken away.

    With sets of cells as whole numbers, one such search takes about a millisecond; digging needs one for each cell.
    """
    field = bitboard(side, side)
    places = list(places)
    if not _narrowed(places, field):
        return
    number = _narrowest(places)
    if number is None:
        at = {place: number + 1 for number, place in enumerate(places)}
        yield tuple(at[field.bit((row, column))] for row in range(side) for column in range(side))
        return
    for bit in singles(places[number]):
        yield from _solutions([*places[:number], bit, *places[number + 1 :]], side)


def _narrowest(places: Places) -> int | None:
    """The number, from 0, with the fewest places of those with several."""
    several = [number for number, place in enumerate(places) if place & (place - 1)]
    return min(several, key=lambda number: places[number].bit_count()) if several else None


def _narrowed(places: Places, field: Bitboard) -> bool:
    """Take away places until nothing changes; False where a number or a cell has nothing left."""
    before: Places = []
    while before != places:
        before = list(places)
        if not (_beside_the_last(places, field) and _each_alone(places) and _only_ones(places, field)):
            return False
    return True


def _beside_the_last(places: Places, field: Bitboard) -> bool:
    """Each number may stand only beside a place of the one before it and of the one after it."""
    for number in range(1, len(places)):
        places[number] &= field.beside(places[number - 1])
    for number in range(len(places) - 1, 0, -1):
        places[number - 1] &= field.beside(places[number])
    return all(places)


def _each_alone(places: Places) -> bool:
    """No other number stands where one is settled."""
    settled = 0
    for place in places:
        if not place & (place - 1):
            if settled & place:
                return False
            settled |= place
    for number, place in enumerate(places):
        if place & (place - 1):
            places[number] = place & ~settled
    return all(places)


def _only_ones(places: Places, field: Bitboard) -> bool:
    """A cell that only one number can fill holds it."""
    once = twice = 0
    for place in places:
        twice |= once & place
        once |= place
    if once != field.full:
        return False
    lone = once & ~twice
    for number, place in enumerate(places):
        own = place & lone
        if own:
            if own & (own - 1):
                return False
            places[number] = own
    return True


def _search(state: Numbrix, solution: Values) -> list[Step]:
    """Number by number; what can only be told by trying shows the place that fails, and one is shown at least."""
    steps: list[Step] = []
    values, shown = state.givens, False
    while 0 in values:
        places = _near_places(Numbrix(state.side, values))
        number, reason = _next(values, places, state.side)
        at = solution.index(number)
        wrong = _wrong_place(places, solution, state.side) if not shown and len(steps) >= 2 else None
        if not reason:
            wrong = _wrong_place(places, solution, state.side, number)
        if wrong:
            shown = True
            steps.append(_rejected(*wrong))
        why = reason or "of its places only this one lets the path go on to the end"
        row, column = at // state.side + 1, at % state.side + 1
        steps.append(
            Step(
                "search",
                f"{number} stands at ({row}, {column}): {why}.",
                {"cell": [row, column], "value": number, "is": True},
            )
        )
        values = _with(values, at, number)
    return steps


def _near_places(state: Numbrix) -> Places:
    """Where each number may stand by the placed ones before and after it alone."""
    places, field = _open_places(state), bitboard(state.side, state.side)
    _beside_the_last(places, field)
    _beside_the_last(places, field)
    return places


def _next(values: Values, places: Places, side: int) -> tuple[int, str]:
    """A number that can be placed, and why; no reason where it must be tried."""
    missing = [number for number in range(1, side * side + 1) if number not in values]
    for number in missing:
        if not places[number - 1] & (places[number - 1] - 1):
            return number, f"no other empty cell {_between(values, number, side)}"
    field = bitboard(side, side)
    for at, value in enumerate(values):
        fitting = [number for number in missing if places[number - 1] & field.bit(divmod(at, side))]
        if not value and len(fitting) == 1:
            return fitting[0], "no other missing number can be reached there"
    narrowed = list(places)
    _narrowed(narrowed, field)
    for number in missing:
        if not narrowed[number - 1] & (narrowed[number - 1] - 1):
            return number, "its other places would leave some number without a neighbour or some cell without a number"
    return min(missing, key=lambda number: narrowed[number - 1].bit_count()), ""


def _between(values: Values, number: int, side: int) -> str:
    """What a number must be near."""
    before = max((value for value in values if 0 < value < number), default=0)
    after = min((value for value in values if value > number), default=0)
    near = [
        f"within {abs(number - value)} of {value}" if abs(number - value) > 1 else f"beside {value}"
        for value in (before, after)
        if value
    ]
    return "lies " + " and ".join(near) if near else "is left"


def _wrong_place(places: Places, solution: Values, side: int, number: int | None = None) -> tuple[int, int, int] | None:
    """A number, and the row and column (from 1) of a place that looks possible for it and is not."""
    field = bitboard(side, side)
    open_numbers = [at + 1 for at, place in enumerate(places) if place & (place - 1)]
    for each in [number] if number else sorted(open_numbers, key=lambda one: places[one - 1].bit_count()):
        for row, column in field.cells(places[each - 1]):
            if solution[row * side + column] != each:
                return each, row + 1, column + 1
    return None


def _rejected(number: int, row: int, column: int) -> Step:
    text = (
        f"Suppose {number} stood at ({row}, {column}), which is empty and near enough to the numbers around it. "
        "Going on from there, some number or cell is left over, so it does not."
    )
    return Step("search", text, {"cell": [row, column], "value": number, "is": False})


def _guesses(state: Numbrix) -> int:
    """How many numbers must be tried where nothing more follows."""
    places, field, guesses = _open_places(state), bitboard(state.side, state.side), 0
    solution = _solution(state) or ()
    while _narrowed(places, field) and (number := _narrowest(places)) is not None:
        places[number] = field.bit(divmod(solution.index(number + 1), state.side))
        guesses += 1
    return guesses


def _with(values: Values, at: int, number: int) -> Values:
    return (*values[:at], number, *values[at + 1 :])


def _written(values: Values, side: int) -> str:
    rows = (values[start : start + side] for start in range(0, side * side, side))
    return "\n".join(f"|{'|'.join(map(str, row))}|" for row in rows)


PUZZLE = NumbrixPuzzle()
