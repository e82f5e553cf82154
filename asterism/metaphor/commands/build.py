"""`asterism metaphor build`: true/false statements from pictures, their explanations and a model behind a server."""

import json
from enum import StrEnum
from pathlib import Path
from typing import Annotated, Any

import typer

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
    records: Annotated[Path, typer.Option(help="records.jsonl (or its folder) with pictures and explanations.")],
    model: Annotated[str, typer.Option(help="Name of the model at the server.")],
    out: Annotated[Path, typer.Option(help="Folder for the set, the report and all replies. Give it again to go on.")],
    url: Annotated[str, typer.Option(help="Base address of a server with the OpenAI interface.")] = (
        "https://api.openai.com/v1"
    ),
    key_env: Annotated[str, typer.Option(help="Environment variable that holds the key.")] = "OPENAI_API_KEY",
    caption: Annotated[bool, typer.Option("--caption/--no-caption", help="Describe each picture first.")] = True,
    fewest: Annotated[int, typer.Option("--min", min=1, help="Statements a picture must keep.")] = 5,
    most: Annotated[int, typer.Option("--max", min=1, max=50, help="Statements a picture may keep.")] = 10,
    attempts: Annotated[int, typer.Option(min=1, help="Replies asked for until a step succeeds.")] = 3,
    blind_samples: Annotated[
        int, typer.Option(min=0, help="Times a statement is judged without the picture; 0: never.")
    ] = 12,
    blind_share: Annotated[
        float, typer.Option(min=0.51, max=1.0, help="Share of right blind answers that drops a statement.")
    ] = 0.9,
    language: Annotated[LanguageName, typer.Option(help="auto: that of each explanation.")] = LanguageName.AUTO,
    caption_model: Annotated[str | None, typer.Option(help="Model that describes, if another.")] = None,
    statement_model: Annotated[str | None, typer.Option(help="Model that writes statements, if another.")] = None,
    blind_model: Annotated[str | None, typer.Option(help="Model that judges without the picture, if another.")] = None,
    seed: Annotated[int, typer.Option(help="Names every random choice.")] = 0,
    max_cost: Annotated[float | None, typer.Option(help="Stop politely at this cost (needs prices).")] = None,
    max_tokens: Annotated[int | None, typer.Option(help="Stop politely after this many tokens.")] = None,
    prices: Annotated[
        tuple[float, float], typer.Option(help="Price of a million tokens read, and of a million written.")
    ] = (0.0, 0.0),
    concurrency: Annotated[int, typer.Option(min=1, help="Requests in flight at a time.")] = 16,
    hub: Annotated[bool, typer.Option("--hub/--no-hub", help="Write the hub's three columns too, as parquet.")] = True,
    server: Annotated[
        list[str] | None, typer.Option(help="Any other setting of the server: --server structured=off.")
    ] = None,
    as_json: Annotated[bool, typer.Option("--json", help="Print the report as JSON and nothing else.")] = False,
) -> None:
    """Write checked true/false statements about pictures; stopped or killed, the same command goes on."""
    from asterism.core.config import apply_overrides
    from asterism.llm.config import ServerConfig
    from asterism.metaphor.construct.config import BuildConfig
    from asterism.metaphor.construct.items import Item
    from asterism.metaphor.construct.pipeline import build as build_set
    from asterism.metaphor.construct.source import read_sources
    from asterism.runs.progress import stage

    asked: dict[str, Any] = {
        "url": url,
        "model": model,
        "api_key_env": key_env or None,
        "concurrency": concurrency,
        "max_cost": max_cost,
        "max_tokens_total": max_tokens,
        "price_per_million_prompt": prices[0],
        "price_per_million_completion": prices[1],
    }
    server_config = ServerConfig.parse(apply_overrides(asked, server or []), where="metaphor build")
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
    kept = 0
    try:
        with stage("Building statements", len(sources), quiet=as_json) as advance:

            def told(item: Item, cost: float) -> None:
                nonlocal kept
                kept += item.kept
                advance(1, kept=kept, **({"cost": cost} if any(prices) else {}))

            built = build_set(sources, out, config, server_config, hub=hub, on_item=told)
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
