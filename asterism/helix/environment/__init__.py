"""Gymnasium environments: ``import asterism.helix.environment``, then ``gymnasium.make("asterism/helix-sudoku-v0")``.

An episode of ``asterism/helix-<task>-v0`` is one question: the action is a model's text, the reward is 1 where it is
right, and the episode ends. Games are played move by move as ``asterism/helix-<task>-steps-v0``.
"""

from asterism.core.errors import AsterismError

try:
    import gymnasium  # noqa: F401 - the files below need it
except ImportError as missing:
    raise AsterismError("Gymnasium is not installed", remedy="pip install 'asterism[helix]'") from missing

from asterism.helix.environment.question import HelixEnv, Observation
from asterism.helix.environment.registration import env_id, register_all
from asterism.helix.environment.stepwise import StepwiseEnv
from asterism.helix.environment.text_space import AnyText

__all__ = ["AnyText", "HelixEnv", "Observation", "StepwiseEnv", "env_id", "register_all"]

register_all()
