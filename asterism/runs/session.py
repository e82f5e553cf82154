"""Joining what a recipe names: the policy, the wing's environment, the engine, the trainer and the run's folder."""

import hashlib
import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import torch

from asterism.core.clock import Clock
from asterism.core.errors import AsterismError
from asterism.core.files import whole_file
from asterism.core.results.metrics import METRICS, read_metrics
from asterism.core.system import Suite
from asterism.core.task import Task
from asterism.learn.grpo import Grpo
from asterism.learn.order import TaskOrder
from asterism.learn.run import Run
from asterism.learn.sft import Sft
from asterism.learn.update import Learner
from asterism.learn.views import View
from asterism.policy.encoder import Encoder
from asterism.policy.lora import add_adapters
from asterism.policy.policy import Policy
from asterism.policy.tiny import tiny_folder
from asterism.rollout.local import LocalEngine
from asterism.runs.recipe import ModelConfig, Recipe, identity, suite_of
from asterism.runs.sinks.choose import check_packages, open_sinks
from asterism.runs.validate import validation_tasks

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
    trainer: Grpo | Sft
    run: Run
    validation: Sequence[Task] = ()
    """The dev split, empty where nothing is validated."""

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
    checkpoint: bool = True,
    policy: Policy | None = None,
) -> Session:
    """A session that starts in ``out``, with a ``checkpoint`` unless it is never resumed, or goes on from the newest.

    Raises:
        AsterismError: the recipe, its records, its model or the folder is wrong.
    """
    check_packages(recipe.log)
    suite = suite_of(recipe, where=where)
    tasks = suite.train()
    validation = validation_tasks(suite, recipe.measure, where=where)
    policy = policy or load_policy(recipe)
    policy.freeze(recipe.model.freeze)
    add_adapters(policy.model, recipe.model.lora, recipe.seed)
    encoder = Encoder(policy, workers=recipe.preprocess.workers, pixels=recipe.model.pixels)
    engine = LocalEngine(policy, encoder=encoder)
    order = (suite.order or TaskOrder)(tasks, recipe.seed)
    learner = Learner(
        policy,
        encoder,
        loss=recipe.loss,
        optimiser=recipe.optimiser,
        total_steps=recipe.stop.steps * (recipe.rollout.updates_per_step if recipe.method == "grpo" else 1),
        temperature=recipe.rollout.sampling.temperature if recipe.method == "grpo" else 1.0,
    )
    trainer: Grpo | Sft
    if recipe.method == "grpo":
        trainer = Grpo(
            learner,
            engine,
            suite,
            order,
            guidance=recipe.guidance,
            rollout=recipe.rollout,
            advantage=recipe.advantage,
            reference=_reference(recipe, encoder),
            seed=recipe.seed,
        )
    else:
        trainer = Sft(
            learner,
            suite,
            order,
            tasks_per_step=recipe.rollout.prompts_per_step,
            tokens_per_step=recipe.rollout.tokens_per_step,
        )
    marks = task_marks(tasks)
    kept = identity(recipe, tasks_digest(marks), where=where)
    if resume:
        refuse_other_tasks(out, marks)
        run = Run.resume(out, kept, learner, order)
        trainer.done, trainer.tokens = run.resumed_at, run.resumed_tokens
        trainer.pace.recall(read_metrics(out / METRICS))
    else:
        run = Run.start(out, recipe.model_dump(mode="json"), kept)
        with whole_file(out / TASKS) as beside:
            beside.write_text(json.dumps(marks), encoding="utf-8")
        if checkpoint:  # so that the run can be resumed from its first moment
            run.checkpoint(0, learner, order, keep=recipe.checkpoint.keep)
    run.sinks = open_sinks(recipe.log, out, recipe.model_dump(mode="json"), resumed_at=run.resumed_at)
    return Session(recipe, suite, policy, encoder, engine, trainer, run, validation)


def task_marks(tasks: Sequence[Task]) -> dict[str, str]:
    """For each task by its id a SHA-256 (hex) over what it shows, asks and holds for right; pixels are not kept."""
    marks = {}
    for task in sorted(tasks, key=lambda task: task.id):
        pictures = [image.digest for image in task.images]
        for image in task.images:
            image.forget()
        entry: list[Any] = [task.id, task.kind, task.question, task.answer, list(task.options), pictures]
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
    before: dict[str, str] = json.loads(file.read_text(encoding="utf-8"))
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


def _reference(recipe: Recipe, encoder: Encoder) -> View | None:
    """The policy before training, frozen; none where the KL term is off."""
    if recipe.loss.kl_coef == 0:
        return None
    if recipe.model.lora.rank:
        return View.without_adapters(encoder.policy, encoder)
    frozen = load_policy(recipe, encoder.policy.clock)
    frozen.model.requires_grad_(False)
    return View.reference(frozen, encoder)
