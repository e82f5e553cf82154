"""Open answers: the mean mark from 1 to 5, and how far it can be trusted.

What has no mark is counted apart, by its cause, and never enters the mean as a low mark; ``bounds`` tell where the mean
would lie if all of it had the lowest mark, or the highest. Whether long answers are favoured, and whether the judge
agrees with people, stands beside the mean.
"""

from collections import Counter
from collections.abc import Hashable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import ClassVar

import numpy as np
from pydantic import BaseModel, ConfigDict, Field

from asterism.core.errors import AsterismError
from asterism.core.lines import read_lines
from asterism.core.results.prediction import Key, Prediction
from asterism.core.results.result import Result
from asterism.core.results.summary import (
    Baseline,
    Breakdown,
    Condition,
    HumanAgreement,
    LengthBias,
    Marks,
    PairedDifference,
    VoteSpread,
)
from asterism.core.task import Kind, Task
from asterism.evaluate import units
from asterism.evaluate.bench import grade_prediction
from asterism.evaluate.breakdowns import tabulate
from asterism.evaluate.correlation import partial_spearman, spearman, weighted_kappa
from asterism.evaluate.intervals import Estimate, estimate_difference, estimate_mean, wilson
from asterism.evaluate.judge import Case, Judged
from asterism.evaluate.judge_reply import HIGHEST, LOWEST
from asterism.evaluate.paired import NamedRun

_SPAN = HIGHEST - LOWEST
BOUNDS = (float(LOWEST), float(HIGHEST))
"""The ends of the scale of marks."""
NO_REFERENCE = "no_reference"
NOT_JUDGED = "not_judged"


@dataclass(frozen=True, slots=True)
class Marked:
    """An answer that has a mark."""

    task: Task
    result: Result
    points: float


@dataclass(frozen=True, slots=True)
class Rating:
    """A person's mark of one answer."""

    id: str
    sample: int
    points: int


class _Line(BaseModel):
    model_config = ConfigDict(extra="ignore", strict=True)

    id: str = Field(min_length=1)
    sample: int = Field(0, ge=0)
    score: int = Field(ge=LOWEST, le=HIGHEST)


def cases_of(tasks: Sequence[Task], results: Sequence[Result]) -> list[Case]:
    """The answers that a judge can mark: those that were given and read, to tasks that have a reference."""
    return [
        Case(item.task, item.result.sample, item.result.answer)
        for item in units.join(tasks, results)
        if item.result.answer is not None and item.task.answer is not None
    ]


def mark(results: Iterable[Result], judged: Mapping[Key, Judged], tasks: Sequence[Task]) -> list[Result]:
    """The results with their marks as scores; the reason tells why there is none."""
    known = {task.id: task for task in tasks}
    return [_marked(result, judged.get((result.id, result.sample)), known[result.id]) for result in results]


@dataclass(frozen=True, slots=True)
class OpenSummary:
    """One run over open answers; ``mean`` is None where none has a mark."""

    mean: Estimate | None
    marks: Marks
    shares: Mapping[str, float]
    n_images: int

    def condition(self, title: str = "") -> Condition:
        """The form in which ``summary.json`` holds it."""
        metrics = {} if self.mean is None else {"points": self.mean}
        counts = {"answers": self.marks.answers, "images": self.n_images}
        return Condition(metrics, title, counts, self.shares, marks=self.marks)


@dataclass(frozen=True, slots=True)
class OpenAnswers:
    """Measures ``osq`` tasks by the marks that a judge gave; ``labels`` are the ``meta`` entries of the breakdowns."""

    labels: tuple[str, ...] = ()
    kind: ClassVar[Kind] = "osq"
    needs_answer: ClassVar[bool] = True
    counts_unscored: ClassVar[bool] = True
    has_options: ClassVar[bool] = False

    def grade(self, task: Task, prediction: Prediction) -> Result:
        """The answer that was read; its score is the judge's to give (:func:`mark`)."""
        return grade_prediction(task, prediction)

    def summarise(
        self, tasks: Sequence[Task], results: Sequence[Result], *, cluster_key: str | None = None, seed: int = 0
    ) -> OpenSummary:
        """All measures of one run.

        Raises:
            AsterismError: tasks and results do not match.
        """
        scored = units.join(tasks, results)
        marked = _marked_of(tasks, results)
        points = [each.points for each in marked]
        clusters = [units.cluster_of(each.task, cluster_key) for each in marked]
        causes = Counter(_cause(item.result) for item in scored if item.result.score is None)
        return OpenSummary(
            mean=estimate_points(points, clusters, seed=seed),
            marks=Marks(
                judged=len(marked),
                answers=len(scored),
                missing=dict(sorted(causes.items())),
                bounds=_bounds(points, len(scored)) if scored else None,
                distribution={str(level): points.count(float(level)) for level in range(LOWEST, HIGHEST + 1)},
                parts=_parts(marked, clusters, seed),
                vote_spread=_spread(marked),
                length=_length_bias(marked, clusters, seed),
            ),
            shares=units.shares(scored),
            n_images=len({units.image_of(item.task) for item in scored}),
        )

    def constants(self, tasks: Sequence[Task], *, cluster_key: str | None = None) -> dict[str, Baseline]:
        """None: a constant answer would have to be judged."""
        return {}

    def compare(
        self, tasks: Sequence[Task], a: NamedRun, b: NamedRun, *, cluster_key: str | None = None, seed: int = 0
    ) -> list[PairedDifference]:
        """The paired difference ``a - b`` in points, over the answers with a mark in both; empty where none has."""
        first, second = (
            {
                (item.task.id, item.result.sample): (item.result.score, units.cluster_of(item.task, cluster_key))
                for item in units.join(tasks, results)
                if item.result.score is not None
            }
            for _, results in (a, b)
        )
        both = [key for key in first if key in second]
        if not both:
            return []
        after, before = ([(found[key][0] - LOWEST) / _SPAN for key in both] for found in (first, second))
        gap = estimate_difference(after, before, [first[key][1] for key in both], seed=seed)
        low, high = gap.low * _SPAN, gap.high * _SPAN
        bounds = (-float(_SPAN), float(_SPAN))
        scaled = Estimate(gap.value * _SPAN, low, high, gap.n, gap.clusters, bounds)
        return [PairedDifference(a[0], b[0], "points", scaled)]

    def breakdowns(
        self, tasks: Sequence[Task], results: Sequence[Result], *, cluster_key: str | None = None, seed: int = 0
    ) -> list[Breakdown]:
        """The mean mark by label."""

        def figure(part: Sequence[Marked]) -> Estimate | None:
            clusters = [units.cluster_of(each.task, cluster_key) for each in part]
            return estimate_points([each.points for each in part], clusters, seed=seed)

        marked = _marked_of(tasks, results)
        return tabulate("points", [(each.task, each) for each in marked], self.labels, figure)


def estimate_points(values: Sequence[float], clusters: Sequence[Hashable], *, seed: int = 0) -> Estimate | None:
    """The mean mark with its clustered interval; None where there is none.

    Where all marks are equal the bootstrap has no width; the interval is then Wilson's, over the clusters, on the scale
    from 1 to 5.
    """
    if not values:
        return None
    shares = [(value - LOWEST) / _SPAN for value in values]
    found = estimate_mean(shares, clusters, seed=seed)
    low, high = wilson(found.value, found.clusters) if len(set(values)) == 1 else found.interval
    return Estimate(_on_scale(found.value), _on_scale(low), _on_scale(high), found.n, found.clusters, BOUNDS)


def read_ratings(path: Path, known: Iterable[str]) -> list[Rating]:
    """People's marks: ``{"id": ..., "score": 4}`` a line, ``sample`` where there are several; raters may repeat an id.

    Raises:
        AsterismError: the file is missing or empty, a line has another form, or an id is unknown.
    """
    if not path.is_file():
        raise AsterismError("no human scores found", where=str(path), remedy="Give a JSONL file: id and score a line.")
    ids = set(known)
    found = []
    for number, line in read_lines(path, _Line, torn=False, remedy="Give whole scores from 1 to 5."):
        if line.id not in ids:
            raise AsterismError(
                f"id {line.id!r} is not among the records measured",
                where=f"{path}:{number}",
                remedy="Give scores of this run's answers, or drop the line.",
            )
        found.append(Rating(line.id, line.sample, line.score))
    if not found:
        raise AsterismError("holds no scores", where=str(path), remedy="Give one JSON object a line.")
    return found


def agreement(
    tasks: Sequence[Task],
    results: Sequence[Result],
    ratings: Sequence[Rating],
    *,
    cluster_key: str | None = None,
    seed: int = 0,
) -> HumanAgreement:
    """How far the judge agrees with people, rating by rating; ratings of answers without a mark are counted apart."""
    scored = {(item.task.id, item.result.sample): item for item in units.join(tasks, results)}
    pairs = []
    for rating in ratings:
        item = scored.get((rating.id, rating.sample))
        if item is not None and item.result.score is not None:
            pairs.append((item.result.score, float(rating.points), units.cluster_of(item.task, cluster_key)))
    missing = len(ratings) - len(pairs)
    if not pairs:
        return HumanAgreement(0, missing)
    judge = [mark for mark, _, _ in pairs]
    human = [mark for _, mark, _ in pairs]
    clusters = [cluster for _, _, cluster in pairs]
    gaps = [abs(a - b) for a, b in zip(judge, human, strict=True)]
    return HumanAgreement(
        n=len(pairs),
        missing=missing,
        exact=estimate_mean([float(gap == 0) for gap in gaps], clusters, seed=seed),
        within_one=estimate_mean([float(gap <= 1) for gap in gaps], clusters, seed=seed),
        weighted_kappa=weighted_kappa(judge, human, clusters, seed=seed),
        spearman=spearman(judge, human, clusters, seed=seed),
    )


def _marked_of(tasks: Sequence[Task], results: Sequence[Result]) -> list[Marked]:
    scored = units.join(tasks, results)
    return [Marked(item.task, item.result, item.result.score) for item in scored if item.result.score is not None]


def _marked(result: Result, judged: Judged | None, task: Task) -> Result:
    if result.failed or result.answer is None:
        return result
    score, parts, reason = None, dict[str, float](), result.reason
    if task.answer is None:
        reason = NO_REFERENCE
    elif judged is None:
        reason = NOT_JUDGED
    elif judged.points is None:
        reason, parts = f"invalid: {judged.reason}", {"votes": float(judged.votes)}
    else:
        score = judged.points
        parts = {**judged.parts, "votes": float(judged.votes), "spread": float(judged.spread)}
    return Result(
        result.id,
        result.sample,
        result.completion,
        result.answer,
        reason,
        score,
        parts,
        result.seconds,
        result.tokens,
        result.truncated,
    )


def _cause(result: Result) -> str:
    """Why an answer has no mark, in one word: the model's doing, the record's, or the judge's."""
    if result.failed:
        return "failed"
    if result.answer is None:
        return f"unreadable: {result.reason}"
    return result.reason


def _bounds(points: Sequence[float], answers: int) -> tuple[float, float]:
    missing = answers - len(points)
    return (sum(points) + missing * LOWEST) / answers, (sum(points) + missing * HIGHEST) / answers


def _parts(marked: Sequence[Marked], clusters: Sequence[Hashable], seed: int) -> dict[str, Estimate | None]:
    names = dict.fromkeys(name for each in marked for name in each.result.parts if name not in ("votes", "spread"))
    found = {}
    for name in names:
        held = [
            (each.result.parts[name], cluster)
            for each, cluster in zip(marked, clusters, strict=True)
            if name in each.result.parts
        ]
        found[name] = estimate_points([value for value, _ in held], [c for _, c in held], seed=seed)
    return found


def _spread(marked: Sequence[Marked]) -> VoteSpread | None:
    """How far apart the votes on one answer are, where there were several."""
    spreads = [each.result.parts["spread"] for each in marked if each.result.parts.get("votes", 0) > 1]
    if not spreads:
        return None
    return VoteSpread(float(np.mean(spreads)), max(spreads), spreads.count(0) / len(spreads))


def _length_bias(marked: Sequence[Marked], clusters: Sequence[Hashable], seed: int) -> LengthBias:
    """How marks go with the answer's length in characters: as it is, and with the reference's length held fixed."""
    if not marked:
        return LengthBias()
    points = [each.points for each in marked]
    lengths = [float(len(each.result.answer or "")) for each in marked]
    references = [float(len(each.task.answer or "")) for each in marked]
    return LengthBias(
        median_characters=float(np.median(lengths)),
        spearman=spearman(points, lengths, clusters, seed=seed),
        partial_on_reference=partial_spearman(points, lengths, references, clusters, seed=seed),
    )


def _on_scale(share: float) -> float:
    return LOWEST + _SPAN * share
