"""Where the vertices of a graph stand and which edges can be drawn between them so that each can be followed.

Coordinates are whole pixels and all tests are made of sums, products and square roots, so that the same generator
gives the same image everywhere.
"""

from collections.abc import Iterable, Sequence
from itertools import combinations
from math import ceil, sqrt
from random import Random

from asterism.helix.canvas import Box

Spot = tuple[int, int]
"""The middle of a vertex in pixels, from the left and the top."""
Edge = tuple[int, int]

WIDEST = 760
"""Pixels of the longest image of a graph; its letters are 24 pixels high, as many as an image of 768 needs."""
EM = 24
RADIUS = 21
MARGIN = 44
LOOSE = 16
"""Hundredths of the distance between lattice points by which a vertex may be off its own."""
CLEAR = 33
"""Least pixels from an edge to the middle of a vertex that is none of its ends."""
NARROW = 0.9
"""The largest squared cosine between two edges that meet or cross: some 18 degrees."""
TRIES = 60
MOVES = 150
ALONG = (0.5, 0.45, 0.55, 0.4, 0.6, 0.35, 0.65, 0.3, 0.7)
"""Where on an edge its label may stand, in order of preference."""
BESIDE = 6
"""Least pixels between a label and a vertex, another label or a foreign edge."""


def gap(columns: int) -> int:
    """Pixels between the columns of an image that has so many and in which each vertex may be a little off."""
    return min(170, (WIDEST - 2 * MARGIN) * 100 // (100 * (columns - 1) + 2 * LOOSE))


def spots(count: int, rng: Random) -> tuple[Spot, ...]:
    """Places for vertices at random: on a loose lattice, each a little off its point, some points left free."""
    columns = ceil(sqrt(1.4 * count))
    rows = ceil(1.15 * count / columns)
    step = gap(columns)
    shift = step * LOOSE // 100
    chosen = rng.sample([(column, row) for column in range(columns) for row in range(rows)], count)
    placed = [(x * step + rng.randint(-shift, shift), y * step + rng.randint(-shift, shift)) for x, y in chosen]
    return moved(placed)


def moved(points: Sequence[Spot]) -> tuple[Spot, ...]:
    """The same places with the image's margin to the left of them and above."""
    left, top = min(x for x, _ in points) - MARGIN, min(y for _, y in points) - MARGIN
    return tuple((x - left, y - top) for x, y in points)


def near(points: Sequence[Spot]) -> list[Edge]:
    """The pairs that are close enough for an edge to be followed with ease."""
    reach = 5 * gap(ceil(sqrt(1.4 * len(points)))) ** 2
    return [(a, b) for a, b in combinations(range(len(points)), 2) if _square(points[a], points[b]) <= 1.1 * reach]


def links(points: Sequence[Spot], pairs: Iterable[Edge], rng: Random, crossings: int) -> list[Edge]:
    """As many pairs as can be joined by straight lines, taken at random, short ones rather first.

    No line comes near a foreign vertex, none is crossed by more than ``crossings`` others, and lines that meet or
    cross do so at angles that the eye can tell.
    """
    chosen: dict[Edge, int] = {}
    order = sorted(pairs, key=lambda pair: _square(points[pair[0]], points[pair[1]]) * rng.uniform(0.5, 1.5))
    for pair in order:
        if not free(points, pair):
            continue
        crossed = [other for other in chosen if crosses(points, pair, other)]
        if len(crossed) > crossings or any(chosen[other] >= crossings for other in crossed):
            continue
        if any(sharp(points, pair, other) for other in chosen if other in crossed or set(other) & set(pair)):
            continue
        for other in crossed:
            chosen[other] += 1
        chosen[pair] = len(crossed)
    return list(chosen)


def placed(count: int, edges: Sequence[Edge], spacing: int, most: int, rng: Random) -> tuple[Spot, ...] | None:
    """Places for the vertices of a given graph at which its edges can be followed and at most so many cross.

    Found by exchanging places as long as that helps; None where it does not come to an end soon.
    """
    columns = ceil(sqrt(1.4 * count))
    lattice = [(column, row) for column in range(columns) for row in range(ceil(1.15 * count / columns))]
    shift = spacing * LOOSE // 100
    for _ in range(TRIES):
        places = [
            (column * spacing + rng.randint(-shift, shift), row * spacing + rng.randint(-shift, shift))
            for column, row in rng.sample(lattice, len(lattice))
        ]
        cost = _tangle(places[:count], edges, None)
        for _ in range(MOVES):
            if cost <= most:
                return moved(places[:count])
            one, other = rng.randrange(count), rng.randrange(len(places))
            places[one], places[other] = places[other], places[one]
            tangled = _tangle(places[:count], edges, cost)
            if tangled <= cost:
                cost = tangled
            else:
                places[one], places[other] = places[other], places[one]
    return None


def _tangle(points: Sequence[Spot], edges: Sequence[Edge], enough: int | None) -> int:
    """How many edges cross, and a hundred for each that cannot be followed; counting ends above ``enough``.

    Only vertices beside an edge are looked at, since those beyond its ends are far enough on the lattice.
    """
    total = 0
    for place, one in enumerate(edges):
        (x, y), (dx, dy) = points[one[0]], _way(points, one)
        length = dx * dx + dy * dy
        for vertex, (px, py) in enumerate(points):
            if vertex not in one and 0 < (px - x) * dx + (py - y) * dy < length:
                off = (px - x) * dy - (py - y) * dx
                total += 100 * (off * off < CLEAR * CLEAR * length)
        for other in edges[:place]:
            crossed = crosses(points, one, other)
            total += crossed
            if (crossed or one[0] in other or one[1] in other) and sharp(points, one, other):
                total += 100
        if enough is not None and total > enough:
            break
    return total


def free(points: Sequence[Spot], edge: Edge) -> bool:
    """Whether an edge stays away from every vertex that is none of its ends."""
    return all(distance(points, edge, place) >= CLEAR for place in range(len(points)) if place not in edge)


def distance(points: Sequence[Spot], edge: Edge, vertex: int) -> float:
    """Pixels from an edge to the middle of a vertex."""
    (x0, y0), (x1, y1), (x, y) = points[edge[0]], points[edge[1]], points[vertex]
    dx, dy = x1 - x0, y1 - y0
    along = min(1.0, max(0.0, ((x - x0) * dx + (y - y0) * dy) / (dx * dx + dy * dy)))
    return sqrt((x - x0 - along * dx) ** 2 + (y - y0 - along * dy) ** 2)


def crosses(points: Sequence[Spot], one: Edge, other: Edge) -> bool:
    """Whether two edges without a common end cross."""
    if one[0] in other or one[1] in other:
        return False
    a, b, c, d = points[one[0]], points[one[1]], points[other[0]], points[other[1]]
    return _side(a, b, c) * _side(a, b, d) < 0 and _side(c, d, a) * _side(c, d, b) < 0


def sharp(points: Sequence[Spot], one: Edge, other: Edge) -> bool:
    """Whether two edges that meet or cross run almost the same way."""
    (ax, ay), (bx, by) = _way(points, one), _way(points, other)
    dot = ax * bx + ay * by
    if shared := set(one) & set(other):
        corner = shared.pop()
        dot *= (1 if one[0] == corner else -1) * (1 if other[0] == corner else -1)
        if dot <= 0:
            return False
    return dot * dot > NARROW * (ax * ax + ay * ay) * (bx * bx + by * by)


def labelled(
    points: Sequence[Spot], edges: Sequence[Edge], size: tuple[float, float], head: float = 0
) -> list[Box] | None:
    """A box of a width and height on each edge that touches no vertex, no other edge and no other box.

    ``head`` is the length of an arrow's head. None where some edge has no room left.
    """
    boxes: list[Box] = []
    for edge in edges:
        places = _places(points, edge, size)
        box = next((box for box in places if _room(points, edges, edge, box, boxes, head)), None)
        if box is None:
            return None
        boxes.append(box)
    return boxes


def _places(points: Sequence[Spot], edge: Edge, size: tuple[float, float]) -> Iterable[Box]:
    (x0, y0), (x1, y1) = (points[vertex] for vertex in edge)
    for share in ALONG:
        x, y = x0 + share * (x1 - x0), y0 + share * (y1 - y0)
        yield (x - size[0] / 2, y - size[1] / 2, x + size[0] / 2, y + size[1] / 2)


def _room(
    points: Sequence[Spot], edges: Sequence[Edge], own: Edge, box: Box, boxes: Sequence[Box], head: float
) -> bool:
    left, top, right, bottom = box
    for vertex, (x, y) in enumerate(points):
        dx, dy = max(left - x, 0, x - right), max(top - y, 0, y - bottom)
        if dx * dx + dy * dy < (RADIUS + BESIDE + (head if vertex == own[1] else 0)) ** 2:
            return False
    for b in boxes:
        if left < b[2] + BESIDE and b[0] < right + BESIDE and top < b[3] + BESIDE and b[1] < bottom + BESIDE:
            return False
    return not any(edge != own and _touches(points, edge, box) for edge in edges)


def _touches(points: Sequence[Spot], edge: Edge, box: Box) -> bool:
    """Whether an edge passes through a box or close by."""
    (x0, y0), (x1, y1) = (points[vertex] for vertex in edge)
    first, last = 0.0, 1.0
    across, down = (box[0] - BESIDE, box[2] + BESIDE), (box[1] - BESIDE, box[3] + BESIDE)
    for start, way, (low, high) in ((x0, x1 - x0, across), (y0, y1 - y0, down)):
        if way == 0:
            if not low <= start <= high:
                return False
            continue
        enter, leave = sorted(((low - start) / way, (high - start) / way))
        first, last = max(first, enter), min(last, leave)
    return first <= last


def _way(points: Sequence[Spot], edge: Edge) -> Spot:
    (x0, y0), (x1, y1) = (points[vertex] for vertex in edge)
    return x1 - x0, y1 - y0


def _square(a: Spot, b: Spot) -> int:
    return (a[0] - b[0]) ** 2 + (a[1] - b[1]) ** 2


def _side(a: Spot, b: Spot, c: Spot) -> int:
    return (b[0] - a[0]) * (c[1] - a[1]) - (b[1] - a[1]) * (c[0] - a[0])
