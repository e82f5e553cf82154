"""A study as tables and a page: how the arms fared, and what became of the claims."""

from collections.abc import Sequence
from pathlib import Path

from markupsafe import Markup
from rich.table import Table

from asterism.evaluate.seeds import SeedMean
from asterism.helix.study.claims import Figure, Outcome
from asterism.helix.study.summary import ArmFigures, StudySummary
from asterism.show.figures import markdown_table, minus, told
from asterism.show.forest import ForestRow, forest_plot
from asterism.show.page import inlined, template_in, write_study_files
from asterism.show.plots import Series, lines_chart

GROUPS: tuple[tuple[str, str, tuple[Figure, ...], bool], ...] = (
    ("New tasks", "mean success, or its difference by seed, points of a per cent", ("new",), True),
    ("A single new task", "success, or its difference by seed, points of a per cent", ("task",), True),
    ("Old skills", "old success, or its difference by seed, points of a per cent", ("old", "matched_old"), True),
    ("KL(base‖new)", "nats a token", ("kl",), False),
    ("Forgetting and KL", "rank correlation over arms", ("forgetting_with_kl",), False),
)
"""Claims that share a scale: heading, what the scale is, their figures, whether they are shares."""

KINDS = {"supported": "good", "refuted": "bad", "undecided": "open"}
CURVES = 6
"""Arms that have a colour of their own."""


def study_tables(summary: StudySummary) -> list[Table]:
    """The two tables for a terminal: arms, then claims."""
    return [_arms_table(summary), _claims_table(summary)]


def _arms_table(summary: StudySummary) -> Table:
    table = Table(title=summary.title, caption=note(summary), caption_justify="left", header_style="bold")
    table.add_column("", no_wrap=True)
    for name in ("new tasks", "old skills", "KL", "tokens", "steps", "rate"):
        table.add_column(name, justify="right")
    for name, arm in summary.arms.items():
        tokens = f"{arm.tokens_generated + arm.tokens_expert:,.0f}"
        figures = (_share(arm.new), _share(arm.old), told(arm.kl, "{:.3f}"))
        cells = (each.replace(" [", "\n[") for each in figures)
        table.add_row(arm.title, *cells, tokens, f"{arm.optimiser_steps:,.0f}", _choice(summary, name))
    return table


def _claims_table(summary: StudySummary) -> Table:
    table = Table(header_style="bold")
    table.add_column("claim")
    table.add_column("", justify="right")
    table.add_column("verdict")
    colours = {"supported": "green", "refuted": "red", "undecided": "dim"}
    for outcome in summary.claims:
        colour = colours[outcome.verdict]
        table.add_row(outcome.claim.says, _estimate(outcome), f"[{colour}]{outcome.verdict}[/{colour}]")
    return table


def note(summary: StudySummary) -> str:
    """What the figures are, in a few sentences."""
    seeds = max((len(arm.seeds) for arm in summary.arms.values()), default=0)
    text = (
        f"Mean over {seeds} seeds [95 % interval, Student's t]; per cent of sampled answers that are right, "
        "KL(base‖new) in nats a token. Every arm spends the same tokens (generated and of experts) and optimiser steps."
    )
    return text if summary.proves else f"A trial of the machinery, too small to prove anything. {text}"


ARM_COLUMNS = ("new tasks", "greedy", "old skills", "KL(base‖new)", "generated", "of experts", "steps", "rate")


def arm_cells(summary: StudySummary, name: str) -> list[str]:
    """An arm's figures as text, in the order of :data:`ARM_COLUMNS`."""
    arm = summary.arms[name]
    spent = (arm.tokens_generated, arm.tokens_expert, arm.optimiser_steps)
    return [
        _share(arm.new),
        _share(arm.greedy),
        _share(arm.old),
        told(arm.kl, "{:.3f}"),
        *(f"{each:,.0f}" for each in spent),
        _choice(summary, name),
    ]


def task_rows(summary: StudySummary) -> tuple[list[str], list[list[str]]]:
    """Success by task: the header, and a row for the small model and for each arm."""
    tasks = list(summary.start)
    rows = [["before", *(f"{summary.start[task] * 100:.1f}" for task in tasks)]]
    for arm in summary.arms.values():
        by_task = {**arm.by_task, **arm.by_skill}
        rows.append([arm.title, *(_share(by_task[task]) for task in tasks)])
    return ["", *tasks], rows


CLAIM_COLUMNS = ("claim", "estimate", "supported if", "at new success", "KL there", "verdict")


def claim_cells(outcome: Outcome) -> list[str]:
    """A claim as text, in the order of :data:`CLAIM_COLUMNS`."""
    claim, scale = outcome.claim, 100 if _is_share(outcome.claim.figure) else 1
    return [
        claim.says,
        _estimate(outcome),
        minus(f"{claim.supported} {claim.than * scale:g}"),
        "–" if outcome.height is None else f"{outcome.height * 100:.1f}",
        "–" if outcome.kl is None else told(outcome.kl, "{:+.3f}"),
        outcome.verdict,
    ]


def markdown(summary: StudySummary) -> str:
    """The tables as Markdown."""
    header, rows = task_rows(summary)
    lines = [f"# {summary.title}", "", note(summary), ""]
    lines += markdown_table(CLAIM_COLUMNS, [claim_cells(each) for each in summary.claims])
    lines += ["", *markdown_table(["", *ARM_COLUMNS], _arm_rows(summary)), "", "Success by task:", ""]
    lines += markdown_table(header, rows)
    return "\n".join(lines) + "\n"


def write_study(folder: Path, summary: StudySummary) -> Path:
    """``summary.json``, ``table.md`` and ``report.html`` in a folder; returns the page.

    Raises:
        AsterismError: a file cannot be written.
    """
    return write_study_files(folder, summary.as_json(), markdown(summary), page(summary))


def page(summary: StudySummary) -> str:
    """The report as HTML that needs no network."""
    header, rows = task_rows(summary)
    return template_in(Path(__file__).parent, "study.html.jinja").render(
        summary=summary,
        css=inlined("report.css"),
        note=note(summary),
        seeds=max((len(arm.seeds) for arm in summary.arms.values()), default=0),
        verdicts=[(word, sum(each.verdict == word for each in summary.claims)) for word in KINDS],
        forests=_forests(summary),
        arm_columns=ARM_COLUMNS,
        arm_rows=_arm_rows(summary),
        claim_columns=CLAIM_COLUMNS,
        claim_rows=[(claim_cells(each), KINDS[each.verdict]) for each in summary.claims],
        task_header=header,
        task_rows=rows,
        charts=_charts(list(summary.arms.values())[:CURVES]),
        legend=[arm.title for arm in summary.arms.values()][:CURVES],
    )


def _forests(summary: StudySummary) -> list[tuple[str, Markup]]:
    """Heading and drawing of each group of claims that has estimates."""
    found = []
    for heading, label, figures, percent in GROUPS:
        rows = [
            ForestRow(
                each.claim.says,
                each.estimate.value,
                each.estimate.interval,
                each.claim.than,
                each.verdict,
                KINDS[each.verdict],
            )
            for each in summary.claims
            if each.claim.figure in figures and each.estimate is not None
        ]
        if rows:
            found.append((heading, Markup(forest_plot(rows, label=label, percent=percent))))
    return found


def _charts(arms: Sequence[ArmFigures]) -> list[tuple[str, str, Markup]]:
    """Title, note and drawing of each chart."""
    if not arms:
        return []
    new = [Series([(tokens, new) for tokens, new, _, _ in arm.curve]) for arm in arms]
    against = [Series([(new, old) for _, new, old, _ in arm.curve]) for arm in arms]
    divergence = [Series([(kl, old) for _, _, old, kl in arm.curve]) for arm in arms]
    drawn = [
        ("New tasks", "success, by tokens spent", lines_chart(new, label="success on new tasks", percent=True)),
        ("Old skills", "success, by success on new tasks", lines_chart(against, label="old by new", percent=True)),
        ("Forgetting and KL", "old success, by KL(base‖new)", lines_chart(divergence, label="old by KL", percent=True)),
    ]
    return [(title, about, Markup(svg)) for title, about, svg in drawn]


def _arm_rows(summary: StudySummary) -> list[list[str]]:
    return [[arm.title, *arm_cells(summary, name)] for name, arm in summary.arms.items()]


def _is_share(figure: Figure) -> bool:
    return next(percent for _, _, figures, percent in GROUPS if figure in figures)


def _estimate(outcome: Outcome) -> str:
    if outcome.estimate is None:
        return "not measured"
    signed = "+" if outcome.claim.against else ""
    if _is_share(outcome.claim.figure):
        return told(outcome.estimate, f"{{:{signed}.1f}}", scale=100)
    return told(outcome.estimate, f"{{:{signed}.3f}}")


def _share(mean: SeedMean) -> str:
    return told(mean, "{:.1f}", scale=100)


def _choice(summary: StudySummary, name: str) -> str:
    chosen = summary.tuning[name]["chosen"]
    return f"{chosen['learning_rate']:g}" + (f", {chosen['weight']}" if chosen["weight"] else "")
