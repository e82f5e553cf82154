"""What a person sees in the terminal when a run is over."""

from collections.abc import Mapping
from pathlib import Path
from typing import Any

from rich.console import Console

from asterism.show.bench import sheet_table, sheets_of
from asterism.show.profile import profile_table, read_profile
from asterism.show.summary import Summary
from asterism.show.table import before_after_table, paired_table


def print_tables(summary: Mapping[str, Any]) -> None:
    """The arms with their intervals, and the paired differences."""
    console = Console()
    console.print(before_after_table(summary))
    if summary.get("paired"):
        console.print(paired_table(summary))


def print_bench(summary: Mapping[str, Any]) -> None:
    """A run over a bench: its arms, baselines and paired differences where there are any, and its sheets."""
    console = Console()
    if Summary.of(summary).arms:
        console.print(before_after_table(summary))
    if summary.get("paired"):
        console.print(paired_table(summary))
    for sheet in sheets_of(summary):
        console.print(sheet_table(sheet))


def print_comparison(found: Mapping[str, Any]) -> None:
    """Paired differences of two runs, and over what."""
    console = Console()
    console.print(paired_table(found))
    left_out = found["records_only_a"] + found["records_only_b"]
    console.print(f"{found['records_shared']:,} records in both; {left_out:,} only in one, left out.", highlight=False)
    said = found["completions"]
    if said["compared"]:
        share = said["same"] / said["compared"]
        console.print(
            f"{said['same']:,} of {said['compared']:,} completions are the same ({share:.1%}).", highlight=False
        )


def print_profile(folder: Path) -> None:
    """Where the time of a training step went, if the folder tells."""
    profile = read_profile(folder)
    if profile is not None:
        Console().print(profile_table(profile))
