"""From a recipe to a trained policy, its measurement and its report."""

import time
from pathlib import Path
from typing import Any

from asterism.learn.divergence import refuse_divergence
from asterism.learn.profile import profile_of
from asterism.learn.record_step import record_step
from asterism.learn.stop import remaining_steps
from asterism.runs.interruption import held_interruption
from asterism.runs.measure import Measurements, peak_memory_mib, write_summary
from asterism.runs.progress import stage
from asterism.runs.recipe import Recipe
from asterism.runs.session import Session, open_session
from asterism.runs.validate import validate
from asterism.show.profile import write_profile

SHOWN = ("reward", "accuracy", "format", "loss", "entropy", "length")
"""Figures beside the progress bar."""

ARMS_AFTER = ("after", "shuffled", "blind")
"""What is measured with the trained weights."""


def run_recipe(recipe: Recipe, out: Path, *, where: str, resume: bool, quiet: bool) -> dict[str, Any]:
    """Train, save, measure and report; returns what ``summary.json`` holds.

    Raises:
        AsterismError: the recipe, its records, its model or the folder is wrong.
        KeyboardInterrupt: interrupted; a checkpoint was written first.
    """
    start = time.perf_counter()
    session = open_session(recipe, out, where=where, resume=resume)
    measurements = _measurements(session, out)
    if recipe.measure.before and (session.run.resumed_at == 0 or measurements.begun("before")):
        measure_arm(session, measurements, "before", quiet=quiet)
    if session.trainer.done < recipe.stop.steps:  # figures of an earlier leg are not those of the weights to come
        measurements.forget(ARMS_AFTER)
    train(session, quiet=quiet)
    save(session, out / "model")
    for name in ARMS_AFTER:
        if name == "after" or getattr(recipe.measure, name):
            measure_arm(session, measurements, name, quiet=quiet)
    summary = {
        **measurements.summary([("after", "before"), ("after", "shuffled"), ("after", "blind")]),
        "seconds": {**session.clock.outermost, "total": time.perf_counter() - start},
        "peak_memory_mib": peak_memory_mib(),
    }
    write_summary(out, summary)
    return summary


def train(session: Session, *, quiet: bool) -> None:
    """Take the session's steps, with checkpoints, and write ``profile.json`` about them.

    When interrupted, the step in progress is finished and saved before the interruption is passed on.

    Raises:
        KeyboardInterrupt: interrupted.
    """
    done = session.trainer.done
    try:
        with session.clock("train"):
            _take_steps(session, quiet=quiet)
    finally:
        session.encoder.close()
        session.run.close()
    if session.trainer.done > done:
        write_profile(session.run.folder, profile_of(session.trainer.learner, session.trainer.done - done))


def _take_steps(session: Session, *, quiet: bool) -> None:
    recipe, trainer = session.recipe, session.trainer
    saved = trainer.done
    with (
        held_interruption() as interrupted,
        stage(*_announcement(recipe), quiet=quiet) as advance,
    ):
        advance(trainer.done)
        if trainer.done == 0 and session.validation:
            _validate(session)
        for step in remaining_steps(recipe.stop, trainer):
            line = take_step(session)
            advance(1, **{name: line[name] for name in SHOWN if name in line})
            if session.validation and step % recipe.measure.every == 0:
                _validate(session)
            if (step % recipe.checkpoint.every == 0 or interrupted()) and not line["skipped_updates"]:
                _save_checkpoint(session)
                saved = step
            if interrupted():
                raise KeyboardInterrupt
    if saved != trainer.done:
        _save_checkpoint(session)


def take_step(session: Session) -> dict[str, Any]:
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


def _validate(session: Session) -> None:
    """One more line of metrics.jsonl for the step just taken: what the policy knows of the dev split."""
    recipe = session.recipe
    with session.clock("validate"):
        found = validate(session.engine, session.suite, session.validation, recipe.measure, seed=recipe.seed)
    session.run.metrics({"step": session.trainer.done, "validation": found})


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


def _measurements(session: Session, out: Path) -> Measurements:
    return Measurements(session.suite.evaluate(), out / "results", session.recipe.measure.cluster_key)


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
