"""The table of an ablation: means over seeds with their intervals, and beside them what the paper reports."""

from collections.abc import Sequence
from pathlib import Path

from markupsafe import Markup
from rich.table import Table

from asterism.evaluate.ablation import AblationSummary, ArmSummary, Figure
from asterism.show.figures import markdown_table, told
from asterism.show.page import inlined, template, write_study_files
from asterism.show.plots import Series, lines_chart

COLUMNS = ("per statement", "all correct", "as sampled", "entropy, nats", "tokens trained", "entropy at equal accuracy")
COMPARED = (*COLUMNS[:4], COLUMNS[-1])
SHARES: tuple[Figure, ...] = ("per_statement", "all_correct", "sampled")
PAPER_COLUMNS = ("TFQ", "MCQ", "OSQ", "entropy")
_PAPER_KEYS = ("tfq", "mcq", "osq", "entropy")


def ablation_table(summary: AblationSummary) -> Table:
    """The table for a terminal."""
    table = Table(title=summary.title, caption=note(summary), caption_justify="left", header_style="bold")
    table.add_column("", no_wrap=True)
    for name in COMPARED:
        table.add_column(name, justify="right")
    table.add_column("the paper's " + ", ".join(PAPER_COLUMNS), justify="right", style="dim")
    for arm in summary.arms.values():
        *shares, entropy, _, matched = (cell.replace(" [", "\n[") for cell in cells(arm))
        table.add_row(arm.title, *shares, entropy, matched, ", ".join(paper_cells(arm)))
    return table


def cells(arm: ArmSummary) -> list[str]:
    """Our figures of an arm as text, in the order of :data:`COLUMNS`."""
    shares = (arm.figures[figure] for figure in SHARES)
    matched = told(arm.matched, "{:.3f}") if arm.matched else "–"
    return [
        *(told(share, "{:.1f}", scale=100) for share in shares),
        told(arm.figures["entropy"], "{:.3f}"),
        f"{arm.tokens:,.0f}",
        matched,
    ]


def paper_cells(arm: ArmSummary) -> list[str]:
    """The paper's figures of an arm as text, in the order of :data:`PAPER_COLUMNS`."""
    forms = ("{:g}", "{:g}", "{:.2f}", "{:.2f}")
    values = (arm.paper.get(key) for key in _PAPER_KEYS)
    return ["–" if value is None else form.format(value) for form, value in zip(forms, values, strict=True)]


def differences(summary: AblationSummary) -> list[tuple[str, list[str]]]:
    """For each arm but the baseline: its title, and the paired differences in :data:`COMPARED`."""
    rows = []
    for name, arm in summary.arms.items():
        if name != summary.baseline:
            points = [told(arm.differences[figure], "{:+.1f}", scale=100) for figure in SHARES]
            matched = told(arm.matched_difference, "{:+.3f}") if arm.matched_difference else "–"
            rows.append((arm.title, [*points, told(arm.differences["entropy"], "{:+.3f}"), matched]))
    return rows


def note(summary: AblationSummary) -> str:
    """What the figures are, in two or three sentences."""
    text = (
        f"Ours: mean over {summary.seeds} seeds [95 % interval, Student's t]; per cent of held-out statements and "
        "images."
    )
    if summary.target is not None:
        text += (
            f" Equal accuracy: {summary.target * 100:.1f} % of sampled answers on average, the most that every arm of a"
            " seed reaches."
        )
    return f"{text} The paper's figures are the paper's ({summary.paper}): another model, other data."


def markdown(summary: AblationSummary) -> str:
    """The tables as Markdown."""
    lines = [f"# {summary.title}", "", note(summary), ""]
    lines += markdown_table(
        ["arm", *COLUMNS, *(f"paper: {name}" for name in PAPER_COLUMNS)],
        [[arm.title, *cells(arm), *paper_cells(arm)] for arm in summary.arms.values()],
    )
    lines += ["", f"Differences to “{summary.arms[summary.baseline].title}”, seed by seed:", ""]
    header = ["arm", *COMPARED]
    lines += markdown_table(header, [[title, *row] for title, row in differences(summary)])
    return "\n".join(lines) + "\n"


def write_ablation(folder: Path, summary: AblationSummary) -> Path:
    """``summary.json``, ``table.md`` and ``report.html`` in a folder; returns the page.

    Raises:
        AsterismError: a file cannot be written.
    """
    return write_study_files(folder, summary.as_json(), markdown(summary), page(summary))


def page(summary: AblationSummary) -> str:
    """The report as HTML that needs no network."""
    trained = [arm for arm in summary.arms.values() if arm.tokens]
    start = [arm.curve[0] for arm in summary.arms.values() if not arm.tokens][:1]
    return template("ablation.html.jinja").render(
        summary=summary,
        css=inlined("report.css"),
        note=note(summary),
        columns=COLUMNS,
        compared=COMPARED,
        paper_columns=PAPER_COLUMNS,
        rows=[(arm.title, cells(arm), paper_cells(arm)) for arm in summary.arms.values()],
        baseline=summary.arms[summary.baseline].title,
        differences=differences(summary),
        charts=_charts(trained, start),
        legend=[arm.title for arm in trained],
    )


def _charts(
    trained: Sequence[ArmSummary], start: Sequence[tuple[float, float, float]]
) -> list[tuple[str, str, Markup]]:
    """Title, note and drawing of each chart; none where nothing was measured on the way."""
    curves = [[*start, *arm.curve] for arm in trained]
    if not curves or max(map(len, curves)) < 3:
        return []
    by_tokens = [Series([(tokens, accuracy) for tokens, accuracy, _ in curve]) for curve in curves]
    entropies = [Series([(tokens, entropy) for tokens, _, entropy in curve]) for curve in curves]
    against = [Series([(accuracy, entropy) for _, accuracy, entropy in curve]) for curve in curves]
    drawn = [
        ("Accuracy", "of sampled answers, by trained tokens", lines_chart(by_tokens, label="accuracy", percent=True)),
        ("Entropy", "nats per sampled token, by trained tokens", lines_chart(entropies, label="entropy")),
        ("Entropy against accuracy", "nats, by accuracy of sampled answers", lines_chart(against, label="both")),
    ]
    return [(title, about, Markup(svg)) for title, about, svg in drawn]
