"""From a recipe to a trained policy, its measurement and its report."""

import time
from dataclasses import replace
from pathlib import Path

from asterism.core.results.metrics import StepMetrics, ValidationMetrics
from asterism.core.results.summary import RunSummary
from asterism.learn.grpo import StopConfig, train_steps
from asterism.learn.profile import profile_of
from asterism.runs.interruption import held_interruption
from asterism.runs.measure import Measurements, peak_memory_mib, publish
from asterism.runs.progress import stage
from asterism.runs.recipe import Recipe
from asterism.runs.session import Session, open_session
from asterism.runs.validate import validate
from asterism.show.profile import write_profile

SHOWN = ("reward", "accuracy", "format", "loss", "entropy", "length")
"""Figures beside the progress bar."""

ARMS_AFTER = ("after", "shuffled", "blind")
"""What is measured with the trained weights."""


def run_recipe(recipe: Recipe, out: Path, *, where: str, resume: bool, quiet: bool) -> RunSummary:
    """Train, save, measure and report; returns what ``summary.json`` holds.

    Raises:
        AsterismError: the recipe, its records, its model or the folder is wrong.
        KeyboardInterrupt: interrupted; a checkpoint was written first.
    """
    start = time.perf_counter()
    session = open_session(recipe, out, where=where, resume=resume)
    try:
        summary = _train_and_measure(session, out, start, quiet=quiet)
        publish(out, summary)
        session.run.finish(summary)
        return summary
    finally:
        session.run.finish()


def _train_and_measure(session: Session, out: Path, start: float, *, quiet: bool) -> RunSummary:
    recipe, measurements = session.recipe, _measurements(session, out)
    if recipe.measure.before and (session.run.resumed_at == 0 or measurements.begun("before")):
        measure_arm(session, measurements, "before", quiet=quiet)
    if session.trainer.done < recipe.stop.steps:  # figures of an earlier leg are not those of the weights to come
        measurements.forget(ARMS_AFTER)
    train(session, quiet=quiet)
    save(session, out / "model")
    for name in ARMS_AFTER:
        if name == "after" or getattr(recipe.measure, name):
            measure_arm(session, measurements, name, quiet=quiet)
    return replace(
        measurements.summary([("after", "before"), ("after", "shuffled"), ("after", "blind")]),
        seconds={**session.clock.outermost, "total": time.perf_counter() - start},
        peak_memory_mib=peak_memory_mib(),
        stopped=stopped_by(recipe.stop, session.trainer.done, session.trainer.tokens),
    )


def stopped_by(stop: StopConfig, done: int, tokens: int) -> str:
    """The limit that ended a training of ``done`` steps and so many ``tokens``: its name in the recipe."""
    if done >= stop.steps:
        return "steps"
    return "tokens" if stop.tokens is not None and tokens >= stop.tokens else "max_seconds"


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
    recipe, trainer, run = session.recipe, session.trainer, session.run
    saved = trainer.done

    def save_checkpoint(step: int) -> None:
        nonlocal saved
        with session.clock("checkpoint"):
            run.checkpoint(step, trainer.learner, trainer.order, keep=recipe.checkpoint.keep)
        saved = step

    with (
        held_interruption() as interrupted,
        stage(*_announcement(recipe), quiet=quiet) as advance,
    ):
        advance(trainer.done)

        if trainer.done == 0 and session.validation:
            _validate(session)

        def after(step: int, line: StepMetrics) -> None:
            advance(1, **{name: line.figures[name] for name in SHOWN if name in line.figures})
            if session.validation and step % recipe.measure.every == 0:
                _validate(session)
            if step % recipe.checkpoint.every == 0 or interrupted():
                save_checkpoint(step)
            if interrupted():
                raise KeyboardInterrupt

        train_steps(
            lambda: trainer.step(run),
            done=trainer.done,
            stop=recipe.stop,
            after=after,
            tokens=lambda: trainer.tokens,
        )
    if saved != trainer.done:
        save_checkpoint(trainer.done)


def _validate(session: Session) -> None:
    """One more line of metrics.jsonl for the step just taken: what the policy knows of the dev split."""
    recipe = session.recipe
    with session.clock("validate"):
        found = validate(session.engine, session.suite, session.validation, recipe.measure, seed=recipe.seed)
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
