"""Weights & Biases: figures, tables of completions with their images, and the final measurement."""

import os
from collections.abc import Mapping
from pathlib import Path
from typing import Any
from uuid import uuid4

from asterism.core.files import whole_file
from asterism.core.results.metrics import StepMetrics, ValidationMetrics
from asterism.core.results.rollout import RolloutRecord
from asterism.core.results.summary import RunSummary
from asterism.runs.sinks.config import LogConfig
from asterism.runs.sinks.export import FirstGroups, results, tagged

os.environ.setdefault("WANDB_ERROR_REPORTING", "false")  # no crash reports to anybody, and read at import
import wandb

ID_FILE = "wandb-id.txt"
COLUMNS = ("step", "task", "image", "prompt", "completion", "reward", "parts", "advantage", "status")


class WandbSink:
    """Exports a run (see :class:`LogConfig`). A resumed run continues under its id, which its folder keeps."""

    def __init__(self, folder: Path, config: LogConfig, settings: Mapping[str, Any]) -> None:
        self._run = wandb.init(
            project=config.project,
            name=folder.resolve().name,
            id=_id_of(folder),
            resume="allow",
            dir=str(folder),
            mode=config.wandb,
            config=dict(settings),
            settings=wandb.Settings(console="off", silent=True),
        )
        # Steps of a resumed run are logged again, which W&B's own step counter would refuse.
        self._run.define_metric("step")
        self._run.define_metric("*", step_metric="step")
        self._chosen = FirstGroups(config.rollouts_every)

    def metrics(self, line: StepMetrics | ValidationMetrics) -> None:
        """The figures of a line."""
        self._run.log({"step": line.step, **tagged(line)})

    def rollout(self, record: RolloutRecord, folder: Path) -> None:
        """The images of a group that is exported, and a table of its completions."""
        if not self._chosen.take(record):
            return
        # Tables keep their images outside the run's folder until they are synced, so they are logged by themselves too.
        files = [folder / name for name in record.images if (folder / name).is_file()]
        images = [wandb.Image(str(file), caption=record.task) for file in files]
        table = wandb.Table(columns=list(COLUMNS), data=_rows(record, files[0] if files else None))
        self._run.log({"step": record.step, "rollouts": table, **({"rollout_images": images} if images else {})})

    def summary(self, summary: RunSummary) -> None:
        """The figures of the final measurement."""
        self._run.summary.update(dict(results(summary)))

    def flush(self) -> None:
        """W&B writes as it goes."""

    def close(self) -> None:
        """End the run."""
        self._run.finish()


def _rows(record: RolloutRecord, image: Path | None) -> list[list[Any]]:
    return [
        [
            record.step,
            record.task,
            None if image is None else wandb.Image(str(image)),
            record.prompt_text or record.question,
            episode.actor.completion,
            episode.reward.value,
            ", ".join(f"{part} {value:.3g}" for part, value in episode.reward.parts.items()),
            episode.advantage,
            episode.status if episode.reward.status == "ok" else episode.reward.status,
        ]
        for episode in record.episodes
    ]


def _id_of(folder: Path) -> str:
    """The id of the run in W&B: drawn once for a folder."""
    file = folder / ID_FILE
    if file.is_file():
        return file.read_text(encoding="utf-8").strip()
    drawn = uuid4().hex[:8]
    with whole_file(file) as part:
        part.write_text(f"{drawn}\n", encoding="utf-8")
    return drawn
