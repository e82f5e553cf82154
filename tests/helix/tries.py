"""Lists of moves to try, for tasks whose answer is one: all short ones, and near right ones."""

from collections import deque
from collections.abc import Callable, Hashable, Iterator, Sequence
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


def shortest(
    start: Position,
    words: Sequence[Move],
    step: Callable[[Position, Move], Position | None],
    done: Callable[[Position], bool],
    bound: int = 4_000,
) -> list[Move]:
    """The fewest moves to the end, breadth first; empty if none were found among ``bound`` positions."""
    ways: dict[Position, list[Move]] = {start: []}
    queue = deque([start])
    while queue and len(ways) < bound:
        position = queue.popleft()
        if done(position):
            return ways[position]
        for word in words:
            after = step(position, word)
            if after is not None and after not in ways:
                ways[after] = [*ways[position], word]
                queue.append(after)
    return []


def tries(
    start: Position,
    words: Sequence[Move],
    step: Callable[[Position, Move], Position | None],
    done: Callable[[Position], bool],
    rng: Random,
) -> Iterator[list[Move]]:
    """All short lists of moves; then a way that is right and what one or two changes make of it; then strolls."""
    for length in range(1, 6):
        if len(words) ** length <= 1_800:
            yield from map(list, product(words, repeat=length))
    way = shortest(start, words, step, done)
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
            yield stroll + shortest(position, words, step, done, 300)
