"""An audit for a person: what the terminal prints, and a page."""

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import groupby
from pathlib import Path

from rich.table import Table

from asterism.audit.probe import RIGHT, WRONG, Group
from asterism.audit.report import AuditReport, ClassResult, Finding, NullPolicy
from asterism.core.results.estimate import Estimate
from asterism.show.cell import NOTHING, Cell, estimate_cell
from asterism.show.page import inlined, template, write_page
from asterism.show.sheet import Sheet, SheetRow

REPORT = "report.html"
TITLES: dict[Group, str] = {
    "asked": "The stored answer, in forms asked for",
    "form": "The stored answer, in other usual forms",
    "writing": "The same answer in other writings",
    "value": "Other answers",
    "meaning": "Something beside the answer changes it",
    "several": "More than one answer",
    "inside": "The answer inside something else",
    "nothing": "No answer",
}
_SEVERITY = {"error": "red", "warning": "yellow", "note": "dim"}


@dataclass(frozen=True, slots=True)
class ClassGroup:
    """The classes of a group, those that went wrong most first, and what all of them come to."""

    title: str
    right: bool
    classes: tuple[ClassResult, ...]

    @property
    def n(self) -> int:
        """Probes of the group."""
        return sum(each.n for each in self.classes)

    @property
    def failed(self) -> int:
        """Probes of the group that were graded wrongly."""
        return sum(each.failed for each in self.classes)

    @property
    def faulty(self) -> tuple[ClassResult, ...]:
        """The classes in which something was graded wrongly."""
        return tuple(each for each in self.classes if each.failed)


def class_groups(report: AuditReport) -> tuple[ClassGroup, ...]:
    """The classes by group, right ones first."""
    order = (*RIGHT, *WRONG)
    ranked = sorted(report.classes, key=lambda each: (order.index(each.group), -each.share, -each.n, each.name))
    groups = groupby(ranked, key=lambda each: each.group)
    return tuple(ClassGroup(TITLES[name], name in RIGHT, tuple(members)) for name, members in groups)


def findings_table(findings: Sequence[Finding]) -> Table:
    """The findings for the terminal, with an example each."""
    table = Table(header_style="bold", border_style="dim", show_lines=True)
    table.add_column("")
    table.add_column("finding", overflow="fold")
    for finding in findings:
        example = f"\n[dim]{_escaped(finding.example[:240])}[/dim]" if finding.example else ""
        severity = f"[{_SEVERITY[finding.severity]}]{finding.severity}[/]"
        table.add_row(severity, f"{_escaped(finding.sentence)} ({finding.code}){example}")
    return table


def rates_sheet(report: AuditReport) -> Sheet:
    """The shares of answers that were graded wrongly."""
    rows = (
        ("Wrong answers that are paid", report.false_accepts),
        ("Right answers that are refused, in forms asked for", report.false_refusals),
        ("Right answers that are refused, other forms and writings", report.other_forms),
    )
    note = "Ranges are Wilson's 95 % intervals. Answers of one class stand or fall together: see the classes."
    return Sheet("", ("share", "answers"), tuple(_rate_row(title, share) for title, share in rows), note)


def policies_sheet(report: AuditReport) -> Sheet:
    """What policies earn that look at nothing, below what a right answer earns."""
    right = SheetRow("a right answer", (Cell(f"{report.scale.reward:.3f}", strong=True), NOTHING), strong=True)
    note = "Mean rewards with 95 % intervals, clustered by image, and the share of answers that counts as right."
    return Sheet("", ("mean reward", "counts as right"), (right, *map(_policy_row, report.policies)), note)


def write_audit_page(folder: Path, report: AuditReport) -> Path:
    """``report.html`` in a folder.

    Raises:
        AsterismError: the file cannot be written.
    """
    return write_page(folder / REPORT, audit_page(report))


def audit_page(report: AuditReport) -> str:
    """The audit as HTML that needs no network."""
    counts = {name: sum(each.severity == name for each in report.findings) for name in _SEVERITY}
    return template("audit.html.jinja", seconds=duration_text, marked=visible).render(
        report=report,
        counts=counts,
        groups=class_groups(report),
        rates=rates_sheet(report),
        policies=policies_sheet(report),
        css=inlined("report.css"),
        own_css=inlined("audit.css"),
    )


def duration_text(seconds: float) -> str:
    """Seconds as ``35 µs``, ``1.2 ms`` or ``3.4 s``."""
    if seconds < 1e-3:
        return f"{seconds * 1e6:.0f} µs"
    return f"{seconds * 1e3:.1f} ms" if seconds < 1 else f"{seconds:.1f} s"


def visible(text: str) -> str:
    """A completion as a person sees it: an empty one is said to be empty."""
    return text if text.strip() else "(empty)"


def _rate_row(title: str, share: Estimate | None) -> SheetRow:
    count = NOTHING if share is None else Cell(f"{share.n:,}")
    return SheetRow(title, (estimate_cell(share), count))


def _policy_row(policy: NullPolicy) -> SheetRow:
    return SheetRow(policy.title, (estimate_cell(policy.reward), estimate_cell(policy.accuracy)))


def _escaped(text: str) -> str:
    from rich.markup import escape

    return escape(text)
