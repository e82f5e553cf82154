"""Sliding puzzle, by its rule text."""

from collections.abc import Iterator
from random import Random

from asterism.helix.tasks.sliding_puzzle import Sliding
from tests.helix.tries import WAYS, played, tries

Tiles = tuple[int, ...]
ORDER = (*range(1, 16), 0)


def accepts(state: Sliding, answer: str) -> bool:
    """Whether every move slides a tile into the gap and the tiles are in order at last."""
    return played(state.tiles, answer.split(), _step) == ORDER


def candidates(state: Sliding, rng: Random) -> Iterator[str]:
    """Moves, all short ones and near right ones."""
    yield from map(" ".join, tries(state.tiles, list(WAYS), _step, ORDER.__eq__, rng, _ahead))


def small() -> list[Sliding]:
    """Boards that are a few moves from the end, and one that never gets there."""
    ways = (
        "down",
        "right",
        "down right",
        "right right down left",
        "down down right up right",
        "right down left up right",
    )
    boards = [played(ORDER, way.split(), _step) for way in ways]
    return [Sliding((*range(1, 14), 15, 14, 0)), *(Sliding(board) for board in boards if board)]


def _ahead(tiles: Tiles) -> int:
    """Twice how far the tiles are from their places."""
    places = [(at, ORDER.index(tile)) for at, tile in enumerate(tiles) if tile]
    return 2 * sum(abs(at // 4 - to // 4) + abs(at % 4 - to % 4) for at, to in places)


def _step(tiles: Tiles, move: str) -> Tiles | None:
    down, right = WAYS[move]
    gap = tiles.index(0)
    row, column = gap // 4 - down, gap % 4 - right
    if not (0 <= row < 4 and 0 <= column < 4):
        return None
    after = list(tiles)
    after[gap], after[4 * row + column] = after[4 * row + column], 0
    return tuple(after)
