"""The training loop: collect, learn, write down, once a step, with validations and checkpoints."""

from collections.abc import Callable

from asterism.core.results.metrics import StepMetrics, ValidationMetrics
from asterism.learn.divergence import refuse_divergence
from asterism.learn.profile import profile_of
from asterism.learn.record_step import record_step
from asterism.learn.stop import remaining_steps
from asterism.runs.interruption import held_interruption
from asterism.runs.progress import stage
from asterism.runs.projection import Projection, say
from asterism.runs.recipe import Recipe
from asterism.runs.session import Session
from asterism.runs.validate import Validation, validate
from asterism.show.profile import write_profile

SHOWN = ("reward", "accuracy", "format", "loss", "entropy", "length")
"""Figures beside the progress bar."""


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
