"""What a run over a bench came to, as sheets: small tables that the terminal and the report draw alike."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from pydantic import BaseModel, ConfigDict, Field, ValidationError
from rich.table import Table
from rich.text import Text

from asterism.core.errors import AsterismError
from asterism.show.summary import METRIC_TITLES, Interval, title_of

LOWEST, HIGHEST = 1.0, 5.0
"""The ends of the scale of marks."""

_FIELD_TITLES = {"image_type": "kind of picture", "level": "level of statement"}
_PART_TITLES = {"domain": "domain and context", "rhetoric": "means", "depth": "deeper meaning"}


@dataclass(frozen=True, slots=True)
class Cell:
    """A figure in words, its interval in words, and where both stand on a track from 0 to 1 (None: no track)."""

    text: str
    range: str = ""
    at: float | None = None
    reach: Interval | None = None


@dataclass(frozen=True, slots=True)
class SheetRow:
    """A line of a sheet."""

    title: str
    cells: tuple[Cell, ...]


@dataclass(frozen=True, slots=True)
class Sheet:
    """A titled table of figures with a note below."""

    title: str
    columns: tuple[str, ...]
    rows: tuple[SheetRow, ...]
    note: str = ""


class _Read(BaseModel):
    model_config = ConfigDict(extra="ignore", frozen=True)


class _Figure(_Read):
    value: float
    interval: Interval
    n: int
    clusters: int


class _Breakdown(_Read):
    metric: str
    field: str
    cells: dict[str, _Figure]


class _Consistency(_Read):
    orders: int
    consistent: _Figure
    always_right: _Figure | None


class _Length(_Read):
    median_characters: float | None = None
    spearman: _Figure | None = None
    partial_on_reference: _Figure | None = None


class _Spread(_Read):
    mean: float
    largest: float
    share_agreed: float


class _Open(_Read):
    """An arm of open answers."""

    points: float | None = None
    interval: dict[str, Interval] = Field(default_factory=dict)
    n_judged: int
    n_answers: int
    without_mark: dict[str, int] = Field(default_factory=dict)
    bounds: Interval | None = None
    parts: dict[str, _Figure | None] = Field(default_factory=dict)
    vote_spread: _Spread | None = None
    length: _Length = _Length()


class _Agreement(_Read):
    n: int
    n_without_mark: int
    exact: _Figure | None = None
    within_one: _Figure | None = None
    weighted_kappa: _Figure | None = None
    spearman: _Figure | None = None


class _Counts(_Read):
    records: int
    pictures: int
    completions: int
    failed: int
    unreadable: int
    truncated: int
    without_key: int


class _Bench(_Read):
    """The part of ``summary.json`` that only a run over a bench has."""

    counts: _Counts | None = None
    open_arms: dict[str, _Open] = Field(default_factory=dict)
    breakdowns: tuple[_Breakdown, ...] = ()
    consistency: _Consistency | None = None
    agreement: _Agreement | None = None


def sheets_of(summary: Mapping[str, Any], *, where: str = "summary.json") -> list[Sheet]:
    """The sheets of a ``summary.json``, none where it is not of a run over a bench.

    Raises:
        AsterismError: a value has the wrong type.
    """
    open_arms = {name: entry for name, entry in summary.items() if isinstance(entry, Mapping) and "n_judged" in entry}
    try:
        bench = _Bench.model_validate({**summary, "open_arms": open_arms})
    except ValidationError as error:
        first = error.errors()[0]
        raise AsterismError(
            f"{'.'.join(map(str, first['loc']))}: {first['msg']}",
            where=where,
            remedy="Run `asterism score` on the folder.",
        ) from error
    return list(_sheets(bench))


def sheet_table(sheet: Sheet) -> Table:
    """A sheet for the terminal."""
    table = Table(
        title=sheet.title,
        title_justify="left",
        title_style="bold",
        caption=sheet.note or None,
        caption_justify="left",
        header_style="bold",
        border_style="dim",
    )
    table.add_column("")
    for column in sheet.columns:
        table.add_column(column, justify="right")
    for row in sheet.rows:
        table.add_row(Text(row.title), *map(_text, row.cells))
    return table


def _text(cell: Cell) -> Text:
    text = Text(cell.text)
    if cell.range:
        text.append(f"  {cell.range}", style="dim")
    return text


def _sheets(bench: _Bench) -> Iterator[Sheet]:
    if bench.open_arms:
        yield _marks(bench.open_arms)
        yield from _parts(bench.open_arms)
        yield from _lengths(bench.open_arms)
    if bench.agreement is not None:
        yield _agreed(bench.agreement)
    if bench.consistency is not None:
        yield _steady(bench.consistency)
    if bench.counts is not None:
        yield _counted(bench.counts)
    for breakdown in bench.breakdowns:
        yield _broken_down(breakdown)


def _marks(arms: Mapping[str, _Open]) -> Sheet:
    rows = []
    for name, arm in arms.items():
        missing = ", ".join(f"{count} {cause}" for cause, count in arm.without_mark.items()) or "none"
        bounds = "–" if arm.bounds is None else f"{arm.bounds[0]:.2f} – {arm.bounds[1]:.2f}"
        cells = (_points(arm.points, arm.interval.get("points")), Cell(str(arm.n_judged)), Cell(missing), Cell(bounds))
        rows.append(SheetRow(title_of(name), cells))
    note = "Marks from 1 to 5. An answer without a mark is left out of the mean; the bounds give it a 1, or a 5."
    return Sheet("Marks", ("mean", "marked", "without a mark", "bounds"), tuple(rows), note)


def _parts(arms: Mapping[str, _Open]) -> Iterator[Sheet]:
    names = list(dict.fromkeys(part for arm in arms.values() for part in arm.parts))
    if names:
        rows = tuple(
            SheetRow(title_of(part, _PART_TITLES), tuple(_mark(arm.parts.get(part)) for arm in arms.values()))
            for part in names
        )
        yield Sheet("Finer marks", tuple(title_of(name) for name in arms), rows)


def _lengths(arms: Mapping[str, _Open]) -> Iterator[Sheet]:
    rows = []
    for name, arm in arms.items():
        spread = arm.vote_spread
        votes = "" if spread is None else f"{_percent(spread.share_agreed)} agree, {spread.mean:.2f} apart on average"
        length = arm.length
        cells = (_correlation(length.spearman), _correlation(length.partial_on_reference), Cell(votes or "one vote"))
        rows.append(SheetRow(title_of(name), cells))
    if any(arm.n_judged for arm in arms.values()):
        columns = ("mark and length", "the reference's length held still", "votes on one answer")
        yield Sheet("Does the judge favour length?", columns, tuple(rows), "Rank correlations with 95 % intervals.")


def _agreed(agreement: _Agreement) -> Sheet:
    shares = (("the same mark", agreement.exact), ("within one", agreement.within_one))
    others = (("weighted kappa", agreement.weighted_kappa), ("rank correlation", agreement.spearman))
    rows = (
        *(SheetRow(title, (_share(figure),)) for title, figure in shares),
        *(SheetRow(title, (_correlation(figure),)) for title, figure in others),
    )
    note = (
        f"Over {agreement.n} marks by people; {agreement.n_without_mark} more are of answers without the judge's mark."
    )
    return Sheet("The judge and people", ("agreement",), rows, note)


def _steady(consistency: _Consistency) -> Sheet:
    rows = (
        SheetRow("same option in every order", (_share(consistency.consistent), _n(consistency.consistent))),
        SheetRow("right in every order", (_share(consistency.always_right), _n(consistency.always_right))),
    )
    note = f"Each question was asked with its options in {consistency.orders} orders."
    return Sheet("Options in other orders", ("share", "questions"), rows, note)


def _counted(counts: _Counts) -> Sheet:
    def of_all(count: int) -> Cell:
        return Cell(f"{count:,}", _percent(count / counts.completions) if counts.completions else "")

    cells = (
        Cell(f"{counts.records:,}"),
        Cell(f"{counts.pictures:,}"),
        of_all(counts.failed),
        of_all(counts.unreadable),
        of_all(counts.truncated),
        of_all(counts.without_key),
    )
    columns = ("records", "pictures", "failed", "unreadable", "cut off", "no key")
    note = "Failed: no completion. Unreadable: no answer found in it. No key: nothing to grade by, so not scored."
    return Sheet("What was measured", columns, (SheetRow("", cells),), note)


def _broken_down(breakdown: _Breakdown) -> Sheet:
    draw = _mark if breakdown.metric == "points" else _share
    rows = tuple(SheetRow(label, (draw(figure), _n(figure))) for label, figure in breakdown.cells.items())
    metric = title_of(breakdown.metric, {**METRIC_TITLES, "points": "Mark"})
    field = title_of(breakdown.field, _FIELD_TITLES)
    return Sheet(f"{metric}, by {field}", (metric.lower(), "n"), rows)


def _n(figure: _Figure | None) -> Cell:
    return Cell("–" if figure is None else f"{figure.n:,}")


def _share(figure: _Figure | None) -> Cell:
    if figure is None:
        return Cell("–")
    low, high = figure.interval
    return Cell(_percent(figure.value), f"{low * 100:.1f} – {high * 100:.1f}", figure.value, figure.interval)


def _mark(figure: _Figure | None) -> Cell:
    return Cell("–") if figure is None else _points(figure.value, figure.interval)


def _points(value: float | None, interval: Interval | None) -> Cell:
    if value is None or interval is None:
        return Cell("–")
    low, high = ((end - LOWEST) / (HIGHEST - LOWEST) for end in interval)
    at = (value - LOWEST) / (HIGHEST - LOWEST)
    return Cell(f"{value:.2f}", f"{interval[0]:.2f} – {interval[1]:.2f}", at, (low, high))


def _correlation(figure: _Figure | None) -> Cell:
    if figure is None:
        return Cell("–")
    low, high = figure.interval
    return Cell(
        _signed(figure.value), f"{_signed(low)} to {_signed(high)}", (figure.value + 1) / 2, (_half(low), _half(high))
    )


def _half(value: float) -> float:
    return min(1.0, max(0.0, (value + 1) / 2))


def _signed(value: float) -> str:
    return f"{value:+.2f}".replace("-", "−")


def _percent(share: float) -> str:
    return f"{share * 100:.1f} %"
