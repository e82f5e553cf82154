"""CryptoMath: an addition of words in which every letter stands for a digit of its own.

Most such sums have several solutions, as the published ones do; none is promised to be the only one, and any is right.
Three short words can be as easy as two long ones, so the levels also bound what a search comes by.
"""

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from functools import lru_cache
from itertools import permutations
from math import inf
from random import Random
from typing import ClassVar

import numpy as np
from numpy.typing import NDArray
from pydantic import JsonValue

from asterism.helix.canvas import BLACK, BLUE, PURPLE, RED, TINTS, Canvas
from asterism.helix.puzzle import RIGHT, Puzzle, Step, Verdict, exhausted
from asterism.helix.wording import Wording

LETTERS = "ABCDEFGHKLMNPRSTUVWXYZ"
"""All but I, J, O and Q, which may be taken for a digit or for one another."""
TRIES = 1_000

_APART = re.compile(r"[\s,，、;；.。|&'\"()\[\]{}-]*")
_PAIR = re.compile(r"([A-Za-z])['\"]?\s{0,4}(?:=|:|->|→|\bis\b)\s{0,4}['\"]?(\d)(?!\d)['\"]?")

Digits = dict[str, int]


@dataclass(frozen=True, slots=True)
class Cryptogram:
    """The words to be added, from top to bottom, and their sum."""

    terms: tuple[str, ...]
    total: str


@dataclass(frozen=True, slots=True)
class Level:
    """How many words are added, how long they are, how long their sum is, and the effort, from and to."""

    terms: int
    length: int
    total: int
    effort: tuple[float, float] = (0, inf)


class CryptoMath(Puzzle[Cryptogram]):
    """A cryptarithm; any solution is accepted."""

    name = "crypto_math"
    title = Wording("CryptoMath", "字母算式")
    category = "algorithms"
    form = "letters"
    unique = False
    state_type = Cryptogram
    levels: ClassVar = {
        1: Level(2, 3, 4, (0, 1_800)),
        2: Level(2, 4, 5, (2_200, 4_800)),
        3: Level(3, 3, 4, (5_500, 8_500)),
        4: Level(3, 4, 5, (11_000, 20_000)),
        5: Level(3, 5, 6, (27_000, inf)),
    }
    reference: ClassVar = {
        1: Level(2, 3, 4),
        2: Level(2, 4, 5),
        3: Level(3, 3, 4),
        4: Level(3, 4, 5),
        5: Level(3, 5, 6),
    }

    def generate(self, parameters: Level, rng: Random) -> Cryptogram:
        for _ in range(TRIES):
            least = 10 ** (parameters.length - 1)
            numbers = [rng.randrange(least, 10 * least) for _ in range(parameters.terms)]
            written = [str(number) for number in (*numbers, sum(numbers))]
            digits = sorted(set("".join(written)))
            if len(written[-1]) != parameters.total:
                continue
            names = str.maketrans(dict(zip(digits, rng.sample(LETTERS, len(digits)), strict=True)))
            *terms, total = (word.translate(names) for word in written)
            state = Cryptogram(tuple(terms), total)
            if parameters.effort[0] <= self.effort(state) <= parameters.effort[1]:
                return state
        raise exhausted(self.name, parameters, TRIES)

    def solve(self, state: Cryptogram) -> str | None:
        solution = next(iter(_solutions(state)), None)
        return _written(solution) if solution else None

    def verify_answer(self, state: Cryptogram, answer: str) -> Verdict:
        found = [(letter.upper(), int(digit)) for letter, digit in _PAIR.findall(answer)]
        digits = dict(found)
        if not _APART.fullmatch(_PAIR.sub(" ", answer)):
            return Verdict("form", "only letters with their digits are wanted, as in A=5")
        if len(found) != len(digits) or set(digits) != set(_letters(state)):
            return Verdict("form", f"each of {', '.join(_letters(state))} is to have one digit")
        if len(set(digits.values())) != len(digits):
            return Verdict("rule", "two letters have the same digit")
        if any(not digits[word[0]] for word in _words(state)):
            return Verdict("rule", "a word begins with 0")
        *terms, total = (_number(word, digits) for word in _words(state))
        return RIGHT if sum(terms) == total else Verdict("rule", f"{_sum(terms, sum(terms))}, not {total}")

    def draw(self, state: Cryptogram) -> Canvas:
        side, edge = 64, 24
        columns = len(state.total) + 1
        across, down = columns * side, (len(state.terms) + 1) * side + 18
        scale = max(1.0, 480 / (max(across, down) + 2 * edge))
        side, edge = round(side * scale), round(edge * scale)
        canvas = Canvas(columns * side + 2 * edge, (len(state.terms) + 1) * side + 2 * edge + 18)
        for row, word in enumerate(_words(state)):
            top = edge + row * side + 18 * (row == len(state.terms))
            for place, letter in enumerate(word):
                left = edge + (columns - len(word) + place) * side
                tint = TINTS[_letters(state).index(letter) % len(TINTS)]
                canvas.rectangle((left + 3, top + 3, left + side - 3, top + side - 3), tint)
                colour = (BLACK, BLUE, RED, PURPLE)[_letters(state).index(letter) // len(TINTS)]
                canvas.text((left + side / 2, top + side / 2), letter, round(side * 0.6), colour)
        line = edge + len(state.terms) * side + 9
        canvas.line((edge, line), (edge + columns * side, line), BLACK, 4)
        canvas.text((edge + side * 0.4, line - 9 - side / 2), "+", round(side * 0.6))
        return canvas

    def text(self, state: Cryptogram) -> str:
        width = len(state.total) + 2
        *most, last = (word.rjust(width) for word in state.terms)
        return "\n".join((*most, f"+{last[1:]}", "-" * width, state.total.rjust(width)))

    def rules(self, state: Cryptogram) -> Wording:
        count = len(_letters(state))
        example = _written(dict(zip("ABCDEFGHJK"[:count], (3, 8, 0, 5, 1, 9, 4, 7, 2, 6), strict=False)))
        return Wording(
            "In this addition each letter stands for a digit from 0 to 9: the same letter always for the same digit, "
            "different letters for different digits. No word begins with 0. The words above the line add up to the "
            "word below it, all read as decimal numbers. There may be "
            "several solutions; give one, the digit of every letter. "
            "Colours in the picture only help to tell the letters apart.\n"
            "Answer with each letter once and its digit, separated by commas. The form, for another puzzle with the "
            f"letters A, B, C and so on: {example}",
            "在这个加法算式中，每个字母代表一个 0 到 9 的数字：相同的字母代表相同的数字，不同的字母代表不同的数字。"
            "任何单词的首位都不是 0。把各单词看作十进制数，横线上方各数之和等于横线下方的数。"
            "解可能不止一个，请求出其中一个，给出每个字母代表的数字。图中的颜色仅用于帮助区分字母。\n"
            "请给出每个字母及其数字，各出现一次，用逗号隔开。格式如下（另一道题，字母为 A、B、C 等）："
            f"{example}",
        )

    def reasoning(self, state: Cryptogram) -> list[Step]:
        solution = next(_solutions(state))
        numbers = [_number(word, solution) for word in _words(state)]
        addition = f"{' + '.join(state.terms)} = {state.total}"
        return [
            Step("rules", "Each letter is a digit of its own, no word begins with 0, and the addition must be right."),
            Step(
                "reading", f"{addition}, with the letters {', '.join(_letters(state))}.", {"words": list(_words(state))}
            ),
            *_search(state, solution),
            Step(
                "check",
                f"{_sum(numbers[:-1], numbers[-1])}; all digits differ and no number begins with 0.",
                {"numbers": list(numbers)},
            ),
            Step("answer", _written(solution), {"digits": dict(solution), "possible": True}),
        ]

    def holds(self, state: Cryptogram, claim: JsonValue) -> bool:
        match claim:
            case None:
                return True
            case {"words": list(words)}:
                return words == _words(state)
            case {"numbers": list(numbers)}:
                return any(numbers == [_number(word, each) for word in _words(state)] for each in _solutions(state))
            case {"digits": dict(digits), "possible": bool(possible), **rest}:
                agreeing = [each for each in _solutions(state) if digits.items() <= each.items()]
                if set(digits) - set(_letters(state)) or bool(agreeing) != possible:
                    return False
                return not rest or any(rest == _carry_claim(state, each, rest.get("column")) for each in agreeing)
        return False

    def effort(self, state: Cryptogram) -> float:
        """Assignments that a search column by column comes by."""
        return float(_searched(state)[1])

    def guess(self, state: Cryptogram, rng: Random) -> str:
        firsts = {word[0] for word in _words(state)}
        digits = dict(zip(_letters(state), rng.sample(range(10), len(_letters(state))), strict=True))
        spare = [letter for letter in digits if letter not in firsts]
        for letter, digit in list(digits.items()):
            if not digit and letter in firsts and spare:
                other = rng.choice(spare)
                digits[letter], digits[other] = digits[other], 0
        return _written(digits)


def _words(state: Cryptogram) -> list[str]:
    """The words, the sum last."""
    return [*state.terms, state.total]


def _letters(state: Cryptogram) -> list[str]:
    return sorted(set("".join(_words(state))))


def _number(word: str, digits: Digits) -> int:
    return int("".join(str(digits[letter]) for letter in word))


def _columns(state: Cryptogram) -> list[tuple[list[str], str]]:
    """The letters above the line and the one below it, in each column from the right."""
    return [
        ([term[-place] for term in state.terms if place <= len(term)], state.total[-place])
        for place in range(1, len(state.total) + 1)
    ]


def _solutions(state: Cryptogram) -> Iterator[Digits]:
    for row in _searched(state)[0]:
        yield {letter: int(digit) for letter, digit in zip(_letters(state), row, strict=True)}


@lru_cache(64)
def _searched(state: Cryptogram) -> tuple[NDArray[np.int8], int]:
    """All solutions, ``[solutions, letters]`` in alphabetical order, and how many assignments were looked at.

    Columns are added from the right for all assignments at once: there are tens of thousands, too many for Python one
    by one, and hundreds of solutions may be among them.
    """
    letters = _letters(state)
    firsts = {word[0] for word in _words(state)}
    rows, carry, looked = np.full((1, len(letters)), -1, np.int8), np.zeros(1, np.int16), 0
    for above, below in _columns(state):
        known = carry
        for letter in above:
            place = letters.index(letter)
            if len(rows) and rows[0, place] < 0:
                rows, known = _opened(rows, known, place, letter in firsts)
                looked += len(rows)
            known = known + rows[:, place]
        carry, digit = known // 10, known % 10
        rows, carry = _written_below(rows, carry, digit, letters.index(below), below in firsts)
    return rows[carry == 0], looked


def _opened(
    rows: NDArray[np.int8], known: NDArray[np.int16], place: int, first: bool
) -> tuple[NDArray[np.int8], NDArray[np.int16]]:
    """Every assignment with each digit that is free for one more letter."""
    digits = np.arange(int(first), 10, dtype=np.int8)
    free = ~(rows[:, :, None] == digits).any(1)  # [rows, digits]
    which, chosen = np.nonzero(free)
    opened = rows[which]
    opened[:, place] = digits[chosen]
    return opened, known[which]


def _written_below(
    rows: NDArray[np.int8], carry: NDArray[np.int16], digit: NDArray[np.int16], place: int, first: bool
) -> tuple[NDArray[np.int8], NDArray[np.int16]]:
    """The assignments in which the letter below the line is, or can be, the digit that the column gives."""
    if not len(rows) or rows[0, place] >= 0:
        kept = rows[:, place] == digit
        return rows[kept], carry[kept]
    kept = ~(rows == digit[:, None]).any(1) & (digit >= int(first))
    rows = rows[kept]
    rows[:, place] = digit[kept]
    return rows, carry[kept]


def _search(state: Cryptogram, solution: Digits) -> list[Step]:
    """Column by column from the right; where other digits suit a column as well, some that lead nowhere come first."""
    steps: list[Step] = []
    known: Digits = {}
    carry = 0
    for column, (above, below) in enumerate(_columns(state), 1):
        wrong = next(_others(state, column, known, carry), None)
        if wrong:
            text = (
                f"Column {column} from the right: {_equation(above, below, carry)}. Suppose {_written(wrong)}: the "
                "column would be right, but no digits of the other letters make the whole sum right. Rejected."
            )
            steps.append(Step("search", text, {"digits": {**known, **wrong}, "possible": False}))
        new = {letter: solution[letter] for letter in sorted({*above, below} - set(known))}
        added = [*(solution[letter] for letter in above), *([carry] if carry or not above else [])]
        carry = sum(added) // 10
        chosen = f"With {_written(new)}: " if new else ""
        result = _sum(added, sum(added)) if len(added) > 1 else added[0]
        text = (
            f"Column {column} from the right. {chosen}{result}, so {below} is {sum(added) % 10} and {carry} is carried."
        )
        known |= new
        claim: JsonValue = {"digits": dict(known), "possible": True, "column": column, "carry": carry}
        steps.append(Step("search", text, claim))
    return steps


def _carry_claim(state: Cryptogram, digits: Digits, column: object) -> dict[str, JsonValue]:
    """What is carried out of a column, counted from 1 on the right; empty for a column that is not there."""
    carry = 0
    for place, (above, _) in enumerate(_columns(state), 1):
        carry = (carry + sum(digits[letter] for letter in above)) // 10
        if place == column:
            return {"column": place, "carry": carry}
    return {}


def _others(state: Cryptogram, column: int, known: Digits, carry: int) -> Iterator[Digits]:
    """Digits of the new letters with which a column is right, but not the whole."""
    above, below = _columns(state)[column - 1]
    new = sorted({*above, below} - set(known))
    firsts = {word[0] for word in _words(state)}
    solutions = list(_solutions(state))
    for digits in permutations(sorted(set(range(10)) - set(known.values())), len(new)):
        tried = {**known, **dict(zip(new, digits, strict=True))}
        right = (carry + sum(tried[letter] for letter in above)) % 10 == tried[below]
        begins = any(letter in firsts and not digit for letter, digit in tried.items())
        if new and right and not begins and not any(tried.items() <= each.items() for each in solutions):
            yield {letter: tried[letter] for letter in new}


def _equation(above: Sequence[str], below: str, carry: int) -> str:
    """A column as letters."""
    terms = [*above, *([f"{carry} carried"] if carry else [])]
    return f"{' + '.join(terms) or '0'} must end in {below}"


def _sum(terms: Sequence[int], total: int) -> str:
    return f"{' + '.join(map(str, terms))} = {total}"


def _written(digits: Digits) -> str:
    return ", ".join(f"{letter}={digit}" for letter, digit in sorted(digits.items()))


PUZZLE = CryptoMath()
