"""Event files for TensorBoard: ``tensorboard --logdir RUN``."""

from pathlib import Path

import numpy as np
from torch.utils.tensorboard import SummaryWriter

from asterism.core.errors import AsterismError
from asterism.core.image import Image
from asterism.core.results.metrics import StepMetrics, ValidationMetrics
from asterism.core.results.rollout import EpisodeRecord, RolloutRecord
from asterism.core.results.summary import RunSummary
from asterism.runs.sinks.export import FirstGroups, results, tagged

FOLDER = "tensorboard"


class TensorBoardSink:
    """Writes scalars, and now and then a group of completions with its images (see :class:`LogConfig`)."""

    def __init__(self, folder: Path, *, rollouts_every: int, resumed_at: int = 0) -> None:
        # What a killed run wrote after its checkpoint is dropped by the reader: those steps are taken again.
        purge = resumed_at + 1 if resumed_at else None
        self._writer = SummaryWriter(str(folder / FOLDER), purge_step=purge)
        self._chosen = FirstGroups(rollouts_every)
        self._step = resumed_at

    def metrics(self, line: StepMetrics | ValidationMetrics) -> None:
        """One scalar for each figure."""
        self._step = line.step
        for tag, value in tagged(line).items():
            self._writer.add_scalar(tag, value, line.step)

    def rollout(self, record: RolloutRecord, folder: Path) -> None:
        """The images and the texts of a group that is exported; an image that cannot be read is left out."""
        if not self._chosen.take(record):
            return
        for number, name in enumerate(record.images):
            try:
                pixels = np.array(Image.open(folder / name).pil())  # [height, width, 3]
            except AsterismError:
                continue
            self._writer.add_image(f"rollouts/image_{number}", pixels, record.step, dataformats="HWC")
        self._writer.add_text("rollouts/completions", group_markdown(record), record.step)

    def summary(self, summary: RunSummary) -> None:
        """The figures of the final measurement, at the last step."""
        for tag, value in results(summary):
            self._writer.add_scalar(tag, value, self._step)

    def flush(self) -> None:
        """Have everything on disk."""
        self._writer.flush()

    def close(self) -> None:
        """Close the event file."""
        self._writer.close()


def group_markdown(record: RolloutRecord) -> str:
    """A group as Markdown: the prompt, then every completion with its reward and advantage."""
    parts = [f"**{record.task}** (step {record.step})", _code(record.prompt_text or record.question)]
    if record.answer is not None:
        parts.append(f"Reference answer: `{record.answer}`")
    for episode in record.episodes:
        parts += [_heading(episode), _code(episode.actor.completion)]
    return "\n\n".join(parts)


def _heading(episode: EpisodeRecord) -> str:
    value = episode.reward.status if episode.reward.value is None else f"{episode.reward.value:.3g}"
    named = ", ".join(f"{name} {part:.3g}" for name, part in episode.reward.parts.items())
    advantage = "" if episode.advantage is None else f", advantage {episode.advantage:+.3g}"
    return f"Reward **{value}**{f' ({named})' if named else ''}{advantage}"


def _code(text: str) -> str:
    """A text as an indented block, in which Markdown and HTML of a model mean nothing."""
    return "\n".join(f"    {line}" for line in text.splitlines() or [""])
