"""A run described in YAML: which system, which model, how it learns."""

import os
from collections.abc import Mapping
from importlib import import_module
from pathlib import Path
from typing import Any, Literal, Self, TypeGuard

from pydantic import Field, JsonValue, model_validator

from asterism.core.config import Config, apply_overrides, load_yaml
from asterism.core.errors import AsterismError
from asterism.core.system import Suite, System
from asterism.learn.advantages import AdvantageConfig
from asterism.learn.grpo import RolloutConfig, StopConfig
from asterism.learn.guidance.kinds import GuidanceConfig, NoGuidance
from asterism.learn.losses import LossConfig
from asterism.learn.update import OptimiserConfig
from asterism.policy.ahead import PreprocessConfig
from asterism.policy.encoder import PixelsConfig
from asterism.policy.lora import LoraConfig
from asterism.policy.policy import FreezeConfig
from asterism.rollout.engine import SamplingConfig
from asterism.runs.sinks.config import LogConfig

SYSTEMS = {"metaphor": "asterism.metaphor.system", "helix": "asterism.helix.system"}
"""Where each wing keeps its System; imported only when a recipe names it."""


class ModelConfig(Config):
    """The policy and what of it is trained."""

    path: str = Field("tiny", description="a folder or hub id in the transformers layout, or tiny (the embedded model)")
    dtype: Literal["float32", "bfloat16"] = Field("float32", description="type of weights and arithmetic")
    device: str = Field("cpu", description="torch device")
    freeze: FreezeConfig = Field(FreezeConfig(), description="parts that keep their weights")
    pixels: PixelsConfig = Field(PixelsConfig(), description="bounds on the size of pictures")
    lora: LoraConfig = Field(LoraConfig(), description="train low-rank updates of the parts that are not frozen")


class CheckpointConfig(Config):
    """How often a run is saved."""

    every: int = Field(20, ge=1, description="steps between checkpoints")
    keep: int = Field(2, ge=1, description="newest checkpoints kept")


class GreedySampling(SamplingConfig):
    """How completions are drawn when measuring: the most likely token, unless a temperature is given."""

    temperature: float = Field(0.0, ge=0, description="softmax temperature; 0 takes the most likely token")


class MeasureConfig(Config):
    """How the policy is measured, and how often while it trains."""

    every: int = Field(0, ge=0, description="steps between validations on environment.dev; 0 validates never")
    sampling: GreedySampling = Field(GreedySampling(), description="how answers are drawn")
    clusters: str = Field("image", description="intervals are clustered by image, or by this key of meta")
    before: bool = Field(True, description="measure also before training")
    shuffled: bool = Field(False, description="measure also with the pictures shuffled among the records")
    blind: bool = Field(False, description="measure also without pictures")

    @property
    def cluster_key(self) -> str | None:
        """The key of meta by which intervals are clustered; None where it is the picture."""
        return None if self.clusters == "image" else self.clusters


class Recipe(Config):
    """Everything a run needs but its output folder."""

    system: str = Field(description="the wing: metaphor or helix")
    method: Literal["grpo", "sft"] = Field("grpo", description="how the policy learns")
    paper: str = Field("", description="the published system, and which values are its own")
    seed: int = Field(0, description="names every random choice of the run")
    model: ModelConfig = Field(ModelConfig(), description="the policy")
    environment: dict[str, Any] = Field(
        default_factory=dict, description="tasks, prompt and reward; the wing's own section"
    )
    preprocess: PreprocessConfig = Field(PreprocessConfig(), description="how prompts are made ready")
    rollout: RolloutConfig = Field(
        RolloutConfig(), description="what is sampled each step (grpo), prompts a step (sft)"
    )
    advantage: AdvantageConfig = Field(AdvantageConfig(), description="how rewards become advantages")
    guidance: GuidanceConfig = Field(NoGuidance(), description="how experts take part (grpo)")
    loss: LossConfig = Field(LossConfig(), description="surrogate, KL term, aggregation")
    optimiser: OptimiserConfig = Field(OptimiserConfig(), description="AdamW and its schedule")
    stop: StopConfig = Field(StopConfig(), description="when training ends")
    checkpoint: CheckpointConfig = Field(CheckpointConfig(), description="when the run is saved")
    measure: MeasureConfig = Field(MeasureConfig(), description="the measurement after training, and validation")
    log: LogConfig = Field(LogConfig(), description="experiment trackers that the run is exported to")

    @model_validator(mode="after")
    def _learns_from_something(self) -> Self:
        if self.method == "sft" and self.guidance.uses_experts:
            raise ValueError("guidance takes part in method grpo; sft imitates every expert as it is")
        if self.method == "grpo" and self.rollout.group_size == 0 and not self.guidance.uses_experts:
            raise ValueError("rollout.group_size 0 leaves nothing to learn from without guidance")
        return self


def read_recipe(path: Path, overrides: list[str]) -> Recipe:
    """The recipe in a YAML file with ``dotted.path=value`` overrides laid over it.

    ``base: FILE`` in it names another recipe, beside it, whose values hold where it gives none.
    Record paths inside the file are relative to the file, and so is a model folder that lies beside it; those of
    overrides to the working directory.

    Raises:
        AsterismError: the file or a key or value in it is wrong.
    """
    values = apply_overrides(_values(path), overrides)
    recipe = Recipe.parse(values, where=str(path))
    environment_options(recipe, where=str(path))
    return recipe


def environment_options(recipe: Recipe, *, where: str) -> Config:
    """The wing's own section, checked by the wing."""
    return system_of(recipe, where=where).options.parse(recipe.environment, where=f"{where}: environment")


def suite_of(recipe: Recipe, *, where: str) -> Suite:
    """The wing's environment, ready to load tasks."""
    return system_of(recipe, where=where).prepare(environment_options(recipe, where=where))


def resolved_values(recipe: Recipe, *, where: str) -> dict[str, Any]:
    """The recipe as plain values with every default filled in, the wing's own section included."""
    environment = environment_options(recipe, where=where).model_dump(mode="json")
    return {**recipe.model_dump(mode="json"), "environment": environment}


def system_of(recipe: Recipe, *, where: str) -> System:
    """The wing that a recipe names.

    Raises:
        AsterismError: there is no such wing.
    """
    if recipe.system not in SYSTEMS:
        known = ", ".join(SYSTEMS)
        raise AsterismError(f"system: unknown system {recipe.system!r}", where=where, remedy=f"Known: {known}.")
    system: System = import_module(SYSTEMS[recipe.system]).SYSTEM
    return system


def identity(recipe: Recipe, tasks_digest: str, *, where: str) -> Mapping[str, JsonValue]:
    """What must be the same for a run to be resumed: every setting that shapes the numbers, and the tasks themselves.

    Left out: where records lie (their content counts), when the run stops (unless the learning rate falls towards
    that step), how often it is saved, measured or exported, who makes prompts ready.
    """
    shapeless = {"environment", "preprocess", "stop", "checkpoint", "measure", "log", "paper"}
    kept = recipe.model_dump(mode="json", exclude=shapeless)
    sources = {"train", "beside", "dev", "evaluate"}
    environment = environment_options(recipe, where=where).model_dump(mode="json", exclude=sources)
    if recipe.optimiser.schedule.kind != "constant":
        kept["stop"] = {"steps": recipe.stop.steps}
    return {**kept, "environment": environment, "tasks": tasks_digest}


def _values(path: Path, above: tuple[Path, ...] = ()) -> dict[str, Any]:
    """What a recipe file says, laid over what its base says."""
    values = _anchored(load_yaml(path), path.resolve().parent)
    base = values.pop("base", None)
    if base is None:
        return values
    file = path.parent / str(base)
    if file.resolve() in (*above, path.resolve()):
        raise AsterismError(f"base: {base} leads back to itself", where=str(path), remedy="Name another recipe.")
    return _laid_over(_values(file, (*above, path.resolve())), values)


def _laid_over(base: Mapping[str, Any], values: Mapping[str, Any]) -> dict[str, Any]:
    """Sections are joined key by key, but a source of tasks is one thing, and so is guidance: another kind replaces it
    whole."""
    joined = dict(base)
    for key, value in values.items():
        below, tag = joined.get(key), "kind" if key == "guidance" else "source"
        joined[key] = _laid_over(below, value) if _same_section(below, value, tag) else value
    return joined


def _same_section(below: Any, value: Any, tag: str) -> TypeGuard[Mapping[str, Any]]:
    if not isinstance(below, dict) or not isinstance(value, dict):
        return False
    return bool(value.get(tag, below.get(tag)) == below.get(tag))


def _anchored(values: dict[str, Any], folder: Path) -> dict[str, Any]:
    """Values with the ``path`` of each record source, and of a model folder beside the file, made absolute."""
    model = values.get("model")
    if isinstance(model, dict) and isinstance(model.get("path"), str) and (folder / model["path"]).is_dir():
        model["path"] = str((folder / model["path"]).resolve())
    environment = values.get("environment")
    if isinstance(environment, dict):
        for source in environment.values():
            if isinstance(source, dict) and isinstance(source.get("path"), str):
                path = os.path.expandvars(source["path"])
                # A variable that is not set stays as it is, so that the missing folder's name tells which one.
                source["path"] = path if path.startswith("$") else str((folder / path).resolve())
    return values
