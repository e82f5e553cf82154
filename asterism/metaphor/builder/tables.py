"""What building a set of statements came to, as tables for the terminal."""

from collections.abc import Mapping
from typing import Any

from rich.table import Table

from asterism.show.paid import number, paid_table, plain_table


def build_tables(report: Mapping[str, Any]) -> list[Table]:
    """The tables of a ``report.json`` of ``asterism metaphor build``: records, statements, replies, what was paid."""
    return [_records(report), _statements(report), *_unusable(report), paid_table(report)]


def _records(report: Mapping[str, Any]) -> Table:
    records = report["records"]
    table = plain_table("records", "number")
    table.add_row("read", number(records["read"]))
    table.add_row("kept", number(records["kept"]), style="bold")
    for reason, count in records["rejected"].items():
        table.add_row(f"rejected: {reason}", number(count))
    for reason, count in records["open"].items():
        table.add_row(f"open: {reason}", number(count))
    for note, count in records["notes"].items():
        table.add_row(f"note: {note}", number(count), style="dim")
    return table


def _statements(report: Mapping[str, Any]) -> Table:
    statements = report["statements"]
    table = plain_table("statements", "number")
    table.add_row("written", number(statements["written"]))
    for name, count in statements["dropped"].items():
        table.add_row(f"dropped: {name.replace('_', ' ')}", number(count))
    table.add_row("in rejected records", number(statements["of_rejected_records"]))
    table.add_row("kept", number(statements["kept"]), style="bold")
    table.add_section()
    for label, count in statements["labels"].items():
        table.add_row(f"kept, {label}", number(count))
    for level, count in statements["levels"].items():
        table.add_row(f"kept, level {level}", number(count))
    return table


def _unusable(report: Mapping[str, Any]) -> list[Table]:
    faults = {**report["replies_not_usable"], "one statement": report["statements_not_readable"]}
    rows = [(f"{step}: {reason}", count) for step, reasons in faults.items() for reason, count in reasons.items()]
    if not rows:
        return []
    table = plain_table("not usable", "times")
    for name, count in rows:
        table.add_row(name, number(count))
    return [table]
