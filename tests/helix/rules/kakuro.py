"""Kakuro, from its rule text."""

from collections.abc import Iterator
from random import Random

from asterism.helix.tasks.kakuro import Kakuro
from tests.helix.rules import formed


def _runs(state: Kakuro) -> list[tuple[int, list[int]]]:
    """The sum (0 where it is missing) and the cells of each run, across and down."""
    size, runs = state.size, []
    for cell, clue in enumerate(state.cells):
        if clue is None:
            continue
        down, right = [], []
        place = cell + size
        while place < size * size and state.cells[place] is None:
            down.append(place)
            place += size
        place = cell + 1
        while place % size != 0 and state.cells[place] is None:
            right.append(place)
            place += 1
        runs += [(total, run) for total, run in zip(clue, (down, right), strict=True) if run]
    return runs


def accepts(state: Kakuro, answer: str) -> bool:
    """Whether the whole board is right."""
    formed(r"[1-9x]( [1-9x])*(\n[1-9x]( [1-9x])*)*", answer)
    signs = [sign for line in answer.split("\n") for sign in line.split(" ")]
    for sign, clue in zip(signs, state.cells, strict=True):
        if (sign == "x") != (clue is not None):
            return False
        if sign != "x" and sign not in list("123456789"):
            return False
    for total, run in _runs(state):
        digits = [int(signs[cell]) for cell in run]
        if len(set(digits)) != len(digits) or total not in (0, sum(digits)):
            return False
    return True


def candidates(state: Kakuro, rng: Random) -> Iterator[str]:
    """Up to 100 boards that a search finds; each also with a digit changed and with two exchanged; and random ones."""
    white = [cell for cell, clue in enumerate(state.cells) if clue is None]
    through: dict[int, list[tuple[int, list[int]]]] = {cell: [] for cell in white}
    for total, run in _runs(state):
        for cell in run:
            through[cell].append((total, run))
    digits: dict[int, int] = {}
    steps = 0

    def fits(cell: int) -> bool:
        for total, run in through[cell]:
            held = [digits[other] for other in run if other in digits]
            if len(set(held)) != len(held) or (total and sum(held) > total):
                return False
            if total and len(held) == len(run) and sum(held) != total:
                return False
        return True

    def search(depth: int) -> Iterator[dict[int, int]]:
        nonlocal steps
        if depth == len(white):
            yield dict(digits)
            return
        for digit in range(1, 10):
            steps += 1
            digits[white[depth]] = digit
            if steps < 30_000 and fits(white[depth]):
                yield from search(depth + 1)
            del digits[white[depth]]

    for found, board in enumerate(search(0)):
        yield _answer(state, board)
        for _ in range(20):
            yield _answer(state, {**board, rng.choice(white): rng.randint(1, 9)})
            one, other = rng.sample(white, 2)
            yield _answer(state, {**board, one: board[other], other: board[one]})
        if found == 100:
            break
    for _ in range(200):
        yield _answer(state, {cell: rng.randint(1, 9) for cell in white})


def _answer(state: Kakuro, board: dict[int, int]) -> str:
    signs = [str(board.get(cell, "x")) for cell in range(state.size**2)]
    return "\n".join(" ".join(signs[row * state.size : (row + 1) * state.size]) for row in range(state.size))


def small() -> list[Kakuro]:
    """With one solution, several and none; with sums missing; and with a run that ends within the board."""
    return [
        Kakuro(3, ((0, 0), (3, 0), (4, 0), (0, 3), None, None, (0, 4), None, None)),
        Kakuro(3, ((0, 0), (4, 0), (6, 0), (0, 3), None, None, (0, 7), None, None)),
        Kakuro(3, ((0, 0), (10, 0), (9, 0), (0, 11), None, None, (0, 8), None, None)),
        Kakuro(3, ((0, 0), (3, 0), (3, 0), (0, 3), None, None, (0, 17), None, None)),
        Kakuro(3, ((0, 0), (0, 0), (4, 0), (0, 3), None, None, (0, 0), None, None)),
        Kakuro(
            4,
            (
                *((0, 0), (3, 0), (11, 0), (0, 0)),
                *((0, 4), None, None, (5, 0)),
                *((0, 7), None, None, None),
                *((0, 0), (0, 8), None, None),
            ),
        ),
    ]
