"""``summary.json``: what a run came to.

A run measures a policy under one or several *conditions*: before and after training, with other images, without any.
The names of conditions and of metrics are data; whoever measures chooses them, and readers draw whatever is there.
"""

import json
from collections.abc import Mapping
from dataclasses import dataclass, field, fields
from functools import cache
from pathlib import Path
from typing import Any

from pydantic import JsonValue, TypeAdapter, ValidationError

from asterism.core.errors import AsterismError
from asterism.core.files import read_json, write_json
from asterism.core.lines import plain
from asterism.core.results.estimate import Estimate, Interval
from asterism.core.validation import first_error

FORMAT = 2
"""The version of the file's form; version 1 had one key for each condition and no field of this name."""

SUMMARY = "summary.json"
TOO_MANY_CUT_OFF = 0.05
"""Above this share of completions that a limit cut off, figures say more of the limit than of the model."""


@dataclass(frozen=True, slots=True)
class Breakdown:
    """A metric by what kind of task it is about: ``cells`` hold an estimate for each value of ``field``."""

    metric: str
    field: str
    cells: Mapping[str, Estimate | None]


@dataclass(frozen=True, slots=True)
class VoteSpread:
    """How far apart a judge's votes on one answer are, in points; ``share_agreed`` of them are equal."""

    mean: float
    largest: float
    share_agreed: float


@dataclass(frozen=True, slots=True)
class LengthBias:
    """How marks go with the length of answers: rank correlations, plain and with the reference's length held fixed."""

    median_characters: float | None = None
    spearman: Estimate | None = None
    partial_on_reference: Estimate | None = None


@dataclass(frozen=True, slots=True)
class Marks:
    """What a judge's marks of open answers rest on.

    ``missing`` counts answers without a mark by cause; ``bounds`` are the mean if all of those had the lowest mark, or
    the highest. ``parts`` are the means of finer marks.
    """

    judged: int
    answers: int
    missing: Mapping[str, int] = field(default_factory=dict)
    bounds: Interval | None = None
    distribution: Mapping[str, int] = field(default_factory=dict)
    parts: Mapping[str, Estimate | None] = field(default_factory=dict)
    vote_spread: VoteSpread | None = None
    length: LengthBias = LengthBias()


@dataclass(frozen=True, slots=True)
class Condition:
    """One way in which a policy was measured.

    ``title`` is what a person reads in place of its name. ``metrics`` are its figures by name. ``counts`` say how much
    was measured (statements, images, questions). ``shares`` are of all completions (unreadable, truncated, failed), and
    so are ``answers``, by the answer that was read (``T``, an option's letter). ``reasons`` count completions by the
    verdict on them. ``marks`` belong to open answers. ``by_kind``: where tasks are of several kinds, what each kind
    comes to.
    """

    metrics: Mapping[str, Estimate]
    title: str = ""
    counts: Mapping[str, int] = field(default_factory=dict)
    shares: Mapping[str, float] = field(default_factory=dict)
    answers: Mapping[str, float] = field(default_factory=dict)
    breakdowns: tuple[Breakdown, ...] = ()
    marks: Marks | None = None
    reasons: Mapping[str, int] = field(default_factory=dict)
    by_kind: Mapping[str, "Condition"] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Baseline:
    """What a rule reaches on these very tasks that looks at no image: exact, so without an interval.

    ``kind`` names the kind of task that it is about, where the tasks are of several kinds.
    """

    metrics: Mapping[str, float]
    title: str = ""
    kind: str = ""


@dataclass(frozen=True, slots=True)
class PairedDifference:
    """How much better condition ``a`` is than ``b`` over the same tasks."""

    a: str
    b: str
    metric: str
    estimate: Estimate

    @property
    def significant(self) -> bool:
        """Whether the 95 % interval excludes no difference."""
        return self.estimate.low > 0 or self.estimate.high < 0


@dataclass(frozen=True, slots=True)
class Counts:
    """What a measurement was made of; ``without_key`` have no stored answer and so no score."""

    records: int
    images: int
    completions: int
    failed: int
    unreadable: int
    truncated: int
    without_key: int
    without_key_unreadable: int = 0


@dataclass(frozen=True, slots=True)
class OptionConsistency:
    """How steady choices are over ``orders`` arrangements of the same options, the original among them.

    ``consistent``: the same option was read in every order. ``always_right``: the right one, of the questions that have
    a key; None where none has.
    """

    orders: int
    consistent: Estimate
    always_right: Estimate | None


@dataclass(frozen=True, slots=True)
class HumanAgreement:
    """How far a judge agrees with people, over ``n`` marks by people; ``missing`` more are of unmarked answers."""

    n: int
    missing: int
    exact: Estimate | None = None
    within_one: Estimate | None = None
    weighted_kappa: Estimate | None = None
    spearman: Estimate | None = None


@dataclass(frozen=True, slots=True)
class EarlyStop:
    """A training that its time limit ended before its steps were taken."""

    steps: int
    wanted: int
    max_seconds: float

    @property
    def sentence(self) -> str:
        """For a person."""
        return f"stopped early, after {self.steps} of {self.wanted} steps (stop.max_seconds {self.max_seconds:g})"


@dataclass(frozen=True, slots=True)
class RunSummary:
    """Everything that a run came to, one ``summary.json``.

    ``primary`` names the condition that the run is about and ``reference`` the one that it is compared with first
    (``after`` and ``before`` of a training run). ``seconds`` are by stage, ``total`` among them; ``stopped`` says which
    limit ended the training (``steps``, ``tokens`` or ``max_seconds``); where that was the time limit,
    ``stopped_early`` says how far it came. ``settings`` and ``judge`` are the configurations of a measurement and of
    the judge that marked it.
    """

    conditions: Mapping[str, Condition] = field(default_factory=dict)
    primary: str = ""
    reference: str = ""
    baselines: Mapping[str, Baseline] = field(default_factory=dict)
    paired: tuple[PairedDifference, ...] = ()
    breakdowns: tuple[Breakdown, ...] = ()
    counts: Counts | None = None
    unread: Mapping[str, int] = field(default_factory=dict)
    failures: Mapping[str, int] = field(default_factory=dict)
    consistency: OptionConsistency | None = None
    agreement: HumanAgreement | None = None
    settings: Mapping[str, JsonValue] = field(default_factory=dict)
    judge: Mapping[str, JsonValue] = field(default_factory=dict)
    seconds: Mapping[str, float] = field(default_factory=dict)
    peak_memory_mib: float | None = None
    stopped: str = ""
    stopped_early: EarlyStop | None = None

    def title(self, name: str) -> str:
        """What a person reads for the name of a condition or baseline."""
        entry = self.conditions.get(name) or self.baselines.get(name)
        return (entry.title if entry else "") or name.replace("_", " ")

    @property
    def total_seconds(self) -> float | None:
        """Seconds of the whole run: as written, or the sum of its stages."""
        if "total" in self.seconds:
            return self.seconds["total"]
        return sum(self.seconds.values()) if self.seconds else None

    @property
    def cut_off(self) -> dict[str, float]:
        """The share of completions that a limit cut off, by condition, where it is known."""
        return {name: each.shares["truncated"] for name, each in self.conditions.items() if "truncated" in each.shares}

    def as_json(self) -> dict[str, Any]:
        """The content of ``summary.json``; what is empty is left out."""
        written = {each.name: getattr(self, each.name) for each in fields(self)}
        return {"format": FORMAT, **{name: plain(value) for name, value in written.items() if value or value == 0}}


def write_summary(folder: Path, summary: RunSummary) -> Path:
    """``folder/summary.json``, atomically.

    Raises:
        AsterismError: the disk refuses the file.
    """
    return write_json(folder / SUMMARY, summary.as_json())


def read_summary(folder: Path) -> RunSummary:
    """The summary in a run folder; an empty one where there is none.

    Raises:
        AsterismError: the file is not JSON, is of another version, or a value has the wrong type.
    """
    file = folder / SUMMARY
    return parse_summary(read_json(file), where=str(file)) if file.is_file() else RunSummary()


def parse_summary(values: Mapping[str, Any], *, where: str = SUMMARY) -> RunSummary:
    """A summary in plain values, for example those of ``asterism train --json``.

    Raises:
        AsterismError: they are of another version, or one has the wrong type.
    """
    if values.get("format") != FORMAT:
        raise AsterismError(
            f"is of format {values.get('format', 1)!r}, and format {FORMAT} is read here",
            where=where,
            remedy="Measure again (`asterism score` on the folder, or --resume the run), or take the file away.",
        )
    try:
        return _form().validate_json(
            json.dumps({name: values[name] for name in values if name != "format"}), strict=True
        )
    except ValidationError as error:
        raise AsterismError(
            first_error(error), where=where, remedy="Fix the entry or take the file away; the report does without it."
        ) from error


@cache
def _form() -> TypeAdapter[RunSummary]:
    return TypeAdapter(RunSummary)
