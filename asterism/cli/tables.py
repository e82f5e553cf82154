"""What a person sees in the terminal when a run is over."""

from pathlib import Path
from typing import TYPE_CHECKING

from rich.console import Console

from asterism.core.results.summary import Condition, RunSummary
from asterism.show.profile import profile_table, read_profile
from asterism.show.results import detail_sheets, paired_sheet, results_sheet, with_cut_off
from asterism.show.sheet import sheet_table

if TYPE_CHECKING:
    from asterism.runs.compare import RunComparison


def print_tables(summary: RunSummary) -> None:
    """The conditions with their intervals, and the paired differences."""
    console = Console()
    results, paired = results_sheet(summary), paired_sheet(summary)
    if results is not None:
        console.print(sheet_table(results, stacked=True))
    if paired is not None:
        console.print(sheet_table(paired))
    if summary.stopped_early is not None:
        console.print(f"Training {summary.stopped_early.sentence}", style="bold", highlight=False)


def print_bench(summary: RunSummary) -> None:
    """A run over a bench: what :func:`print_tables` prints, and everything in detail."""
    print_tables(summary)
    for sheet in detail_sheets(summary):
        Console().print(sheet_table(sheet))


def print_comparison(found: "RunComparison") -> None:
    """Paired differences of two runs, and over what."""
    console = Console()
    runs = {
        folder: Condition({}, Path(folder).name, shares={"truncated": share}) for folder, share in found.cut_off.items()
    }
    paired = paired_sheet(RunSummary(paired=found.paired))
    if paired is not None:
        console.print(sheet_table(with_cut_off(paired, RunSummary(conditions=runs))))
    left_out = found.records_only_a + found.records_only_b
    console.print(f"{found.records_shared:,} records in both; {left_out:,} only in one, left out.", highlight=False)
    same = found.completions
    if same.compared:
        share = same.same / same.compared
        console.print(f"{same.same:,} of {same.compared:,} completions are the same ({share:.1%}).", highlight=False)


def print_profile(folder: Path) -> None:
    """Where the time of a training step went, if the folder tells."""
    profile = read_profile(folder)
    if profile is not None:
        Console().print(profile_table(profile))
