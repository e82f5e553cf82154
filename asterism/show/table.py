"""The tables that end a run in the terminal."""

from collections.abc import Mapping
from typing import Any

from rich.table import Table
from rich.text import Text

from asterism.show.summary import METRIC_TITLES, Arm, Summary, title_of

_HEADINGS = {
    "per_statement": "per\nstatement",
    "balanced": "balanced",
    "all_correct": "all\ncorrect",
    "twin_pairs": "both\ntwins",
    "accuracy": "accuracy",
}


def before_after_table(summary: Mapping[str, Any]) -> Table:
    """The measured runs of a ``summary.json`` as rows, constant answers below, each figure with its 95 % interval.

    Raises:
        AsterismError: a value has the wrong type.
    """
    read = Summary.of(summary)
    caption = "; ".join(filter(None, ["95 % intervals below each figure", read.size]))
    table = Table(caption=caption, caption_justify="left", header_style="bold", border_style="dim")
    table.add_column("")
    for metric in read.metrics:
        table.add_column(_HEADINGS[metric], justify="right")
    table.add_column("says T", justify="right")
    table.add_column("un-\nread", justify="right")
    for name, arm in read.arms.items():
        style = "bold" if name == "after" else ""
        figures = [_figure(arm, metric) for metric in read.metrics]
        table.add_row(title_of(name), *figures, _share(arm.share_true), _share(arm.share_unreadable), style=style)
    if read.constant:
        table.add_section()
    for name, arm in read.constant.items():
        bare = [_share(arm.value(metric)) for metric in read.metrics]
        table.add_row(title_of(name), *bare, _share(arm.share_true), _share(arm.share_unreadable), style="dim")
    return table


def paired_table(summary: Mapping[str, Any]) -> Table:
    """The paired differences of a ``summary.json``, in percentage points.

    Raises:
        AsterismError: a value has the wrong type.
    """
    read = Summary.of(summary)
    table = Table(header_style="bold", border_style="dim")
    for heading in ("difference", "measure"):
        table.add_column(heading)
    table.add_column("points, 95 % interval", justify="right")
    for pair in read.paired:
        figure = f"{pair.difference * 100:+.1f}"
        if pair.interval:
            figure += f" [{pair.interval[0] * 100:+.1f}, {pair.interval[1] * 100:+.1f}]"
        names = f"{title_of(pair.a)} − {title_of(pair.b)}"
        table.add_row(names, title_of(pair.metric, METRIC_TITLES), Text(figure, style="bold" if pair.clear else ""))
    return table


def _figure(arm: Arm, metric: str) -> Text:
    text = Text(_share(arm.value(metric)))
    if interval := arm.interval.get(metric):
        text.append(f"\n{interval[0] * 100:.1f}–{interval[1] * 100:.1f}", style="dim not bold")
    return text


def _share(value: float | None) -> str:
    return "" if value is None else f"{value * 100:.1f} %"
