"""Shingoki: one loop over the points of a grid that goes straight through white circles and turns at black ones.

On 3 × 3 points there are thirteen loops, so that guessing pays; the levels here are one size larger than the published
ones, which ``reference`` keeps.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from functools import cache, lru_cache
from itertools import pairwise, product
from math import inf
from random import Random
from typing import ClassVar, Literal

from pydantic import JsonValue

from asterism.helix.answer_readers import pairs
from asterism.helix.axis_labels import number_axes
from asterism.helix.bitboard import SearchedTooLong, adjacent, as_claim, cells_in, singles
from asterism.helix.canvas import BLACK, PALE, WHITE, Canvas
from asterism.helix.grid_drawing import Cell, GridDrawing
from asterism.helix.puzzle import RIGHT, Puzzle, Step, Verdict, exhausted
from asterism.helix.wording import Wording

TRIES = 60
POSITIONS = 25
"""Positions looked at to certify an instance; where more are needed, another circle is shown."""
DOT = (90, 90, 90)
"""Colour of the points of the grid."""
RIGHTWARDS, DOWN, LEFTWARDS, UP = (0, 1), (1, 0), (0, -1), (-1, 0)

Edge = tuple[Cell, Cell]
"""Two neighbouring points, the upper or left one first."""
Lines = tuple[int, int]
"""Edges known to belong to the loop and edges known not to, each a set of bits in the order of :attr:`Field.edges`."""
Passing = tuple[tuple[Cell, tuple[Lines, ...]], ...]
"""The point of each circle, and every way in which the loop may pass it, with the edges that are on and off then."""


@dataclass(frozen=True, slots=True)
class Circle:
    """A circle on the point (row, column), ``W`` or ``B``, with its number."""

    row: int
    column: int
    colour: Literal["W", "B"]
    number: int


@dataclass(frozen=True, slots=True)
class Shingoki:
    """``side`` × ``side`` points with circles in reading order."""

    side: int
    circles: tuple[Circle, ...]


@dataclass(frozen=True, slots=True)
class Level:
    """Points on a side, the share of points that carry a circle at least, and the share of squares the loop holds."""

    side: int
    circles: float = 0.2
    inside: float = 0.55


class ShingokiPuzzle(Puzzle[Shingoki]):
    """Shingoki with one solution."""

    name = "shingoki"
    title = Wording("Shingoki", "信号机 (Shingoki)")
    category = "puzzles"
    form = "segments"
    unique = True
    state_type = Shingoki
    levels: ClassVar = {level: Level(level + 3) for level in (1, 2, 3, 4, 5)}
    reference: ClassVar = {level: Level(level + 2, 0.08) for level in (1, 2, 3, 4, 5)}

    def generate(self, parameters: Level, rng: Random) -> Shingoki:
        for _ in range(TRIES):
            loop = _outline(parameters.side, parameters.inside, rng)
            state = _certified(loop, parameters, rng) if loop != _frame(parameters.side) else None
            if state is not None:
                return state
        raise exhausted(self.name, parameters, TRIES)

    def solve(self, state: Shingoki) -> str | None:
        loop = _solution(state)
        return _written(_field(state.side).of(loop)) if loop else None

    def count(self, state: Shingoki) -> int:
        return sum(1 for _, _ in zip(range(2), _solutions(state), strict=False))

    def verify_answer(self, state: Shingoki, answer: str) -> Verdict:
        points = pairs(answer)
        if not points or len(points) % 2:
            return Verdict("form", "segments (r1,c1)-(r2,c2) are wanted")
        edges = [_edge(a, b) for a, b in zip(points[::2], points[1::2], strict=True)]
        if any(not adjacent(a, b) for a, b in edges):
            return Verdict("form", "each segment joins two neighbouring points")
        if any(not (0 <= number < state.side) for point in points for number in point):
            return Verdict("rule", "a point lies outside the grid")
        if len(set(edges)) != len(edges):
            return Verdict("rule", "a segment occurs twice")
        return _checked(state, edges)

    def draw(self, state: Shingoki) -> Canvas:
        board = GridDrawing.of(state.side, state.side, margins=(1.1, 1.1, 0.3, 0.3))
        last = state.side - 1
        for line in range(state.side):
            board.canvas.line(board.centre((line, 0)), board.centre((line, last)), PALE, 2)
            board.canvas.line(board.centre((0, line)), board.centre((last, line)), PALE, 2)
        for point in product(range(state.side), range(state.side)):
            board.canvas.disc(board.centre(point), 3.5, DOT)
        for circle in state.circles:
            centre, fill, ink = board.centre((circle.row, circle.column)), WHITE, BLACK
            if circle.colour == "B":
                fill, ink = BLACK, WHITE
            board.canvas.disc(centre, board.side * 0.4, BLACK)
            board.canvas.disc(centre, board.side * 0.4 - 2.5, fill)
            board.canvas.text(centre, str(circle.number), max(board.small, round(board.side * 0.48)), ink)
        number_axes(board)
        return board.canvas

    def text(self, state: Shingoki) -> str:
        marks = {(circle.row, circle.column): f"{circle.colour}{circle.number}" for circle in state.circles}
        wide = max(map(len, marks.values()), default=1)
        return "\n".join(
            " ".join(marks.get((row, column), ".").ljust(wide) for column in range(state.side)).rstrip()
            for row in range(state.side)
        )

    def rules(self, state: Shingoki) -> Wording:
        last = state.side - 1
        example = _written(_frame(state.side))
        return Wording(
            f"Draw one closed loop along the lines of a grid of {state.side} × {state.side} points. It never crosses, "
            "touches or overlaps itself, need not visit every point, and passes through every circle. At a white "
            "circle (W in text) it goes straight on; at a black one (B) it turns by a right angle. The number in a "
            "circle is the sum of the lengths of the two straight parts of the loop that leave the circle in its two "
            "directions, each measured to the point where the loop next turns. There is one solution.\n"
            f"Points are (row,column), rows counted from 0 at the top to {last}, columns from 0 at the left. Answer "
            "with every segment of the loop between two neighbouring points once, as (r1,c1)-(r2,c2), in any order, "
            f"separated by commas. The form, for another instance:\n{example}",
            f"沿 {state.side} × {state.side} 个点构成的网格线画一条闭合回路。回路不能交叉、接触或重叠，不必经过所有点，"
            "但必须经过每个圆圈。在白圈（文字版中为 W）处直行，在黑圈（B）处转直角。"
            "圆圈中的数字等于回路从该圆圈向两个方向出发的两段直线的长度之和，每段量到回路下一次转弯的点。解是唯一的。\n"
            f"点写作 (行,列)，行从上到下为 0 到 {last}，列从左边的 0 开始。请列出回路在相邻两点之间的每一条线段"
            f"（每条只写一次，顺序任意），写作 (r1,c1)-(r2,c2)，用逗号分隔。格式如下（另一题）：\n{example}",
        )

    def reasoning(self, state: Shingoki) -> list[Step]:
        field, loop = _field(state.side), _solution(state) or 0
        closed: JsonValue = {"loop": _as_claim(field.of(loop))}
        circles = [
            f"{'white' if circle.colour == 'W' else 'black'} {circle.number} at ({circle.row},{circle.column})"
            for circle in state.circles
        ]
        return [
            Step(
                "rules",
                "One loop, straight through white circles and turning at black ones; a number is the length of the two "
                "straight parts that meet there.",
            ),
            Step(
                "reading",
                f"{state.side} × {state.side} points; {', '.join(circles)}.",
                {"circles": [[circle.row, circle.column, circle.colour, circle.number] for circle in state.circles]},
            ),
            *_search(state, field, loop),
            Step("check", "The segments form one loop, and every circle has its turn and its number.", closed),
            Step("answer", _written(field.of(loop)), closed),
        ]

    def holds(self, state: Shingoki, claim: JsonValue) -> bool:
        match claim:
            case None:
                return True
            case {"circles": list(circles)}:
                return circles == [[each.row, each.column, each.colour, each.number] for each in state.circles]
            case {"loop": segments}:
                edges = _as_edges(segments)
                return edges is not None and self.verify_answer(state, _written(edges)).right
            case {"drawn": drawn, "left_out": left_out}:
                used, unused = _as_edges(drawn), _as_edges(left_out)
                loop = set(_field(state.side).of(_solution(state) or 0))
                if not loop or used is None or unused is None:
                    return False
                return loop.issuperset(used) and loop.isdisjoint(unused)
        return False

    def effort(self, state: Shingoki) -> float:
        return float(len(_field(state.side).edges) + 10 * _guesses(state))

    def guess(self, state: Shingoki, rng: Random) -> str:
        return _written(_outline(state.side, 0.5, rng))

    def thinned(self, state: Shingoki, rng: Random) -> Iterator[Shingoki]:
        for circle in rng.sample(state.circles, len(state.circles)):
            yield replace(state, circles=tuple(other for other in state.circles if other != circle))


class Field:
    """The edges between ``side`` × ``side`` points, as bits."""

    def __init__(self, side: int) -> None:
        points = list(product(range(side), range(side)))
        self.side = side
        self.edges: list[Edge] = [((r, c), (r, c + 1)) for r, c in points if c + 1 < side]
        self.edges += [((r, c), (r + 1, c)) for r, c in points if r + 1 < side]
        self.number = {edge: at for at, edge in enumerate(self.edges)}
        self.every = (1 << len(self.edges)) - 1
        self.at = {point: self.bits(edge for edge in self.edges if point in edge) for point in points}

    def bits(self, edges: Iterator[Edge] | Sequence[Edge]) -> int:
        """The set of some edges."""
        return sum(1 << self.number[edge] for edge in edges)

    def of(self, bits: int) -> list[Edge]:
        """The edges of a set, in order."""
        return [self.edges[bit.bit_length() - 1] for bit in singles(bits)]

    def arm(self, point: Cell, step: Cell, length: int) -> Lines | None:
        """Edges on and off where the loop leaves a point and turns after ``length`` edges; None where it cannot."""
        ends = [(point[0] + step[0] * far, point[1] + step[1] * far) for far in range(length + 2)]
        edges = [_edge(a, b) for a, b in pairwise(ends)]
        if any(edge not in self.number for edge in edges[:length]):
            return None
        return self.bits(edges[:length]), self.bits([edge for edge in edges[length:] if edge in self.number])


@cache
def _field(side: int) -> Field:
    return Field(side)


def _passing(state: Shingoki) -> Passing:
    return tuple(((circle.row, circle.column), _ways(state.side, circle)) for circle in state.circles)


@lru_cache(maxsize=256)
def _ways(side: int, circle: Circle) -> tuple[Lines, ...]:
    field, point = _field(side), (circle.row, circle.column)
    straight = ((RIGHTWARDS, LEFTWARDS), (DOWN, UP))
    turning = tuple(product((RIGHTWARDS, LEFTWARDS), (DOWN, UP)))
    found = []
    for first, second in straight if circle.colour == "W" else turning:
        for length in range(1, circle.number):
            arms = field.arm(point, first, length), field.arm(point, second, circle.number - length)
            if arms[0] and arms[1]:
                on, off = arms[0][0] | arms[1][0], arms[0][1] | arms[1][1]
                found.append((on, off | field.at[point] & ~on))
    return tuple(found)


@lru_cache(maxsize=64)
def _solution(state: Shingoki) -> int | None:
    return next(_solutions(state), None)


def _solutions(state: Shingoki, most: float = inf) -> Iterator[int]:
    """All loops, as sets of edges.

    Raises:
        SearchedTooLong: more than ``most`` positions were looked at.

    A search of our own: certifying an instance takes some ten of them, and a model with circuits takes CP-SAT longer
    to build than this to search.
    """
    field, passing, looked_at = _field(state.side), _passing(state), 0
    open_positions: list[Lines] = [(0, 0)]
    while open_positions:
        looked_at += 1
        if looked_at > most:
            raise SearchedTooLong
        lines = _narrowed(field, passing, open_positions.pop())
        if lines is None:
            continue
        choices = _fork(field, passing, lines)
        if not choices:
            yield lines[0]
        open_positions += [(lines[0] | on, lines[1] | off) for on, off in reversed(choices)]


def _fork(field: Field, passing: Passing, lines: Lines) -> list[Lines]:
    """What to try: the ways past a circle with the fewest, else an edge at a loose end; nothing when all is decided."""
    on, off = lines
    open_edges = field.every & ~on & ~off
    if not open_edges:
        return []
    fitting = (_fitting(ways, lines) for _, ways in passing)
    several = [ways for ways in fitting if len(ways) > 1]
    if several:
        return min(several, key=len)
    loose = (field.at[point] & open_edges for point in field.at if (field.at[point] & on).bit_count() == 1)
    edge = next(singles(next(loose, open_edges)))
    return [(edge, 0), (0, edge)]


def _fitting(ways: Sequence[Lines], lines: Lines) -> list[Lines]:
    return [(on, off) for on, off in ways if not (on & lines[1] or off & lines[0])]


def _narrowed(field: Field, passing: Passing, lines: Lines) -> Lines | None:
    """All that follows; None where the rules contradict each other."""
    before = None
    while before != lines:
        before = lines
        for _, ways in passing:
            after = _passed(ways, lines)
            if after is None:
                return None
            lines = after
        after = _joined(field, lines)
        if after is None:
            return None
        lines = after
        if before == lines:
            after = _not_closed(field, passing, lines)
            if after is None:
                return None
            lines = after
    return lines


def _passed(ways: Sequence[Lines], lines: Lines) -> Lines | None:
    """What all ways past a circle have in common."""
    fitting = _fitting(ways, lines)
    if not fitting:
        return None
    on = off = -1
    for way_on, way_off in fitting:
        on, off = on & way_on, off & way_off
    return lines[0] | on, lines[1] | off


def _joined(field: Field, lines: Lines) -> Lines | None:
    """No edge or two at every point."""
    on, off = lines
    for here in field.at.values():
        used, free = (here & on).bit_count(), here & ~on & ~off
        if used > 2 or (used == 1 and not free):
            return None
        if used == 2:
            off |= free
        elif free and not free & (free - 1):
            on, off = (on | free, off) if used else (on, off | free)
    return on, off


def _not_closed(field: Field, passing: Passing, lines: Lines) -> Lines | None:
    """A loop ends everything else; an edge that would close one too early is off."""
    on, off = lines
    for path in _paths(field, on):
        points = {point for edge in path for point in edge}
        own = field.bits(path)
        whole = own == on and all(point in points for point, _ in passing)
        ends = [point for point in points if (field.at[point] & on).bit_count() == 1]
        if not ends:
            return (on, field.every & ~on) if whole else None
        closing = field.number.get(_edge(*sorted(ends)))
        if closing is not None and len(path) > 1 and not whole:
            off |= 1 << closing
    return None if on & off else (on, off)


def _paths(field: Field, on: int) -> list[list[Edge]]:
    """Edges in connected pieces."""
    left, found = on, []
    while left:
        piece, edge = 0, left & -left
        while edge:
            piece |= edge
            near = 0
            for a, b in field.of(edge):
                near |= field.at[a] | field.at[b]
            edge = near & left & ~piece
        left &= ~piece
        found.append(field.of(piece))
    return found


def _outline(side: int, share: float, rng: Random) -> list[Edge]:
    """The outline of a patch of squares that grows at random and keeps one border without pinches."""
    squares, wanted = side - 1, max(1, round(share * (side - 1) ** 2))
    patch = {(rng.randrange(squares), rng.randrange(squares))}
    refused: set[Cell] = set()
    while len(patch) < wanted:
        edge = {(r + dr, c + dc) for r, c in patch for dr, dc in (RIGHTWARDS, DOWN, LEFTWARDS, UP)}
        free = sorted(cell for cell in edge - patch - refused if 0 <= cell[0] < squares and 0 <= cell[1] < squares)
        if not free:
            break
        cell = rng.choice(free)
        if _keeps_one_border(patch, cell):
            patch.add(cell)
            refused.clear()
        else:
            refused.add(cell)
    count: dict[Edge, int] = {}
    for row, column in patch:
        a, b, c, d = (row, column), (row, column + 1), (row + 1, column), (row + 1, column + 1)
        for border in ((a, b), (c, d), (a, c), (b, d)):
            count[border] = count.get(border, 0) + 1
    return [border for border in _field(side).edges if count.get(border) == 1]


def _keeps_one_border(patch: set[Cell], cell: Cell) -> bool:
    """Whether the squares of a patch around one outside form a single run that does not begin or end at a corner."""
    around = ((-1, -1), (-1, 0), (-1, 1), (0, 1), (1, 1), (1, 0), (1, -1), (0, -1))
    ring = [(cell[0] + dr, cell[1] + dc) in patch for dr, dc in around]
    runs = sum(not ring[at - 1] and ring[at] for at in range(8))
    pinched = any(ring[at] and not ring[at - 1] and not ring[(at + 1) % 8] for at in (0, 2, 4, 6))
    return runs == 1 and not pinched


def _certified(loop: Sequence[Edge], parameters: Level, rng: Random) -> Shingoki | None:
    """Circles on a loop, as many as leave it the only one; None where all of them do not."""
    side, field = parameters.side, _field(parameters.side)
    own = field.bits(loop)
    clues = [_clue(field, own, point) for point in field.at if field.at[point] & own]
    rng.shuffle(clues)
    shown = clues[: max(2, round(parameters.circles * side * side))]
    while True:
        state = Shingoki(side, tuple(sorted(shown, key=lambda circle: (circle.row, circle.column))))
        try:
            other = next((found for found in _solutions(state, POSITIONS) if found != own), None)
            if other is None:
                return state
            telling = [clue for clue in clues if not _obeyed(field, other, clue)]
        except SearchedTooLong:
            on, off = _narrowed(field, _passing(state), (0, 0)) or (0, 0)
            telling = [clue for clue in clues if field.at[(clue.row, clue.column)] & ~on & ~off and clue not in shown]
        if not telling:
            return None
        shown.append(rng.choice(telling))


def _clue(field: Field, loop: int, point: Cell) -> Circle:
    """The circle that a point of a loop could carry."""
    arms = [_arm_length(field, loop, point, step) for step in (RIGHTWARDS, DOWN, LEFTWARDS, UP)]
    straight = bool((arms[0] and arms[2]) or (arms[1] and arms[3]))
    return Circle(*point, "W" if straight else "B", sum(arms))


def _arm_length(field: Field, loop: int, point: Cell, step: Cell) -> int:
    length = 0
    while True:
        following = (point[0] + step[0], point[1] + step[1])
        at = field.number.get(_edge(point, following))
        if at is None or not loop >> at & 1:
            return length
        point, length = following, length + 1


def _obeyed(field: Field, loop: int, circle: Circle) -> bool:
    point = (circle.row, circle.column)
    return bool(field.at[point] & loop) and _clue(field, loop, point) == circle


def _checked(state: Shingoki, edges: Sequence[Edge]) -> Verdict:
    """Whether edges form one loop that obeys every circle."""
    field = _field(state.side)
    loop = field.bits(edges)
    if any((here & loop).bit_count() not in (0, 2) for here in field.at.values()):
        return Verdict("rule", "at some point the segments do not go on, or cross")
    if len(_paths(field, loop)) != 1:
        return Verdict("rule", "the segments form more than one loop")
    for circle in state.circles:
        if not _obeyed(field, loop, circle):
            return Verdict("rule", f"the circle at ({circle.row},{circle.column}) is not passed as it should be")
    return RIGHT


def _search(state: Shingoki, field: Field, loop: int) -> list[Step]:
    """Circle by circle and point by point; where nothing follows, a segment is tried and the wrong way shown."""
    passing = _passing(state)
    unused = next((edge for point, _ in passing for edge in singles(field.at[point] & ~loop)), 0)
    steps = [_ruled(field, unused, False)] if unused else []
    lines: Lines = (0, unused)
    while lines[0] | lines[1] != field.every:
        before = lines
        for (row, column), ways in passing:
            reason = f"Every way that is left for the loop past the circle at ({row},{column})"
            lines = _noted(steps, field, reason, lines, _passed(ways, lines))
        lines = _noted(steps, field, "Each point has two segments or none", lines, _joined(field, lines))
        if lines == before:
            lines = _noted(steps, field, "The loop may not close too early", lines, _not_closed(field, passing, lines))
        if lines == before:
            lines = _tried(steps, field, passing, lines, loop)
    return steps


def _noted(steps: list[Step], field: Field, reason: str, before: Lines, after: Lines | None) -> Lines:
    """Add a step where something follows; returns what is known then."""
    if after is None or after == before:
        return before
    drawn, left_out = (field.of(new & ~old) for old, new in zip(before, after, strict=True))
    said = [f"drawn {_written(drawn)}"] * bool(drawn) + [f"left out {_written(left_out)}"] * bool(left_out)
    steps.append(Step("search", f"{reason}: {'; '.join(said)}.", _lines_claim(drawn, left_out)))
    return after


def _tried(steps: list[Step], field: Field, passing: Passing, lines: Lines, loop: int) -> Lines:
    """Settle an open segment by trying the wrong way."""
    on, off = _fork(field, passing, lines)[0]
    edge = next(singles((on | off) & ~lines[0] & ~lines[1]))
    drawn = bool(edge & loop)
    steps.append(_ruled(field, edge, drawn))
    return (lines[0] | edge, lines[1]) if drawn else (lines[0], lines[1] | edge)


def _ruled(field: Field, edge: int, drawn: bool) -> Step:
    """A segment tried the wrong way."""
    named = field.of(edge)
    supposed, found = ("left out", "drawn") if drawn else ("drawn", "left out")
    text = f"Suppose {_written(named)} were {supposed}. Following that on ends in a contradiction, so it is {found}."
    return Step("search", text, _lines_claim(named if drawn else [], [] if drawn else named))


def _guesses(state: Shingoki) -> int:
    """How often something must be tried on the way to the solution."""
    field, passing, loop, guesses = _field(state.side), _passing(state), _solution(state) or 0, 0
    lines = _narrowed(field, passing, (0, 0))
    while lines and (choices := _fork(field, passing, lines)):
        on, off = next((on, off) for on, off in choices if not on & ~loop and not off & loop)
        lines = _narrowed(field, passing, (lines[0] | on, lines[1] | off))
        guesses += 1
    return guesses


def _lines_claim(drawn: Sequence[Edge], left_out: Sequence[Edge]) -> JsonValue:
    return {"drawn": _as_claim(drawn), "left_out": _as_claim(left_out)}


def _as_claim(edges: Sequence[Edge]) -> list[JsonValue]:
    return [as_claim(edge) for edge in edges]


def _as_edges(claim: JsonValue) -> list[Edge] | None:
    """The segments of a claim; None where it is none."""
    if not isinstance(claim, list):
        return None
    ends = [cells_in(segment) for segment in claim]
    if any(points is None or len(points) != 2 for points in ends):
        return None
    return [_edge(points[0], points[1]) for points in ends if points]


def _edge(a: Cell, b: Cell) -> Edge:
    return (a, b) if a <= b else (b, a)


def _frame(side: int) -> list[Edge]:
    """The outline of the whole grid."""
    last = side - 1
    return [(a, b) for a, b in _field(side).edges if a[0] == b[0] in (0, last) or a[1] == b[1] in (0, last)]


def _written(edges: Sequence[Edge]) -> str:
    return ", ".join(f"({a[0]},{a[1]})-({b[0]},{b[1]})" for a, b in edges)


PUZZLE = ShingokiPuzzle()
