"""Bridges (Hashiwokakero): islands joined to one network by as many bridges as their numbers say.

The published levels have three to ten islands, and with three or four of them hardly anything to decide; here the same
grids hold more. ``reference`` keeps the published numbers.
"""

import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import lru_cache
from itertools import pairwise
from random import Random
from typing import ClassVar

from pydantic import JsonValue

from asterism.helix.axis_labels import number_axes
from asterism.helix.bitboard import cells_in
from asterism.helix.canvas import BLACK, PALE, WHITE, Canvas
from asterism.helix.grid_drawing import GridDrawing
from asterism.helix.puzzle import RIGHT, Puzzle, Step, Verdict, exhausted
from asterism.helix.wording import Wording

TRIES = 2000
MOST = 2
"""Bridges between two islands at most."""
UNKNOWN = 0
"""The number of an island that is not told."""

Place = tuple[int, int]
"""x to the right and y downwards, from 0."""
Pair = tuple[int, int]
"""Two islands that see each other, by their place in the state, the smaller first."""

_BRIDGE = re.compile(
    r"[(\[]\s{0,4}(\d{1,4})\s{0,4}[,;]\s{0,4}(\d{1,4})\s{0,4}[)\]]\s{0,4}[-–—,→~]{1,3}>?\s{0,4}"
    r"[(\[]\s{0,4}(\d{1,4})\s{0,4}[,;]\s{0,4}(\d{1,4})\s{0,4}[)\]]\s{0,4}[\"']?\s{0,4}[:=,]\s{0,4}[\"']?(\d{1,4})(?!\d)"
)
_APART = re.compile(r"[\s,，、;；.。|&'\"()\[\]→-]*")


@dataclass(frozen=True, slots=True)
class Bridges:
    """``side`` × ``side`` points; islands as (x, y, number), in reading order."""

    side: int
    islands: tuple[tuple[int, int, int], ...]


@dataclass(frozen=True, slots=True)
class Level:
    """The side of the grid, and how many islands at least and at most."""

    side: int
    islands: tuple[int, int]


@dataclass(frozen=True, slots=True)
class Sight:
    """Which islands see each other, which pairs each island has a part in, and which pairs cross."""

    pairs: tuple[Pair, ...]
    at: tuple[tuple[int, ...], ...]
    crossing: tuple[tuple[int, ...], ...]


@dataclass(slots=True)
class Bounds:
    """The least and greatest number of bridges of each pair."""

    low: list[int]
    high: list[int]

    def copy(self) -> "Bounds":
        """Bounds that can be narrowed on their own."""
        return Bounds(list(self.low), list(self.high))

    def set(self, pair: int, low: int, high: int) -> bool:
        """Narrow a pair; whether that changed anything."""
        low, high = max(low, self.low[pair]), min(high, self.high[pair])
        changed = (low, high) != (self.low[pair], self.high[pair])
        self.low[pair], self.high[pair] = low, high
        return changed


class BridgesPuzzle(Puzzle[Bridges]):
    """Bridges with one solution."""

    name = "bridges"
    title = Wording("Bridges (Hashiwokakero)", "数桥 (Hashiwokakero)")
    category = "puzzles"
    form = "bridges"
    unique = True
    state_type = Bridges
    levels: ClassVar = {
        1: Level(5, (5, 6)),
        2: Level(6, (7, 8)),
        3: Level(7, (10, 11)),
        4: Level(8, (13, 14)),
        5: Level(9, (17, 19)),
    }
    reference: ClassVar = {
        1: Level(5, (3, 4)),
        2: Level(6, (4, 5)),
        3: Level(7, (5, 6)),
        4: Level(8, (6, 7)),
        5: Level(9, (7, 10)),
    }

    def generate(self, parameters: Level, rng: Random) -> Bridges:
        for _ in range(TRIES):
            state = _grown(parameters.side, rng.randint(*parameters.islands), rng)
            if state is not None and self.count(state) == 1:
                return state
        raise exhausted(self.name, parameters, TRIES)

    def solve(self, state: Bridges) -> str | None:
        counts = _solution(state)
        return _written(state, counts) if counts is not None else None

    def count(self, state: Bridges) -> int:
        return sum(1 for _, _ in zip(range(2), _solutions(state), strict=False))

    def verify_answer(self, state: Bridges, answer: str) -> Verdict:
        found = [tuple(map(int, numbers)) for numbers in _BRIDGE.findall(answer)]
        if not found or not _APART.fullmatch(_BRIDGE.sub(" ", answer)):
            return Verdict("form", "a list of (x1,y1)-(x2,y2):count is wanted")
        sight, number = _sight(state), {(x, y): at for at, (x, y, _) in enumerate(state.islands)}
        counts: dict[Pair, int] = {}
        for x0, y0, x1, y1, count in found:
            start, end = number.get((x0, y0)), number.get((x1, y1))
            if start is None or end is None:
                return Verdict("rule", f"({x0},{y0})-({x1},{y1}) does not join two islands")
            pair = (min(start, end), max(start, end))
            if pair not in sight.pairs:
                return Verdict("rule", f"({x0},{y0})-({x1},{y1}) is no straight line from an island to the next")
            if not 1 <= count <= MOST or pair in counts:
                return Verdict("rule", f"({x0},{y0})-({x1},{y1}) must be named once, with one or two bridges")
            counts[pair] = count
        return _checked(state, sight, [counts.get(pair, 0) for pair in sight.pairs])

    def draw(self, state: Bridges) -> Canvas:
        board = GridDrawing.of(state.side, state.side, margins=(1.1, 1.1, 0.3, 0.3))
        last = state.side - 1
        for line in range(state.side):
            board.canvas.line(board.centre((line, 0)), board.centre((line, last)), PALE, 1)
            board.canvas.line(board.centre((0, line)), board.centre((last, line)), PALE, 1)
        for x, y, number in state.islands:
            board.canvas.disc(board.centre((y, x)), board.side * 0.42, BLACK)
            board.canvas.disc(board.centre((y, x)), board.side * 0.42 - 2.5, WHITE)
            board.write((y, x), _told(number), max(board.small, round(board.side * 0.5)))
        number_axes(board)
        return board.canvas

    def text(self, state: Bridges) -> str:
        number = {(x, y): _told(number) for x, y, number in state.islands}
        rows = [" ".join(number.get((x, y), ".") for x in range(state.side)) for y in range(state.side)]
        return "\n".join(rows)

    def rules(self, state: Bridges) -> Wording:
        last = state.side - 1
        pieces = [f"(0,0)-({last},0):2", f"(0,0)-(0,{last}):1", f"({last},0)-({last},{last}):1"]
        example = ", ".join(pieces[: max(2, len(state.islands))])
        return Wording(
            "Join the islands (circled numbers; in text, numbers among dots) by bridges. A bridge is a straight "
            "horizontal or vertical line from one island to the next island in that direction, with no island between. "
            f"Two islands are joined by at most {MOST} bridges, bridges never cross, the number on an island is the "
            "number of bridges that end on it, and all islands form one connected network. There is one solution.\n"
            f"Places are (x,y): x counts columns from 0 at the left to {last}, y counts rows from 0 at the top. Answer "
            "with every pair of joined islands once, in any order, as (x1,y1)-(x2,y2):count with count 1 or 2, "
            f"separated by commas. The form, for another instance:\n{example}",
            "用桥把各个岛（圆圈中的数字；文字版中为点之间的数字）连接起来。桥是从一个岛到该方向上下一个岛的水平或竖直线段，"
            f"中间没有其他岛。两个岛之间至多有 {MOST} 座桥，桥不能交叉，岛上的数字等于以它为端点的桥的数量，"
            "所有岛必须连成一个整体。解是唯一的。\n"
            f"位置写作 (x,y)：x 是从左边 0 到 {last} 的列号，y 是从上边 0 开始的行号。"
            "请列出每一对相连的岛（每对只写一次，顺序任意），写作 (x1,y1)-(x2,y2):数量，数量为 1 或 2，用逗号分隔。"
            f"格式如下（另一题）：\n{example}",
        )

    def reasoning(self, state: Bridges) -> list[Step]:
        counts = _solution(state) or ()
        islands = ", ".join(f"({x},{y}) needs {number}" for x, y, number in state.islands)
        built: JsonValue = {"network": _written(state, counts)}
        return [
            Step(
                "rules",
                f"Each island gets as many bridges as its number, at most {MOST} to the next island in each direction; "
                "no crossing, and one connected network.",
            ),
            Step("reading", f"As (x,y): {islands}.", {"islands": [list(island) for island in state.islands]}),
            *_search(state, counts),
            Step("check", "Every island has its number, no bridges cross, and all islands are connected.", built),
            Step("answer", _written(state, counts), built),
        ]

    def holds(self, state: Bridges, claim: JsonValue) -> bool:
        match claim:
            case None:
                return True
            case {"islands": list(islands)}:
                return islands == [list(island) for island in state.islands]
            case {"network": str(network)}:
                return self.verify_answer(state, network).right
            case {"between": list(between), "counts": list(counts)}:
                return _between_holds(state, between, counts)
        return False

    def effort(self, state: Bridges) -> float:
        return float(len(_sight(state).pairs) + 10 * _guesses(state))

    def guess(self, state: Bridges, rng: Random) -> str:
        counts = [rng.randint(0, MOST) for _ in _sight(state).pairs]
        return _written(state, counts if any(counts) else [1 for _ in counts])

    def thinned(self, state: Bridges, rng: Random) -> Iterator[Bridges]:
        for at in rng.sample(range(len(state.islands)), len(state.islands)):
            x, y, _ = state.islands[at]
            yield Bridges(state.side, (*state.islands[:at], (x, y, UNKNOWN), *state.islands[at + 1 :]))


def _grown(side: int, islands: int, rng: Random) -> Bridges | None:
    """A network that grows by a bridge to a new island, then by some more bridges; None where there is no room."""
    numbers = {(rng.randrange(side), rng.randrange(side)): 0}
    bridged: set[Place] = set()
    for _ in range(30 * islands):
        if len(numbers) == islands:
            break
        x, y = rng.choice(tuple(numbers))
        dx, dy = rng.choice(((1, 0), (-1, 0), (0, 1), (0, -1)))
        line = _free_line((x, y), (dx, dy), side, numbers, bridged)
        ends = [at for at in range(1, len(line)) if not any(near in numbers for near in _around(line[at]))]
        if ends:
            at, count = rng.choice(ends), rng.randint(1, MOST)
            numbers[(x, y)] += count
            numbers[line[at]] = count
            bridged.update(line[:at])
    if len(numbers) < islands:
        return None
    for (x0, y0), (x1, y1) in _lines_of_sight(numbers):
        between = _points_between((x0, y0), (x1, y1))
        if not bridged & between and rng.random() < 0.5:
            count = rng.randint(1, MOST)
            numbers[(x0, y0)] += count
            numbers[(x1, y1)] += count
            bridged |= between
    ordered = sorted(numbers.items(), key=lambda island: (island[0][1], island[0][0]))
    return Bridges(side, tuple((x, y, number) for (x, y), number in ordered))


def _free_line(start: Place, step: Place, side: int, islands: dict[Place, int], bridged: set[Place]) -> list[Place]:
    """The points from an island on in a direction, up to the edge, an island or a bridge."""
    line: list[Place] = []
    x, y = start[0] + step[0], start[1] + step[1]
    while 0 <= x < side and 0 <= y < side and (x, y) not in islands and (x, y) not in bridged:
        line.append((x, y))
        x, y = x + step[0], y + step[1]
    return line


def _around(place: Place) -> list[Place]:
    x, y = place
    return [(x + 1, y), (x - 1, y), (x, y + 1), (x, y - 1)]


def _lines_of_sight(islands: Iterable[Place]) -> list[tuple[Place, Place]]:
    """Each island with the next to its right and the next below it."""
    found = []
    rows = sorted(islands, key=lambda place: (place[1], place[0]))
    columns = sorted(islands)
    found += [(a, b) for a, b in pairwise(rows) if a[1] == b[1]]
    found += [(a, b) for a, b in pairwise(columns) if a[0] == b[0]]
    return found


def _points_between(a: Place, b: Place) -> set[Place]:
    (x0, y0), (x1, y1) = sorted((a, b))
    return {(x, y) for x in range(x0, x1 + 1) for y in range(y0, y1 + 1)} - {a, b}


@lru_cache(maxsize=64)
def _sight(state: Bridges) -> Sight:
    number = {(x, y): at for at, (x, y, _) in enumerate(state.islands)}
    lines = _lines_of_sight(number)
    between = [_points_between(a, b) for a, b in lines]
    pairs = tuple((min(number[a], number[b]), max(number[a], number[b])) for a, b in lines)
    crossing = tuple(
        tuple(other for other, points in enumerate(between) if other != at and points & between[at])
        for at in range(len(lines))
    )
    at = tuple(tuple(at for at, pair in enumerate(pairs) if island in pair) for island in range(len(number)))
    return Sight(pairs, at, crossing)


@lru_cache(maxsize=64)
def _solution(state: Bridges) -> tuple[int, ...] | None:
    return next(_solutions(state), None)


def _solutions(state: Bridges) -> Iterator[tuple[int, ...]]:
    """All solutions, as the number of bridges of each pair that sees each other.

    With so few pairs a search takes a millisecond; building a model for CP-SAT alone takes longer.
    """
    sight = _sight(state)
    yield from _descend(state, sight, _unbounded(sight))


def _unbounded(sight: Sight) -> Bounds:
    return Bounds([0 for _ in sight.pairs], [MOST for _ in sight.pairs])


def _descend(state: Bridges, sight: Sight, bounds: Bounds) -> Iterator[tuple[int, ...]]:
    if not _narrowed(state, sight, bounds):
        return
    pair = _undecided(bounds)
    if pair is None:
        yield tuple(bounds.low)
        return
    for count in range(bounds.low[pair], bounds.high[pair] + 1):
        tried = bounds.copy()
        tried.set(pair, count, count)
        yield from _descend(state, sight, tried)


def _undecided(bounds: Bounds) -> int | None:
    """The pair with the fewest possible numbers of bridges, of those with several."""
    several = [pair for pair, (low, high) in enumerate(zip(bounds.low, bounds.high, strict=True)) if low < high]
    return min(several, key=lambda pair: bounds.high[pair] - bounds.low[pair]) if several else None


def _narrowed(state: Bridges, sight: Sight, bounds: Bounds) -> bool:
    """Narrow the bounds until nothing changes; False where the rules contradict each other."""
    changed = True
    while changed:
        changed = False
        for island in range(len(state.islands)):
            moved = _counted(state, sight, bounds, island)
            if moved is None:
                return False
            changed |= moved
        for pair in range(len(sight.pairs)):
            moved = _uncrossed(sight, bounds, pair)
            if moved is None:
                return False
            changed |= moved
    return _connected(len(state.islands), sight, bounds.high)


def _counted(state: Bridges, sight: Sight, bounds: Bounds, island: int) -> bool | None:
    """Narrow the pairs of an island to what its number leaves; whether anything changed, None for a contradiction."""
    pairs, number = sight.at[island], state.islands[island][2]
    least, most = (1, 4 * MOST) if number == UNKNOWN else (number, number)
    low, high = sum(bounds.low[pair] for pair in pairs), sum(bounds.high[pair] for pair in pairs)
    if low > most or high < least:
        return None
    room = [(least - high + bounds.high[pair], most - low + bounds.low[pair]) for pair in pairs]
    changed = [bounds.set(pair, *limits) for pair, limits in zip(pairs, room, strict=True)]
    return any(changed)


def _uncrossed(sight: Sight, bounds: Bounds, pair: int) -> bool | None:
    """Rule out what crosses a bridge; whether anything changed, None where two bridges cross."""
    if not bounds.low[pair]:
        return False
    if any(bounds.low[other] for other in sight.crossing[pair]):
        return None
    changed = [bounds.set(other, 0, 0) for other in sight.crossing[pair]]
    return any(changed)


def _connected(islands: int, sight: Sight, counts: Sequence[int]) -> bool:
    """Whether the pairs with a count above 0 join all islands."""
    reached, edge = {0}, [0]
    while edge:
        island = edge.pop()
        for pair in sight.at[island]:
            other = sum(sight.pairs[pair]) - island
            if counts[pair] and other not in reached:
                reached.add(other)
                edge.append(other)
    return len(reached) == islands


def _checked(state: Bridges, sight: Sight, counts: Sequence[int]) -> Verdict:
    """Whether numbers of bridges, one for each pair, obey the rules."""
    for island, (x, y, number) in enumerate(state.islands):
        if number not in (UNKNOWN, sum(counts[pair] for pair in sight.at[island])):
            return Verdict("rule", f"island ({x},{y}) has another number of bridges")
    if any(counts[pair] and counts[other] for pair, others in enumerate(sight.crossing) for other in others):
        return Verdict("rule", "two bridges cross")
    if not _connected(len(state.islands), sight, counts):
        return Verdict("rule", "the islands are not all connected")
    return RIGHT


def _search(state: Bridges, counts: Sequence[int]) -> list[Step]:
    """Island by island; where counting stops, a number of bridges is tried and the wrong one shown."""
    sight = _sight(state)
    bounds = _unbounded(sight)
    first = next((pair for pair in range(len(counts)) if counts[pair] != MOST), None)
    steps = [] if first is None else [_rejected(state, sight, bounds, first, MOST)]
    while True:
        steps += _swept(state, sight, bounds)
        pair = _undecided(bounds)
        if pair is None:
            return steps
        wrong = bounds.high[pair] if counts[pair] < bounds.high[pair] else bounds.low[pair]
        steps.append(_rejected(state, sight, bounds, pair, wrong))


def _swept(state: Bridges, sight: Sight, bounds: Bounds) -> list[Step]:
    """What counting and crossing tell, a step for each island or bridge that tells something."""
    steps, before = [], None
    while before != bounds:
        before = bounds.copy()
        for island, (x, y, number) in enumerate(state.islands):
            old = bounds.copy()
            if _counted(state, sight, bounds, island):
                steps.append(_deduced(state, sight, old, bounds, f"({x},{y}) needs {number}"))
        for pair in range(len(sight.pairs)):
            old = bounds.copy()
            if _uncrossed(sight, bounds, pair):
                steps.append(
                    _deduced(state, sight, old, bounds, f"Nothing may cross the bridge {_named(state, sight, pair)}")
                )
    return steps


def _deduced(state: Bridges, sight: Sight, old: Bounds, new: Bounds, reason: str) -> Step:
    pairs = [at for at in range(len(sight.pairs)) if (old.low[at], old.high[at]) != (new.low[at], new.high[at])]
    possible = {at: list(range(new.low[at], new.high[at] + 1)) for at in pairs}
    said = [f"{_named(state, sight, at)} gets {' or '.join(map(str, possible[at]))}" for at in pairs]
    return Step("search", f"{reason}: {', '.join(said)}.", _claim(state, sight, possible))


def _rejected(state: Bridges, sight: Sight, bounds: Bounds, pair: int, wrong: int) -> Step:
    """A number of bridges, the least or greatest still open, is ruled out."""
    if wrong == bounds.high[pair]:
        bounds.high[pair] -= 1
    else:
        bounds.low[pair] += 1
    left = list(range(bounds.low[pair], bounds.high[pair] + 1))
    text = (
        f"Suppose {_named(state, sight, pair)} got {wrong}. Following that on, some island cannot get its number or be "
        f"reached without a crossing, so it gets {' or '.join(map(str, left))}."
    )
    return Step("search", text, _claim(state, sight, {pair: left}))


def _claim(state: Bridges, sight: Sight, possible: Mapping[int, list[int]]) -> JsonValue:
    ends: list[JsonValue] = [[list(state.islands[island][:2]) for island in sight.pairs[pair]] for pair in possible]
    counts: list[JsonValue] = [list(numbers) for numbers in possible.values()]
    return {"between": ends, "counts": counts}


def _between_holds(state: Bridges, between: list[JsonValue], counts: list[JsonValue]) -> bool:
    """Whether the number of bridges between each two islands is among those that are claimed."""
    solution = _solution(state)
    if solution is None or not between or len(between) != len(counts):
        return False
    known = {
        (state.islands[a][:2], state.islands[b][:2]): count
        for (a, b), count in zip(_sight(state).pairs, solution, strict=True)
    }
    for ends, possible in zip(between, counts, strict=True):
        places = cells_in(ends)
        if places is None or len(places) != 2 or not isinstance(possible, list):
            return False
        if known.get((places[0], places[1])) not in possible:
            return False
    return True


def _guesses(state: Bridges) -> int:
    """How many pairs must be tried on the way to the solution."""
    sight, solution, guesses = _sight(state), _solution(state) or (), 0
    bounds = _unbounded(sight)
    while _narrowed(state, sight, bounds) and (pair := _undecided(bounds)) is not None:
        bounds.set(pair, solution[pair], solution[pair])
        guesses += 1
    return guesses


def _named(state: Bridges, sight: Sight, pair: int) -> str:
    (x0, y0, _), (x1, y1, _) = (state.islands[island] for island in sight.pairs[pair])
    return f"({x0},{y0})-({x1},{y1})"


def _told(number: int) -> str:
    return "?" if number == UNKNOWN else str(number)


def _written(state: Bridges, counts: Sequence[int]) -> str:
    sight = _sight(state)
    return ", ".join(f"{_named(state, sight, pair)}:{count}" for pair, count in enumerate(counts) if count)


PUZZLE = BridgesPuzzle()
