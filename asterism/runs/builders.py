"""What the commands that build data with a server have in common: progress, resuming, and the closing lines."""

import json
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Any

import typer

if TYPE_CHECKING:
    from rich.table import Table

    from asterism.llm.builder import BuildItem, Built
    from asterism.runs.progress import Advance


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
