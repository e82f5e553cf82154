"""What the commands that build data with a server have in common: its options, progress, and the closing lines."""

import json
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

if TYPE_CHECKING:
    from rich.table import Table

    from asterism.llm.builder import BuildItem, Built
    from asterism.llm.config import ServerConfig
    from asterism.runs.progress import Advance

OPENAI = "https://api.openai.com/v1"

Url = Annotated[str, typer.Option(help="Base address of a server with the OpenAI interface.")]
KeyEnv = Annotated[str, typer.Option(help="Environment variable that holds the key.")]
MaxCost = Annotated[float | None, typer.Option(help="End the run at this cost (needs prices).")]
MaxTokens = Annotated[int | None, typer.Option(help="End the run after this many tokens.")]
Prices = Annotated[tuple[float, float], typer.Option(help="Price of a million tokens read, and of a million written.")]
Concurrency = Annotated[int, typer.Option(min=1, help="Requests in flight at a time.")]


def server_config(
    where: str,
    *,
    url: str,
    model: str,
    key_env: str,
    concurrency: int,
    max_cost: float | None,
    max_tokens: int | None,
    prices: tuple[float, float],
    settings: Sequence[str] | None,
    timeout_s: float | None = None,
) -> "ServerConfig":
    """The server that the options describe; ``settings`` are further ones as ``key=value``.

    Raises:
        AsterismError: a setting is unknown or has no such value.
    """
    from asterism.core.config import apply_overrides
    from asterism.llm.config import ServerConfig

    values: dict[str, Any] = {
        "url": url,
        "model": model,
        "api_key_env": key_env or None,
        "concurrency": concurrency,
        "max_cost": max_cost,
        "max_tokens_total": max_tokens,
        "price_per_million_prompt": prices[0],
        "price_per_million_completion": prices[1],
        **({"timeout_s": timeout_s} if timeout_s is not None else {}),
    }
    return ServerConfig.parse(apply_overrides(values, list(settings or [])), where=where)


class KeptCounter:
    """Moves a stage on with each finished item and shows how many were kept, and at what cost."""

    def __init__(self, advance: "Advance", prices: tuple[float, float]) -> None:
        self.kept = 0
        self._advance = advance
        self._priced = any(prices)

    def __call__(self, item: "BuildItem", cost: float) -> None:
        """Count a finished item; one that was rejected says why in ``reason``."""
        self.kept += item.kept
        self._advance(1, kept=self.kept, **({"cost": cost} if self._priced else {}))


@contextmanager
def resumable() -> Iterator[None]:
    """Say how to continue where the user interrupts."""
    try:
        yield
    except KeyboardInterrupt as interrupt:
        raise KeyboardInterrupt("To continue: give the same command again.") from interrupt


def print_built(
    built: "Built", out: Path, what: str, tables: Callable[[dict[str, Any]], "list[Table]"], *, as_json: bool
) -> None:
    """Print the report of a build as JSON or as tables, why it was stopped, and where the results are."""
    if as_json:
        typer.echo(json.dumps(built.report, ensure_ascii=False))
        return
    from rich.console import Console

    console = Console()
    for table in tables(built.report):
        console.print(table)
    if built.stopped is not None:
        typer.echo(f"Stopped: {built.stopped}", err=True)
    typer.echo(f"Results: {built.records} ({what}), {out / 'report.json'}")
