"""Tower of Hanoi, by its rule text."""

import re
from collections.abc import Iterator
from random import Random

from asterism.helix.tasks.tower_of_hanoi import Hanoi
from tests.helix.tries import played, tries

Pegs = tuple[tuple[int, ...], ...]
Move = tuple[int, int]


def accepts(state: Hanoi, answer: str) -> bool:
    """Whether all moves are allowed and all disks are on peg 3 at last."""
    moves = [(int(disk), int(peg)) for disk, peg in re.findall(r"\((\d+), (\d+)\)", answer)]
    end = played(state.pegs, moves, _step)
    return end is not None and _done(end)


def candidates(state: Hanoi, rng: Random) -> Iterator[str]:
    """Moves, all short ones and near right ones."""
    disks = sorted(disk for peg in state.pegs for disk in peg)
    words = [(disk, peg) for disk in [*disks, disks[-1] + 1] for peg in (1, 2, 3, 4)]
    for moves in tries(state.pegs, words, _step, _done, rng):
        yield ", ".join(f"({disk}, {peg})" for disk, peg in moves)


def small() -> list[Hanoi]:
    """A disk or a few, in various places."""
    return [
        Hanoi(((4,), (), ())),
        Hanoi(((), (7,), ())),
        Hanoi(((5, 2), (), ())),
        Hanoi(((2,), (5,), ())),
        Hanoi(((9,), (), (4,))),
        Hanoi(((6, 3, 1), (), ())),
        Hanoi(((8,), (9, 2), (5,))),
    ]


def _step(pegs: Pegs, move: Move) -> Pegs | None:
    disk, to = move
    from_peg = [peg for peg in (1, 2, 3) if pegs[peg - 1] and pegs[peg - 1][-1] == disk]
    if not from_peg or to not in (1, 2, 3) or from_peg == [to]:
        return None
    if pegs[to - 1] and pegs[to - 1][-1] < disk:
        return None
    after = [list(peg) for peg in pegs]
    after[to - 1].append(after[from_peg[0] - 1].pop())
    return tuple(map(tuple, after))


def _done(pegs: Pegs) -> bool:
    return not pegs[0] and not pegs[1]
