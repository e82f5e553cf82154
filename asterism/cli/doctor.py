"""`asterism doctor`: what this machine has, what is missing and how to get it."""

import json
from dataclasses import asdict
from typing import TYPE_CHECKING, Annotated

import typer

import asterism

if TYPE_CHECKING:
    from asterism.runs.machine import Check


def register(app: typer.Typer) -> None:
    """Add ``doctor`` to the command line."""
    app.command("doctor")(doctor)


def doctor(
    as_json: Annotated[bool, typer.Option("--json", help="Print one JSON object instead of a table.")] = False,
) -> None:
    """Check this machine: versions, threads, memory, optional parts."""
    from asterism.runs.machine import examine

    checks = examine()
    healthy = all(check.ok for check in checks if check.required)
    if as_json:
        rows = [asdict(check) for check in checks]
        typer.echo(json.dumps({"version": asterism.__version__, "ok": healthy, "checks": rows}, indent=2))
    else:
        for check in checks:
            typer.echo(_row(check))
        typer.echo("Ready." if healthy else "Not ready: fix what is marked MISSING.")
    raise typer.Exit(0 if healthy else 1)


def _row(check: "Check") -> str:
    mark = "ok" if check.ok else "MISSING" if check.required else "-"
    remedy = "" if check.ok or not check.remedy else f"\n{'':10}{check.remedy}"
    return f"{mark:<9} {check.name:<18} {check.found}{remedy}"
