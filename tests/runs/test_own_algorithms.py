"""A system's own algorithms in a recipe."""

from pathlib import Path
from typing import Literal

import pytest
import yaml
from pydantic import Field

from asterism.core.config import Config
from asterism.core.errors import AsterismError
from asterism.core.system import System
from asterism.learn.algorithms.ahpo import AhpoConfig
from asterism.learn.algorithms.grpo import GrpoConfig
from asterism.runs import recipe as recipes
from asterism.runs.recipe import Recipe, read_recipe, resolved_values


class Halved(GrpoConfig):
    """Advantages count half."""

    kind: Literal["halved"] = Field(description="advantages count half")  # type: ignore[assignment]
    share: float = Field(0.5, ge=0, le=1, description="what an advantage counts")


class Options(Config):
    """Nothing to choose."""


@pytest.fixture(autouse=True)
def colours(monkeypatch: pytest.MonkeyPatch) -> None:
    system = System("colours", Options, lambda options: None, algorithms=(Halved,))  # type: ignore[arg-type, return-value]
    monkeypatch.setattr(recipes, "system_named", lambda name, where: system)


def read(folder: Path, **algorithm: object) -> Recipe:
    file = folder / "recipe.yaml"
    file.write_text(
        yaml.safe_dump({"system": "colours", "algorithm": algorithm} if algorithm else {"system": "colours"})
    )
    return read_recipe(file, [])


def test_a_recipe_may_name_an_algorithm_of_its_system(tmp_path: Path) -> None:
    recipe = read(tmp_path, kind="halved", share=0.25)
    assert recipe.algorithm == Halved(kind="halved", share=0.25)
    assert resolved_values(recipe)["algorithm"]["share"] == 0.25


def test_the_built_in_ones_and_the_default_stay(tmp_path: Path) -> None:
    assert isinstance(read(tmp_path, kind="ahpo").algorithm, AhpoConfig)
    assert read(tmp_path).algorithm == Recipe(system="colours").algorithm


def test_an_unknown_one_is_refused_with_all_that_there_are(tmp_path: Path) -> None:
    with pytest.raises(AsterismError, match=r"algorithm.*'ahpo'.*'halved'"):
        read(tmp_path, kind="halfed")
    with pytest.raises(AsterismError, match="unknown key"):
        read(tmp_path, kind="halved", shares=1)
