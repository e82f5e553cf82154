"""A run's folder: configuration, journals and checkpoints, and going on from them."""

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
from asterism.core.lock import FolderLock
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
from asterism.learn.journal import Journal
from asterism.learn.optimiser_state import capture_optimiser, restore_optimiser
from asterism.learn.random_state import capture_random, restore_random
from asterism.learn.token_entropy import TokenEntropy
from asterism.learn.trainer import Trainer

JOURNALS = ("metrics", "ledger", "rollouts")


class Run:
    """Writes what a run leaves behind. ``identity`` holds the settings under which it may be resumed."""

    def __init__(self, folder: Path, identity: Mapping[str, JsonValue], journals: Mapping[str, Journal]) -> None:
        self.folder = folder
        self.identity = identity
        self.resumed_at = 0
        """The step of the checkpoint it was resumed from."""
        self.lock: FolderLock | None = None
        """Released when the run is closed."""
        self._journals = journals

    @classmethod
    def start(cls, folder: Path, config: Mapping[str, Any], identity: Mapping[str, JsonValue]) -> Self:
        """A new run in an empty or absent folder.

        Raises:
            AsterismError: the folder already holds a run.
        """
        written = folder / "metrics.jsonl"
        if latest_checkpoint(folder) is not None or (written.exists() and written.stat().st_size):
            raise AsterismError(
                "the folder already holds a run", where=str(folder), remedy="Add --resume, or choose another --out."
            )
        folder.mkdir(parents=True, exist_ok=True)
        (folder / "config.yaml").write_text(yaml.safe_dump(dict(config), sort_keys=False), encoding="utf-8")
        return cls(folder, identity, {name: Journal.create(folder / f"{name}.jsonl") for name in JOURNALS})

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
        journals = {name: Journal.resume(folder / f"{name}.jsonl", state.offsets[name]) for name in JOURNALS}
        run = cls(folder, identity, journals)
        run.resumed_at = state.step
        return run

    def metrics(self, entries: Mapping[str, Any]) -> None:
        """One line of metrics.jsonl: a step's figures, or its validation's."""
        self._journals["metrics"].append(entries)

    def consumed(self, step: int, sampled: Sequence[SampledTask]) -> None:
        """One line of ledger.jsonl for each task that a step has consumed."""
        for entry in sampled:
            self._journals["ledger"].append({"step": step, "epoch": entry.epoch, "task": entry.task.id})

    def rollouts(
        self,
        step: int,
        group: Group,
        advantages: Sequence[float | None],
        token_entropies: Sequence[TokenEntropy | None] | None = None,
        *,
        expert: str | None = None,
        opening: int = 0,
    ) -> None:
        """One line of rollouts.jsonl: the group as a person reads it, its tokens where their entropies are given.

        ``expert`` tells in a word what became of the task's expert; ``opening`` is how many tokens of each completion
        were given and not sampled.
        """
        task = group.task
        tokens = token_entropies or [None] * len(group.trajectories)
        completions = [
            {
                "text": trajectory.completion,
                "reward": reward.value,
                "parts": dict(reward.parts),
                "reason": reward.reason,
                "status": str(trajectory.status),
                "advantage": advantage,
                **({} if told is None else {"pieces": told.pieces, "entropies": told.entropies}),
            }
            for trajectory, reward, advantage, told in zip(
                group.trajectories, group.rewards, advantages, tokens, strict=True
            )
        ]
        self._journals["rollouts"].append(
            {
                "step": step,
                "task": task.id,
                "question": task.question,
                "options": list(task.options),
                "answer": task.answer,
                "images": [self._picture(image) for image in task.images],
                **({} if expert is None else {"expert": expert}),
                **({"opening": opening} if opening else {}),
                "completions": completions,
            }
        )

    def checkpoint(self, trainer: Trainer, *, keep: int) -> Path:
        """Write everything that ``resume`` needs.

        Raises:
            AsterismError: the disk refuses; earlier checkpoints and everything already written are untouched.
        """
        for journal in self._journals.values():
            journal.sync()
        state = CheckpointState(
            step=trainer.done,
            weights=trainer.learner.policy.model.state_dict(),
            optimiser=capture_optimiser(trainer.learner.optimiser),
            random=capture_random(),
            recipe=self.identity,
            schedule=trainer.state_dict(),
            offsets={name: journal.offset for name, journal in self._journals.items()},
            versions=versions(),
        )
        return save_checkpoint(self.folder, state, keep=keep)

    def close(self) -> None:
        """Close the journals, and release the folder's lock if the run has one."""
        for journal in self._journals.values():
            journal.close()
        if self.lock is not None:
            self.lock.release()

    def _picture(self, image: Image) -> str:
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
