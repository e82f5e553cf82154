"""Asterism: visual reinforcement learning for vision-language models.

>>> import asterism as ast
>>> run = ast.train("recipe.yaml", overrides={"rollout.group_size": 4}, out="runs/mine")  # doctest: +SKIP
>>> run.summary.conditions["after"].metrics["accuracy"].value  # doctest: +SKIP

docs/api.md describes what is here. Nothing heavy is imported before it is used.
"""

import sys
from importlib import import_module
from types import ModuleType
from typing import TYPE_CHECKING, Any

from asterism.core.lazy import lazy_names

if TYPE_CHECKING:
    from asterism import helix as helix
    from asterism import metaphor as metaphor
    from asterism import records as records
    from asterism.core.config import Config as Config
    from asterism.core.environment import Agent as Agent
    from asterism.core.environment import Conversation as Conversation
    from asterism.core.environment import Environment as Environment
    from asterism.core.episode import Episode as Episode
    from asterism.core.errors import AsterismError as AsterismError
    from asterism.core.image import Image as Image
    from asterism.core.message import Message as Message
    from asterism.core.records import write_records as write_records
    from asterism.core.reward import Reward as Reward
    from asterism.core.system import Suite as Suite
    from asterism.core.system import System as System
    from asterism.core.task import Task as Task
    from asterism.core.trajectory import Trajectory as Trajectory
    from asterism.records.source import load_records as load_records
    from asterism.runs.audit import AuditedRun as AuditedRun
    from asterism.runs.audit import audit as audit
    from asterism.runs.compare import compare_runs as compare_runs
    from asterism.runs.evaluate import EvaluatedRun as EvaluatedRun
    from asterism.runs.evaluate import evaluate as evaluate
    from asterism.runs.evaluate import score as score
    from asterism.runs.trained import TrainedRun as TrainedRun
    from asterism.runs.trained import train as train

from asterism import threads as threads  # first: it sets what is read when torch is loaded

__version__ = "0.1.0"

_PLACES = {
    "AsterismError": "asterism.core.errors",
    "Message": "asterism.core.message",
    "Episode": "asterism.core.episode",
    "Environment": "asterism.core.environment",
    "Conversation": "asterism.core.environment",
    "Agent": "asterism.core.environment",
    "Config": "asterism.core.config",
    "AuditedRun": "asterism.runs.audit",
    "EvaluatedRun": "asterism.runs.evaluate",
    "Image": "asterism.core.image",
    "Reward": "asterism.core.reward",
    "Suite": "asterism.core.system",
    "System": "asterism.core.system",
    "Task": "asterism.core.task",
    "TrainedRun": "asterism.runs.trained",
    "Trajectory": "asterism.core.trajectory",
    "audit": "asterism.audit",
    "evaluate": "asterism.evaluate",
    "compare_runs": "asterism.runs.compare",
    "helix": "asterism.helix",
    "load_records": "asterism.records.source",
    "metaphor": "asterism.metaphor",
    "records": "asterism.records",
    "score": "asterism.runs.evaluate",
    "train": "asterism.runs.trained",
    "write_records": "asterism.core.records",
}

if not TYPE_CHECKING:  # a type checker reads the imports above, and refuses any other name
    __getattr__, __dir__ = lazy_names(__name__, _PLACES)


_CALLED = ("audit", "evaluate")
"""Packages that share their name with a function of :mod:`asterism.runs`."""


class _CallablePackage(ModuleType):
    """A package that can be called: ``asterism.evaluate`` is the package that measures, and the function."""

    @property
    def __call__(self) -> Any:
        name = self.__name__.rpartition(".")[2]
        return vars(import_module(f"asterism.runs.{name}"))[name]


class _Package(ModuleType):
    """This package: it sees when Python binds ``asterism.evaluate`` here, which happens when that is first imported."""

    def __setattr__(self, name: str, value: Any) -> None:
        if name in _CALLED and isinstance(value, ModuleType):
            value.__class__ = _CallablePackage
        super().__setattr__(name, value)


sys.modules[__name__].__class__ = _Package
