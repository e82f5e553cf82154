"""Eulero: a Graeco-Latin square, every cell with a letter and a digit.

The published levels include order 6, for which there is no such square; here the orders are 3, 4, 5, 7 and 8. Squares
come from arithmetic in a field with as many elements as the order: the letter in row i and column j is a·i + j and the
digit is b·i + j, with different a and b that are not 0. Rows, columns, letters and digits are then shuffled.
"""

import re
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cache, lru_cache
from random import Random
from typing import ClassVar

from pydantic import JsonValue

from asterism.helix import latin
from asterism.helix.canvas import BLUE, Canvas
from asterism.helix.constraints import Network, Values, count, labour, needed, solved
from asterism.helix.grid_drawing import GridDrawing
from asterism.helix.puzzle import RIGHT, Puzzle, Step, Verdict, exhausted
from asterism.helix.wording import Wording

TRIES = 20
LETTERS = "ABCDEFGH"
EMPTY = ".."
MODULI = {4: 0b111, 8: 0b1011}
"""Irreducible polynomials over GF(2), by the number of elements of the field that they give."""

_APART = re.compile(r"[\s,，、;；.。|&'\"()\[\]-]*")
_PAIR = re.compile(r"([A-Za-z])[\s_,]{0,3}(\d)(?!\d)")


@dataclass(frozen=True, slots=True)
class Eulero:
    """The cells in reading order: a letter and a digit, or ``..`` where nothing is given."""

    order: int
    cells: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Level:
    """Cells of a side, and the fewest and most givens."""

    order: int
    fewest: int
    most: int


class EuleroPuzzle(Puzzle[Eulero]):
    """Graeco-Latin square with one solution."""

    name = "eulero"
    title = Wording("Eulero", "欧拉方阵（Eulero）")
    category = "puzzles"
    form = "grid"
    unique = True
    state_type = Eulero
    levels: ClassVar = {
        1: Level(3, 3, 4),
        2: Level(4, 4, 5),
        3: Level(5, 6, 7),
        4: Level(7, 17, 19),
        5: Level(8, 20, 23),
    }

    def generate(self, parameters: Level, rng: Random) -> Eulero:
        order = parameters.order
        for _ in range(TRIES):
            solution = _square(order, rng)
            wanted = rng.randint(parameters.fewest, parameters.most)
            given = needed(_rules(order), solution, wanted, rng)
            if len(given) <= parameters.most:
                pairs = _pairs(order)
                return Eulero(order, tuple(pairs[v] if cell in given else EMPTY for cell, v in enumerate(solution)))
        raise exhausted(self.name, parameters, TRIES)

    def solve(self, state: Eulero) -> str | None:
        found = _solution(state)
        return latin.written((_pairs(state.order)[value] for value in found), state.order) if found else None

    def count(self, state: Eulero) -> int:
        return count(_network(state))

    def verify_answer(self, state: Eulero, answer: str) -> Verdict:
        order = state.order
        cells = [letter.upper() + digit for letter, digit in _PAIR.findall(answer)]
        if len(cells) != order * order or not _APART.fullmatch(_PAIR.sub(" ", answer)):
            return Verdict("form", f"{order * order} pairs of a letter and a digit are wanted")
        if any(given not in (EMPTY, own) for given, own in zip(state.cells, cells, strict=True)):
            return Verdict("rule", "a given pair was changed")
        for kind, symbols in enumerate((LETTERS[:order], [str(digit + 1) for digit in range(order)])):
            for name, line in latin.lines(order):
                if sorted(cells[cell][kind] for cell in line) != sorted(symbols):
                    return Verdict("rule", f"{name.lower()} does not hold every {('letter', 'digit')[kind]} once")
        if len(set(cells)) < len(cells):
            return Verdict("rule", "a pair occurs twice")
        return RIGHT

    def draw(self, state: Eulero) -> Canvas:
        board = GridDrawing.of(state.order, state.order)
        board.lines()
        for cell, given in enumerate(state.cells):
            if given != EMPTY:
                board.write(divmod(cell, state.order), given, round(board.side * 0.48), BLUE)
        return board.canvas

    def text(self, state: Eulero) -> str:
        return latin.written(state.cells, state.order)

    def rules(self, state: Eulero) -> Wording:
        order, last = state.order, LETTERS[state.order - 1]
        example = latin.written((_pairs(order)[value] for value in _example(state)), order)
        return Wording(
            f"Fill every empty cell of the {order} × {order} grid with a pair of a letter from A to {last} and a digit "
            f"from 1 to {order}. Each row and each column must hold every letter once and every digit once, and each "
            f"of the {order * order} pairs must occur once in the grid. Given pairs stay; in text two dots are an "
            "empty cell. There is one solution.\n"
            f"Answer with all pairs: {order} lines from top to bottom, the {order} pairs of a line from left to right "
            f"with spaces between them. The form, with the solution of another puzzle:\n{example}",
            f"在 {order} × {order} 的网格的每个空格中填入一个由字母（A 到 {last}）和数字（1 到 {order}）组成的组合。"
            "每行、每列中每个字母恰好出现一次，每个数字恰好出现一次；"
            f"全部 {order * order} 种组合在整个网格中各出现一次。"
            "已给出的组合不可更改；文字形式中两个点表示空格。解是唯一的。\n"
            f"请回答全部组合：从上到下共 {order} 行，每行从左到右 {order} 个组合，用空格隔开。"
            f"格式如下（另一道题的解）：\n{example}",
        )

    def reasoning(self, state: Eulero) -> list[Step]:
        rules = (
            f"Each row and column must hold every letter from A to {LETTERS[state.order - 1]} and every digit from 1 "
            f"to {state.order} once, and every pair occurs once."
        )
        return latin.reasoning(self, state, _network(state), rules, "The grid, two dots for an empty cell:")

    def holds(self, state: Eulero, claim: JsonValue) -> bool:
        return latin.holds(self, state, _network(state), _solution(state), claim)

    def effort(self, state: Eulero) -> float:
        return labour(_network(state))

    def guess(self, state: Eulero, rng: Random) -> str:
        missing = sorted(set(_pairs(state.order)) - set(state.cells))
        rng.shuffle(missing)
        return latin.written((missing.pop() if cell == EMPTY else cell for cell in state.cells), state.order)

    def thinned(self, state: Eulero, rng: Random) -> Iterator[Eulero]:
        given = [place for place, cell in enumerate(state.cells) if cell != EMPTY]
        for place in rng.sample(given, len(given)):
            yield Eulero(state.order, (*state.cells[:place], EMPTY, *state.cells[place + 1 :]))


@cache
def _pairs(order: int) -> tuple[str, ...]:
    """How each value is written: its letter is the value divided by the order, its digit the remainder."""
    return tuple(f"{letter}{digit + 1}" for letter in LETTERS[:order] for digit in range(order))


@cache
def _rules(order: int) -> Network:
    """The rules of a grid in which nothing is given."""
    units = {
        f"place for {pair}": [(cell, value) for cell in range(order * order)]
        for value, pair in enumerate(_pairs(order))
    }
    for name, cells in latin.lines(order):
        for each in range(order):
            with_letter = [(cell, order * each + digit) for cell in cells for digit in range(order)]
            with_digit = [(cell, order * letter + each) for cell in cells for letter in range(order)]
            units[f"place for {LETTERS[each]} in {name.lower()}"] = with_letter
            units[f"place for {each + 1} in {name.lower()}"] = with_digit
    return Network.of(latin.spots(order, order), _pairs(order), units)


@lru_cache(16)
def _network(state: Eulero) -> Network:
    number = {pair: value for value, pair in enumerate(_pairs(state.order))}
    known = ((place, number[cell]) for place, cell in enumerate(state.cells) if cell != EMPTY)
    return _rules(state.order).knowing(known)


@lru_cache(16)
def _solution(state: Eulero) -> Values | None:
    return solved(_network(state))


def _square(order: int, rng: Random) -> Values:
    """A Graeco-Latin square at random, of an order that is a power of 2 or an odd prime."""
    a, b = rng.sample(range(1, order), 2)
    rows, columns, letters, digits = (rng.sample(range(order), order) for _ in range(4))
    return tuple(
        order * letters[_sum(_product(a, row, order), column, order)]
        + digits[_sum(_product(b, row, order), column, order)]
        for row in rows
        for column in columns
    )


def _sum(a: int, b: int, order: int) -> int:
    return a ^ b if order in MODULI else (a + b) % order


def _product(a: int, b: int, order: int) -> int:
    """The product in the field; of a power of 2, that of polynomials whose coefficients are bits."""
    if order not in MODULI:
        return a * b % order
    product = 0
    while b:
        product ^= a if b & 1 else 0
        a, b = a << 1, b >> 1
        a ^= MODULI[order] if a & order else 0
    return product


def _example(state: Eulero) -> Values:
    """A Graeco-Latin square of the order that does not solve the puzzle."""
    return next(each for seed in range(9) if (each := _square(state.order, Random(seed))) != _solution(state))


PUZZLE = EuleroPuzzle()
