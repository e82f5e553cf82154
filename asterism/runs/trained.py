"""From the file of a recipe to a trained model: what `asterism train` and ``asterism.train`` do."""

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from asterism.core.config import apply_overrides
from asterism.core.results.metrics import METRICS, StepMetrics, ValidationMetrics, read_metrics
from asterism.core.results.summary import RunSummary
from asterism.core.usercode import user_errors
from asterism.runs.recipe import Recipe, parse_recipe, read_recipe
from asterism.runs.train import run_recipe

RECIPE = "recipe"
"""What errors call a recipe that lies in no file, and the name of its folder."""


@dataclass(frozen=True, slots=True)
class TrainedRun:
    """What a training run left: ``folder`` with all its files, and ``summary``, what ``summary.json`` holds."""

    folder: Path
    summary: RunSummary

    @property
    def model(self) -> Path:
        """The trained model in the transformers layout."""
        return self.folder / "model"

    @property
    def report(self) -> Path:
        """The page that a browser opens."""
        return self.folder / "report.html"

    def metrics(self) -> list[StepMetrics | ValidationMetrics]:
        """The lines of ``metrics.jsonl``: the figures of each step, and of validations."""
        return list(read_metrics(self.folder / METRICS))


def train(
    recipe: str | Path | Mapping[str, Any],
    overrides: Mapping[str, Any] | Sequence[str] = (),
    out: str | Path | None = None,
    *,
    resume: bool = False,
    resume_from: int | None = None,
    quiet: bool = False,
) -> TrainedRun:
    """Train a policy as a recipe says, measure it, and write a report.

    Args:
        recipe: the YAML file, or its values. Paths in a file are relative to the file, others to the working directory.
        overrides: values by dotted path, ``{"rollout.group_size": 4}``, or texts, ``["rollout.group_size=4"]``.
        out: folder of the run; by default ``runs/`` and the name of the recipe's file.
        resume: continue from the newest checkpoint in the folder.
        resume_from: continue from the checkpoint of this step; later ones are removed.
        quiet: show no progress on stderr.

    Raises:
        AsterismError: the recipe, its data, its code, its model or the folder is wrong.
        KeyboardInterrupt: interrupted; a checkpoint was written first.
    """
    with user_errors():
        folder = folder_of(recipe) if out is None else Path(out)
        where = RECIPE if isinstance(recipe, Mapping) else str(recipe)
        summary = run_recipe(
            open_recipe(recipe, overrides), folder, where=where, resume=resume, resume_from=resume_from, quiet=quiet
        )
        return TrainedRun(folder, summary)


def open_recipe(recipe: str | Path | Mapping[str, Any], overrides: Mapping[str, Any] | Sequence[str] = ()) -> Recipe:
    """The recipe of a file or of plain values, with overrides laid over it.

    Raises:
        AsterismError: the file or a key or value is wrong.
    """
    if isinstance(recipe, Mapping):
        return parse_recipe(apply_overrides(dict(recipe), override_texts(overrides)), where=RECIPE)
    return read_recipe(Path(recipe), override_texts(overrides))


def folder_of(recipe: str | Path | Mapping[str, Any]) -> Path:
    """The folder of a recipe's run where none is named."""
    return Path("runs") / (RECIPE if isinstance(recipe, Mapping) else Path(recipe).stem)


def override_texts(overrides: Mapping[str, Any] | Sequence[str]) -> list[str]:
    """Overrides as the command line has them: ``dotted.path=value``, the value in JSON."""
    if isinstance(overrides, Mapping):
        return [f"{path}={json.dumps(value, default=str)}" for path, value in overrides.items()]
    return list(overrides)
