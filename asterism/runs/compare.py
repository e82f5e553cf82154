"""Two scored runs side by side."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from asterism.core.errors import AsterismError
from asterism.core.lines import plain
from asterism.core.results.prediction import read_completions
from asterism.core.results.result import Result
from asterism.core.results.summary import PairedDifference
from asterism.evaluate.agreement import Agreement, agreement
from asterism.evaluate.summary import compare
from asterism.runs.plan import COMPLETIONS, stored_plan
from asterism.runs.score import stored_arm


@dataclass(frozen=True, slots=True)
class RunComparison:
    """Run ``a`` against run ``b`` of one bench: over what, how many completions are the same, paired differences."""

    a: str
    b: str
    bench: str
    records_shared: int
    records_only_a: int
    records_only_b: int
    completions: Agreement
    paired: tuple[PairedDifference, ...]
    cut_off: Mapping[str, float]
    """The share of completions that a limit cut off, by run."""

    def as_json(self) -> dict[str, Any]:
        """What ``asterism compare --json`` prints."""
        return {**plain(self), "completions": self.completions.as_json()}


def compare_runs(a: str | Path, b: str | Path, clusters: str | None = None) -> RunComparison:
    """The paired differences ``a - b``, how many completions are the same, and what only one run measured.

    Raises:
        AsterismError: a folder holds no scored run, the benches differ, or a shared record differs.
    """
    a, b = Path(a), Path(b)
    first, second = stored_plan(a), stored_plan(b)
    if first.config.bench != second.config.bench:
        raise AsterismError(
            f"{a} measured {first.config.bench}, {b} measured {second.config.bench}",
            remedy="Compare runs of one bench.",
        )
    here = {task.id: task for task in first.tasks}
    there = {task.id: task for task in second.tasks}
    for name in here.keys() & there.keys():
        if (here[name].question, here[name].options, here[name].answer) != (
            there[name].question,
            there[name].options,
            there[name].answer,
        ):
            raise AsterismError(
                f"record {name!r} is another one in the other run", remedy="Measure both over the same records."
            )
    arm_a, arm_b = stored_arm(first, a), stored_arm(second, b)
    key = clusters or first.config.clusters
    gaps = compare(
        first.bench.scorer,
        (_name(a), arm_a),
        (_name(b), arm_b),
        cluster_key=None if key == "image" else key,
    )
    return RunComparison(
        a=str(a),
        b=str(b),
        bench=first.config.bench,
        records_shared=len(here.keys() & there.keys()),
        records_only_a=len(here.keys() - there.keys()),
        records_only_b=len(there.keys() - here.keys()),
        completions=agreement(read_completions(a / COMPLETIONS), read_completions(b / COMPLETIONS)),
        paired=tuple(gaps),
        cut_off={str(folder): _cut_off(arm.results) for folder, arm in ((a, arm_a), (b, arm_b))},
    )


def _cut_off(results: Sequence[Result]) -> float:
    return sum(result.truncated for result in results) / max(1, len(results))


def _name(folder: Path) -> str:
    return folder.resolve().name
