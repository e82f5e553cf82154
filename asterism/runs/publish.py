"""What a run leaves for people when it is over: its summary and its report."""

from pathlib import Path

from asterism.core.results.summary import RunSummary, write_summary
from asterism.show.report import write_report


def publish(folder: Path, summary: RunSummary) -> Path:
    """Write ``folder/summary.json`` and the report beside it; returns the report.

    Raises:
        AsterismError: the disk refuses a file.
    """
    write_summary(folder, summary)
    return write_report(folder)
