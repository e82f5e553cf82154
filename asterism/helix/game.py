"""What a task offers that is played move by move: the rules of play as functions of a position."""

from collections.abc import Sequence
from typing import Protocol, TypeVar, runtime_checkable

from pydantic import JsonValue

from asterism.helix.wording import Wording

Move = str | tuple[str | int, ...]
"""``up``, ``(disk, peg)``, ``("mark", row, column)``."""
Position = TypeVar("Position")


@runtime_checkable
class Game(Protocol[Position]):
    """Rules to play by. A position is a state of the task: the instance after some moves."""

    move_form: Wording
    """How one move is written, as a player is told."""

    def start(self, state: Position) -> Position:
        """The position before the first move."""

    def moves(self, position: Position) -> Sequence[Move]:
        """Every move that may be made; for a player who sees the position alone it holds no hint."""

    def after(self, position: Position, move: Move) -> Position | None:
        """The position after a move; None where the move is not legal, or loses the game."""

    def won(self, position: Position) -> bool:
        """Whether the game is won."""


class MeasuredGame(Game[Position], Protocol[Position]):
    """A game that worked reasoning can be told about: it knows how much is left to do."""

    def left(self, position: Position) -> int | None:
        """The least that is still to do, in the measure of :meth:`Puzzle.effort`; None where it cannot be won."""

    def seen(self, position: Position) -> JsonValue:
        """What tells positions of one game apart, as JSON."""
