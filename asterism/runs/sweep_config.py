"""An ablation described in YAML: arms that are trained in stages from one start, and what the paper reports of them."""

from pathlib import Path
from typing import Self

from pydantic import Field, model_validator

from asterism.core.config import Config, load_yaml


class PaperConfig(Config):
    """What the paper reports of an arm."""

    tfq: float | None = Field(None, description="true/false questions, all correct per image, per cent")
    mcq: float | None = Field(None, description="multiple choice, per cent")
    osq: float | None = Field(None, description="open questions, judged 1 to 5")
    entropy: float | None = Field(None, description="mean token entropy, nats")


class StageConfig(Config):
    """One training run of an arm; it starts from the weights that the stage before left."""

    recipe: str = Field(description="recipe file, relative to the study")
    overrides: tuple[str, ...] = Field((), description="dotted.path=value, laid over the recipe")
    until: float = Field(1.0, gt=0, le=1, description="the stage ends at this share of the arm's tokens")


class ArmConfig(Config):
    """One line of the table: the stages that lead to it, none for the model as it is."""

    title: str = Field(description="what the table calls it")
    overrides: tuple[str, ...] = Field((), description="laid over the recipes of all stages and of the untrained model")
    stages: tuple[StageConfig, ...] = Field((), description="training runs, one after another")
    paper: PaperConfig = Field(PaperConfig(), description="the paper's figures")


class Study(Config):
    """An ablation: every arm is run once for every seed and measured on the same records."""

    title: str = Field(description="heading of the table")
    paper: str = Field("", description="where the paper's figures stand")
    recipe: str = Field(description="recipe that names the records to measure on; relative to the study")
    overrides: tuple[str, ...] = Field((), description="laid over every recipe of the study")
    seeds: tuple[int, ...] = Field((0,), min_length=1, description="one paired run of every arm for each")
    tokens: tuple[int, ...] = Field(
        (), description="trained tokens after which an arm is measured; empty: at the end of each stage's own recipe"
    )
    baseline: str = Field(description="the arm that the others are compared with")
    arms: dict[str, ArmConfig] = Field(min_length=1, description="the lines of the table")

    @model_validator(mode="after")
    def _consistent(self) -> Self:
        if self.baseline not in self.arms:
            raise ValueError(f"baseline: there is no arm {self.baseline!r}; known: {', '.join(self.arms)}")
        if list(self.tokens) != sorted(set(self.tokens)):
            raise ValueError("tokens: give ascending numbers")
        for name, arm in self.arms.items():
            ends = [stage.until for stage in arm.stages]
            if ends != sorted(set(ends)) or (ends and ends[-1] != 1):
                raise ValueError(f"arms.{name}: the stages' `until` ascend and the last is 1")
            missing = [end for end in ends if self.tokens and end * self.tokens[-1] not in self.tokens]
            if missing:
                raise ValueError(f"arms.{name}: a stage ends at {missing[0]} of the tokens, where nothing is measured")
        return self


def read_study(path: Path) -> Study:
    """The study in a YAML file.

    Raises:
        AsterismError: the file, a key or a value in it is wrong.
    """
    return Study.parse(load_yaml(path), where=str(path))
