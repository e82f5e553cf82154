"""24 points: four numbers, each used once, and the four operations give 24.

The published levels bound the numbers only, and larger numbers are not harder by themselves. Ours bound as well how
many of the ways to combine the numbers give 24. The first level goes to 13 instead of 9, below which easy sets are few.
"""

import re
from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from fractions import Fraction
from functools import lru_cache
from random import Random
from typing import ClassVar

from pydantic import JsonValue

from asterism.helix.canvas import BLACK, BLUE, GREEN, PURPLE, RED, WHITE, Canvas
from asterism.helix.puzzle import RIGHT, Puzzle, Step, Verdict, exhausted
from asterism.helix.unwrapping.plain import unfolded
from asterism.helix.wording import Wording

GOAL = 24
TRIES = 1_000
WAYS = 3_240
"""Ways to combine four numbers pair by pair, a sum or product of two counting once, a difference or quotient twice."""
LONGEST = 400
"""Characters of the longest expression that is read; four numbers need far fewer."""
"""Characters at the end of a text in which stars and fractions are looked for."""

_TOKEN = re.compile(r"\s*(?:(\d{1,6})|([-+*/()]))")
_SIGNS = str.maketrans({**dict.fromkeys("×xX·⋅∗✕✖", "*"), **dict.fromkeys("÷∕⁄", "/"), **dict.fromkeys("–—−", "-")})
_BRACKETS = str.maketrans("[]{}", "()()", "$")
_SAID = re.compile(r"\s{0,4}(?:equals|is equal to|gives|makes|→|等于|得到?)\s{0,4}24(?!\d)", re.IGNORECASE)
_EXPRESSION = re.compile(r"\s{0,4}(?:(?:the|one|a|an)\s)?(?:expression|formula|算式|表达式)\s", re.IGNORECASE)
_RATIO = re.compile(r"(?<=[\d)])\s{0,4}[:：]\s{0,4}(?=[\d(])")
_COMMANDS = (("\\times", "*"), ("\\cdot", "*"), ("\\ast", "*"), ("\\div", "/"), ("\\left", ""), ("\\right", ""))
_RANK = {"+": 1, "-": 1, "*": 2, "/": 2}


@dataclass(frozen=True, slots=True)
class Cards:
    """The four numbers as they lie, from left to right."""

    numbers: tuple[int, int, int, int]


@dataclass(frozen=True, slots=True)
class Level:
    """The least and largest number, whether one may occur twice, and of all ways how many give 24, from and to."""

    least: int
    most: int
    repeats: bool
    ways: tuple[int, int] = (1, WAYS)


@dataclass(frozen=True, slots=True)
class Made:
    """A number made from others: two made before and the sign between them; a card has neither."""

    value: Fraction
    sign: str = ""
    parts: tuple["Made", ...] = ()


class TwentyFourPoints(Puzzle[Cards]):
    """Twenty-four from four numbers; any expression that is right is accepted."""

    name = "twenty_four_points"
    title = Wording("24 points", "24 点")
    category = "algorithms"
    form = "expression"
    unique = False
    state_type = Cards
    levels: ClassVar = {
        1: Level(1, 13, True, (24, WAYS)),
        2: Level(1, 13, True, (12, 20)),
        3: Level(1, 20, True, (7, 10)),
        4: Level(1, 20, False, (4, 5)),
        5: Level(3, 25, False, (1, 3)),
    }
    reference: ClassVar = {
        1: Level(1, 9, True),
        2: Level(1, 13, True),
        3: Level(1, 20, True),
        4: Level(1, 20, False),
        5: Level(3, 25, False),
    }

    def generate(self, parameters: Level, rng: Random) -> Cards:
        known = range(parameters.least, parameters.most + 1)
        low, high = parameters.ways
        for _ in range(TRIES):
            a, b, c, d = rng.choices(known, k=4) if parameters.repeats else rng.sample(known, 4)
            if low <= _ways(tuple(sorted((a, b, c, d)))) <= high:
                return Cards((a, b, c, d))
        raise exhausted(self.name, parameters, TRIES)

    def solve(self, state: Cards) -> str | None:
        made = _solution(_cards(state.numbers))
        return _written(made) if made else None

    def verify_answer(self, state: Cards, answer: str) -> Verdict:
        sides = _sides(answer)
        if not sides:
            return Verdict("form", "an expression of whole numbers, +, -, *, / and brackets is wanted")
        try:
            values = [_value(tokens) for tokens in sides]
        except ZeroDivisionError:
            return Verdict("rule", "it divides by zero")
        if None in values:
            return Verdict("form", "the signs and brackets do not form an expression")
        if len(sides) > 1 and values[0] != values[-1]:
            return Verdict("form", "the two sides are not equal")
        own = sorted(state.numbers)
        if not any(sorted(int(token) for token in tokens if token.isdigit()) == own for tokens in sides):
            return Verdict("rule", "the numbers used are not the four given, each once")
        wrong = next((value for value in values if value != GOAL), None)
        return RIGHT if wrong is None else Verdict("rule", f"it gives {wrong}")

    def draw(self, state: Cards) -> Canvas:
        canvas = Canvas(560, 220, (222, 236, 226))
        for place, (number, colour) in enumerate(zip(state.numbers, (RED, BLUE, GREEN, PURPLE), strict=True)):
            left, top, width, height = 20 + 135 * place, 20, 115, 180
            canvas.rectangle((left, top, left + width, top + height), WHITE)
            canvas.frame((left, top, left + width, top + height), BLACK, 4)
            canvas.text((left + width / 2, top + height / 2), str(number), 72, colour)
        return canvas

    def text(self, state: Cards) -> str:
        return ", ".join(map(str, state.numbers))

    def rules(self, state: Cards) -> Wording:
        cards, example = ("4, 7, 8, 8", "(7 - 8 / 8) * 4")
        if sorted(state.numbers) == [4, 7, 8, 8]:
            cards, example = ("2, 3, 5, 12", "12 / (3 - 5 / 2)")
        return Wording(
            "Four numbers are given. Write an expression that is equal to 24 and uses each of the four numbers exactly "
            "once, combined by +, -, * and / with brackets as needed. Results in between may be negative or fractions; "
            "division is exact. Nothing else is allowed: no other numbers, no joining of digits, no powers, no sign "
            "in front of a number or bracket. In the picture the numbers are on four cards. There may be several "
            "right expressions; give one.\n"
            f"Answer with the expression alone. For example, for the numbers {cards}: {example}",
            "给出四个数。请写出一个值为 24 的算式，四个数各恰好使用一次，用 +、-、*、/ 连接，可按需要使用括号。"
            "中间结果可以是负数或分数，除法是精确的。除此之外都不允许：不能使用其他数，不能把数字拼接起来，不能使用乘方，"
            "数或括号前不能加正负号。图中的数写在四张牌上。正确的算式可能不止一个，给出一个即可。\n"
            f"请只回答算式。例如，四个数为 {cards} 时：{example}",
        )

    def reasoning(self, state: Cards) -> list[Step]:
        solution = _solution(_cards(state.numbers))
        if solution is None:
            return []
        answer = _written(solution)
        return [
            Step("rules", "All four numbers are used once; two at a time are combined until one is left, which is 24."),
            Step("reading", f"The numbers are {self.text(state)}.", {"numbers": list(state.numbers)}),
            *_search(state.numbers, solution),
            Step(
                "check",
                f"{answer} = 24, and the numbers used are {', '.join(map(str, sorted(state.numbers)))}.",
                {"expression": answer},
            ),
            Step("answer", answer, {"expression": answer}),
        ]

    def holds(self, state: Cards, claim: JsonValue) -> bool:
        match claim:
            case None:
                return True
            case {"numbers": list(numbers)}:
                return tuple(numbers) == state.numbers
            case {"expression": str(expression)}:
                return self.verify_answer(state, expression).right
            case {"moves": list(moves), "left": list(left), "possible": possible}:
                after = _played(state.numbers, moves)
                if after is None or sorted(left, key=str) != sorted(map(str, after)):
                    return False
                return (_solution([Made(value) for value in after]) is not None) == possible
        return False

    def effort(self, state: Cards) -> float:
        """How many ways to combine the numbers there are for each that gives 24."""
        return WAYS / max(1, _ways(tuple(sorted(state.numbers))))

    def guess(self, state: Cards, rng: Random) -> str:
        a, b, c, d = rng.sample(state.numbers, 4)
        p, q, r = rng.choices("+-*/", k=3)
        return rng.choice((f"(({a} {p} {b}) {q} {c}) {r} {d}", f"({a} {p} {b}) {q} ({c} {r} {d})"))


def _cards(numbers: Sequence[int]) -> list[Made]:
    return [Made(Fraction(number)) for number in numbers]


def _halves(count: int) -> Iterator[tuple[list[int], list[int]]]:
    """All ways to part ``count`` places into two groups, neither empty, the first holding the first place."""
    for bits in range(1 << (count - 1)):
        first = [0, *(place for place in range(1, count) if bits >> (place - 1) & 1)]
        if len(first) < count:
            yield first, [place for place in range(count) if place not in first]


def _combined(a: Made, b: Made) -> Iterator[Made]:
    """Everything that two numbers give: a sum, a product, two differences, two quotients."""
    yield Made(a.value + b.value, "+", (a, b))
    yield Made(a.value * b.value, "*", (a, b))
    yield Made(a.value - b.value, "-", (a, b))
    yield Made(b.value - a.value, "-", (b, a))
    if b.value:
        yield Made(a.value / b.value, "/", (a, b))
    if a.value:
        yield Made(b.value / a.value, "/", (b, a))


def _wanted(value: Fraction) -> list[Fraction]:
    """The numbers that give 24 with ``value``, one for each operation of :func:`_combined` that can."""
    wanted = [GOAL - value, value - GOAL, GOAL + value]
    if value:
        wanted += [GOAL / value, value / GOAL, GOAL * value]
    return wanted


def _values(numbers: Sequence[int]) -> Counter[Fraction]:
    """In how many ways each value can be made from the numbers."""
    if len(numbers) == 1:
        return Counter({Fraction(numbers[0]): 1})
    found: Counter[Fraction] = Counter()
    for first, second in _halves(len(numbers)):
        ones, others = (_values([numbers[place] for place in places]) for places in (first, second))
        for one, ways in ones.items():
            for other, more in others.items():
                for made in _combined(Made(one), Made(other)):
                    found[made.value] += ways * more
    return found


@lru_cache(4096)
def _ways(numbers: tuple[int, ...]) -> int:
    """How many ways to combine four numbers give 24: the last step is looked up, not tried."""
    total = 0
    for first, second in _halves(4):
        ones, others = (_values([numbers[place] for place in places]) for places in (first, second))
        if len(ones) > len(others):
            ones, others = others, ones
        total += sum(ways * others[wanted] for value, ways in ones.items() for wanted in _wanted(value))
    return total


def _solution(cards: Sequence[Made]) -> Made | None:
    """A way to 24; None after all have been tried."""
    return next((made for made in _every(cards) if made.value == GOAL), None)


def _every(cards: Sequence[Made]) -> Iterator[Made]:
    """Each value that all cards give together, at least once."""
    if len(cards) == 1:
        yield cards[0]
    for places in _halves(len(cards)):
        ones, others = ({made.value: made for made in _every([cards[place] for place in half])} for half in places)
        for one in ones.values():
            for other in others.values():
                yield from _combined(one, other)


def _written(made: Made) -> str:
    """An expression with no more brackets than it needs."""
    if not made.parts:
        return str(made.value)
    left, right = (_written(part) for part in made.parts)
    rank = _RANK[made.sign]
    if made.parts[0].sign and _RANK[made.parts[0].sign] < rank:
        left = f"({left})"
    if made.parts[1].sign and _RANK[made.parts[1].sign] < rank + (made.sign in "-/"):
        right = f"({right})"
    return f"{left} {made.sign} {right}"


def _sides(answer: str) -> list[list[str]] | None:
    """Numbers, signs and brackets of each side of an equation, or of all there is; None where anything else stands."""
    if len(answer) > LONGEST:
        return None
    answer = _SAID.sub("=24", _EXPRESSION.sub("", unfolded(answer)))
    for command, sign in _COMMANDS:
        answer = answer.replace(command, sign)
    answer = _RATIO.sub("/", answer.translate(_SIGNS).translate(_BRACKETS)).strip("\"' ").rstrip(".。;,\"' ")
    sides = [_tokens(side) for side in answer.strip("=").split("=")]
    return [side for side in sides if side] if all(sides) else None


def _tokens(side: str) -> list[str] | None:
    tokens, at, side = [], 0, side.strip()
    while at < len(side):
        match = _TOKEN.match(side, at)
        if match is None:
            return None
        tokens.append(match[1] or match[2])
        at = match.end()
    return tokens or None


def _value(tokens: Sequence[str]) -> Fraction | None:
    """What an expression is equal to, products before sums, from left to right; None where it is none.

    Signs wait on a stack until one of lower rank comes, so brackets may be nested to any depth.

    Raises:
        ZeroDivisionError: it divides by zero.
    """
    values: list[Fraction] = []
    waiting: list[str] = []
    operand = True
    for token in (*tokens, ")"):
        if operand:
            if token == "(":
                waiting.append(token)
            elif token.isdigit():
                values.append(Fraction(int(token)))
                operand = False
            else:
                return None
        elif token == ")":
            _settle(values, waiting, 0)
            if waiting:
                waiting.pop()
        elif token in _RANK:
            _settle(values, waiting, _RANK[token])
            waiting.append(token)
            operand = True
        else:
            return None
    return values[0] if len(values) == 1 and _balanced(tokens) else None


def _settle(values: list[Fraction], waiting: list[str], rank: int) -> None:
    """Carry out what waits back to the last bracket and ranks no lower."""
    while waiting and waiting[-1] != "(" and _RANK[waiting[-1]] >= rank:
        right, left, sign = values.pop(), values.pop(), waiting.pop()
        values.append(_applied(left, sign, right))


def _applied(left: Fraction, sign: str, right: Fraction) -> Fraction:
    match sign:
        case "+":
            return left + right
        case "-":
            return left - right
        case "*":
            return left * right
    return left / right


def _balanced(tokens: Sequence[str]) -> bool:
    depth = 0
    for token in tokens:
        depth += (token == "(") - (token == ")")
        if depth < 0:
            return False
    return depth == 0


def _search(numbers: Sequence[int], solution: Made) -> list[Step]:
    """Some first and second moves that lead nowhere, and those of the solution."""
    steps: list[Step] = []
    moves: list[list[str]] = []
    for number, made in enumerate(_order(solution)[:-1]):
        left = _played(numbers, moves) or []
        steps += _rejected(numbers, moves, left, 4 - 2 * number)
        moves = [*moves, [str(made.parts[0].value), made.sign, str(made.parts[1].value)]]
        rest = _played(numbers, moves) or []
        steps.append(
            Step("search", f"Try {_move(moves[-1], made.value)}: {_names(rest)} remain.", _claim(moves, rest, True))
        )
    last = solution.parts
    steps.append(
        Step(
            "search",
            f"{last[0].value} {solution.sign} {last[1].value} = 24.",
            _claim([*moves, [str(last[0].value), solution.sign, str(last[1].value)]], [solution.value], True),
        )
    )
    return steps


def _order(made: Made) -> list[Made]:
    """The moves of a solution, inner ones first."""
    return [*(move for part in made.parts for move in _order(part)), made] if made.parts else []


def _rejected(numbers: Sequence[int], moves: list[list[str]], left: Sequence[Fraction], most: int) -> list[Step]:
    """Up to ``most`` moves from here after which 24 is out of reach, each with another sign or pair."""
    steps: list[Step] = []
    pairs = [(a, b) for place, a in enumerate(left) for b in left[place + 1 :]]
    for place, (a, b) in enumerate(pairs):
        for made in list(_combined(Made(a), Made(b)))[place % 3 :: 3]:
            move = [str(part.value) for part in made.parts]
            tried = [*moves, [move[0], made.sign, move[1]]]
            rest = _played(numbers, tried) or []
            if len(steps) < most and _solution([Made(value) for value in rest]) is None:
                text = f"Try {_move(tried[-1], made.value)}: {_names(rest)} remain, and no way of combining them"
                steps.append(Step("search", f"{text} gives 24: rejected.", _claim(tried, rest, False)))
    return steps


def _played(numbers: Sequence[int], moves: Sequence[object]) -> list[Fraction] | None:
    """What is left after moves of number, sign, number; None where one is not possible."""
    left = [Fraction(number) for number in numbers]
    for move in moves:
        match move:
            case [str(one), str(sign), str(other)] if sign in _RANK:
                pass
            case _:
                return None
        pair = [value for value in left if str(value) == one][:1]
        rest = [value for value in left if str(value) == other]
        if one == other:
            rest = rest[1:]
        if not pair or not rest or (sign == "/" and not rest[0]):
            return None
        left.remove(pair[0])
        left.remove(rest[0])
        left.append(_applied(pair[0], sign, rest[0]))
    return left


def _move(move: Sequence[str], value: Fraction) -> str:
    return f"{move[0]} {move[1]} {move[2]} = {value}"


def _names(values: Sequence[Fraction]) -> str:
    return ", ".join(map(str, values))


def _claim(moves: Sequence[list[str]], left: Sequence[Fraction], possible: bool) -> JsonValue:
    return {"moves": [list(move) for move in moves], "left": [str(value) for value in left], "possible": possible}


PUZZLE = TwentyFourPoints()
