"""Progress of long work: a bar with a time to go, or plain lines where nobody watches a terminal."""

import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import TYPE_CHECKING, Protocol

if TYPE_CHECKING:
    from rich.console import Console

LINE_SECONDS = 10.0
"""Seconds between two plain lines."""


class Advance(Protocol):
    """Tells that ``count`` more units are done; ``fields`` are figures to show beside the bar."""

    def __call__(self, count: int = 1, /, **fields: float | str) -> None: ...


@contextmanager
def stage(
    description: str,
    total: int | None,
    *,
    quiet: bool = False,
    console: "Console | None" = None,
    clock: Callable[[], float] = time.monotonic,
) -> Iterator[Advance]:
    """One stage of long work on stderr; yields the function that moves it on.

    ``total`` is the number of units, None where it is not known. ``quiet`` shows nothing (for ``--json``).

    >>> with stage("Measuring", 2, quiet=True) as advance:
    ...     advance(1, accuracy=0.5)
    ...     advance()
    """
    if quiet:
        yield _silent
        return
    if console is None:
        from rich.console import Console as StderrConsole

        console = StderrConsole(stderr=True)
    lines = _bar if console.is_terminal else _lines
    with lines(description, total, console, clock) as advance:
        yield advance


def _silent(count: int = 1, /, **fields: float | str) -> None:
    pass


@contextmanager
def _bar(description: str, total: int | None, console: "Console", clock: Callable[[], float]) -> Iterator[Advance]:
    from rich.progress import (
        BarColumn,
        MofNCompleteColumn,
        Progress,
        TextColumn,
        TimeElapsedColumn,
        TimeRemainingColumn,
    )

    columns = (
        TextColumn("{task.description}", markup=False),
        BarColumn(bar_width=24),
        MofNCompleteColumn(),
        TimeElapsedColumn(),
        TextColumn("left"),
        TimeRemainingColumn(),
        TextColumn("{task.fields[figures]}", markup=False),
    )
    with Progress(*columns, console=console, get_time=clock) as progress:
        row = progress.add_task(description, total=total, figures="")

        def advance(count: int = 1, /, **fields: float | str) -> None:
            progress.advance(row, count)
            if fields:
                progress.update(row, figures=figures(fields))

        yield advance


@contextmanager
def _lines(description: str, total: int | None, console: "Console", clock: Callable[[], float]) -> Iterator[Advance]:
    started = spoken = clock()
    done = 0
    shown = ""

    def say(text: str) -> None:
        console.print(text, markup=False, highlight=False, soft_wrap=True)

    def advance(count: int = 1, /, **fields: float | str) -> None:
        nonlocal done, spoken, shown
        done += count
        shown = figures(fields) if fields else shown
        now = clock()
        if now - spoken >= LINE_SECONDS:
            spoken = now
            say(", ".join(filter(None, (f"{description}: {_state(done, total, now - started)}", shown))))

    say(description)
    yield advance
    seconds = clock() - started
    say(", ".join(filter(None, (f"{description}: done, {done} in {duration(seconds)}", shown))))


def _state(done: int, total: int | None, seconds: float) -> str:
    if total is None:
        return f"{done}, {duration(seconds)}"
    left = duration(seconds * (total - done) / done) if 0 < done <= total else "unknown"
    return f"{done}/{total}, {duration(seconds)}, left {left}"


def figures(fields: dict[str, float | str]) -> str:
    """Figures as words: ``{"reward": 0.51234, "step": 3}`` is ``reward 0.512, step 3``."""
    return ", ".join(
        f"{name} {value:.3g}" if isinstance(value, float) else f"{name} {value}" for name, value in fields.items()
    )


def duration(seconds: float) -> str:
    """Seconds as ``42 s``, ``3 min 05 s`` or ``2 h 07 min``."""
    whole = round(seconds)
    if whole < 60:
        return f"{whole} s"
    minutes, rest = divmod(whole, 60)
    if minutes < 60:
        return f"{minutes} min {rest:02d} s"
    return f"{minutes // 60} h {minutes % 60:02d} min"
