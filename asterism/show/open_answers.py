"""Open answers that a judge marked, as sheets."""

from collections.abc import Iterator, Mapping

from asterism.core.results.summary import HumanAgreement, Marks, RunSummary
from asterism.show.cell import Cell, count_cell, estimate_cell, percent
from asterism.show.sheet import Sheet, SheetRow
from asterism.show.titles import MARK_PARTS, title_of


def mark_sheets(summary: RunSummary) -> Iterator[Sheet]:
    """What the marks rest on; nothing where no condition has marks."""
    marks = {name: condition.marks for name, condition in summary.conditions.items() if condition.marks is not None}
    if marks:
        yield _missing(summary, marks)
        yield from _parts(summary, marks)
        yield from _lengths(summary, marks)


def agreement_sheet(agreement: HumanAgreement) -> Sheet:
    """How far the judge agrees with people."""
    figures = {
        "the same mark": agreement.exact,
        "within one": agreement.within_one,
        "weighted kappa": agreement.weighted_kappa,
        "rank correlation": agreement.spearman,
    }
    rows = tuple(SheetRow(title, (estimate_cell(estimate),)) for title, estimate in figures.items())
    note = f"Over {agreement.n} marks by people; {agreement.missing} more are of answers without the judge's mark."
    return Sheet("The judge and people", ("agreement",), rows, note)


def _missing(summary: RunSummary, marks: Mapping[str, Marks]) -> Sheet:
    rows = []
    for name, each in marks.items():
        missing = ", ".join(f"{count} {cause}" for cause, count in each.missing.items()) or "none"
        bounds = "–" if each.bounds is None else f"{each.bounds[0]:.2f} – {each.bounds[1]:.2f}"
        mean = summary.conditions[name].metrics.get("points")
        cells = (estimate_cell(mean), count_cell(each.judged), Cell(missing), Cell(bounds))
        rows.append(SheetRow(summary.title(name), cells))
    note = "Marks from 1 to 5. An answer without a mark is left out of the mean; the bounds give it a 1, or a 5."
    return Sheet("Marks", ("mean", "marked", "without a mark", "bounds"), tuple(rows), note)


def _parts(summary: RunSummary, marks: Mapping[str, Marks]) -> Iterator[Sheet]:
    names = list(dict.fromkeys(part for each in marks.values() for part in each.parts))
    if names:
        rows = tuple(
            SheetRow(title_of(part, MARK_PARTS), tuple(estimate_cell(each.parts.get(part)) for each in marks.values()))
            for part in names
        )
        yield Sheet("Finer marks", tuple(summary.title(name) for name in marks), rows)


def _lengths(summary: RunSummary, marks: Mapping[str, Marks]) -> Iterator[Sheet]:
    if not any(each.judged for each in marks.values()):
        return
    rows = []
    for name, each in marks.items():
        spread = each.vote_spread
        votes = "" if spread is None else f"{percent(spread.share_agreed)} agree, {spread.mean:.2f} apart on average"
        length = each.length
        cells = (
            estimate_cell(length.spearman),
            estimate_cell(length.partial_on_reference),
            Cell(votes or "one vote"),
        )
        rows.append(SheetRow(summary.title(name), cells))
    columns = ("mark and length", "reference's length held fixed", "votes on one answer")
    yield Sheet("Does the judge favour length?", columns, tuple(rows), "Rank correlations with 95 % intervals.")
