"""Your own data as one system: tables as tasks, a template as prompt, functions as reward."""

from collections.abc import Mapping
from pathlib import Path
from typing import Any

from pydantic import Field, JsonValue, field_validator

from asterism.core.config import Config, beside
from asterism.core.system import Suite, System
from asterism.core.task import Task
from asterism.core.usercode import anchored_code, names_file
from asterism.records.prompts import is_file, prompt_of_template, template_digest
from asterism.records.reward import OwnReward, RewardEntry
from asterism.records.source import DataSource, load_tasks

WHERE = "environment.reward"


class RecordsOptions(Config):
    """The ``environment`` section of a recipe whose system is ``records``."""

    train: DataSource = Field(description="data to train on: a file, or a section")
    evaluate: DataSource = Field(description="data to measure on")
    dev: DataSource | None = Field(None, description="data to validate on while training (measure.every)")
    images: Path | None = Field(None, description="folder of images, for data that name none")
    prompt: str = Field(
        "think",
        description="think (asks for thinking and an answer in tags), plain (question and options), or a jinja "
        "template or its file; it sees question, options and lettered",
    )
    reward: tuple[RewardEntry, ...] = Field(
        (RewardEntry(function="exact"),),
        min_length=1,
        description="exact, format, my_rewards.py:score, or a list of {function, weight, name, completions}",
    )

    @field_validator("reward", mode="before")
    @classmethod
    def _short_forms(cls, value: Any) -> Any:
        entries = value if isinstance(value, list | tuple) else [value]
        return [{"function": entry} if isinstance(entry, str) else entry for entry in entries]


def prepare(options: RecordsOptions) -> Suite:
    """The tasks, prompt and reward that the options describe; data are loaded when asked for, code at once.

    Raises:
        AsterismError: the template or a reward function is missing or broken.
    """
    prompt_of = prompt_of_template(options.prompt)
    reward = OwnReward(options.reward, prompt_of, where=WHERE)

    def load(source: DataSource | None) -> list[Task]:
        if source is None:
            return []
        tasks = load_tasks(source, options.images)
        reward.check(tasks)
        return tasks

    return Suite(
        train=lambda: load(options.train),
        dev=lambda: load(options.dev),
        evaluate=lambda: load(options.evaluate),
        prompt_of=prompt_of,
        reward=reward,
        trace_of=expert_trace,
    )


def expert_trace(task: Task) -> str | None:
    """The expert's completion that a record carries, if any."""
    trace = task.meta.get("trace", task.meta.get("expert_response"))
    return None if trace is None else str(trace)


def anchor(section: Mapping[str, Any], folder: Path) -> dict[str, Any]:
    """A section with every path in it made absolute."""
    anchored = dict(section)
    for name in ("train", "dev", "evaluate"):
        if name in anchored:
            anchored[name] = _anchored_source(anchored[name], folder)
    if isinstance(anchored.get("images"), str):
        anchored["images"] = beside(anchored["images"], folder)
    if isinstance(anchored.get("prompt"), str) and is_file(anchored["prompt"]):
        anchored["prompt"] = beside(anchored["prompt"], folder)
    if "reward" in anchored:
        anchored["reward"] = _anchored_reward(anchored["reward"], folder)
    return anchored


def identity(options: RecordsOptions) -> Mapping[str, JsonValue]:
    """What shapes a run: the template's text, and functions by name and weight.

    What a function does may change under a run: whoever corrects a reward wants to go on.
    """
    rewards: list[JsonValue] = [
        {**entry.model_dump(mode="json"), "function": entry.function.rpartition("/")[2]} for entry in options.reward
    ]
    return {"prompt": template_digest(options.prompt), "reward": rewards}


def _anchored_source(source: Any, folder: Path) -> Any:
    if isinstance(source, str):
        return beside(source, folder)
    if not isinstance(source, dict):
        return source
    paths = {name: beside(source[name], folder) for name in ("path", "images") if isinstance(source.get(name), str)}
    return {**source, **paths}


def _anchored_reward(reward: Any, folder: Path) -> Any:
    if isinstance(reward, str):
        return anchored_code(reward, folder) if names_file(reward) else reward
    if isinstance(reward, list):
        return [_anchored_reward(entry, folder) for entry in reward]
    if isinstance(reward, dict) and "function" in reward:
        return {**reward, "function": _anchored_reward(reward["function"], folder)}
    return reward


SYSTEM = System("records", RecordsOptions, prepare, anchor=anchor, identity=identity)
