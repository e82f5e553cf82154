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
from asterism.core.results.ledger import LedgerEntry
from asterism.core.results.metrics import METRICS, StepMetrics, ValidationMetrics, read_metrics
from asterism.core.results.sink import Sink
from asterism.core.results.summary import RunSummary
from asterism.core.source import Drawn, TaskSource
from asterism.learn.checkpoint import CheckpointState, clean_parts, latest_checkpoint, load_checkpoint, save_checkpoint
from asterism.learn.optimiser_state import capture_optimiser, restore_optimiser
from asterism.learn.random_state import capture_random, restore_random
from asterism.learn.rollout_record import Advantage, rollout_record
from asterism.learn.token_entropy import TokenEntropy
from asterism.learn.update import Learner

LOGS = ("metrics", "ledger", "rollouts")


class Run:
    """Writes what a run leaves behind. ``identity`` holds the settings under which it may be resumed."""

    def __init__(self, folder: Path, identity: Mapping[str, JsonValue], offsets: Mapping[str, int]) -> None:
        self.folder = folder
        self.identity = identity
        self.sinks: Sequence[Sink] = ()
        """Experiment trackers that get whatever is written."""
        self.resumed_at = 0
        """The step of the checkpoint that it resumes from."""
        self.resumed_tokens = 0
        """Tokens that had been trained on by then."""
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
    def resume(cls, folder: Path, identity: Mapping[str, JsonValue], learner: Learner, order: TaskSource) -> Self:
        """Resume from the newest checkpoint: weights, optimiser, random states and data cursor are set.

        Raises:
            AsterismError: there is no checkpoint, or it is from another recipe or damaged.
        """
        checkpoint = latest_checkpoint(folder)
        if checkpoint is None:
            raise AsterismError("no checkpoint to resume from", where=str(folder), remedy="Start without --resume.")
        state = load_checkpoint(checkpoint, recipe=identity)
        clean_parts(folder)
        learner.policy.model.load_state_dict(dict(state.weights))
        restore_optimiser(learner.optimiser, state.optimiser)
        restore_random(state.random)
        learner.step = int(str(state.schedule["step"]))
        order.seek(state.cursor, state.curriculum)
        run = cls(folder, identity, state.offsets)
        run.resumed_at = state.step
        lines = read_metrics(folder / METRICS)
        run.resumed_tokens = sum(line.tokens for line in lines if isinstance(line, StepMetrics))
        return run

    def metrics(self, line: StepMetrics | ValidationMetrics) -> None:
        """One line of metrics.jsonl: a step's figures, or its validation's."""
        self._logs["metrics"].append(line.as_json())
        for sink in self.sinks:
            sink.metrics(line)

    def consumed(self, step: int, drawn: Sequence[Drawn]) -> None:
        """One line of ledger.jsonl for each task that a step has consumed."""
        for entry in drawn:
            self._logs["ledger"].append(plain(LedgerEntry(step, entry.epoch, entry.task.id)))

    def rollouts(
        self,
        step: int,
        group: Group,
        advantages: Sequence[Advantage],
        token_entropies: Sequence[TokenEntropy | None] | None = None,
        *,
        expert: str = "",
        prefix_tokens: int = 0,
    ) -> None:
        """One line of rollouts.jsonl.

        Args:
            advantages: one for each episode: a number, one number for each trained token of its actor, or None.
            token_entropies: of each actor's trained tokens. Where they are given, token ids and log-probs are stored
                too; without them, the texts alone.
            expert: what became of the task's expert, in a word.
            prefix_tokens: how many tokens of each completion were given and not sampled.
        """
        record = rollout_record(
            step, group, advantages, token_entropies, self._stored, expert=expert, prefix_tokens=prefix_tokens
        )
        self._logs["rollouts"].append(record.as_json())
        for sink in self.sinks:
            sink.rollout(record, self.folder)

    def checkpoint(self, step: int, learner: Learner, order: TaskSource, *, keep: int) -> Path:
        """Write everything that ``resume`` needs.

        Raises:
            AsterismError: the disk refuses; earlier checkpoints and everything already written are untouched.
        """
        for log in self._logs.values():
            log.sync()
        state = CheckpointState(
            step=step,
            weights=learner.policy.model.state_dict(),
            optimiser=capture_optimiser(learner.optimiser),
            random=capture_random(),
            recipe=self.identity,
            cursor=order.cursor,
            curriculum=order.standing,
            schedule={"step": learner.step},
            offsets={name: log.offset for name, log in self._logs.items()},
            versions=versions(),
        )
        return save_checkpoint(self.folder, state, keep=keep)

    def close(self) -> None:
        """No step follows: close the logs. Sinks stay open for the summary until :meth:`finish`."""
        for log in self._logs.values():
            log.close()
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
