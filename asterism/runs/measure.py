"""Measuring a policy on an environment's tasks: conditions, intervals and paired differences."""

import resource
import sys
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from pathlib import Path

from asterism.core.results.result import Result, ResultLog, read_results
from asterism.core.results.summary import RunSummary
from asterism.core.reward import Truncated
from asterism.core.system import Suite
from asterism.core.task import Task
from asterism.evaluate.baselines import shuffle_images, without_images
from asterism.evaluate.bench import measure
from asterism.evaluate.kinds import scorer_of
from asterism.evaluate.mixed import MixedScorer
from asterism.evaluate.scorer import Scorer
from asterism.rollout.engine import Engine, SamplingConfig
from asterism.runs.benches import benches_of
from asterism.runs.progress import stage
from asterism.runs.recipe import Recipe, system_of

TITLES = {
    "before": "before training",
    "after": "after training",
    "shuffled": "after, images shuffled",
    "blind": "after, no image",
}
"""What a person reads for the conditions that a training run measures."""


@dataclass(slots=True)
class Measurements:
    """The conditions of one run over the same tasks; the results of each lie in ``folder/<name>.jsonl``."""

    tasks: Sequence[Task]
    scorer: Scorer | MixedScorer
    folder: Path
    cluster_key: str | None
    truncated: Truncated = "zero"
    arms: dict[str, list[Result]] = field(default_factory=dict)
    titles: dict[str, str] = field(default_factory=lambda: dict(TITLES))

    def arm(
        self,
        name: str,
        engine: Engine,
        suite: Suite,
        sampling: SamplingConfig,
        *,
        seed: int,
        quiet: bool,
        tasks: Sequence[Task] | None = None,
    ) -> None:
        """Measure one condition, resuming an interrupted measurement; ``tasks`` where they are altered ones."""
        asked = self.tasks if tasks is None else tasks
        file = self.folder / f"{name}.jsonl"
        done = read_results(file) if file.exists() else []
        with stage(f"Measuring {name}", len(asked), quiet=quiet) as advance, ResultLog(file) as log:
            self.arms[name] = measure(
                engine,
                asked,
                suite.prompt_of,
                sampling,
                seed=seed,
                done=done,
                on_progress=advance,
                on_result=log.append,
                grader=self.scorer.grade,
                environment=suite.environment,
                truncated=self.truncated,
            )

    def begun(self, name: str) -> bool:
        """Whether some of a condition has been measured, by this run or the one that it resumes."""
        return (self.folder / f"{name}.jsonl").exists()

    def forget(self, names: Iterable[str]) -> None:
        """Drop what was measured of some conditions."""
        for name in names:
            (self.folder / f"{name}.jsonl").unlink(missing_ok=True)

    def altered(self, name: str, seed: int) -> list[Task]:
        """The tasks of the conditions ``shuffled`` and ``blind``."""
        if name == "shuffled":
            return shuffle_images(self.tasks, seed)
        return without_images(self.tasks)

    def summary(self, pairs: Sequence[tuple[str, str]]) -> RunSummary:
        """Every condition with its intervals, the baselines, and the paired differences ``a - b`` asked for."""
        key, measured, scorer = self.cluster_key, self.arms, self.scorer
        both = [(a, b) for a, b in pairs if a in measured and b in measured]
        return RunSummary(
            conditions={
                name: scorer.summarise(self.tasks, results, cluster_key=key).condition(self.titles.get(name, ""))
                for name, results in measured.items()
            },
            primary="after" if "after" in measured else "",
            reference="before" if "before" in measured else "",
            baselines=scorer.constants(self.tasks, cluster_key=key),
            paired=tuple(
                difference
                for a, b in both
                for difference in scorer.compare(self.tasks, (a, measured[a]), (b, measured[b]), cluster_key=key)
            ),
        )


def open_measurements(recipe: Recipe, suite: Suite, folder: Path, *, where: str) -> Measurements:
    """The tasks that a run is measured on, and what measures them; refused before anything is trained or asked.

    Raises:
        AsterismError: there are none, or the run cannot measure tasks of such a kind.
    """
    tasks = suite.evaluate()
    scorer = scorer_of(tasks, suite, benches_of(system_of(recipe, where=where)))
    return Measurements(tasks, scorer, folder, recipe.measure.cluster_key, recipe.measure.truncated)


def peak_memory_mib() -> float:
    """The largest resident size of this process so far, in MiB."""
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    return peak / (2**20 if sys.platform == "darwin" else 2**10)
