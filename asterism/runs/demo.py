"""The demo: from nothing to a trained model and a table, on two cores."""

import time
from collections.abc import Iterable, Iterator
from dataclasses import replace
from pathlib import Path

from asterism.core.clock import Clock
from asterism.core.lock import FolderLock
from asterism.core.records import write_records
from asterism.core.results.summary import RunSummary
from asterism.core.task import Task
from asterism.runs.loop import train
from asterism.runs.measure import Measurements, open_measurements, peak_memory_mib
from asterism.runs.progress import Advance, stage
from asterism.runs.publish import publish
from asterism.runs.recipe import Recipe, read_recipe, suite_of, system_of
from asterism.runs.session import Session, open_session
from asterism.runs.shipped import shipped_recipe
from asterism.runs.train import measure_arm, save, with_ending

GRPO_RECIPE = "tfq_grpo_tiny.yaml"
SFT_RECIPE = "tfq_sft_tiny.yaml"
SFT_STEP = 0.5
"""A supervised step takes about this share of a GRPO step; for the projection of the end only."""
PAIRS = (("after", "before"), ("after", "sft_same_steps"), ("after", "shuffled"), ("after", "blind"))


def run_demo(out: Path, overrides: list[str], *, quiet: bool) -> RunSummary:
    """The demo; returns what ``summary.json`` holds.

    Raises:
        AsterismError: an override is wrong, or the folder already holds a run or cannot be written.
    """
    with FolderLock(out) as lock:
        return _run_locked(out, overrides, lock, quiet=quiet)


def _run_locked(out: Path, overrides: list[str], lock: FolderLock, *, quiet: bool) -> RunSummary:
    start = time.perf_counter()
    clock = Clock()
    file = shipped_recipe(GRPO_RECIPE)
    recipe = read_recipe(file, overrides)
    with clock("data"):
        recipe = _with_written_data(recipe, out / "data", where=str(file), quiet=quiet)
    with clock("load"):
        session = open_session(recipe, out, where=str(file), lock=lock)
    try:
        measurements = _train_and_measure(session, out, clock, quiet=quiet)
        timed = replace(
            measurements.summary(PAIRS),
            seconds={**clock.outermost, "total": time.perf_counter() - start},
            peak_memory_mib=peak_memory_mib(),
        )
        summary = with_ending(timed, session)
        publish(out, summary)
        session.run.finish(summary)
        return summary
    finally:
        session.run.finish()


def _train_and_measure(session: Session, out: Path, clock: Clock, *, quiet: bool) -> Measurements:
    """The stages between the loaded recipe and its summary."""
    recipe = session.recipe
    measurements = open_measurements(recipe, session.suite, out / "results", where=GRPO_RECIPE)
    measurements.titles["sft_same_steps"] = "SFT, same steps"
    with clock("measure"):
        measure_arm(session, measurements, "before", quiet=quiet)
    with clock("grpo"):
        measured = clock.whole("measure")
        train(session, quiet=quiet, afterwards=lambda step: _afterwards(session, step, measured))
        save(session, out / "model")
    with clock("measure"):
        for arm in ("after", "shuffled", "blind"):
            measure_arm(session, measurements, arm, quiet=quiet)
    with clock("sft"):
        other = _sft_session(recipe, out / "sft", session.trainer.done)
        train(other, quiet=quiet)
        other.run.finish()
    with clock("measure"):
        measure_arm(other, measurements, "sft_same_steps", quiet=quiet)
    return measurements


def _with_written_data(recipe: Recipe, folder: Path, *, where: str, quiet: bool) -> Recipe:
    """The recipe reading from records on disk: its tasks are made and written, as a user's data would be."""
    suite = suite_of(recipe, where=where)
    values = recipe.environment.model_dump(mode="json")
    for name, load in (("train", suite.train), ("evaluate", suite.evaluate)):
        with stage(f"Making tasks ({name})", None, quiet=quiet):
            tasks = load()
        with stage(f"Writing tasks ({name})", len(tasks), quiet=quiet) as advance:
            write_records(folder / name, _counted(tasks, advance))
        values[name] = {"source": "records", "path": str(folder / name)}
    options = system_of(recipe, where=where).options.parse(values, where=f"{where}: environment")
    return recipe.model_copy(update={"environment": options})


def _counted(tasks: Iterable[Task], advance: Advance) -> Iterator[Task]:
    for task in tasks:
        yield task
        advance(1)


def _afterwards(session: Session, step_seconds: float, measured: float) -> float:
    """About how many seconds follow the GRPO steps: supervised steps, and four more measurements like the first."""
    return session.recipe.stop.steps * step_seconds * SFT_STEP + 4 * measured


def _sft_session(recipe: Recipe, out: Path, steps: int) -> Session:
    """Supervised training from the same start, on the same statements, for as many steps.

    Counted in steps, not in seconds, so that what it learns does not depend on the machine.
    """
    file = shipped_recipe(SFT_RECIPE)
    own = read_recipe(file, [f"stop={{steps: {steps}}}"])
    shared = {"environment": recipe.environment, "model": recipe.model, "measure": recipe.measure}
    return open_session(own.model_copy(update=shared), out, where=str(file))
