"""What a run came to, as sheets. Conditions, metrics, fields and labels are whatever the summary holds."""

from collections.abc import Iterator, Sequence
from dataclasses import replace

from asterism.core.results.summary import (
    TOO_MANY_CUT_OFF,
    Baseline,
    Breakdown,
    Condition,
    Counts,
    OptionConsistency,
    PairedDifference,
    RunSummary,
)
from asterism.show.cell import (
    NOTHING,
    Cell,
    count_cell,
    difference_cell,
    estimate_cell,
    percent,
    share_cell,
)
from asterism.show.open_answers import agreement_sheet, mark_sheets
from asterism.show.sheet import Sheet, SheetRow
from asterism.show.titles import FIELDS, KINDS, METRICS, sentence, title_of

_INTERVALS = (
    "Ranges are 95 % intervals; they allow for what is right or wrong together, such as statements about one image."
)
_NOUNS = {"twin_pairs": "twin pairs"}


def metrics_of(summary: RunSummary) -> list[str]:
    """The metrics that at least one condition has: known ones in their order, then the others."""
    found = dict.fromkeys(
        name
        for condition in summary.conditions.values()
        for each in (condition, *condition.by_kind.values())
        for name in each.metrics
    )
    return [*(name for name in METRICS if name in found), *(name for name in found if name not in METRICS)]


def results_sheet(summary: RunSummary) -> Sheet | None:
    """Every condition with its metrics, each kind of task below it, then baselines; None where nothing was measured."""
    metrics = metrics_of(summary)
    if not metrics:
        return None
    sizes = {name: size_of(condition) for name, condition in summary.conditions.items()}
    size = next(iter(sizes.values())) if len(set(sizes.values())) == 1 else ""
    conditions = (
        row
        for name, condition in summary.conditions.items()
        for row in (
            SheetRow(
                summary.title(name),
                _cells(summary, condition, metrics),
                detail="" if size else sizes[name],
                strong=name == summary.primary,
            ),
            *(
                SheetRow(f"{summary.title(name)} · {title_of(kind, KINDS)}", _cells(summary, part, metrics, kind))
                for kind, part in condition.by_kind.items()
            ),
        )
    )
    baselines = (
        SheetRow(summary.title(name), tuple(_baseline_cell(baseline, metric) for metric in metrics), faint=True)
        for name, baseline in summary.baselines.items()
    )
    note = " ".join([*([f"{size} in every measured row."] if size else []), _INTERVALS])
    columns = tuple(title_of(metric, METRICS) for metric in metrics)
    return with_cut_off(Sheet("", columns, (*conditions, *baselines), note), summary)


def with_cut_off(sheet: Sheet, summary: RunSummary) -> Sheet:
    """A sheet that also says how many completions of each condition a limit cut off, and warns where it is too many."""
    shares = summary.cut_off
    if not shares:
        return sheet
    told = f"{percent(next(iter(shares.values())))} of completions"
    if len(set(shares.values())) > 1:
        told = ", ".join(f"{percent(share)} ({summary.title(name)})" for name, share in shares.items())
    most = max(shares.values())
    warning = (
        f"up to {percent(most)} of completions were cut off by a limit; raise max_tokens before comparing figures."
    )
    return replace(
        sheet,
        note=f"{sheet.note} Cut off by a limit: {told}.".strip(),
        warning=warning if most > TOO_MANY_CUT_OFF else "",
    )


def paired_sheet(summary: RunSummary) -> Sheet | None:
    """The paired differences, a row for each two conditions; None where there are none."""
    if not summary.paired:
        return None
    found = {(pair.a, pair.b, pair.metric): pair for pair in summary.paired}
    known = dict.fromkeys(pair.metric for pair in summary.paired)
    metrics = [*(name for name in METRICS if name in known), *(name for name in known if name not in METRICS)]
    rows = tuple(
        SheetRow(
            f"{summary.title(a)} − {summary.title(b)}",
            tuple(_difference(found.get((a, b, metric))) for metric in metrics),
        )
        for a, b in dict.fromkeys((pair.a, pair.b) for pair in summary.paired)
    )
    shares = all(pair.estimate.bounds == (-1.0, 1.0) for pair in summary.paired)
    unit = "In percentage points, over the same tasks." if shares else "Over the same tasks."
    note = f"{unit} A star marks differences whose 95 % interval excludes zero."
    return Sheet("Paired differences", tuple(title_of(metric, METRICS) for metric in metrics), rows, note)


def detail_sheets(summary: RunSummary) -> Iterator[Sheet]:
    """Everything else: what was answered, what a judge said, breakdowns, counts."""
    yield from _answers(summary)
    yield from mark_sheets(summary)
    if summary.agreement is not None:
        yield agreement_sheet(summary.agreement)
    if summary.consistency is not None:
        yield _consistency(summary.consistency)
    if summary.counts is not None:
        yield _counts(summary.counts)
    yield from _reasons(summary)
    yield from _conditions_broken_down(summary)
    shown = {(each.metric, each.field) for condition in summary.conditions.values() for each in condition.breakdowns}
    for breakdown in summary.breakdowns:
        if (breakdown.metric, breakdown.field) not in shown:
            yield _broken_down(breakdown)


def size_of(condition: Condition) -> str:
    """How much was measured, in words."""
    return " · ".join(f"{count:,} {_NOUNS.get(noun, noun)}" for noun, count in condition.counts.items() if count)


def _difference(pair: PairedDifference | None) -> Cell:
    if pair is None:
        return NOTHING
    cell = difference_cell(pair)
    star = " *" if pair.significant else ""
    return replace(
        cell, text=f"{cell.text}{star}", range=f"{cell.range}, n {pair.estimate.n:,}", strong=pair.significant
    )


def _cells(summary: RunSummary, condition: Condition, metrics: Sequence[str], kind: str = "") -> tuple[Cell, ...]:
    """The figures of a condition, marked with the best baseline over the same kind of task."""
    return tuple(estimate_cell(condition.metrics.get(each), _best_baseline(summary, each, kind)) for each in metrics)


def _best_baseline(summary: RunSummary, metric: str, kind: str) -> float | None:
    found = (entry for entry in summary.baselines.values() if entry.kind == kind and metric in entry.metrics)
    return max((entry.metrics[metric] for entry in found), default=None)


def _baseline_cell(baseline: Baseline, metric: str) -> Cell:
    return share_cell(baseline.metrics.get(metric))


def _answers(summary: RunSummary) -> Iterator[Sheet]:
    """The share of completions by what was read in them, and of those that could not be read or were cut off."""
    answers = list(dict.fromkeys(name for each in summary.conditions.values() for name in each.answers))
    shares = list(dict.fromkeys(name for each in summary.conditions.values() for name in each.shares))
    if not (answers or shares):
        return
    rows = tuple(
        SheetRow(
            summary.title(name),
            (
                *(share_cell(condition.answers.get(answer)) for answer in answers),
                *(share_cell(condition.shares.get(share)) for share in shares),
            ),
            strong=name == summary.primary,
        )
        for name, condition in summary.conditions.items()
    )
    columns = (*(f"answers {answer}" for answer in answers), *(title_of(share) for share in shares))
    yield Sheet("How it answers", columns, rows, "Shares of all completions.")


def _consistency(consistency: OptionConsistency) -> Sheet:
    rows = tuple(
        SheetRow(title, (estimate_cell(estimate), count_cell(estimate.n if estimate else None)))
        for title, estimate in (
            ("same option in every order", consistency.consistent),
            ("right in every order", consistency.always_right),
        )
    )
    note = f"Each question was asked with its options in {consistency.orders} orders."
    return Sheet("Options in other orders", ("share", "questions"), rows, note)


def _counts(counts: Counts) -> Sheet:
    def of_all(count: int) -> Cell:
        return Cell(f"{count:,}", percent(count / counts.completions) if counts.completions else "")

    cells = (
        count_cell(counts.records),
        count_cell(counts.images),
        of_all(counts.failed),
        of_all(counts.unreadable),
        of_all(counts.truncated),
        of_all(counts.without_key),
    )
    columns = ("records", "images", "failed", "unreadable", "truncated", "no key")
    note = "Failed: no completion. Unreadable: no answer found in it. No key: nothing to grade by, so not scored."
    return Sheet("What was measured", columns, (SheetRow("", cells),), note)


def _reasons(summary: RunSummary) -> Iterator[Sheet]:
    """How often each verdict was given."""
    names = list(dict.fromkeys(name for each in summary.conditions.values() for name in each.reasons))
    if names:
        rows = tuple(
            SheetRow(
                summary.title(name),
                tuple(count_cell(condition.reasons.get(reason, 0)) for reason in names),
                strong=name == summary.primary,
            )
            for name, condition in summary.conditions.items()
        )
        yield Sheet("Verdicts", tuple(title_of(name) for name in names), rows, "Completions by the verdict on them.")


def _conditions_broken_down(summary: RunSummary) -> Iterator[Sheet]:
    """For each metric and field, the labels as rows and the conditions as columns."""
    found: dict[tuple[str, str], dict[str, Breakdown]] = {}
    for name, condition in summary.conditions.items():
        for breakdown in condition.breakdowns:
            found.setdefault((breakdown.metric, breakdown.field), {})[name] = breakdown
    for (metric, field), by_condition in found.items():
        labels = dict.fromkeys(label for breakdown in by_condition.values() for label in breakdown.cells)
        rows = tuple(
            SheetRow(label, tuple(estimate_cell(each.cells.get(label)) for each in by_condition.values()))
            for label in labels
        )
        columns = tuple(summary.title(name) for name in by_condition)
        yield Sheet(_breakdown_title(metric, field), columns, rows)


def _broken_down(breakdown: Breakdown) -> Sheet:
    rows = tuple(
        SheetRow(label, (estimate_cell(estimate), count_cell(estimate.n) if estimate else NOTHING))
        for label, estimate in breakdown.cells.items()
    )
    metric = title_of(breakdown.metric, METRICS).lower()
    return Sheet(_breakdown_title(breakdown.metric, breakdown.field), (metric, "n"), rows)


def _breakdown_title(metric: str, field: str) -> str:
    return f"{sentence(title_of(metric, METRICS))}, by {title_of(field, FIELDS)}"
