"""``profile.json``: where a training step's time goes, written, read and shown."""

from collections.abc import Iterator
from dataclasses import asdict
from pathlib import Path
from typing import TYPE_CHECKING

from pydantic import TypeAdapter, ValidationError
from rich.table import Table

from asterism.core.errors import AsterismError
from asterism.core.files import write_json
from asterism.core.validation import first_error

if TYPE_CHECKING:  # torch comes with it, and a report of a run that trained nothing does without
    from asterism.learn.profile import PhaseRow, Profile

NAME = "profile.json"


def write_profile(folder: Path, profile: "Profile") -> Path:
    """``folder/profile.json``, atomically.

    Raises:
        AsterismError: the disk does not take it.
    """
    return write_json(folder / NAME, asdict(profile))


def read_profile(folder: Path) -> "Profile | None":
    """The profile in a run folder, None where there is none.

    Raises:
        AsterismError: the file holds something else.
    """
    file = folder / NAME
    if not file.is_file():
        return None
    from asterism.learn.profile import Profile

    try:
        return TypeAdapter(Profile).validate_json(file.read_bytes())
    except ValidationError as error:
        raise AsterismError(first_error(error), where=str(file), remedy="Take the file away.") from error


def profile_table(profile: "Profile") -> Table:
    """A row for each phase of a step, and the whole step below, with what it comes to under it."""
    caption = "\n".join(f"{name}: {figure}" for name, figure in figures(profile))
    table = Table(caption=caption, caption_justify="left", header_style="bold", border_style="dim")
    table.add_column("phase")
    for heading in ("seconds a step", "share", "tokens", "tokens per second"):
        table.add_column(heading, justify="right")
    *rows, whole = (cells(row, profile.steps) for row in (*profile.phases, whole_step(profile)))
    for row in rows:
        table.add_row(*row)
    table.add_section()
    table.add_row(*whole, style="bold")
    return table


def cells(row: "PhaseRow", steps: int) -> tuple[str, ...]:
    """A row in words: name, seconds a step, share, tokens of all steps, tokens a second."""
    rate = "" if row.tokens_per_second is None else f"{row.tokens_per_second:,.0f}"
    tokens = "" if row.tokens is None else f"{row.tokens:,}"
    return row.name, f"{row.seconds / steps:.3f}", f"{row.share * 100:.1f} %", tokens, rate


def whole_step(profile: "Profile") -> "PhaseRow":
    """The row of all phases together; its tokens are the delivered ones."""
    from asterism.learn.profile import PhaseRow

    return PhaseRow(
        "step", profile.seconds, 1.0, profile.delivered_tokens, profile.delivered_tokens / max(1e-9, profile.seconds)
    )


def figures(profile: "Profile") -> Iterator[tuple[str, str]]:
    """What stands beside the phases, as name and figure."""
    steps = "1 step" if profile.steps == 1 else f"{profile.steps:,} steps"
    yield "tokens", f"{profile.delivered_tokens:,} delivered, {profile.unique_tokens:,} unique in {steps}"
    yield (
        "utilisation",
        f"{profile.utilisation * 100:.1f} % of {profile.product_rate / 1e9:,.0f} GFLOP/s "
        f"({profile.dtype} matrix product on {profile.device})",
    )
    yield (
        "preprocessing",
        f"{profile.preprocess_ahead_seconds:.2f} s ahead ({_workers(profile.workers)}), "
        f"{profile.preprocess_waited_seconds:.2f} s waited for",
    )


def _workers(count: int) -> str:
    return "no worker" if count == 0 else "1 worker" if count == 1 else f"{count} workers"
