"""The tables that end a run in the terminal."""

from collections.abc import Mapping
from typing import Any

from rich.table import Table
from rich.text import Text

from asterism.show.summary import MARKS, METRIC_TITLES, REWARD, Arm, Interval, Summary, title_of

_HEADINGS = {
    "per_statement": "per\nstatement",
    "balanced": "balanced",
    "all_correct": "all\ncorrect",
    "twin_pairs": "both\ntwins",
    "accuracy": "accuracy",
    "reward": "mean\nreward",
}


def before_after_table(summary: Mapping[str, Any]) -> Table:
    """The measured runs of a ``summary.json`` as rows, constant answers below, each figure with its 95 % interval.

    Raises:
        AsterismError: a value has the wrong type.
    """
    read = Summary.of(summary)
    early = f"Training {read.stopped_early.sentence}" if read.stopped_early else ""
    caption = "; ".join(filter(None, [early, "95 % intervals below each figure", read.size]))
    table = Table(caption=caption, caption_justify="left", header_style="bold", border_style="dim")
    table.add_column("")
    for metric in read.metrics:
        table.add_column(_HEADINGS[metric], justify="right")
    table.add_column("says T", justify="right")
    table.add_column("un-\nread", justify="right")
    for name, arm in read.arms.items():
        style = "bold" if name == "after" else ""
        figures = [_figure(arm, metric) for metric in read.metrics]
        table.add_row(read.arm_title(name), *figures, _share(arm.share_true), _share(arm.share_unreadable), style=style)
    if read.constant:
        table.add_section()
    for name, arm in read.constant.items():
        bare = [_share(arm.value(metric)) for metric in read.metrics]
        table.add_row(read.arm_title(name), *bare, _share(arm.share_true), _share(arm.share_unreadable), style="dim")
    return table


def paired_table(summary: Mapping[str, Any]) -> Table:
    """The paired differences of a ``summary.json``, in percentage points; those of marks in marks.

    Raises:
        AsterismError: a value has the wrong type.
    """
    read = Summary.of(summary)
    table = Table(header_style="bold", border_style="dim")
    for heading in ("difference", "measure"):
        table.add_column(heading)
    table.add_column("points, 95 % interval", justify="right")
    for pair in read.paired:
        figure = _gap(pair.metric, pair.difference)
        if pair.interval:
            figure += f" [{_gap(pair.metric, pair.interval[0])}, {_gap(pair.metric, pair.interval[1])}]"
        names = f"{read.arm_title(pair.a)} − {read.arm_title(pair.b)}"
        table.add_row(names, title_of(pair.metric, METRIC_TITLES), Text(figure, style="bold" if pair.clear else ""))
    return table


def _gap(metric: str, value: float) -> str:
    """A difference: of shares in percentage points, of marks as they are."""
    return f"{value:+.2f}" if metric in (MARKS, REWARD) else f"{value * 100:+.1f}"


def _figure(arm: Arm, metric: str) -> Text:
    if metric == REWARD:
        return _amount(arm.value(metric), arm.interval.get(metric))
    text = Text(_share(arm.value(metric)))
    if interval := arm.interval.get(metric):
        text.append(f"\n{interval[0] * 100:.1f}–{interval[1] * 100:.1f}", style="dim not bold")
    return text


def _amount(value: float | None, interval: Interval | None) -> Text:
    """A mean that is no share."""
    text = Text("" if value is None else f"{value:.3f}")
    if interval:
        text.append(f"\n{interval[0]:.3f}–{interval[1]:.3f}", style="dim not bold")
    return text


def _share(value: float | None) -> str:
    return "" if value is None else f"{value * 100:.1f} %"
