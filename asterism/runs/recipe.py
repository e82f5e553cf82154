"""A run described in YAML: which system, which model, how it learns."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import reduce
from operator import or_
from pathlib import Path
from typing import Annotated, Any, Literal, Self, TypeGuard, get_args

from pydantic import Field, JsonValue, SerializeAsAny, create_model, model_validator

from asterism.core.config import Config, apply_overrides, load_yaml
from asterism.core.errors import AsterismError
from asterism.core.reward import Truncated
from asterism.core.system import Suite, System
from asterism.core.usercode import anchored_code, names_code, user_errors
from asterism.learn.advantages import AdvantageConfig
from asterism.learn.algorithms.algorithm import Algorithm, AlgorithmSettings
from asterism.learn.algorithms.grpo import GrpoConfig
from asterism.learn.algorithms.kinds import AlgorithmConfig
from asterism.learn.algorithms.sft import SftConfig
from asterism.learn.losses import LossConfig
from asterism.learn.optimiser_config import OptimiserConfig
from asterism.learn.rollout_config import RolloutConfig
from asterism.learn.stop import StopConfig
from asterism.policy.ahead import PreprocessConfig
from asterism.policy.encoder import PixelsConfig
from asterism.policy.lora import LoraConfig
from asterism.policy.policy import FreezeConfig
from asterism.rollout.engine import SamplingConfig
from asterism.runs.sinks.config import LogConfig
from asterism.runs.systems import system_named


class ModelConfig(Config):
    """The policy and what of it is trained."""

    path: str = Field("tiny", description="a folder or hub id in the transformers layout, or tiny (the embedded model)")
    dtype: Literal["float32", "bfloat16"] = Field("float32", description="type of weights and arithmetic")
    device: str = Field("cpu", description="torch device")
    freeze: FreezeConfig = Field(FreezeConfig(), description="parts that keep their weights")
    pixels: PixelsConfig = Field(PixelsConfig(), description="bounds on the size of images")
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
    truncated: Truncated = Field(
        "zero", description="a completion cut off by a limit: zero (it has no answer), or read as far as it goes"
    )
    clusters: str = Field("image", description="intervals are clustered by image, or by this key of meta")
    before: bool = Field(True, description="measure also before training")
    shuffled: bool = Field(False, description="measure also with the images shuffled among the records")
    blind: bool = Field(False, description="measure also without images")

    @property
    def cluster_key(self) -> str | None:
        """The key of meta by which intervals are clustered; None where it is the image."""
        return None if self.clusters == "image" else self.clusters


class Recipe(Config):
    """Everything a run needs but its output folder."""

    system: str = Field(
        description="metaphor, helix, records (your own data and reward), a system that another package registers, or "
        "one of your own as my_env.py:SYSTEM or my_package.env:SYSTEM"
    )
    method: Literal["grpo", "sft"] = Field("grpo", description="how the policy learns")
    paper: str = Field("", description="the published system, and which values are its own")
    seed: int = Field(0, description="names every random choice of the run")
    model: ModelConfig = Field(ModelConfig(), description="the policy")
    environment: SerializeAsAny[Config] = Field(
        default_factory=Config, description="tasks, prompt and reward; the system's own section"
    )
    preprocess: PreprocessConfig = Field(PreprocessConfig(), description="how prompts are made ready")
    rollout: RolloutConfig = Field(
        RolloutConfig(), description="what is sampled each step (grpo), prompts a step (sft)"
    )
    advantage: AdvantageConfig = Field(AdvantageConfig(), description="how rewards become advantages")
    algorithm: AlgorithmConfig = Field(GrpoConfig(), description="how groups, and experts, become updates (grpo)")
    loss: LossConfig = Field(LossConfig(), description="clip bounds, KL term, aggregation")
    optimiser: OptimiserConfig = Field(OptimiserConfig(), description="AdamW and its schedule")
    stop: StopConfig = Field(StopConfig(), description="when training ends")
    checkpoint: CheckpointConfig = Field(CheckpointConfig(), description="when the run is saved")
    measure: MeasureConfig = Field(MeasureConfig(), description="the measurement after training, and validation")
    log: LogConfig = Field(LogConfig(), description="experiment trackers that the run is exported to")

    @model_validator(mode="after")
    def _learns_from_something(self) -> Self:
        if self.method == "sft" and self.algorithm.kind != "grpo":
            raise ValueError("algorithm takes part in method grpo; sft imitates every expert as it is")
        algorithm = self.build_algorithm()
        # What the algorithm fixes is written into the recipe, so that a resolved one says what holds.
        self.__dict__.update(advantage=algorithm.settings.advantage, loss=algorithm.settings.loss)
        if self.method == "grpo" and self.rollout.group_size == 0 and algorithm.experts == "none":
            raise ValueError(
                f"rollout.group_size 0 leaves nothing to learn from with algorithm {self.algorithm.kind}: it uses no "
                "experts"
            )
        return self

    def build_algorithm(self) -> Algorithm:
        """The algorithm, with the settings that it shares with others.

        Raises:
            AsterismError: a setting contradicts the algorithm.
        """
        config = SftConfig() if self.method == "sft" else self.algorithm
        return config.build(AlgorithmSettings(self.advantage, self.loss))

    def rollouts(self) -> RolloutConfig:
        """What is sampled in each step: supervised fine-tuning samples nothing, and takes one update a step."""
        if self.method == "grpo":
            return self.rollout
        return self.rollout.model_copy(update={"group_size": 0, "updates_per_step": 1})


def read_recipe(path: Path, overrides: list[str]) -> Recipe:
    """The recipe in a YAML file with ``dotted.path=value`` overrides laid over it.

    ``base: FILE`` in it names another recipe, beside it, whose values hold where it gives none.
    Paths inside the file are relative to the file, and so is a model folder that lies beside it; those of overrides to
    the working directory.

    Raises:
        AsterismError: the file or a key or value in it is wrong, or the system that it names.
    """
    return parse_recipe(apply_overrides(_values(path, overrides), overrides), where=str(path))


def parse_recipe(values: Mapping[str, Any], *, where: str) -> Recipe:
    """The recipe of plain values; its ``environment`` becomes the options of the system that they name.

    Raises:
        AsterismError: a key or value is wrong, or the system.
    """
    name, section = values.get("system"), values.get("environment")
    if not isinstance(name, str):
        return Recipe.parse({**values, "environment": Config()}, where=where)
    with user_errors():
        options = system_named(name, where).options.parse(
            {} if section is None else section, where=f"{where}: environment"
        )
    return _model(values, where=where).parse({**values, "environment": options}, where=where)


def _model(values: Mapping[str, Any], *, where: str) -> type[Recipe]:
    """The model of a recipe: where its system brings algorithms, ``algorithm`` may be one of them too."""
    name = values.get("system")
    own = system_named(name, where).algorithms if isinstance(name, str) else ()
    if not own:
        return Recipe
    field = Recipe.model_fields["algorithm"]
    known: Any = get_args(field.annotation) or (field.annotation,)
    union: Any = reduce(or_, (*known, *own))
    kinds: Any = Annotated[union, Field(discriminator="kind")]
    return create_model("Recipe", __base__=Recipe, algorithm=(kinds, field))


def suite_of(recipe: Recipe, *, where: str) -> Suite:
    """The tasks, prompt and reward of a recipe's system, ready to load tasks."""
    with user_errors():
        return system_of(recipe, where=where).prepare(recipe.environment)


def resolved_values(recipe: Recipe) -> dict[str, Any]:
    """The recipe as plain values with every default filled in, the system's own section included."""
    return recipe.model_dump(mode="json")


def system_of(recipe: Recipe, *, where: str) -> System:
    """The system that a recipe names.

    Raises:
        AsterismError: there is no such system.
    """
    return system_named(recipe.system, where)


def identity(recipe: Recipe, tasks_digest: str, *, where: str) -> Mapping[str, JsonValue]:
    """What must be the same for a run to be resumed: every setting that shapes the numbers, and the tasks themselves.

    Left out: where records lie (their content counts), when the run stops (unless the learning rate falls towards
    that step), how often it is saved, measured or exported, who makes prompts ready.
    """
    shapeless = {"environment", "preprocess", "stop", "checkpoint", "measure", "log", "paper"}
    system = system_of(recipe, where=where)
    kept = {**recipe.model_dump(mode="json", exclude=shapeless), "system": system.name}
    environment = dict(system.identity(recipe.environment))
    if recipe.optimiser.schedule.kind != "constant":
        kept["stop"] = {"steps": recipe.stop.steps}
    return {**kept, "environment": environment, "tasks": tasks_digest}


@dataclass(frozen=True, slots=True)
class _Layer:
    """What one file says of a recipe, and the folder from which its paths count."""

    values: dict[str, Any]
    folder: Path


def _values(path: Path, overrides: list[str]) -> dict[str, Any]:
    """What a recipe file says, laid over what its base says, with the paths of each file made absolute."""
    layers = list(_layers(path))
    system = _system_of(layers, overrides, str(path))
    values: dict[str, Any] = {}
    for layer in reversed(layers):
        values = _laid_over(values, _anchored(layer, system))
    return values


def _layers(path: Path) -> Iterator[_Layer]:
    """A recipe file, its base, the base of that and so on."""
    seen: list[Path] = []
    while path.resolve() not in seen:
        seen.append(path.resolve())
        values = load_yaml(path)
        base = values.pop("base", None)
        yield _Layer(values, path.resolve().parent)
        if base is None:
            return
        above, path = path, path.parent / str(base)
    raise AsterismError(f"base: {path.name} leads back to itself", where=str(above), remedy="Name another recipe.")


def _system_of(layers: Sequence[_Layer], overrides: list[str], where: str) -> System | None:
    """The system that the outermost of all layers names; None where none names one."""
    named = [apply_overrides({}, overrides).get("system")]
    named += [_anchored_name(layer.values.get("system"), layer.folder) for layer in layers]
    found = [name for name in named if isinstance(name, str)]
    return system_named(found[0], where) if found else None


def _anchored(layer: _Layer, system: System | None) -> dict[str, Any]:
    """The values of a layer with absolute paths; a model's path is one where that folder lies beside the file."""
    values, folder = dict(layer.values), layer.folder
    if "system" in values:
        values["system"] = _anchored_name(values["system"], folder)
    model = values.get("model")
    if isinstance(model, dict) and isinstance(model.get("path"), str) and (folder / model["path"]).is_dir():
        values["model"] = {**model, "path": str((folder / model["path"]).resolve())}
    section = values.get("environment")
    if system is not None and isinstance(section, dict):
        values["environment"] = system.anchor(section, folder)
    return values


def _anchored_name(name: Any, folder: Path) -> Any:
    return anchored_code(name, folder) if isinstance(name, str) and names_code(name) else name


def _laid_over(base: Mapping[str, Any], values: Mapping[str, Any]) -> dict[str, Any]:
    """Sections are joined key by key, but a source of tasks is one thing, and so is an algorithm: another kind replaces
    it whole."""
    joined = dict(base)
    for key, value in values.items():
        below, tag = joined.get(key), "kind" if key == "algorithm" else "source"
        joined[key] = _laid_over(below, value) if _same_section(below, value, tag) else value
    return joined


def _same_section(below: Any, value: Any, tag: str) -> TypeGuard[Mapping[str, Any]]:
    if not isinstance(below, dict) or not isinstance(value, dict):
        return False
    return bool(value.get(tag, below.get(tag)) == below.get(tag))
