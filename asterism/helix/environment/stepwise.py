"""A game an episode, one move a step."""

import re
from collections.abc import Mapping
from typing import Any

from asterism.core.errors import AsterismError
from asterism.helix.answer_readers import final_answer
from asterism.helix.environment.question import HelixEnv, Observation
from asterism.helix.game import Game, Position
from asterism.helix.puzzle import RIGHT, Verdict
from asterism.helix.wording import Language, Wording

MAX_STEPS = 400
"""Moves after which a game is truncated unless another number is given."""

_MADE = Wording("Your move was made: {move}.", "已执行：{move}。")
_WON = Wording("Your move was made: {move}. The game is won.", "已执行：{move}。你赢了。")
_LOST = Wording("Your move was {move}. The game is lost.", "你的走法是 {move}。你输了。")
_ILLEGAL = Wording("That move is not possible here; nothing has changed.", "此处不能这样走；局面没有变化。")
_UNREAD = Wording("No move was found in what you wrote; nothing has changed.", "没有找到走法；局面没有变化。")
_NOW = Wording("The position now:\n{text}", "当前局面：\n{text}")
_SHOWN = Wording("The picture shows the position now.", "图中是当前局面。")
_STEPWISE = Wording(
    "Here you play move by move, whatever is said above about the form of an answer: give only the next move in "
    "\\boxed{{}}, and you will see what comes of it. A move is {form}.",
    "这里请逐步进行，不按上面的答案格式：每次只在 \\boxed{{}} 中写出下一步，然后你会看到结果。一步是 {form}。",
)


class StepwiseEnv(HelixEnv[Position]):
    """A game, one move a step; the action is a move such as ``up`` or ``(2, 3)``, bare or as the answer of a text.

    The first observation's text has the rules, the position and how a move is written; each later one says what came of
    the last move and what the position is now. The image always shows the present position. ``written=False`` leaves
    the position out of the texts, so that a model must read the images; without ``pictured`` it is always written.

    The reward is 1 on the move that wins and else 0. A move that is not legal, or no move, changes nothing; ``info``
    says so by the code ``rule`` or ``form``. An episode is terminated when the game is won, lost (code ``claim``) or no
    move is left, and truncated after ``max_steps``.
    """

    def __init__(
        self,
        task: str,
        level: int = 1,
        *,
        config: Mapping[str, Any] | None = None,
        pictured: bool = True,
        written: bool = True,
        language: Language = "en",
        reference: bool = False,
        max_steps: int = MAX_STEPS,
        render_mode: str | None = None,
    ) -> None:
        """An environment of a task that is a game.

        Raises:
            AsterismError: no such task, level or difficulty parameter, ``max_steps`` is below 1, or the task is not
                played by moves.
        """
        super().__init__(
            task,
            level,
            config=config,
            pictured=pictured,
            language=language,
            reference=reference,
            render_mode=render_mode,
        )
        if not isinstance(self.puzzle, Game):
            raise AsterismError(
                f"{task} is not played move by move",
                remedy="Leave -steps out: its answer is given at once.",
            )
        if max_steps < 1:
            raise AsterismError(f"max_steps is {max_steps}", remedy="Give 1 or more.")
        self.game: Game[Position] = self.puzzle
        self.written = written or not pictured
        self.max_steps = max_steps
        self._steps = 0

    def begin_at(self, state: Position) -> tuple[Observation, dict[str, Any]]:
        """Begin a game at a state of one's own, such as that of a record; what ``reset`` gives."""
        self._state = self._begun(state)
        self._over = False
        return self._observed(self._question())

    def step(self, action: str) -> tuple[Observation, float, bool, bool, dict[str, Any]]:
        """Make a move.

        Raises:
            gymnasium.error.ResetNeeded: no game is open.
        """
        self._steps += 1
        verdict, message = self._moved(self._open(), action)
        position = self._shown()
        won = self.game.won(position)
        terminated = won or verdict.code == "claim" or not self.game.moves(position)
        truncated = not terminated and self._steps >= self.max_steps
        self._over = terminated or truncated
        observation, info = self._observed(f"{message}\n{self._present()}", verdict)
        return observation, float(won), terminated, truncated, info

    def _begun(self, state: Position) -> Position:
        self._steps = 0
        return self.game.start(state)

    def _moved(self, position: Position, action: str) -> tuple[Verdict, str]:
        """Go to the position after a move, if it is one; the verdict, and what the player is told."""
        wanted = _pieces(final_answer(action) or "")
        if not wanted:
            return Verdict("form", "no move was found"), _UNREAD.said(self.language)
        move = next((move for move in self.game.moves(position) if _pieces(str(move)) == wanted), None)
        if move is None:
            return Verdict("rule", "not a legal move here"), _ILLEGAL.said(self.language)
        named = " ".join(wanted)
        after = self.game.after(position, move)
        if after is None:  # a move that may be made and leads nowhere, such as revealing a mine
            return Verdict("claim", "the move loses the game"), _LOST.said(self.language).format(move=named)
        self._state = after
        told = _WON if self.game.won(after) else _MADE
        return RIGHT, told.said(self.language).format(move=named)

    def _present(self) -> str:
        """The position as it is now, in words or as what the image shows."""
        if not self.written:
            return _SHOWN.said(self.language)
        return _NOW.said(self.language).format(text=self.puzzle.text(self._shown()))

    def _question(self) -> str:
        rules = self.puzzle.prompt(self._shown(), pictured=not self.written, language=self.language)
        form = self.game.move_form.said(self.language)
        return f"{rules}\n\n{_STEPWISE.said(self.language).format(form=form)}"


def _pieces(text: str) -> list[str]:
    """The words and numbers of a move; what stands between them does not matter."""
    return re.findall(r"[a-z]+|\d+", text.lower())
