"""`asterism metaphor build`: true/false statements from images, their explanations and a model behind a server."""

from pathlib import Path
from typing import Annotated

import typer

from asterism.metaphor.builder.config import BuildConfig
from asterism.runs import builders
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
    records: Annotated[Path, typer.Option(help="records.jsonl (or its folder) with images and explanations.")],
    out: Annotated[Path, typer.Option(help="Folder for the set, the report and all replies. Give it again to resume.")],
    server: Values,
    prices: Prices = (0.0, 0.0),
    more: MoreSettings = None,
    config: Values,
    hub: Annotated[bool, typer.Option("--hub/--no-hub", help="Write the hub's three columns too, as parquet.")] = True,
    as_json: Annotated[bool, typer.Option("--json", help="Print the report as JSON and nothing else.")] = False,
) -> None:
    """Write checked true/false statements about images; interrupted, the same command resumes."""
    from asterism.metaphor.builder.pipeline import build as build_set
    from asterism.metaphor.builder.source import read_sources
    from asterism.metaphor.builder.tables import build_tables
    from asterism.runs.progress import stage

    server_settings = server_config(server, prices, more, where="metaphor build")
    settings = BuildConfig.parse(config, where="metaphor build")
    sources = read_sources(records)
    with builders.resumable(), stage("Building statements", len(sources), quiet=as_json) as advance:
        built = build_set(
            sources, out, settings, server_settings, hub=hub, on_item=builders.KeptCounter(advance, prices)
        )
    statements = built.report["statements"]["kept"]
    builders.print_built(built, out, f"{statements} statements", build_tables, as_json=as_json)
