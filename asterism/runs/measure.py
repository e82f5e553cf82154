"""Measuring a policy on an environment's tasks: arms, intervals, summary and report."""

import json
import resource
import sys
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from asterism.core.files import whole_file
from asterism.core.system import Suite
from asterism.core.task import Task
from asterism.evaluate.baselines import shuffle_pictures, without_pictures
from asterism.evaluate.bench import measure
from asterism.evaluate.kinds import scorer_of
from asterism.evaluate.mixed import MixedScorer
from asterism.evaluate.result import Result, ResultLog, read_results
from asterism.evaluate.scorer import Scorer
from asterism.rollout.engine import Engine, SamplingConfig
from asterism.runs.benches import benches_of
from asterism.runs.progress import stage
from asterism.runs.recipe import Recipe, system_of


@dataclass(slots=True)
class Measurements:
    """The arms of one run over the same tasks; each arm's results lie in ``folder/<arm>.jsonl``."""

    tasks: Sequence[Task]
    scorer: Scorer | MixedScorer
    folder: Path
    cluster_key: str | None
    arms: dict[str, list[Result]] = field(default_factory=dict)

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
        """Measure one arm, going on where an interrupted run stopped; ``tasks`` where they are altered ones."""
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
            )

    def begun(self, name: str) -> bool:
        """Whether some of an arm has been measured, by this run or the one that it continues."""
        return (self.folder / f"{name}.jsonl").exists()

    def forget(self, names: Iterable[str]) -> None:
        """Drop what was measured of some arms."""
        for name in names:
            (self.folder / f"{name}.jsonl").unlink(missing_ok=True)

    def altered(self, name: str, seed: int) -> list[Task]:
        """The tasks of the arms ``shuffled`` and ``blind``."""
        if name == "shuffled":
            return shuffle_pictures(self.tasks, seed)
        return without_pictures(self.tasks)

    def summary(self, pairs: Sequence[tuple[str, str]]) -> dict[str, Any]:
        """Every arm with its intervals, the constant answers, and the paired differences ``a - b`` asked for."""
        key, scorer = self.cluster_key, self.scorer
        arms = {
            name: scorer.summarise(self.tasks, results, cluster_key=key).as_json()
            for name, results in self.arms.items()
        }
        constants = scorer.constants(self.tasks, cluster_key=key)
        paired = [
            difference.as_json()
            for a, b in pairs
            if a in self.arms and b in self.arms
            for difference in scorer.compare(self.tasks, (a, self.arms[a]), (b, self.arms[b]), cluster_key=key)
        ]
        return {**arms, **({"constant": constants} if constants else {}), "paired": paired}


def open_measurements(recipe: Recipe, suite: Suite, folder: Path, *, where: str) -> Measurements:
    """The tasks that a run is measured on, and what measures them; refused before anything is trained or asked.

    Raises:
        AsterismError: there are none, or the run cannot measure tasks of such a kind.
    """
    tasks = suite.evaluate()
    scorer = scorer_of(tasks, suite, benches_of(system_of(recipe, where=where)))
    return Measurements(tasks, scorer, folder, recipe.measure.cluster_key)


def write_summary(folder: Path, summary: Mapping[str, Any]) -> Path:
    """``folder/summary.json`` and the report beside it; returns the report."""
    from asterism.show.report import write_report

    with whole_file(folder / "summary.json") as part:
        part.write_text(json.dumps(summary, indent=2, ensure_ascii=False) + "\n", encoding="utf-8")
    return write_report(folder)


def peak_memory_mib() -> float:
    """The largest resident size of this process so far, in MiB."""
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    return peak / (2**20 if sys.platform == "darwin" else 2**10)
