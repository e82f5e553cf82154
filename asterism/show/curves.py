"""``metrics.jsonl`` as curves over the steps."""

from dataclasses import dataclass, field
from pathlib import Path

from asterism.core.results.metrics import METRICS, read_metrics


@dataclass(frozen=True, slots=True)
class Curves:
    """Numbers by step: ``values[name][i]`` belongs to ``steps[i]``, None where that step has none."""

    steps: list[int] = field(default_factory=list)
    values: dict[str, list[float | None]] = field(default_factory=dict)


def read_curves(folder: Path) -> Curves:
    """The curves of a run. A step that a resumed run wrote twice counts as it was written last.

    Raises:
        AsterismError: ``metrics.jsonl`` has a line that is none.
    """
    file = folder / METRICS
    rows: dict[int, dict[str, float]] = {}
    for line in read_metrics(file) if file.is_file() else ():
        rows.setdefault(line.step, {}).update(line.flat())
    names = dict.fromkeys(name for row in rows.values() for name in row)
    steps = sorted(rows)
    return Curves(steps, {name: [rows[step].get(name) for step in steps] for name in names})
