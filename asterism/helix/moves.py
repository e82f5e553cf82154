"""Games that are played move by move: reading moves, playing them, finding the shortest way to win, telling it."""

import re
from collections.abc import Callable, Container, Hashable, Iterable, Sequence
from heapq import heappop, heappush
from itertools import count
from random import Random
from types import NoneType
from typing import TypeVar

from pydantic import JsonValue

from asterism.helix.game import Game, MeasuredGame, Move
from asterism.helix.puzzle import RIGHT, Step, Verdict
from asterism.helix.wording import Wording

Cell = tuple[int, int]

DIRECTIONS: dict[str, Cell] = {"up": (-1, 0), "down": (1, 0), "left": (0, -1), "right": (0, 1)}
"""The step in rows and columns of each direction."""
ONE_DIRECTION = Wording("up, down, left or right", "up（上）、down（下）、left（左）或 right（右）")
"""A move of a game in which each goes in a direction."""
OPPOSITE = {"up": "down", "down": "up", "left": "right", "right": "left"}
MOST = 4096
"""Moves of the longest answer that is played."""
REJECTED = 3
"""How many considered and rejected moves worked reasoning shows at most."""

_SIGNS = {
    **{name[0]: name for name in DIRECTIONS},
    **dict(zip("上下左右", DIRECTIONS, strict=True)),
    **dict(zip("↑↓←→", DIRECTIONS, strict=True)),
    **dict(zip("⬆⬇⬅➡", DIRECTIONS, strict=True)),
}
_WRITTEN = re.compile(r"[a-z]+|[上下左右]")
_DRAWN = re.compile(r"[↑↓←→⬆⬇⬅➡]")
_NOISE = re.compile(r"(?<![a-z])(?:move|moves|then|and)(?![a-z])|[向往]")
_APART = re.compile(r"[\s,，、;；:：.。|/&'\"()\[\]<>↑↓←→⬆⬇⬅➡–—~-]*")

State = TypeVar("State")
Node = TypeVar("Node", bound=Hashable)
Way = TypeVar("Way")


def directions(answer: str) -> list[str] | None:
    """Moves as words, initials, arrows or Chinese characters; None where anything else is said, or too many are.

    An arrow between words is a separator.
    """
    answer = _NOISE.sub(" ", answer.lower())
    found = _WRITTEN.findall(answer) or _DRAWN.findall(answer)
    if ".." in answer or not _APART.fullmatch(_WRITTEN.sub(" ", answer)):
        return None
    if any(len(word) > 1 and word not in DIRECTIONS for word in found):
        found = [letter for word in found for letter in (word if set(word) <= set("udlr") else [word])]
    read = [word if word in DIRECTIONS else _SIGNS.get(word, "") for word in found]
    return read if read and all(read) and len(read) <= MOST else None


def asked(rules: Wording, other: Wording, example: Sequence[str]) -> Wording:
    """Rules, and how moves are written; ``other`` says what the example is."""
    moves = " ".join(example)
    return Wording(
        f"{rules.en}\nAnswer with the moves in order, as the words up, down, left and right with spaces between them. "
        f"The form, with {other.en}:\n{moves}",
        f"{rules.zh}\n请按顺序写出各步，用 up（上）、down（下）、left（左）、right（右）四个词，以空格隔开。"
        f"格式如下（{other.zh}）：\n{moves}",
    )


def wandering(rng: Random, least: int, most: int) -> str:
    """Moves in random directions."""
    return " ".join(rng.choice(tuple(DIRECTIONS)) for _ in range(rng.randint(least, most)))


def played(game: Game[State], state: State, moves: Iterable[Move]) -> tuple[State, int | None]:
    """The last position reached, and the number from 1 of the move that was not legal, if any."""
    position = game.start(state)
    for number, move in enumerate(moves, 1):
        after = game.after(position, move)
        if after is None:
            return position, number
        position = after
    return position, None


def verdict(game: Game[State], state: State, moves: Sequence[Move] | None, form: str) -> Verdict:
    """Whether moves are legal and win; ``form`` says what is wanted where they could not be read."""
    if moves is None:
        return Verdict("form", form)
    position, fault = played(game, state, moves)
    if fault is not None:
        return Verdict("rule", f"move {fault} ({said(moves[fault - 1])}) is not possible")
    return RIGHT if game.won(position) else Verdict("rule", "the moves end before the goal is reached")


def search(
    start: Node,
    ways: Callable[[Node], Iterable[tuple[Way, Node]]],
    won: Callable[[Node], bool],
    least: Callable[[Node], int | None],
) -> list[Way] | None:
    """A shortest sequence of ways to a node that has won, by A*; None where there is none.

    ``least`` is never more than the steps still needed, falls by at most one in a step, and is None where a node
    cannot win. Among equally promising nodes the deepest comes first.
    """
    bound, number = least(start), count()
    if bound is None:
        return None
    came: dict[Node, tuple[Node, Way] | None] = {start: None}
    steps, waiting = {start: 0}, [(bound, 0, 0, start)]
    done: set[Node] = set()
    while waiting:
        *_, node = heappop(waiting)
        if won(node):
            return _back(came, node)
        if node in done:
            continue
        done.add(node)
        taken = steps[node] + 1
        for way, after in ways(node):
            if taken >= steps.get(after, taken + 1):
                continue
            bound = least(after)
            if bound is not None:
                came[after], steps[after] = (node, way), taken
                heappush(waiting, (taken + bound, -taken, -next(number), after))
    return None


def explored(
    game: MeasuredGame[State],
    state: State,
    groups: Iterable[tuple[Sequence[Move], str]],
    branches: Callable[[State], Iterable[Sequence[Move]]] | None = None,
) -> list[Step]:
    """A winning sequence told in groups of moves, each with what it does, and up to three branches that were rejected.

    Branches are considered where a group begins; ``branches`` gives them where they are more than a single move.
    """
    branches = branches or (lambda position: ((move,) for move in game.moves(position)))
    steps: list[Step] = []
    position, before, past, rejected = game.start(state), game.start(state), list[Move](), 0
    for moves, does in groups:
        refused = _refused(game, position, before, past, branches) if rejected < REJECTED else None
        if refused is not None:
            steps.append(refused)
            rejected += 1
        before, _ = played(game, position, moves[:-1])
        position, _ = played(game, before, moves[-1:])
        past += moves
        steps.append(Step("search", does, {"moves": _json(past), "position": game.seen(position)}))
    return steps


def holds(game: MeasuredGame[State], state: State, claim: JsonValue) -> bool:
    """Whether what :func:`explored` claims is so."""
    match claim:
        case None:
            return True
        case {"moves": list(moves), "position": seen}:
            position, fault = played(game, state, _moves(moves))
            return fault is None and game.seen(position) == seen
        case {"moves": list(moves), "left": left}:
            position, fault = played(game, state, _moves(moves))
            return fault is None and type(left) in (int, NoneType) and game.left(position) == left
        case {"won": list(moves)}:
            position, fault = played(game, state, _moves(moves))
            return fault is None and game.won(position)
    return False


def said(move: Move) -> str:
    """A move in words."""
    return move if isinstance(move, str) else f"({move[0]}, {move[1]})"


def runs(moves: Sequence[str], breaks: Container[int] = ()) -> list[list[str]]:
    """Moves in groups of the same direction; a new group also begins with each move whose place is in ``breaks``."""
    groups: list[list[str]] = []
    for place, move in enumerate(moves):
        if groups and groups[-1][0] == move and place not in breaks:
            groups[-1].append(move)
        else:
            groups.append([move])
    return groups


def _refused(
    game: MeasuredGame[State],
    position: State,
    before: State,
    past: Sequence[Move],
    branches: Callable[[State], Iterable[Sequence[Move]]],
) -> Step | None:
    """A branch that leads further away, other than going back; None where there is none."""
    now = game.left(position)
    for moves in branches(position):
        after, _ = played(game, position, moves)
        left = now if after == before else game.left(after)
        if left is None or (now is not None and left > now):
            leads = "it could no longer be won" if left is None else f"{left} would be left instead of {now}"
            text = f"Suppose one went on with {' '.join(map(said, moves))}: {leads}. Rejected."
            return Step("search", text, {"moves": _json([*past, *moves]), "left": left})
    return None


def _back(came: dict[Node, tuple[Node, Way] | None], node: Node) -> list[Way]:
    """The ways that led to a node."""
    ways = []
    while (step := came[node]) is not None:
        node, way = step
        ways.append(way)
    return ways[::-1]


def _json(moves: Iterable[Move]) -> list[JsonValue]:
    return [move if isinstance(move, str) else list(move) for move in moves]


def _moves(values: Iterable[JsonValue]) -> list[Move]:
    """Moves out of a claim; what is none becomes one that is never legal."""
    found: list[Move] = []
    for value in values:
        match value:
            case str():
                found.append(value)
            case [int(first), int(second)]:
                found.append((first, second))
            case _:
                found.append("")
    return found
