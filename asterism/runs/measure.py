"""Measuring a policy on an environment's tasks: conditions, intervals, summary and report."""

import resource
import sys
from collections.abc import Iterable, Sequence, Set
from dataclasses import dataclass, field
from pathlib import Path

from asterism.core.errors import AsterismError
from asterism.core.results.result import Result, ResultLog, read_results
from asterism.core.results.summary import Baseline, PairedDifference, RunSummary, write_summary
from asterism.core.system import Suite
from asterism.core.task import Task
from asterism.evaluate import options, truefalse, verified
from asterism.evaluate.baselines import shuffle_pictures, without_pictures
from asterism.evaluate.bench import measure
from asterism.evaluate.options import OptionSummary
from asterism.evaluate.truefalse import TruthSummary
from asterism.evaluate.verified import VerifiedSummary
from asterism.rollout.engine import Engine, SamplingConfig
from asterism.runs.progress import stage

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
    folder: Path
    cluster_key: str | None
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
                grader=verified.grader(suite.judge),
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
            return shuffle_pictures(self.tasks, seed)
        return without_pictures(self.tasks)

    def summary(self, pairs: Sequence[tuple[str, str]]) -> RunSummary:
        """Every condition with its intervals, the baselines, and the paired differences ``a - b`` asked for."""
        key, measured = self.cluster_key, self.arms
        kinds = {task.kind for task in self.tasks}
        both = [(a, b) for a, b in pairs if a in measured and b in measured]
        return RunSummary(
            conditions={
                name: summarise(self.tasks, results, key).condition(self.titles.get(name, ""))
                for name, results in measured.items()
            },
            primary="after" if "after" in measured else "",
            reference="before" if "before" in measured else "",
            baselines=_baselines(self.tasks, kinds, key),
            paired=tuple(difference for a, b in both for difference in self._differences(a, b, kinds)),
        )

    def _differences(self, a: str, b: str, kinds: Set[str]) -> Sequence[PairedDifference]:
        runs, key = ((a, self.arms[a]), (b, self.arms[b])), self.cluster_key
        if "verified" in kinds:
            difference = verified.compare(self.tasks, *runs, cluster_key=key)
            return [] if difference is None else [difference]
        if kinds == {"mcq"}:
            return [options.compare(self.tasks, *runs, cluster_key=key)]
        return truefalse.compare(self.tasks, *runs, cluster_key=key)


def _baselines(tasks: Sequence[Task], kinds: Set[str], cluster_key: str | None) -> dict[str, Baseline]:
    """What constant answers reach; none where a verifier grades, for no answer is right twice there."""
    if "verified" in kinds:
        return {}
    if kinds == {"mcq"}:
        return options.constants(tasks).baselines()
    found = truefalse.constants(tasks, cluster_key=cluster_key)
    return {name: entry.baseline(truefalse.CONSTANT_TITLES[name]) for name, entry in found.items()}


def summarise(
    tasks: Sequence[Task], results: Sequence[Result], cluster_key: str | None
) -> TruthSummary | OptionSummary | VerifiedSummary:
    """All measures of one run over tasks of one kind, or over verified tasks and others.

    Raises:
        AsterismError: they are neither true/false statements nor multiple-choice questions, and none is verified.
    """
    kinds = {task.kind for task in tasks}
    if "verified" in kinds:
        return verified.summarise(tasks, results, cluster_key=cluster_key)
    if kinds == {"mcq"}:
        return options.summarise(tasks, results, cluster_key=cluster_key)
    if kinds == {"tfq"}:
        return truefalse.summarise(tasks, results, cluster_key=cluster_key)
    raise AsterismError(
        "a run measures true/false statements or multiple-choice questions, one kind of them, or verified tasks",
        remedy="Set environment.evaluate and environment.dev to records of the kind tfq, mcq or verified.",
    )


def publish(folder: Path, summary: RunSummary) -> Path:
    """Write ``folder/summary.json`` and the report beside it; returns the report.

    Raises:
        AsterismError: the disk refuses a file.
    """
    from asterism.show.report import write_report

    write_summary(folder, summary)
    return write_report(folder)


def peak_memory_mib() -> float:
    """The largest resident size of this process so far, in MiB."""
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    return peak / (2**20 if sys.platform == "darwin" else 2**10)
