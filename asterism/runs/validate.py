"""Measuring on a dev split while training: the curve by which a run is judged before its test records are touched."""

from collections.abc import Sequence
from dataclasses import dataclass

from asterism.core.errors import AsterismError
from asterism.core.system import Suite
from asterism.core.task import Task
from asterism.evaluate.bench import measure
from asterism.evaluate.kinds import scorer_of
from asterism.evaluate.mixed import MixedScorer
from asterism.evaluate.scorer import Scorer
from asterism.rollout.engine import Engine
from asterism.runs.benches import benches_of
from asterism.runs.recipe import MeasureConfig, Recipe, system_of

FIGURES = ("per_statement", "all_correct", "accuracy", "reward")
"""The figures of a validation in a line of metrics.jsonl, as far as the kind of task has them."""


@dataclass(frozen=True, slots=True)
class Validation:
    """The dev split of a run, and what measures it."""

    tasks: Sequence[Task]
    scorer: Scorer | MixedScorer


def open_validation(recipe: Recipe, suite: Suite, *, where: str) -> Validation | None:
    """The dev split, None where nothing is validated.

    Raises:
        AsterismError: there is no dev split to validate on, it shares an image with what is measured in the end, or a
            run cannot measure tasks of such a kind.
    """
    if not recipe.measure.every:
        return None
    tasks = suite.dev()
    if not tasks:
        raise AsterismError(
            "measure.every asks for validation, but there is no environment.dev",
            where=where,
            remedy="Give environment.dev a source of tasks, or set measure.every to 0.",
        )
    scorer = scorer_of(tasks, suite, benches_of(system_of(recipe, where=where)))
    _refuse_shared_images(tasks, suite.evaluate(), where)
    return Validation(tasks, scorer)


def validate(
    engine: Engine, suite: Suite, validation: Validation, config: MeasureConfig, *, seed: int
) -> dict[str, float]:
    """The figures of the policy as it is now on the dev split, with the share of answers that failed."""
    tasks, scorer = validation.tasks, validation.scorer
    results = measure(
        engine,
        tasks,
        suite.prompt_of,
        config.sampling,
        seed=seed,
        grader=scorer.grade,
        environment=suite.environment,
        truncated=config.truncated,
    )
    found = scorer.summarise(tasks, results, cluster_key=config.cluster_key).condition()
    figures = {name: found.metrics[name].value for name in FIGURES if name in found.metrics}
    return {**figures, "share_failed": found.shares["failed"]}


def _refuse_shared_images(tasks: Sequence[Task], measured: Sequence[Task], where: str) -> None:
    """Whoever chooses a checkpoint by images of the test has seen the test."""
    known = {image.digest for task in measured for image in task.images}
    shared = [task.id for task in tasks if any(image.digest in known for image in task.images)]
    for image in (image for task in (*tasks, *measured) for image in task.images):
        image.forget()
    if shared:
        raise AsterismError(
            f"{len(shared)} of {len(tasks)} validation tasks ({shared[0]}, ...) show images "
            "that environment.evaluate holds too",
            where=where,
            remedy="Validate on other images: asterism metaphor split keeps them apart.",
        )
