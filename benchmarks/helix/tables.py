"""Markdown tables of rows that have a task and a level."""

from collections.abc import Callable, Mapping, Sequence
from typing import Any

Row = Mapping[str, Any]


def table(header: Sequence[str], lines: Sequence[Sequence[object]]) -> list[str]:
    """A header and lines as Markdown."""
    rule = ["---"] * len(header)
    return [f"| {' | '.join(map(str, line))} |" for line in (header, rule, *lines)]


def by_level(rows: Sequence[Row], cell: Callable[[Row], str]) -> list[str]:
    """A line for each task with one cell for each of its levels."""
    tasks = list(dict.fromkeys(row["task"] for row in rows))
    lines = [[task, *(cell(row) for row in rows if row["task"] == task)] for task in tasks]
    return table(["task", "level 1", "2", "3", "4", "5"], lines)
