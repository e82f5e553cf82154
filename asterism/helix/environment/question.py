"""A question an episode: what a model sees of an instance, and the verdict on what it answers."""

import operator
from collections.abc import Mapping
from typing import Any, Generic

import gymnasium
import numpy as np
from gymnasium import spaces
from numpy.typing import NDArray

from asterism.core.errors import AsterismError
from asterism.helix.catalogue import puzzle_of
from asterism.helix.dataset import checked_level
from asterism.helix.environment.text_space import AnyText
from asterism.helix.game import Position
from asterism.helix.puzzle import Puzzle, Verdict
from asterism.helix.wording import Language

SIDE = 1024
"""Pixels of the observed image's sides; smaller images are at the top left, on white."""
LONGEST_PROMPT = 50_000
LONGEST_ACTION = 1_000_000

_OPTIONS = ("level", "seed", "index")

Observation = dict[str, Any]
"""``image``, ``[1024, 1024, 3]`` uint8, and ``text``: Gymnasium's ``Dict`` space is a plain dictionary."""


class HelixEnv(gymnasium.Env[Observation, str], Generic[Position]):
    """One question an episode.

    Observations hold ``image`` (``[1024, 1024, 3]`` uint8, white beyond the instance's own) and ``text`` (the question;
    with the instance as text where ``pictured`` is False). ``info`` holds ``size`` (the image's own height and width)
    and the names of the instance; after a step also ``code`` and ``detail`` of the verdict. Nothing that is observed
    is made from the solution.

    ``reset(seed=s)`` asks the first instance of seed ``s``, each further ``reset()`` the next. Options ``level``,
    ``seed`` and ``index`` name an instance; a level stays until another is given.
    """

    metadata = {"render_modes": ["rgb_array", "ansi"], "render_fps": 1}  # noqa: RUF012 - as Gymnasium declares it

    def __init__(
        self,
        task: str,
        level: int = 1,
        *,
        config: Mapping[str, Any] | None = None,
        pictured: bool = True,
        language: Language = "en",
        reference: bool = False,
        render_mode: str | None = None,
    ) -> None:
        """An environment of a task; the arguments are those of :func:`asterism.helix.dataset.create_dataset`.

        Raises:
            AsterismError: no such task, level or difficulty parameter.
        """
        self.puzzle: Puzzle[Position] = puzzle_of(task)
        self.level = checked_level(level, task)
        self.config = dict(config or {})
        self.puzzle.parameters(self.level, reference=reference, config=self.config)
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
        state = self.puzzle.instance(self.level, self._seed, self._index, reference=self.reference, config=self.config)
        self._state = self._begun(state)
        self._over = False
        return self._observed(self._question())

    def step(self, action: str) -> tuple[Observation, float, bool, bool, dict[str, Any]]:
        """Verify an answer; the episode ends.

        Raises:
            gymnasium.error.ResetNeeded: no question is open.
        """
        found = self.puzzle.verify(self._open(), action)
        self._over = True
        observation, info = self._observed(self._question(), found)
        return observation, float(found.right), True, False, info

    def render(self) -> NDArray[np.uint8] | str | None:
        """The image (``rgb_array``) or the instance as text (``ansi``)."""
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

    def _observed(self, text: str, verdict: Verdict | None = None) -> tuple[Observation, dict[str, Any]]:
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
        return {"image": framed, "text": text}, info


def _checked(options: Mapping[str, Any]) -> dict[str, int]:
    for name in options:
        if name not in _OPTIONS:
            raise AsterismError(f"no option {name!r} at reset", remedy=f"Options are {', '.join(_OPTIONS)}.")
    return {name: operator.index(value) for name, value in options.items()}
