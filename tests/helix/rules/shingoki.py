"""Shingoki: one loop through all circles, straight at white, turning at black, the numbers its two arms together."""

import re
from collections.abc import Iterator
from random import Random

from asterism.helix.tasks.shingoki import Circle, Shingoki
from tests.helix.rules import formed

Point = tuple[int, int]
Segment = frozenset[Point]


def arm(loop: set[Segment], start: Point, onward: Point) -> int:
    """How far the loop goes straight on from a point in a direction."""
    step, here, length = (onward[0] - start[0], onward[1] - start[1]), start, 0
    while frozenset({here, after := (here[0] + step[0], here[1] + step[1])}) in loop:
        here, length = after, length + 1
    return length


def accepts(state: Shingoki, answer: str) -> bool:
    """Whether the segments are a solution."""
    formed(r"\(\d+,\d+\)-\(\d+,\d+\)(, \(\d+,\d+\)-\(\d+,\d+\))*", answer)
    read = [tuple(map(int, re.findall(r"\d+", part))) for part in answer.split(", ")]
    loop = {frozenset({(a, b), (c, d)}) for a, b, c, d in read}
    if len(loop) < len(read) or any(abs(a - c) + abs(b - d) != 1 for a, b, c, d in read):
        return False
    if any(not 0 <= each < state.side for numbers in read for each in numbers):
        return False
    ends: dict[Point, list[Point]] = {}
    for segment in loop:
        for point in segment:
            ends.setdefault(point, []).extend(segment - {point})
    if any(len(others) != 2 for others in ends.values()):
        return False
    walked = [next(iter(ends))]
    while onward := [point for point in ends[walked[-1]] if point not in walked]:
        walked.append(onward[0])
    if len(walked) < len(ends):
        return False
    for circle in state.circles:
        here = (circle.row, circle.column)
        if here not in ends:
            return False
        first, second = ends[here]
        straight = first[0] == second[0] or first[1] == second[1]
        if straight != (circle.colour == "W") or arm(loop, here, first) + arm(loop, here, second) != circle.number:
            return False
    return True


def boundary(cells: set[Point]) -> set[tuple[Point, Point]]:
    """The segments that have just one of their two sides among the cells."""
    found: set[tuple[Point, Point]] = set()
    for y, x in cells:
        corners = ((y, x), (y, x + 1)), ((y + 1, x), (y + 1, x + 1)), ((y, x), (y + 1, x)), ((y, x + 1), (y + 1, x + 1))
        found ^= set(corners)
    return found


def candidates(state: Shingoki, rng: Random) -> Iterator[str]:
    """The edges of all sets of cells where they are few, else of some, and such with a segment more, less or moved."""

    def form(segments: list[tuple[Point, Point]]) -> str:
        return ", ".join(f"({a},{b})-({c},{d})" for (a, b), (c, d) in segments)

    wide = state.side - 1
    cells = [(y, x) for y in range(wide) for x in range(wide)]
    few = len(cells) <= 9
    for number in range(1, 2 ** len(cells) if few else 500):
        chosen = {cell for k, cell in enumerate(cells) if number >> k & 1} if few else grown(cells, rng)
        loop = sorted(boundary(chosen))
        yield form(loop)
        if few and rng.random() < 0.7:
            continue
        turned = [(b, a) for a, b in loop]
        rng.shuffle(turned)
        yield form(turned)
        yield form(loop[1:])
        yield form([*loop, turned[0]])
        yield form([*loop, ((0, 0), (0, wide))])
        y, x = rng.choice(cells)
        yield form([*loop, ((y, x), (y, x + 1)), ((y, x + 1), (y + 1, x + 1))])


def grown(cells: list[Point], rng: Random) -> set[Point]:
    """Cells that hang together, by growth from one."""
    chosen = {rng.choice(cells)}
    for _ in range(rng.randrange(3 * len(cells))):
        y, x = rng.choice(cells)
        if sum((v, u) in chosen for v, u in ((y - 1, x), (y + 1, x), (y, x - 1), (y, x + 1))) == 1:
            chosen.add((y, x))
    return chosen


def small() -> list[Shingoki]:
    """Grids of 2 to 4 points a side with one, several and no solutions."""
    return [
        Shingoki(2, (Circle(0, 0, "B", 2),)),
        Shingoki(2, (Circle(0, 0, "B", 3),)),
        Shingoki(3, (Circle(1, 1, "B", 2),)),
        Shingoki(3, (Circle(0, 1, "W", 2), Circle(1, 0, "W", 2), Circle(2, 2, "B", 4))),
        Shingoki(3, (Circle(1, 1, "W", 2),)),
        Shingoki(4, (Circle(1, 1, "W", 2),)),
        Shingoki(4, (Circle(0, 1, "W", 3), Circle(2, 2, "B", 3))),
    ]
