"""Measuring a policy on an environment's tasks: arms, intervals, summary and report."""

import json
import resource
import sys
from collections.abc import Iterable, Mapping, Sequence, Set
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from asterism.core.errors import AsterismError
from asterism.core.files import whole_file
from asterism.core.system import Suite
from asterism.core.task import Task
from asterism.evaluate import options, truefalse, verified
from asterism.evaluate.baselines import shuffle_pictures, without_pictures
from asterism.evaluate.bench import measure
from asterism.evaluate.options import OptionSummary
from asterism.evaluate.result import Result, ResultLog, read_results
from asterism.evaluate.truefalse import PairedDifference, TruthSummary
from asterism.evaluate.verified import VerifiedSummary
from asterism.rollout.engine import Engine, SamplingConfig
from asterism.runs.progress import stage


@dataclass(slots=True)
class Measurements:
    """The arms of one run over the same tasks; each arm's results lie in ``folder/<arm>.jsonl``."""

    tasks: Sequence[Task]
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
                grader=verified.grader(suite.judge),
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
        key = self.cluster_key
        arms = {name: summarise(self.tasks, results, key).as_json() for name, results in self.arms.items()}
        kinds = {task.kind for task in self.tasks}
        if kinds == {"mcq"}:
            return arms
        both = [(a, b) for a, b in pairs if a in self.arms and b in self.arms]
        paired = [difference.as_json() for a, b in both for difference in self._differences(a, b, kinds)]
        if "verified" in kinds:
            return {**arms, "paired": paired}
        constants = truefalse.constants(self.tasks, cluster_key=key)
        return {**arms, "constant": {name: entry.as_json() for name, entry in constants.items()}, "paired": paired}

    def _differences(self, a: str, b: str, kinds: Set[str]) -> Sequence[PairedDifference]:
        runs, key = ((a, self.arms[a]), (b, self.arms[b])), self.cluster_key
        if "verified" not in kinds:
            return truefalse.compare(self.tasks, *runs, cluster_key=key)
        difference = verified.compare(self.tasks, *runs, cluster_key=key)
        return [] if difference is None else [difference]


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
