"""Joining what a recipe names: the policy, the wing's environment, the engine, the trainer and the run's folder."""

import hashlib
import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import torch
from pydantic import TypeAdapter, ValidationError

from asterism.core.clock import Clock
from asterism.core.errors import AsterismError
from asterism.core.files import whole_file
from asterism.core.lock import FolderLock
from asterism.core.system import Suite
from asterism.core.task import Task
from asterism.learn.run import Run
from asterism.learn.shuffled_sampler import ShuffledSampler
from asterism.learn.terms import LossTerm
from asterism.learn.trainer import Trainer
from asterism.learn.update import Learner
from asterism.learn.views import View
from asterism.policy.encoder import Encoder
from asterism.policy.lora import add_adapters
from asterism.policy.policy import Policy
from asterism.policy.tiny import tiny_folder
from asterism.rollout.local import LocalEngine
from asterism.runs.recipe import ModelConfig, Recipe, identity, suite_of
from asterism.runs.sinks.choose import check_packages, open_sinks
from asterism.runs.validate import Validation, open_validation

TASKS = "tasks.json"
"""What a run began with: the marks of its tasks."""


@dataclass(slots=True)
class Session:
    """Everything one training run holds in memory."""

    recipe: Recipe
    suite: Suite
    policy: Policy
    encoder: Encoder
    engine: LocalEngine
    trainer: Trainer
    run: Run
    validation: Validation | None = None
    """The dev split, None where nothing is validated."""

    @property
    def clock(self) -> Clock:
        """Where the time of the run goes."""
        return self.policy.clock


def load_policy(recipe: Recipe, clock: Clock | None = None) -> Policy:
    """The recipe's model (see :func:`open_model`). ``clock`` may be another's."""
    return open_model(recipe.model, clock)


def open_model(model: ModelConfig, clock: Clock | None = None) -> Policy:
    """A model in its type on its device; ``tiny`` names the embedded one."""
    source = tiny_folder() if model.path == "tiny" else model.path
    dtype = {"float32": torch.float32, "bfloat16": torch.bfloat16}[model.dtype]
    return Policy.load(source, device=model.device, dtype=dtype, clock=clock)


def open_session(
    recipe: Recipe,
    out: Path,
    *,
    where: str,
    resume: bool = False,
    resume_from: int | None = None,
    checkpoint: bool = True,
    policy: Policy | None = None,
    lock: FolderLock | None = None,
    suite: Suite | None = None,
) -> Session:
    """A session that starts in ``out``, with a ``checkpoint`` unless it is never resumed, or resumes there.

    It resumes from the newest checkpoint, or from that of step ``resume_from``. ``lock`` is the folder's where the
    caller holds it and keeps it; else the run takes one, and releases it when it is closed.

    ``policy`` and ``suite`` are those of the recipe, where somebody has them already.

    Raises:
        AsterismError: the recipe, its records, its model or the folder is wrong, or another process writes the folder.
    """
    check_packages(recipe.log)
    resume = resume or resume_from is not None
    suite = suite or suite_of(recipe, where=where)
    tasks = suite.train()
    validation = open_validation(recipe, suite, where=where)
    policy = policy or load_policy(recipe)
    policy.freeze(recipe.model.freeze)
    add_adapters(policy.model, recipe.model.lora, recipe.seed)
    encoder = Encoder(policy, workers=recipe.preprocess.workers, pixels=recipe.model.pixels)
    engine = LocalEngine(policy, encoder=encoder)
    algorithm, rollout = recipe.build_algorithm(), recipe.rollouts()
    learner = Learner(
        policy,
        encoder,
        terms=algorithm.terms,
        optimiser=recipe.optimiser,
        total_steps=recipe.stop.steps * rollout.updates_per_step,
        temperature=rollout.sampling.temperature if recipe.method == "grpo" else 1.0,
    )
    trainer = Trainer(
        learner,
        engine,
        suite,
        (suite.order or ShuffledSampler)(tasks, recipe.seed),
        algorithm,
        rollout=rollout,
        reference=_reference(recipe, encoder, algorithm.terms),
        seed=recipe.seed,
    )
    marks = task_marks(tasks)
    kept = identity(recipe, tasks_digest(marks), where=where)
    own = FolderLock(out) if lock is None else None
    settings = json.loads(recipe.model_dump_json())
    try:
        if resume:
            refuse_other_tasks(out, marks)
            run = Run.resume(out, kept, trainer, step=resume_from)
        else:
            run = Run.start(out, settings, kept)
            with whole_file(out / TASKS) as beside:
                beside.write_text(json.dumps(marks), encoding="utf-8")
            if checkpoint:  # so that the run can be resumed from its first moment
                run.checkpoint(trainer, keep=recipe.checkpoint.keep)
        run.sinks = open_sinks(recipe.log, out, settings, resumed_at=run.resumed_at)
    except BaseException:
        if own is not None:
            own.release()
        raise
    run.lock = own
    return Session(recipe, suite, policy, encoder, engine, trainer, run, validation)


def task_marks(tasks: Sequence[Task]) -> dict[str, str]:
    """For each task by its id a SHA-256 (hex) over what it shows, asks and holds for right; pixels are not kept."""
    marks = {}
    for task in sorted(tasks, key=lambda task: task.id):
        images = [image.digest for image in task.images]
        for image in task.images:
            image.forget()
        entry: list[Any] = [task.id, task.kind, task.question, task.answer, list(task.options), images]
        marks[task.id] = hashlib.sha256(json.dumps(entry).encode()).hexdigest()
    return marks


def tasks_digest(marks: Mapping[str, str]) -> str:
    """SHA-256 over the marks of tasks, whatever their order."""
    return hashlib.sha256(json.dumps(sorted(marks.items())).encode()).hexdigest()


def refuse_other_tasks(out: Path, marks: Mapping[str, str]) -> None:
    """See that a run goes on with the tasks that it began with.

    Raises:
        AsterismError: some are gone, new or changed; the first are named.
    """
    file = out / TASKS
    if not file.is_file():
        return
    before = _read_marks(file)
    changes = {
        "gone": sorted(before.keys() - marks.keys()),
        "new": sorted(marks.keys() - before.keys()),
        "changed": sorted(name for name in before.keys() & marks.keys() if before[name] != marks[name]),
    }
    told = [f"{len(names)} {what} ({', '.join(names[:3])})" for what, names in changes.items() if names]
    if told:
        raise AsterismError(
            f"these are not the run's {len(before):,} tasks: {', '.join(told)}",
            where=str(out),
            remedy="Resume with the tasks it began with, or start a new run with another --out.",
        )


def _read_marks(file: Path) -> dict[str, str]:
    try:
        return TypeAdapter(dict[str, str]).validate_json(file.read_bytes())
    except (OSError, ValidationError) as error:
        raise AsterismError(
            "damaged list of the run's tasks",
            where=str(file),
            remedy="Remove the file: the checkpoint holds their digest, so other tasks are refused all the same.",
        ) from error


def _reference(recipe: Recipe, encoder: Encoder, terms: Sequence[LossTerm]) -> View | None:
    """The policy before training, frozen; none where no term needs it."""
    if not any(term.needs_reference for term in terms):
        return None
    if recipe.model.lora.rank:
        return View.without_adapters(encoder.policy, encoder)
    frozen = load_policy(recipe, encoder.policy.clock)
    frozen.model.requires_grad_(False)
    return View.reference(frozen, encoder)
