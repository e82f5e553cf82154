"""What a person sees in the terminal when a run is over."""

from collections.abc import Mapping
from pathlib import Path
from typing import Any

from rich.console import Console

from asterism.show.profile import profile_table, read_profile
from asterism.show.table import before_after_table, paired_table


def print_tables(summary: Mapping[str, Any]) -> None:
    """The arms with their intervals, and the paired differences."""
    console = Console()
    console.print(before_after_table(summary))
    if summary.get("paired"):
        console.print(paired_table(summary))


def print_profile(folder: Path) -> None:
    """Where the time of a training step went, if the folder tells."""
    profile = read_profile(folder)
    if profile is not None:
        Console().print(profile_table(profile))
