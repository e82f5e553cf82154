"""`asterism metaphor build`: true/false statements from images, their explanations and a model behind a server."""

from enum import StrEnum
from pathlib import Path
from typing import Annotated

import typer

from asterism.cli import builders

EXAMPLE = (
    "Example: asterism metaphor build --records data/ii_bench --url http://localhost:8000/v1 --model Qwen2.5-VL-7B "
    "--out data/tfq"
)


class LanguageName(StrEnum):
    """In which language statements are written."""

    AUTO = "auto"
    EN = "en"
    ZH = "zh"


def register(metaphor: typer.Typer) -> None:
    """Add ``build`` to the ``metaphor`` group."""
    metaphor.command("build", epilog=EXAMPLE)(build)


def build(
    records: Annotated[Path, typer.Option(help="records.jsonl (or its folder) with images and explanations.")],
    model: Annotated[str, typer.Option(help="Name of the model at the server.")],
    out: Annotated[Path, typer.Option(help="Folder for the set, the report and all replies. Give it again to resume.")],
    url: builders.Url = builders.OPENAI,
    key_env: builders.KeyEnv = "OPENAI_API_KEY",
    caption: Annotated[bool, typer.Option("--caption/--no-caption", help="Describe each image first.")] = True,
    fewest: Annotated[int, typer.Option("--min", min=1, help="Statements an image must keep.")] = 5,
    most: Annotated[int, typer.Option("--max", min=1, max=50, help="Statements an image may keep.")] = 10,
    attempts: Annotated[int, typer.Option(min=1, help="Replies asked for until a step succeeds.")] = 3,
    blind_samples: Annotated[
        int, typer.Option(min=0, help="Times a statement is judged without the image; 0: never.")
    ] = 12,
    blind_share: Annotated[
        float, typer.Option(min=0.51, max=1.0, help="Share of right blind answers that drops a statement.")
    ] = 0.9,
    language: Annotated[LanguageName, typer.Option(help="auto: that of each explanation.")] = LanguageName.AUTO,
    caption_model: Annotated[str | None, typer.Option(help="Model that describes, if another.")] = None,
    statement_model: Annotated[str | None, typer.Option(help="Model that writes statements, if another.")] = None,
    blind_model: Annotated[str | None, typer.Option(help="Model that judges without the image, if another.")] = None,
    seed: Annotated[int, typer.Option(help="Names every random choice.")] = 0,
    max_cost: builders.MaxCost = None,
    max_tokens: builders.MaxTokens = None,
    prices: builders.Prices = (0.0, 0.0),
    concurrency: builders.Concurrency = 16,
    hub: Annotated[bool, typer.Option("--hub/--no-hub", help="Write the hub's three columns too, as parquet.")] = True,
    server: Annotated[
        list[str] | None, typer.Option(help="Any other setting of the server: --server structured=off.")
    ] = None,
    as_json: Annotated[bool, typer.Option("--json", help="Print the report as JSON and nothing else.")] = False,
) -> None:
    """Write checked true/false statements about images; stopped or killed, the same command resumes."""
    from asterism.metaphor.builder.config import BuildConfig
    from asterism.metaphor.builder.pipeline import build as build_set
    from asterism.metaphor.builder.source import read_sources
    from asterism.runs.progress import stage
    from asterism.show.construct import build_tables

    asked = builders.server_config(
        "metaphor build",
        url=url,
        model=model,
        key_env=key_env,
        concurrency=concurrency,
        max_cost=max_cost,
        max_tokens=max_tokens,
        prices=prices,
        settings=server,
    )
    values = {
        "caption": caption,
        "fewest": fewest,
        "most": most,
        "attempts": attempts,
        "blind_samples": blind_samples,
        "blind_share": blind_share,
        "language": language.value,
        "caption_model": caption_model,
        "statement_model": statement_model,
        "blind_model": blind_model,
        "seed": seed,
    }
    config = BuildConfig.parse(values, where="metaphor build")
    sources = read_sources(records)
    with builders.resumable(), stage("Building statements", len(sources), quiet=as_json) as advance:
        built = build_set(sources, out, config, asked, hub=hub, on_item=builders.KeptCounter(advance, prices))
    statements = built.report["statements"]["kept"]
    builders.print_built(built, out, f"{statements} statements", build_tables, as_json=as_json)
