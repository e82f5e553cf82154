"""`asterism metaphor build`: true/false statements from pictures, their explanations and a model behind a server."""

import json
from pathlib import Path
from typing import Annotated, Any

import typer

from asterism.metaphor.construct.config import BuildConfig
from asterism.runs.command_options import ModelOptions, Values, with_options
from asterism.runs.server_options import SERVER, MoreSettings, Prices, server_config

EXAMPLE = (
    "Example: asterism metaphor build --records data/ii_bench --url http://localhost:8000/v1 --model Qwen2.5-VL-7B "
    "--out data/tfq"
)


ASKED = (
    "caption",
    "fewest",
    "most",
    "attempts",
    "blind_samples",
    "blind_share",
    "language",
    "caption_model",
    "statement_model",
    "blind_model",
    "seed",
)
"""The settings of a build that are options."""


def register(metaphor: typer.Typer) -> None:
    """Add ``build`` to the ``metaphor`` group."""
    options = ModelOptions(BuildConfig, ASKED, names={"fewest": "min", "most": "max"})
    metaphor.command("build", epilog=EXAMPLE)(with_options(build, server=SERVER, config=options))


def build(
    *,
    records: Annotated[Path, typer.Option(help="records.jsonl (or its folder) with pictures and explanations.")],
    out: Annotated[Path, typer.Option(help="Folder for the set, the report and all replies. Give it again to resume.")],
    server: Values,
    prices: Prices = (0.0, 0.0),
    more: MoreSettings = None,
    config: Values,
    hub: Annotated[bool, typer.Option("--hub/--no-hub", help="Write the hub's three columns too, as parquet.")] = True,
    as_json: Annotated[bool, typer.Option("--json", help="Print the report as JSON and nothing else.")] = False,
) -> None:
    """Write checked true/false statements about pictures; interrupted, the same command resumes."""
    from asterism.metaphor.construct.items import Item
    from asterism.metaphor.construct.pipeline import build as build_set
    from asterism.metaphor.construct.source import read_sources
    from asterism.runs.progress import stage

    server_settings = server_config(server, prices, more, where="metaphor build")
    settings = BuildConfig.parse(config, where="metaphor build")
    sources = read_sources(records)
    kept = 0
    try:
        with stage("Building statements", len(sources), quiet=as_json) as advance:

            def report(item: Item, cost: float) -> None:
                nonlocal kept
                kept += item.kept
                advance(1, kept=kept, **({"cost": cost} if any(prices) else {}))

            built = build_set(sources, out, settings, server_settings, hub=hub, on_item=report)
    except KeyboardInterrupt as interrupt:
        raise KeyboardInterrupt("To continue: give the same command again.") from interrupt
    if as_json:
        typer.echo(json.dumps(built.report, ensure_ascii=False))
        return
    _show(built.report)
    if built.stopped is not None:
        typer.echo(f"Stopped: {built.stopped}", err=True)
    statements = built.report["statements"]["kept"]
    typer.echo(f"Results: {built.records} ({statements} statements), {out / 'report.json'}")


def _show(report: dict[str, Any]) -> None:
    from rich.console import Console

    from asterism.metaphor.construct.tables import build_tables

    console = Console()
    for table in build_tables(report):
        console.print(table)
