"""From a recipe to a trained policy, its measurement and its report."""

import time
from dataclasses import replace
from pathlib import Path

from asterism.core.lock import FolderLock
from asterism.core.results.summary import EarlyStop, RunSummary
from asterism.learn.checkpoint import checkpoint_to_resume
from asterism.runs.loop import train
from asterism.runs.measure import Measurements, open_measurements, peak_memory_mib
from asterism.runs.publish import publish
from asterism.runs.recipe import Recipe, suite_of
from asterism.runs.session import Session, open_session

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
