"""Answers against records, and what they come to, as the paper counts (arXiv 2510.08540, section 3).

An instance is right or wrong. The figure of a task is the mean over its instances, that of a category the mean over its
tasks, the overall figure the mean over all tasks. Intervals draw whole instances: the same puzzle in two forms or in
two orders is one.
"""

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from itertools import groupby
from pathlib import Path
from typing import Any

import numpy as np
from pydantic import BaseModel, ConfigDict, Field, field_validator

from asterism.core.errors import AsterismError
from asterism.core.lines import read_lines
from asterism.evaluate.intervals import Estimate, bootstrap, cluster_sums, estimate_mean, wilson
from asterism.helix.entry import Entry, verify_answer

UNANSWERED = "unanswered"
"""The reason of a record to which no answer was given; it counts as wrong."""


class Answer(BaseModel):
    """One line of an answers file: a model's whole text or a bare answer; null is none."""

    model_config = ConfigDict(extra="ignore")

    id: str = Field(min_length=1)
    answer: str | None

    @field_validator("answer", mode="before")
    @classmethod
    def _text(cls, value: Any) -> Any:
        number = isinstance(value, int | float) and not isinstance(value, bool)
        return str(value) if number else value


@dataclass(frozen=True, slots=True)
class Graded:
    """One graded instance. Those of one ``instance`` stand or fall together; ``pair`` joins two orders of one."""

    id: str
    task: str
    category: str
    level: int
    instance: str
    reason: str
    pair: str = ""

    @property
    def right(self) -> bool:
        """Whether it counts."""
        return self.reason == "right"


@dataclass(frozen=True, slots=True)
class Score:
    """What graded instances come to; every figure with its 95 % interval."""

    overall: Estimate
    categories: Mapping[str, Estimate]
    tasks: Mapping[str, Estimate]
    levels: Mapping[int, Estimate]
    reasons: Mapping[str, int]
    notes: Mapping[str, int] = field(default_factory=dict)
    """Counts of what is not in the figures."""

    def as_json(self) -> dict[str, Any]:
        """Figures, then intervals under the same names."""
        parts: dict[str, Mapping[Any, Estimate]] = {
            "categories": self.categories,
            "tasks": self.tasks,
            "levels": self.levels,
        }
        return {
            "overall": self.overall.value,
            **{name: {str(key): each.value for key, each in part.items()} for name, part in parts.items()},
            "intervals": {
                "overall": list(self.overall.interval),
                **{name: {str(key): list(each.interval) for key, each in part.items()} for name, part in parts.items()},
            },
            "reasons": dict(self.reasons),
            "records": self.overall.n,
            **self.notes,
        }


def read_answers(path: Path) -> dict[str, str | None]:
    """The answers of a JSONL file by id.

    Raises:
        AsterismError: no such file, a line is of another form, or an id comes twice.
    """
    if not path.is_file():
        raise AsterismError("no answers found", where=str(path), remedy="Give a JSONL file of id and answer.")
    answers: dict[str, str | None] = {}
    for number, line in read_lines(path, Answer, torn=False, remedy='A line is {"id": "…", "answer": "…"}.'):
        if line.id in answers:
            raise AsterismError(
                f"id {line.id!r} comes twice", where=f"{path}:{number}", remedy="Give one answer to each record."
            )
        answers[line.id] = line.answer
    return answers


def check_ids(answers: Iterable[str], known: Mapping[str, Any], where: str = "answers") -> None:
    """Answers to known records only.

    Raises:
        AsterismError: some are to none; the first are named.
    """
    unknown = sorted(set(answers) - known.keys())
    if unknown:
        more = f" and {len(unknown) - 3:,} more" if len(unknown) > 3 else ""
        raise AsterismError(
            f"no record has the id {', '.join(map(repr, unknown[:3]))}{more}",
            where=where,
            remedy="Give the records that were answered.",
        )


def grade(entries: Mapping[str, Entry], answers: Mapping[str, str | None], where: str = "answers") -> list[Graded]:
    """Every entry with the verdict on its answer; one without an answer is wrong, and counted apart.

    Raises:
        AsterismError: an answer is to no entry.
    """
    check_ids(answers, entries, where)
    return [_graded(id, entry, answers.get(id)) for id, entry in entries.items()]


def in_pairs(graded: Sequence[Graded]) -> list[Graded]:
    """The same with the rule for pairs: of two orders of one instance both are right or neither.

    An instance of a task with pairs whose other order was not asked is wrong.
    """
    paired = {each.task for each in graded if each.pair}
    members = Counter(each.pair for each in graded if each.pair)
    right = Counter(each.pair for each in graded if each.pair and each.right)
    return [
        replace(each, reason="pair")
        if each.task in paired and each.right and not (members[each.pair] == right[each.pair] == 2)
        else each
        for each in graded
    ]


def summarise(graded: Sequence[Graded], *, notes: Mapping[str, int] | None = None, seed: int = 0) -> Score:
    """What graded instances come to.

    Raises:
        AsterismError: there are none.
    """
    if not graded:
        raise AsterismError("nothing was graded", remedy="Give records of at least one task.")
    return Score(
        overall=mean_of_tasks(graded, seed=seed),
        categories=_by(graded, lambda each: each.category, seed),
        tasks=_by(graded, lambda each: each.task, seed),
        levels=_by(graded, lambda each: each.level, seed),
        reasons=dict(Counter(each.reason for each in graded).most_common()),
        notes=notes or {},
    )


def mean_of_tasks(graded: Sequence[Graded], *, seed: int = 0) -> Estimate:
    """The mean over tasks of the mean over their instances.

    An instance of a task with ``n`` instances among ``t`` tasks has the weight ``1 / (t n)``; the bootstrap is of the
    weighted mean. Where all weights are equal it is the mean over instances.
    """
    sizes = Counter(each.task for each in graded)
    values = np.array([float(each.right) for each in graded])
    weights = np.array([1 / (len(sizes) * sizes[each.task]) for each in graded])
    clusters = [each.instance for each in graded]
    if len(set(sizes.values())) == 1 or len(set(values)) == 1:
        return estimate_mean(values.tolist(), clusters, seed=seed)
    table = cluster_sums(np.stack([values * weights, weights], axis=1), clusters)
    value = float(table[:, 0].sum() / table[:, 1].sum())
    if len(table) == 1:
        low, high = wilson(value, 1)
    else:
        low, high = bootstrap(table, lambda sums: sums[..., 0] / sums[..., 1], seed=seed)
    return Estimate(value, low, high, len(values), len(table))


def _graded(id: str, entry: Entry, answer: str | None) -> Graded:
    pair = entry.metadata.get("pair", "")
    return Graded(
        id=id,
        task=entry.task,
        category=entry.metadata["category"],
        level=entry.metadata["level"],
        instance=pair or entry.fingerprint,
        reason=UNANSWERED if answer is None else verify_answer(answer, entry).code,
        pair=pair,
    )


def _by(graded: Sequence[Graded], key: Any, seed: int) -> dict[Any, Estimate]:
    ordered = sorted(graded, key=key)
    return {name: mean_of_tasks(list(part), seed=seed) for name, part in groupby(ordered, key) if name}
