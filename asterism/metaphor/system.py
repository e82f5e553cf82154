"""MetaphorStar as one system: its tasks, its prompt, its reward."""

from typing import Annotated

from pydantic import Field

from asterism.core.config import Config
from asterism.core.system import Suite, System
from asterism.core.task import Task
from asterism.metaphor.bench import BENCHES
from asterism.metaphor.data import PanelSource, SceneSource, Source, load_tasks
from asterism.metaphor.prompts import PromptStyle, prompt_style
from asterism.metaphor.reward import RewardConfig, tfq_reward
from asterism.metaphor.scenes.sampling import Split


class HeldOutScenes(SceneSource):
    """Scenes to measure on: triples that no training has seen, in role-swapped pairs."""

    count: int = Field(200, ge=1, description="number of scenes (images)")
    split: Split = Field("held_out", description="train, held_out (triples never trained) or all")
    twins: bool = Field(
        True, description="contrastive pairs: each second scene has the roles of the one before swapped"
    )


class MetaphorOptions(Config):
    """The ``environment`` section of a recipe whose system is ``metaphor``."""

    train: Annotated[Source, Field(discriminator="source")] = Field(SceneSource(), description="tasks to train on")
    dev: Annotated[HeldOutScenes | PanelSource, Field(discriminator="source")] | None = Field(
        None, description="tasks to validate on while training (measure.every): a dev split"
    )
    evaluate: Annotated[HeldOutScenes | PanelSource, Field(discriminator="source")] = Field(
        HeldOutScenes(), description="tasks to measure on"
    )
    prompt: PromptStyle = Field("full", description="full explains format and steps; short only asks")
    reward: RewardConfig = Field(RewardConfig(), description="what a completion earns")


def prepare(options: MetaphorOptions) -> Suite:
    """The environment that the options describe; tasks are loaded when asked for."""
    return Suite(
        train=lambda: load_tasks(options.train),
        dev=lambda: load_tasks(options.dev) if options.dev else [],
        evaluate=lambda: load_tasks(options.evaluate),
        prompt_of=prompt_style(options.prompt),
        reward=tfq_reward(options.reward),
        trace_of=expert_trace,
    )


def expert_trace(task: Task) -> str | None:
    """The expert's completion that a record carries, if any."""
    trace = task.meta.get("trace")
    return None if trace is None else str(trace)


def commands() -> object:
    """The group `asterism metaphor`; imported only when one of its commands is given."""
    from asterism.metaphor.commands import group

    return group()


SYSTEM = System("metaphor", MetaphorOptions, prepare, benches=BENCHES, commands=commands)
