"""What a run left behind, read from its folder: every part is optional."""

import json
import math
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from pydantic import BaseModel, ConfigDict, Field, ValidationError

from asterism.core.errors import AsterismError

Interval = tuple[float, float]

METRIC_TITLES = {
    "per_statement": "Per statement",
    "balanced": "Balanced",
    "all_correct": "All correct per picture",
    "twin_pairs": "Both twins right",
    "accuracy": "Accuracy",
    "reward": "Mean reward",
}

MARKS = "points"
"""The metric of open answers, a mark from 1 to 5; all others are shares."""

REWARD = "reward"
"""The metric of tasks that only a reward judges: a mean of any size, while the others are shares."""

ARM_TITLES = {
    "before": "before training",
    "after": "after training",
    "sft_same_steps": "SFT, same steps",
    "sft_same_seconds": "SFT, same seconds",  # in summaries of earlier versions
    "shuffled": "after, pictures shuffled",
    "blind": "after, no picture",
    "always_true": "always “true”",
    "always_false": "always “false”",
    "majority": "majority answer",
}

BENCH_TITLES = {**ARM_TITLES, "blind": "no picture"}
"""Titles where nothing was trained."""

_ACRONYMS = frozenset({"sft", "grpo", "kl", "tfq", "mcq", "lr", "vlm"})


def title_of(name: str, titles: Mapping[str, str] = ARM_TITLES) -> str:
    """What a person reads for a name from a file."""
    words = (word.upper() if word in _ACRONYMS else word for word in name.replace("_", " ").split(" "))
    return titles.get(name) or " ".join(words)


class _Read(BaseModel):
    model_config = ConfigDict(extra="ignore", frozen=True)


class Level(_Read):
    """One level of statements in one arm."""

    per_statement: float
    n_statements: int | None = None
    interval: Interval | None = None


class Arm(_Read):
    """One measured run: the shares right, each in [0, 1], and their 95 % intervals."""

    per_statement: float | None = None
    balanced: float | None = None
    all_correct: float | None = None
    twin_pairs: float | None = None
    accuracy: float | None = None
    reward: float | None = None
    n_statements: int | None = None
    n_questions: int | None = None
    n_images: int | None = None
    n_twin_pairs: int | None = None
    interval: dict[str, Interval | None] = Field(default_factory=dict)
    by_level: dict[str, Level] = Field(default_factory=dict)
    share_true: float | None = None
    share_unreadable: float | None = None
    share_truncated: float | None = None
    share_failed: float | None = None

    def value(self, metric: str) -> float | None:
        """The figure of one of :data:`METRIC_TITLES`."""
        values = {
            "per_statement": self.per_statement,
            "balanced": self.balanced,
            "all_correct": self.all_correct,
            "twin_pairs": self.twin_pairs,
            "accuracy": self.accuracy,
            "reward": self.reward,
        }
        return values[metric]

    @property
    def measured(self) -> bool:
        """Whether any of its metrics has a value; open answers have marks instead."""
        return any(self.value(metric) is not None for metric in METRIC_TITLES)

    @property
    def size(self) -> str:
        """How much was measured, in words."""
        counts = [
            (self.n_statements, "statements"),
            (self.n_questions, "questions"),
            (self.n_images, "pictures"),
            (self.n_twin_pairs, "twin pairs"),
        ]
        return " · ".join(f"{count:,} {noun}" for count, noun in counts if count)


class Paired(_Read):
    """A paired difference ``a - b`` over the same tasks."""

    a: str
    b: str
    metric: str
    difference: float
    interval: Interval | None = None

    @property
    def clear(self) -> bool:
        """Whether the interval excludes no difference."""
        return self.interval is not None and (self.interval[0] > 0 or self.interval[1] < 0)


class StoppedEarly(_Read):
    """A training that its time limit ended before its steps were taken."""

    steps: int
    wanted: int
    max_seconds: float

    @property
    def sentence(self) -> str:
        """For a person."""
        return f"stopped early, after {self.steps} of {self.wanted} steps (stop.max_seconds {self.max_seconds:g})"


class Summary(_Read):
    """``summary.json``: the arm of a bench, those that a training run measures, and ``others`` of any name."""

    model: Arm | None = None
    before: Arm | None = None
    after: Arm | None = None
    sft_same_steps: Arm | None = None
    sft_same_seconds: Arm | None = None
    shuffled: Arm | None = None
    blind: Arm | None = None
    others: dict[str, Arm] = Field(default_factory=dict)
    constant: dict[str, Arm] = Field(default_factory=dict)
    paired: tuple[Paired, ...] = ()
    seconds: dict[str, float] = Field(default_factory=dict)
    peak_memory_mib: float | None = None
    stopped_early: StoppedEarly | None = None

    @classmethod
    def of(cls, values: Mapping[str, Any], *, where: str = "summary.json") -> "Summary":
        """The summary in plain values.

        A constant's bare number is read as its accuracy per statement; any entry that holds a metric is an arm.

        Raises:
            AsterismError: a value has the wrong type.
        """
        constant = values.get("constant")
        if isinstance(constant, Mapping):
            read = {
                name: {"per_statement": entry} if isinstance(entry, int | float) else entry
                for name, entry in constant.items()
                if isinstance(entry, int | float | Mapping)
            }
            values = {**values, "constant": read}
        others = {
            name: entry
            for name, entry in values.items()
            if name not in cls.model_fields and isinstance(entry, Mapping) and METRIC_TITLES.keys() & entry.keys()
        }
        values = {**values, "others": others}
        try:
            return cls.model_validate(values)
        except ValidationError as error:
            first = error.errors()[0]
            raise AsterismError(
                f"{'.'.join(map(str, first['loc']))}: {first['msg']}",
                where=where,
                remedy="Mend the entry or take the file away; the report does without it.",
            ) from error

    def arm_title(self, name: str) -> str:
        """What a person reads for the name of an arm."""
        return title_of(name, BENCH_TITLES if self.after is None else ARM_TITLES)

    @property
    def arms(self) -> dict[str, Arm]:
        """The measured runs that there are, in the order in which they are shown."""
        arms = {
            "model": self.model,
            "before": self.before,
            "after": self.after,
            "sft_same_steps": self.sft_same_steps,
            "sft_same_seconds": self.sft_same_seconds,
            "shuffled": self.shuffled,
            "blind": self.blind,
            **self.others,
        }
        return {name: arm for name, arm in arms.items() if arm is not None and arm.measured}

    @property
    def metrics(self) -> list[str]:
        """The metrics that at least one measured run has."""
        return [name for name in METRIC_TITLES if any(arm.value(name) is not None for arm in self.arms.values())]

    @property
    def size(self) -> str:
        """How much every measured run measured, in words; empty where they differ."""
        sizes = {arm.size for arm in self.arms.values()}
        return sizes.pop() if len(sizes) == 1 else ""

    @property
    def phases(self) -> dict[str, float]:
        """Seconds by phase, without the total."""
        return {name: seconds for name, seconds in self.seconds.items() if name != "total"}

    @property
    def total_seconds(self) -> float | None:
        """Seconds of the whole run: as written, or the sum of the phases."""
        if "total" in self.seconds:
            return self.seconds["total"]
        return sum(self.seconds.values()) if self.seconds else None


@dataclass(frozen=True, slots=True)
class Curves:
    """Numbers by step: ``values[name][i]`` belongs to ``steps[i]``, None where that step has none."""

    steps: list[int] = field(default_factory=list)
    values: dict[str, list[float | None]] = field(default_factory=dict)


def read_summary(folder: Path) -> Summary:
    """The summary of a run folder, empty where there is no ``summary.json``.

    Raises:
        AsterismError: the file is not JSON or holds something other than a summary.
    """
    return Summary.of(read_values(folder), where=str(folder / "summary.json"))


def read_values(folder: Path) -> dict[str, Any]:
    """The plain values of ``summary.json``, none where there is no such file.

    Raises:
        AsterismError: the file is not JSON or holds no object.
    """
    file = folder / "summary.json"
    if not file.is_file():
        return {}
    try:
        values = json.loads(file.read_text(encoding="utf-8"))
    except ValueError as error:
        raise AsterismError(f"not valid JSON ({error})", where=str(file), remedy="Take the file away.") from error
    if not isinstance(values, dict):
        raise AsterismError("a summary is an object", where=str(file), remedy="Take the file away.")
    return values


def read_curves(folder: Path) -> Curves:
    """The curves of ``metrics.jsonl``. A step that a resumed run wrote twice counts as it was written last."""
    rows: dict[int, dict[str, float]] = {}
    for line in read_lines(folder / "metrics.jsonl"):
        step = line.get("step")
        if isinstance(step, int):
            rows.setdefault(step, {}).update(_numbers(line))
    names = dict.fromkeys(name for row in rows.values() for name in row)
    steps = sorted(rows)
    return Curves(steps, {name: [rows[step].get(name) for step in steps] for name in names})


def read_lines(file: Path) -> list[dict[str, Any]]:
    """The objects in a JSON-lines file, empty where it is absent. A half-written last line is left out.

    Raises:
        AsterismError: a whole line is not a JSON object.
    """
    if not file.is_file():
        return []
    lines = file.read_bytes().split(b"\n")
    found = []
    for number, line in enumerate(lines, start=1):
        if not line.strip():
            continue
        try:
            value = json.loads(line)
            if not isinstance(value, dict):
                raise ValueError("not an object")
        except ValueError as error:
            if number == len(lines):
                break
            raise AsterismError(
                f"not a JSON object ({error})", where=f"{file}:{number}", remedy="Mend or drop the line."
            ) from error
        found.append(value)
    return found


def _numbers(line: Mapping[str, Any], prefix: str = "") -> dict[str, float]:
    """The finite numbers of a metrics line, nested ones under dotted names; not the step itself."""
    found: dict[str, float] = {}
    for name, value in line.items():
        if isinstance(value, Mapping):
            found.update(_numbers(value, f"{prefix}{name}."))
        elif isinstance(value, int | float) and not isinstance(value, bool) and math.isfinite(value):
            found[prefix + name] = float(value)
    if not prefix:
        found.pop("step", None)
    return found
