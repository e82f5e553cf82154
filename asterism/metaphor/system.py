"""MetaphorStar as one system: its tasks, its prompt, its reward."""

from typing import Annotated

from pydantic import Field

from asterism.core.config import Config
from asterism.core.system import Environment, System
from asterism.core.task import Task
from asterism.metaphor.data import SceneSource, Source, load_tasks
from asterism.metaphor.prompts import PromptStyle, prompt_style
from asterism.metaphor.reward import RewardConfig, tfq_reward


class MetaphorOptions(Config):
    """The ``environment`` section of a recipe whose system is ``metaphor``."""

    train: Annotated[Source, Field(discriminator="source")] = Field(SceneSource(), description="tasks to train on")
    evaluate: Annotated[Source, Field(discriminator="source")] = Field(
        SceneSource(split="held_out", count=200, twins=True), description="tasks to measure on"
    )
    prompt: PromptStyle = Field("full", description="full explains format and steps; short only asks")
    reward: RewardConfig = Field(RewardConfig(), description="what a completion earns")


def prepare(options: MetaphorOptions) -> Environment:
    """The environment that the options describe; tasks are loaded when asked for."""
    return Environment(
        train=lambda: load_tasks(options.train),
        evaluate=lambda: load_tasks(options.evaluate),
        prompt_of=prompt_style(options.prompt),
        reward=tfq_reward(options.reward),
        trace_of=expert_trace,
    )


def expert_trace(task: Task) -> str | None:
    """The expert's completion that a record carries, if any."""
    trace = task.meta.get("trace")
    return None if trace is None else str(trace)


SYSTEM = System("metaphor", MetaphorOptions, prepare)
