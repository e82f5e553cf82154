"""`asterism audit`: what a reward pays for that it should not, and what it refuses."""

import json
from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any, Literal

import typer

from asterism.cli.deferred import DeferredCommand
from asterism.core.errors import AsterismError

if TYPE_CHECKING:
    from asterism.audit.report import AuditReport

EXAMPLE = "Example: asterism audit my_rewards.py:score --records data.jsonl --out runs/audit"
FAILED = 1

Values = dict[str, Any]


def register(app: typer.Typer) -> None:
    """Add the command to the command line."""
    app.command("audit", epilog=EXAMPLE, cls=DeferredCommand)(audit)


def audit() -> Callable[..., None]:
    """Find what a reward pays for that it should not, what it refuses, and what else is wrong with it.

    TARGET is a system (helix), a recipe (my.yaml), records (a file or folder), or a reward function
    (my_rewards.py:score), which needs --records. Exit code 1: something is wrong above the limits below.
    """
    from asterism.audit.config import AuditConfig
    from asterism.runs.command_options import ModelOptions, with_options

    return with_options(_audit, settings=ModelOptions(AuditConfig))


def _audit(
    *,
    target: Annotated[str, typer.Argument(help="System, recipe, records, or file.py:function.")],
    overrides: Annotated[
        list[str] | None, typer.Argument(help="dotted.path=value, laid over a recipe or system.")
    ] = None,
    out: Annotated[Path, typer.Option(help="Folder for audit.json and report.html.")],
    records: Annotated[Path | None, typer.Option(help="Records for a reward function.")] = None,
    kind: Annotated[
        Literal["tfq", "mcq", "osq", "short", "verified"] | None,
        typer.Option(help="How the answers of records are read, where no column tells."),
    ] = None,
    columns: Annotated[
        list[str] | None, typer.Option(help="field=column, where columns of records have other names.")
    ] = None,
    images: Annotated[Path | None, typer.Option(help="Folder from which paths of images count.")] = None,
    prompt: Annotated[str, typer.Option(help="What records are asked with: think, plain, or a template.")] = "think",
    messages: Annotated[bool, typer.Option("--messages", help="A function in TRL's form gets chat messages.")] = False,
    split: Annotated[
        Literal["train", "dev", "evaluate"], typer.Option(help="Which tasks of a system or recipe.")
    ] = "train",
    model: Annotated[
        str | None, typer.Option(help="Also measure this model with and without images: tiny, or a folder.")
    ] = None,
    settings: Values,
    force: Annotated[bool, typer.Option("--force", help="Replace an audit that lies in the folder.")] = False,
    as_json: Annotated[bool, typer.Option("--json", help="Print the report as JSON and nothing else.")] = False,
) -> None:
    from asterism.audit.config import AuditConfig
    from asterism.runs.audit import AuditSource, audit_source

    source = AuditSource(
        target=target,
        overrides=tuple(overrides or ()),
        records=str(records or ""),
        kind=kind,
        columns=_columns(columns or []),
        images=str(images or ""),
        prompt=prompt,
        messages=messages,
        split=split,
    )
    config = AuditConfig.parse(settings, where="asterism audit")
    run = audit_source(source, config, out, model=model, force=force, quiet=as_json)
    if as_json:
        typer.echo(json.dumps(run.report.as_json(), ensure_ascii=False))
    else:
        _show(run.report)
        typer.echo(f"Results: {run.page}, {out}/audit.json")
    if run.report.failed:
        raise typer.Exit(FAILED)


def _columns(given: list[str]) -> dict[str, str]:
    """Fields and columns as they are given.

    Raises:
        AsterismError: one is not ``field=column``.
    """
    pairs = [text.partition("=") for text in given]
    for field, equals, column in pairs:
        if not (field and equals and column):
            raise AsterismError(
                f"--columns {field}{equals}{column} is not of the form field=column",
                remedy="Example: --columns question=problem",
            )
    return {field: column for field, _, column in pairs}


def _show(report: "AuditReport") -> None:
    from rich.console import Console

    from asterism.show.audit import findings_table, policies_sheet, rates_sheet
    from asterism.show.sheet import sheet_table

    console = Console()
    console.print(sheet_table(rates_sheet(report)))
    console.print(sheet_table(policies_sheet(report)))
    if report.findings:
        console.print(findings_table(report.findings))
    else:
        console.print("Nothing was found.")
