"""Lists of moves to try, for tasks whose answer is one: all short ones, and near right ones."""

from collections.abc import Callable, Hashable, Iterator, Sequence
from heapq import heappop, heappush
from itertools import product
from random import Random
from typing import TypeVar

Position = TypeVar("Position", bound=Hashable)
Move = TypeVar("Move")

WAYS = {"up": (-1, 0), "down": (1, 0), "left": (0, -1), "right": (0, 1)}


def played(
    start: Position, moves: Sequence[Move], step: Callable[[Position, Move], Position | None]
) -> Position | None:
    """Where the moves lead; None if one of them is not allowed."""
    position: Position | None = start
    for move in moves:
        position = None if position is None else step(position, move)
    return position


def nothing(position: object) -> int:
    """The estimate of somebody who knows nothing."""
    return 0


def way_out(
    start: Position,
    words: Sequence[Move],
    step: Callable[[Position, Move], Position | None],
    done: Callable[[Position], bool],
    ahead: Callable[[Position], int] = nothing,
    bound: int = 20_000,
) -> list[Move]:
    """Moves to the end, by best-first search with an estimate; empty if ``bound`` positions are not enough."""
    queue: list[tuple[int, int, Position, list[Move]]] = [(0, 0, start, [])]
    seen = {start}
    while queue and len(seen) < bound:
        _, _, position, way = heappop(queue)
        if done(position):
            return way
        for word in words:
            after = step(position, word)
            if after is not None and after not in seen:
                seen.add(after)
                heappush(queue, (len(way) + ahead(after), len(seen), after, [*way, word]))
    return []


def tries(
    start: Position,
    words: Sequence[Move],
    step: Callable[[Position, Move], Position | None],
    done: Callable[[Position], bool],
    rng: Random,
    ahead: Callable[[Position], int] = nothing,
) -> Iterator[list[Move]]:
    """All short lists of moves; then a way that is right and what one or two changes make of it; then strolls."""
    for length in range(1, 6):
        if len(words) ** length <= 1_800:
            yield from map(list, product(words, repeat=length))
    way = way_out(start, words, step, done, ahead)
    if way:
        yield way
        for place in range(len(way)):
            yield way[:place] + way[place + 1 :] or [words[0]]
            yield way[:place] + way[place : place + 2][::-1] + way[place + 2 :]
    for _ in range(300 if way else 0):
        place = rng.randrange(len(way) + 1)
        added = [rng.choice(words) for _ in range(rng.choice((1, 2, 2, 2)))]
        yield way[:place] + added + way[place + rng.randrange(2) :]
    for _ in range(100):
        position, stroll = start, []
        for _ in range(rng.randint(1, 30)):
            moves = [(word, after) for word in words if (after := step(position, word)) is not None]
            if not moves:
                break
            word, position = rng.choice(moves)
            stroll.append(word)
        if stroll:
            yield stroll
            yield stroll + way_out(position, words, step, done, ahead, 300)
