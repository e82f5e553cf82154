"""Measuring on a dev split while training: the curve by which a run is judged before its test records are touched."""

from collections.abc import Sequence

from asterism.core.errors import AsterismError
from asterism.core.system import Suite
from asterism.core.task import Task
from asterism.evaluate import verified
from asterism.evaluate.bench import measure
from asterism.rollout.engine import Engine
from asterism.runs.measure import summarise
from asterism.runs.recipe import MeasureConfig

FIGURES = ("per_statement", "all_correct", "accuracy")
"""What a validation leaves in metrics.jsonl, as far as the kind of task has it."""


def validation_tasks(suite: Suite, config: MeasureConfig, *, where: str) -> list[Task]:
    """The tasks of the dev split, none where nothing is validated.

    Raises:
        AsterismError: there is no dev split to validate on, or it shares a picture with what is measured in the end.
    """
    if not config.every:
        return []
    tasks = suite.dev()
    if not tasks:
        raise AsterismError(
            "measure.every asks for validation, but there is no environment.dev",
            where=where,
            remedy="Give environment.dev a source of tasks, or set measure.every to 0.",
        )
    _refuse_shared_pictures(tasks, suite.evaluate(), where)
    return tasks


def validate(
    engine: Engine, suite: Suite, tasks: Sequence[Task], config: MeasureConfig, *, seed: int
) -> dict[str, float]:
    """The figures of the policy as it is now on the dev split, with the number of answers that failed."""
    grader = verified.grader(suite.judge)
    results = measure(engine, tasks, suite.prompt_of, config.sampling, seed=seed, grader=grader)
    found = summarise(tasks, results, config.cluster_key).condition()
    figures = {name: found.metrics[name].value for name in FIGURES if name in found.metrics}
    return {**figures, "share_failed": found.shares["failed"]}


def _refuse_shared_pictures(tasks: Sequence[Task], measured: Sequence[Task], where: str) -> None:
    """Whoever chooses a checkpoint by pictures of the test has seen the test."""
    known = {image.digest for task in measured for image in task.images}
    shared = [task.id for task in tasks if any(image.digest in known for image in task.images)]
    for image in (image for task in (*tasks, *measured) for image in task.images):
        image.forget()
    if shared:
        raise AsterismError(
            f"{len(shared)} of {len(tasks)} validation tasks ({shared[0]}, ...) show pictures "
            "that environment.evaluate holds too",
            where=where,
            remedy="Validate on other pictures: asterism metaphor split keeps them apart.",
        )
