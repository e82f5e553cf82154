"""What a build of worked reasoning came to, and what its set is like, as tables for the terminal."""

from collections.abc import Mapping
from typing import Any

from rich.table import Table

from asterism.show.paid import number, paid_table, plain_table


def build_tables(report: Mapping[str, Any]) -> list[Table]:
    """The tables of a ``report.json`` of ``asterism helix serg``: instances, filters, tasks, what was paid."""
    paid = [paid_table(report)] if report["paid"]["total"]["replies"] else []
    return [_instances(report), _filters(report), _tasks(report), *paid]


def statistics_tables(found: Mapping[str, Any]) -> list[Table]:
    """Instances by level, and mean lengths of texts in each unit."""
    levels = plain_table("level", "instances")
    for level, count in found["levels"].items():
        levels.add_row(level, number(count))
    levels.add_row("all", number(found["instances"]), style="bold")
    units = [unit for unit in ("characters", "tokens") if unit in found]
    lengths = plain_table("mean length", *units)
    for name in found["characters"]:
        means = (found[unit][name] for unit in units)
        lengths.add_row(name, *("" if mean is None else f"{mean:,.1f}" for mean in means))
    return [levels, lengths]


def _instances(report: Mapping[str, Any]) -> Table:
    instances = report["instances"]
    table = plain_table("instances", "number")
    table.add_row("read", number(instances["read"]))
    for reason, count in instances["open"].items():
        table.add_row(f"open: {reason}", number(count))
    table.add_row("kept", number(instances["kept"]), style="bold")
    return table


def _filters(report: Mapping[str, Any]) -> Table:
    table = plain_table("filter", "instances\nrejected", "texts\ndropped", "let through")
    rejected, texts = report["instances"]["rejected"], report["texts"]
    for name, count in rejected.items():
        share = texts["share_kept"][name]
        table.add_row(name, number(count), number(texts["dropped"][name]), "" if share is None else f"{share:.1%}")
    return table


def _tasks(report: Mapping[str, Any]) -> Table:
    table = plain_table("task", "instances", "kept", "states found")
    for name, figures in report["tasks"].items():
        table.add_row(name, number(figures["instances"]), number(figures["kept"]), _share(figures["coverage"]))
    table.add_row("all", *("",) * 2, _share(report["coverage"]), style="bold")
    return table


def _share(value: float | None) -> str:
    return "" if value is None else f"{value:.1%}"
