"""A run's folder: configuration, logs and checkpoints, and resuming from them."""

import platform
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any, Self

import torch
import transformers
import yaml
from pydantic import JsonValue

import asterism
from asterism.core.episode import Group
from asterism.core.errors import AsterismError
from asterism.core.image import Image
from asterism.core.lines import LineLog, plain
from asterism.core.lock import FolderLock
from asterism.core.results.ledger import LedgerEntry
from asterism.core.results.metrics import METRICS, StepMetrics, ValidationMetrics
from asterism.core.results.sink import Sink
from asterism.core.results.summary import RunSummary
from asterism.core.task_sampler import SampledTask
from asterism.learn.checkpoint import (
    CheckpointState,
    checkpoint_to_resume,
    clean_parts,
    drop_later,
    latest_checkpoint,
    load_checkpoint,
    save_checkpoint,
)
from asterism.learn.optimiser_state import capture_optimiser, restore_optimiser
from asterism.learn.random_state import capture_random, restore_random
from asterism.learn.rollout_record import TokenFigures, rollout_record
from asterism.learn.trainer import Trainer

LOGS = ("metrics", "ledger", "rollouts")

_NONE_KNOWN: Mapping[tuple[int, int], TokenFigures] = {}


class Run:
    """Writes what a run leaves behind. ``identity`` holds the settings under which it may be resumed."""

    def __init__(self, folder: Path, identity: Mapping[str, JsonValue], offsets: Mapping[str, int]) -> None:
        self.folder = folder
        self.identity = identity
        self.sinks: Sequence[Sink] = ()
        """Experiment trackers that get whatever is written."""
        self.resumed_at = 0
        """The step of the checkpoint it was resumed from."""
        self.lock: FolderLock | None = None
        """Released when the run is closed."""
        self._logs = {name: LineLog[Any](folder / f"{name}.jsonl", offset=offsets[name]) for name in LOGS}

    @classmethod
    def start(cls, folder: Path, config: Mapping[str, Any], identity: Mapping[str, JsonValue]) -> Self:
        """A new run in an empty or absent folder.

        Raises:
            AsterismError: the folder already holds a run.
        """
        written = folder / METRICS
        if latest_checkpoint(folder) is not None or (written.exists() and written.stat().st_size):
            raise AsterismError(
                "the folder already holds a run", where=str(folder), remedy="Add --resume, or choose another --out."
            )
        folder.mkdir(parents=True, exist_ok=True)
        (folder / "config.yaml").write_text(yaml.safe_dump(dict(config), sort_keys=False), encoding="utf-8")
        return cls(folder, identity, dict.fromkeys(LOGS, 0))

    @classmethod
    def resume(
        cls, folder: Path, identity: Mapping[str, JsonValue], trainer: Trainer, *, step: int | None = None
    ) -> Self:
        """Resume from the newest checkpoint: weights, optimiser, random states and the trainer's own state are set.

        With ``step`` from the checkpoint of that step; those saved after it are removed.

        Raises:
            AsterismError: there is no such checkpoint, or it is from another recipe or damaged.
        """
        checkpoint = checkpoint_to_resume(folder, step)
        state = load_checkpoint(checkpoint, recipe=identity)
        drop_later(checkpoint)
        clean_parts(folder)
        trainer.learner.policy.model.load_state_dict(dict(state.weights))
        restore_optimiser(trainer.learner.optimiser, state.optimiser)
        restore_random(state.random)
        trainer.load_state_dict(state.schedule)
        run = cls(folder, identity, state.offsets)
        run.resumed_at = state.step
        return run

    def metrics(self, line: StepMetrics | ValidationMetrics) -> None:
        """One line of metrics.jsonl: a step's figures, or its validation's."""
        self._logs["metrics"].append(line.as_json())
        for sink in self.sinks:
            sink.metrics(line)

    def consumed(self, step: int, sampled: Sequence[SampledTask]) -> None:
        """One line of ledger.jsonl for each task that a step has consumed."""
        for entry in sampled:
            self._logs["ledger"].append(plain(LedgerEntry(step, entry.epoch, entry.task.id)))

    def rollouts(
        self,
        step: int,
        group: Group,
        advantages: Sequence[float | None],
        tokens: Mapping[tuple[int, int], TokenFigures] = _NONE_KNOWN,
        *,
        expert: str = "",
        prefix_tokens: int = 0,
    ) -> None:
        """One line of rollouts.jsonl.

        Args:
            advantages: one for each episode, None where it is not trained on.
            tokens: what is known of the trained tokens, by the places of an episode and of a trajectory in it.
            expert: what became of the task's expert, in a word.
            prefix_tokens: how many tokens of each completion were given and not sampled.
        """
        record = rollout_record(
            step, group, advantages, tokens, self._stored, expert=expert, prefix_tokens=prefix_tokens
        )
        self._logs["rollouts"].append(record.as_json())
        for sink in self.sinks:
            sink.rollout(record, self.folder)

    def checkpoint(self, trainer: Trainer, *, keep: int) -> Path:
        """Write everything that ``resume`` needs.

        Raises:
            AsterismError: the disk refuses; earlier checkpoints and everything already written are untouched.
        """
        for log in self._logs.values():
            log.sync()
        state = CheckpointState(
            step=trainer.done,
            weights=trainer.learner.policy.model.state_dict(),
            optimiser=capture_optimiser(trainer.learner.optimiser),
            random=capture_random(),
            recipe=self.identity,
            schedule=trainer.state_dict(),
            offsets={name: log.offset for name, log in self._logs.items()},
            versions=versions(),
        )
        return save_checkpoint(self.folder, state, keep=keep)

    def close(self) -> None:
        """No step follows: close the logs, and release the folder's lock if the run has one.

        Sinks stay open for the summary until :meth:`finish`.
        """
        for log in self._logs.values():
            log.close()
        if self.lock is not None:
            self.lock.release()
        for sink in self.sinks:
            sink.flush()

    def finish(self, summary: RunSummary | None = None) -> None:
        """Give the sinks the run's summary, if there is one, and close everything; a second call does nothing."""
        self.close()
        sinks, self.sinks = self.sinks, ()
        for sink in sinks:
            if summary is not None:
                sink.summary(summary)
            sink.close()

    def _stored(self, image: Image) -> str:
        """The name of an image in the run's folder, where it is written once."""
        name = f"images/{image.digest[:16]}.png"
        if not (self.folder / name).exists():
            image.save(self.folder / name)
            image.forget()
        return name


def versions() -> dict[str, str]:
    """The versions that numbers may depend on."""
    return {
        "asterism": asterism.__version__,
        "python": platform.python_version(),
        "torch": torch.__version__,
        "transformers": transformers.__version__,
    }
