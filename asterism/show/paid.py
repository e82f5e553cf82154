"""What a build paid, and the plain tables in which builds are told."""

from collections.abc import Mapping
from typing import Any

from rich.table import Table


def paid_table(report: Mapping[str, Any]) -> Table:
    """Replies, tokens and cost by step, of a report of :mod:`asterism.llm.ledger`."""
    table = plain_table("paid", "replies", "prompt tokens", "completion tokens", "cost")
    paid = report["paid"]
    useless = paid["answers_that_were_no_replies"]
    for step in (*report["steps"], "total"):
        if step == "total" and useless["tokens"]:
            table.add_row("answers that were no replies", "", number(useless["tokens"]), "", f"{useless['cost']:.4f}")
        figures = paid[step]
        counts = [number(figures[name]) for name in ("replies", "prompt_tokens", "completion_tokens")]
        table.add_row(step, *counts, f"{figures['cost']:.4f}", style="bold" if step == "total" else "")
    return table


def plain_table(*headings: str) -> Table:
    """An empty table whose first column is text and whose others are figures."""
    table = Table(header_style="bold", border_style="dim")
    for place, heading in enumerate(headings):
        table.add_column(heading, justify="right" if place else "left")
    return table


def number(value: float) -> str:
    """A whole number with commas."""
    return f"{value:,.0f}"
