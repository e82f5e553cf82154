"""From a recipe to a trained policy, its measurement and its report."""

import time
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

from asterism.core.lock import FolderLock
from asterism.core.results.metrics import StepMetrics, ValidationMetrics
from asterism.core.results.summary import EarlyStop, RunSummary
from asterism.learn.checkpoint import checkpoint_to_resume
from asterism.learn.divergence import refuse_divergence
from asterism.learn.profile import profile_of
from asterism.learn.record_step import record_step
from asterism.learn.stop import remaining_steps
from asterism.runs.interruption import held_interruption
from asterism.runs.measure import Measurements, open_measurements, peak_memory_mib
from asterism.runs.progress import stage
from asterism.runs.projection import Projection, say
from asterism.runs.publish import publish
from asterism.runs.recipe import Recipe, suite_of
from asterism.runs.session import Session, open_session
from asterism.runs.validate import Validation, validate
from asterism.show.profile import write_profile

SHOWN = ("reward", "accuracy", "format", "loss", "entropy", "length")
"""Figures beside the progress bar."""

ARMS_AFTER = ("after", "shuffled", "blind")
"""What is measured with the trained weights."""


def run_recipe(
    recipe: Recipe, out: Path, *, where: str, resume: bool, quiet: bool, resume_from: int | None = None
) -> RunSummary:
    """Train, save, measure and report; returns what ``summary.json`` holds.

    It resumes from the newest checkpoint (``resume``) or from that of step ``resume_from``. The folder is locked
    meanwhile.

    Raises:
        AsterismError: the recipe, its records, its model or the folder is wrong, or another process writes the folder.
        KeyboardInterrupt: interrupted; a checkpoint was written first.
    """
    if resume or resume_from is not None:
        checkpoint_to_resume(out, resume_from)  # an absent folder is refused before the lock would make it
    start = time.perf_counter()
    suite = suite_of(recipe, where=where)
    measurements = open_measurements(recipe, suite, out / "results", where=where)  # what it refuses costs no training
    with FolderLock(out) as lock:
        session = open_session(recipe, out, where=where, resume=resume, resume_from=resume_from, lock=lock, suite=suite)
        try:
            summary = _run_session(session, measurements, out, start, went_back=resume_from is not None, quiet=quiet)
            publish(out, summary)
            session.run.finish(summary)
            return summary
        finally:
            session.run.finish()


def _run_session(
    session: Session, measurements: Measurements, out: Path, start: float, *, went_back: bool, quiet: bool
) -> RunSummary:
    """The stages of a run, begun at ``start`` by ``time.perf_counter``; what was measured after training does not
    hold where the run ``went_back``."""
    recipe = session.recipe
    if recipe.measure.before and (session.run.resumed_at == 0 or measurements.begun("before")):
        measure_arm(session, measurements, "before", quiet=quiet)
    if went_back or session.trainer.done < recipe.stop.steps:  # earlier figures are not those of the weights to come
        measurements.forget(ARMS_AFTER)
    train(session, quiet=quiet)
    save(session, out / "model")
    for name in ARMS_AFTER:
        if name == "after" or getattr(recipe.measure, name):
            measure_arm(session, measurements, name, quiet=quiet)
    summary = replace(
        measurements.summary([("after", "before"), ("after", "shuffled"), ("after", "blind")]),
        seconds={**session.clock.outermost, "total": time.perf_counter() - start},
        peak_memory_mib=peak_memory_mib(),
    )
    return with_ending(summary, session)


def with_ending(summary: RunSummary, session: Session) -> RunSummary:
    """The summary with the limit that ended the training, by its name in the recipe.

    ``stopped_early`` is set where that was the time limit; a budget of tokens that was used up is no such ending.
    """
    stop, trainer = session.recipe.stop, session.trainer
    if trainer.done >= stop.steps:
        return replace(summary, stopped="steps")
    if stop.max_seconds is None or (stop.tokens and trainer.tokens >= stop.tokens):
        return replace(summary, stopped="tokens")
    early = EarlyStop(trainer.done, stop.steps, stop.max_seconds)
    return replace(summary, stopped="max_seconds", stopped_early=early)


def train(session: Session, *, quiet: bool, afterwards: Callable[[float], float] = lambda seconds: 0.0) -> None:
    """Take the session's steps, with checkpoints, and write ``profile.json`` about them.

    When interrupted, the step in progress is finished and saved before the interruption is passed on. After a few
    steps a line says when all will be over; ``afterwards`` gives the seconds that follow, from those of a step.

    Raises:
        KeyboardInterrupt: interrupted.
    """
    done = session.trainer.done
    try:
        with session.clock("train"):
            _take_steps(session, quiet=quiet, afterwards=afterwards)
    finally:
        session.encoder.close()
        session.run.close()
    if session.trainer.done > done:
        write_profile(session.run.folder, profile_of(session.trainer.learner, session.trainer.done - done))


def _take_steps(session: Session, *, quiet: bool, afterwards: Callable[[float], float]) -> None:
    recipe, trainer = session.recipe, session.trainer
    saved = trainer.done
    bounded = recipe.stop.max_seconds is not None or recipe.stop.tokens is not None
    projection = None if quiet or bounded else Projection(recipe.stop.steps, done=saved, afterwards=afterwards)
    with (
        held_interruption() as interrupted,
        stage(*_announcement(recipe), quiet=quiet) as advance,
    ):
        advance(trainer.done)
        if trainer.done == 0 and session.validation is not None:
            _validate(session, session.validation)
        for step in remaining_steps(recipe.stop, trainer):
            line = take_step(session)
            advance(1, **{name: line.figures[name] for name in SHOWN if name in line.figures})
            if projection is not None and (projected := projection.after(step)):
                say(projected)
            if session.validation is not None and step % recipe.measure.every == 0:
                _validate(session, session.validation)
            if (step % recipe.checkpoint.every == 0 or interrupted()) and not line.figures["skipped_updates"]:
                _save_checkpoint(session)
                saved = step
            if interrupted():
                raise KeyboardInterrupt
    if saved != trainer.done:
        _save_checkpoint(session)


def take_step(session: Session) -> StepMetrics:
    """One training step: collect, learn, write down. Returns the line written to metrics.jsonl.

    Raises:
        AsterismError: too many rewards failed, or the last updates were all skipped as not finite.
    """
    trainer = session.trainer
    with session.clock("step"):
        collected = trainer.collect()
        step = trainer.learn(collected)
        line = record_step(session.run, step, session.policy)
    refuse_divergence(trainer.learner, trainer.done)
    return line


def _save_checkpoint(session: Session) -> None:
    with session.clock("checkpoint"):
        session.run.checkpoint(session.trainer, keep=session.recipe.checkpoint.keep)


def _validate(session: Session, validation: Validation) -> None:
    """One more line of metrics.jsonl for the step just taken: what the policy knows of the dev split."""
    recipe = session.recipe
    with session.clock("validate"):
        found = validate(session.engine, session.suite, validation, recipe.measure, seed=recipe.seed)
    session.run.metrics(ValidationMetrics(session.trainer.done, found))


def _announcement(recipe: Recipe) -> tuple[str, int | None]:
    """What the progress bar says, and its number of steps where that, and not the time, ends the training."""
    if recipe.stop.tokens is not None:
        return f"Training ({recipe.method}, up to {recipe.stop.tokens:,} tokens)", None
    if recipe.stop.max_seconds is None:
        return f"Training ({recipe.method})", recipe.stop.steps
    return f"Training ({recipe.method}, at most {recipe.stop.max_seconds:.0f} s)", None


def save(session: Session, folder: Path) -> None:
    """The trained policy in the transformers layout."""
    with session.clock("save"):
        session.policy.save(folder)


def measure_arm(session: Session, measurements: Measurements, name: str, *, quiet: bool) -> None:
    """Measure one arm as the recipe says; ``shuffled`` and ``blind`` alter the tasks."""
    recipe = session.recipe
    tasks = measurements.altered(name, recipe.seed) if name in ("shuffled", "blind") else None
    with session.clock(f"measure {name}"):
        measurements.arm(
            name,
            session.engine,
            session.suite,
            recipe.measure.sampling,
            seed=recipe.seed,
            quiet=quiet,
            tasks=tasks,
        )
