"""A Gymnasium environment for each task: import this module, then ``gymnasium.make("asterism/helix/sudoku-v0")``.

An episode is one question: the action is a model's text, the reward is 1 where it is right, and the episode ends. Games
can be played move by move as well: ``gymnasium.make("asterism/helix/maze-steps-v0")``.
"""

import operator
import re
from collections.abc import Mapping, Sequence
from typing import Any, Generic, Protocol, TypeVar, runtime_checkable

import numpy as np
from numpy.typing import NDArray

from asterism.core.errors import AsterismError
from asterism.helix.answer_readers import final_answer
from asterism.helix.catalogue import catalogue, puzzle_of
from asterism.helix.dataset import checked_level
from asterism.helix.puzzle import RIGHT, Puzzle, Verdict
from asterism.helix.wording import Language, Wording

try:
    import gymnasium
    from gymnasium import spaces
    from gymnasium.envs import registration
except ImportError as missing:
    raise AsterismError("Gymnasium is not installed", remedy="pip install 'asterism[helix]'") from missing

NAMESPACE = "asterism/helix"
SIDE = 1024
"""Pixels of the observed picture's sides; smaller pictures stand at the top left, on white."""
LONGEST_PROMPT = 50_000
LONGEST_ACTION = 1_000_000
MOST_STEPS = 400
"""Moves after which a game that is played move by move is cut off."""

_OPTIONS = ("level", "seed", "index")
_STEPWISE = Wording(
    "Here you play move by move: give only the next move in \\boxed{}.", "这里请逐步进行：只在 \\boxed{} 中写出下一步。"
)

Observation = dict[str, Any]
Move = str | tuple[str | int, ...]
Position = TypeVar("Position")


class AnyText(spaces.Text):
    """Texts of any characters up to a length; samples are short and of ASCII."""

    def __init__(self, max_length: int, seed: int | np.random.Generator | None = None) -> None:
        super().__init__(max_length, min_length=0, charset="".join(map(chr, range(32, 127))), seed=seed)

    def sample(self, mask: Any = None, probability: Any = None) -> str:
        """At most 64 characters."""
        length = int(self.np_random.integers(min(64, self.max_length) + 1))
        return "".join(chr(code) for code in self.np_random.integers(32, 127, size=length))

    def contains(self, x: Any) -> bool:
        """Whether it is a text that is short enough."""
        return isinstance(x, str) and len(x) <= self.max_length

    @property
    def is_np_flattenable(self) -> bool:
        """Characters beyond the sampled ones have no number."""
        return False


@runtime_checkable
class Game(Protocol[Position]):
    """A task that can be played move by move. A position is a state: the instance after some moves."""

    def start(self, state: Position) -> Position:
        """The position before the first move."""

    def moves(self, position: Position) -> Sequence[Move]:
        """Every legal move."""

    def after(self, position: Position, move: Move) -> Position | None:
        """The position after a move; None where it is not legal."""

    def won(self, position: Position) -> bool:
        """Whether the game is won."""


class HelixEnv(gymnasium.Env[Observation, str], Generic[Position]):
    """One question an episode.

    Observations hold ``image`` (``[1024, 1024, 3]`` uint8, white beyond the picture) and ``text`` (the question; with
    the instance as text where ``pictured`` is False). ``info`` holds ``size`` (the picture's height and width) and the
    names of the instance; after a step also ``code`` and ``detail`` of the verdict.

    ``reset(seed=s)`` asks the first instance of seed ``s``, each further ``reset()`` the next. Options ``level``,
    ``seed`` and ``index`` name an instance; a level stays until another is given.
    """

    metadata = {"render_modes": ["rgb_array", "ansi"], "render_fps": 1}  # noqa: RUF012 - as Gymnasium declares it

    def __init__(
        self,
        task: str,
        level: int = 1,
        *,
        pictured: bool = True,
        language: Language = "en",
        reference: bool = False,
        render_mode: str | None = None,
    ) -> None:
        """An environment of a task.

        Raises:
            AsterismError: no such task or level.
        """
        self.puzzle: Puzzle[Position] = puzzle_of(task)
        self.level = checked_level(level, task)
        self.pictured = pictured
        self.language: Language = language
        self.reference = reference
        self.render_mode = render_mode
        self.observation_space = spaces.Dict(
            {"image": spaces.Box(0, 255, (SIDE, SIDE, 3), np.uint8), "text": AnyText(LONGEST_PROMPT)}
        )
        self.action_space = AnyText(LONGEST_ACTION)
        self._seed: int | None = None
        self._index = 0
        self._state: Position | None = None
        self._over = True

    def reset(
        self, *, seed: int | None = None, options: dict[str, Any] | None = None
    ) -> tuple[Observation, dict[str, Any]]:
        """Ask the next instance, or the one that is named.

        Raises:
            AsterismError: an option is unknown, or the level is.
        """
        super().reset(seed=seed)
        given = _checked(options or {})
        self.level = checked_level(given.get("level", self.level), self.puzzle.name)
        restarted = seed is not None or "seed" in given or self._seed is None
        self._seed = given.get("seed", seed if seed is not None else self._seed)
        if self._seed is None:
            self._seed = int(self.np_random.integers(2**62))
        self._index = given.get("index", 0 if restarted else self._index + 1)
        state = self.puzzle.instance(self.level, self._seed, self._index, reference=self.reference)
        self._state = self._begun(state)
        self._over = False
        return self._observed()

    def step(self, action: str) -> tuple[Observation, float, bool, bool, dict[str, Any]]:
        """Judge an answer; the episode ends.

        Raises:
            gymnasium.error.ResetNeeded: no question is open.
        """
        found = self.puzzle.verify(self._open(), action)
        self._over = True
        observation, info = self._observed(found)
        return observation, float(found.right), True, False, info

    def render(self) -> NDArray[np.uint8] | str | None:
        """The picture (``rgb_array``) or the instance as text (``ansi``)."""
        if self.render_mode is None:
            return None
        state = self._shown()
        if self.render_mode == "ansi":
            return self.puzzle.text(state)
        return self.puzzle.draw(state).image().pixels.copy()

    def _begun(self, state: Position) -> Position:
        """What an episode begins with."""
        return state

    def _open(self) -> Position:
        if self._over or self._state is None:
            raise gymnasium.error.ResetNeeded("no question is open: call reset() first")
        return self._state

    def _shown(self) -> Position:
        if self._state is None:
            raise gymnasium.error.ResetNeeded("nothing was asked yet: call reset() first")
        return self._state

    def _question(self) -> str:
        return self.puzzle.prompt(self._shown(), pictured=self.pictured, language=self.language)

    def _observed(self, verdict: Verdict | None = None) -> tuple[Observation, dict[str, Any]]:
        """The observation of the present state, and what is known about it."""
        pixels = self.puzzle.draw(self._shown()).image().pixels
        height, width, _ = pixels.shape
        framed = np.full((SIDE, SIDE, 3), 255, np.uint8)
        framed[:height, :width] = pixels
        info: dict[str, Any] = {
            "task": self.puzzle.name,
            "level": self.level,
            "seed": self._seed,
            "index": self._index,
            "size": (height, width),
        }
        if verdict is not None:
            info |= {"code": verdict.code, "detail": verdict.detail}
        return {"image": framed, "text": self._question()}, info


class StepwiseEnv(HelixEnv[Position]):
    """A game, one move a step; the action is a move such as ``up`` or ``(2, 3)``, bare or as the answer of a text.

    The reward is 1 on the move that wins and else 0. A move that is not legal, or no move, changes nothing; ``info``
    says so by the code ``rule`` or ``form``. The episode ends when the game is won or no move is left, and is cut off
    after 400 steps.
    """

    def __init__(self, task: str, level: int = 1, **shown: Any) -> None:
        """An environment of a task that is a game; the rest is as :class:`HelixEnv` takes it.

        Raises:
            AsterismError: no such task or level, or the task is not played by moves.
        """
        super().__init__(task, level, **shown)
        if not isinstance(self.puzzle, Game):
            raise AsterismError(f"{task} is not played move by move", remedy=f"Make {env_id(task)} instead.")
        self.game: Game[Position] = self.puzzle
        self._steps = 0

    def step(self, action: str) -> tuple[Observation, float, bool, bool, dict[str, Any]]:
        """Make a move."""
        position = self._open()
        self._steps += 1
        verdict = self._moved(position, action)
        won = self.game.won(self._shown())
        ended = won or not self.game.moves(self._shown())
        cut = not ended and self._steps >= MOST_STEPS
        self._over = ended or cut
        observation, info = self._observed(verdict)
        return observation, float(won), ended, cut, info

    def _begun(self, state: Position) -> Position:
        self._steps = 0
        return self.game.start(state)

    def _moved(self, position: Position, action: str) -> Verdict:
        """Go on to the position after a move, if it is one."""
        wanted = _pieces(final_answer(action) or "")
        for move in self.game.moves(position):
            if _pieces(str(move)) == wanted:
                self._state = self.game.after(position, move)
                return RIGHT
        return Verdict("rule", "not a legal move here") if wanted else Verdict("form", "no move was found")

    def _question(self) -> str:
        return f"{super()._question()}\n\n{_STEPWISE.said(self.language)}"


def env_id(task: str, *, stepwise: bool = False) -> str:
    """The name under which Gymnasium makes the environment of a task."""
    return f"{NAMESPACE}/{task}{'-steps' if stepwise else ''}-v0"


def register_all() -> None:
    """Make every task of the catalogue known to Gymnasium; those known already are left as they are."""
    # A name in Gymnasium has one slash at most; ours has two. Names that it took before are read as before.
    registration.ENV_ID_RE = re.compile(
        r"^(?:(?P<namespace>[\w:/-]+)\/)?(?:(?P<name>[\w:.-]+?))(?:-v(?P<version>\d+))?$"
    )
    for name, puzzle in catalogue().items():
        _register(env_id(name), HelixEnv, name)
        if isinstance(puzzle, Game):
            _register(env_id(name, stepwise=True), StepwiseEnv, name)


def _register(id: str, kind: type[HelixEnv[Any]], task: str) -> None:
    if id not in gymnasium.registry:
        gymnasium.register(id, entry_point=f"{__name__}:{kind.__name__}", kwargs={"task": task})


def _checked(options: Mapping[str, Any]) -> dict[str, int]:
    for name in options:
        if name not in _OPTIONS:
            raise AsterismError(f"no option {name!r} at reset", remedy=f"Options are {', '.join(_OPTIONS)}.")
    return {name: operator.index(value) for name, value in options.items()}


def _pieces(text: str) -> list[str]:
    """The words and numbers of a move; what stands between them does not matter."""
    return re.findall(r"[a-z]+|\d+", text.lower())


register_all()
