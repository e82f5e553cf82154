"""What building a set of statements came to, as tables for the terminal."""

from collections.abc import Mapping
from typing import Any

from rich.table import Table


def build_tables(report: Mapping[str, Any]) -> list[Table]:
    """The tables of a ``report.json`` of ``asterism metaphor build``: records, statements, replies, what was paid."""
    return [_records(report), _statements(report), *_unusable(report), _paid(report)]


def _records(report: Mapping[str, Any]) -> Table:
    records = report["records"]
    table = _table("records", "number")
    table.add_row("read", _number(records["read"]))
    table.add_row("kept", _number(records["kept"]), style="bold")
    for reason, count in records["rejected"].items():
        table.add_row(f"rejected: {reason}", _number(count))
    for reason, count in records["open"].items():
        table.add_row(f"open: {reason}", _number(count))
    for note, count in records["notes"].items():
        table.add_row(f"note: {note}", _number(count), style="dim")
    return table


def _statements(report: Mapping[str, Any]) -> Table:
    statements = report["statements"]
    table = _table("statements", "number")
    table.add_row("written", _number(statements["written"]))
    for name, count in statements["dropped"].items():
        table.add_row(f"dropped: {name.replace('_', ' ')}", _number(count))
    table.add_row("in rejected records", _number(statements["of_rejected_records"]))
    table.add_row("kept", _number(statements["kept"]), style="bold")
    table.add_section()
    for label, count in statements["labels"].items():
        table.add_row(f"kept, {label}", _number(count))
    for level, count in statements["levels"].items():
        table.add_row(f"kept, level {level}", _number(count))
    return table


def _unusable(report: Mapping[str, Any]) -> list[Table]:
    faults = {**report["replies_not_usable"], "one statement": report["statements_not_readable"]}
    rows = [(f"{step}: {reason}", count) for step, reasons in faults.items() for reason, count in reasons.items()]
    if not rows:
        return []
    table = _table("not usable", "times")
    for name, count in rows:
        table.add_row(name, _number(count))
    return [table]


def _paid(report: Mapping[str, Any]) -> Table:
    table = _table("paid", "replies", "prompt tokens", "completion tokens", "cost")
    paid = report["paid"]
    useless = paid["answers_that_were_no_replies"]
    for step in (*report["steps"], "total"):
        if step == "total" and useless["tokens"]:
            table.add_row("answers that were no replies", "", _number(useless["tokens"]), "", f"{useless['cost']:.4f}")
        figures = paid[step]
        counts = [_number(figures[name]) for name in ("replies", "prompt_tokens", "completion_tokens")]
        table.add_row(step, *counts, f"{figures['cost']:.4f}", style="bold" if step == "total" else "")
    return table


def _table(*headings: str) -> Table:
    table = Table(header_style="bold", border_style="dim")
    for place, heading in enumerate(headings):
        table.add_column(heading, justify="right" if place else "left")
    return table


def _number(value: float) -> str:
    return f"{value:,.0f}"
