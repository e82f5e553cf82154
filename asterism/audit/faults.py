"""Whether a fault inside a reward comes out as a score.

A reward that catches every exception and returns 0 refuses right answers in silence for as long as its code is broken.
Such a handler is found by letting a fault happen: while a right answer is scored, an exception of our own is raised at
one line of the reward's code after another. Each must come out as an error. Where it comes out as another score than
without the fault, somebody swallowed it. A handler of certain exceptions (``except ValueError``) does not catch ours,
and one that falls back on another way to the same score does no harm.
"""

import linecache
import sys
import warnings
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from types import FrameType
from typing import Any

from asterism.audit.target import Target
from asterism.core.reward import Reward
from asterism.core.task import Task

LINES = 400
"""Lines of the reward's code at which a fault is tried, for each task."""
Line = tuple[str, int]


class InjectedFault(Exception):
    """The fault that is let happen; no handler can know it."""


@dataclass(frozen=True, slots=True)
class Swallowed:
    """A line whose fault came out as a score: ``value`` in place of ``expected``."""

    file: str
    line: int
    code: str
    value: float
    expected: float


def find_swallowed(
    target: Target, asked: Sequence[tuple[Task, str]], on_progress: Callable[[int], None]
) -> tuple[Swallowed, ...]:
    """The lines of the reward's code whose fault is swallowed while completions that it pays for are scored."""
    tried: set[Line] = set()
    found = []
    for task, text in asked:
        expected = target.reward(task, text)
        lines = [line for line in _lines_run(target, task, text) if line not in tried][:LINES]
        for line in lines:
            tried.add(line)
            reward, reached = _with_fault(target, task, text, line)
            if reached and reward.value is not None and reward.value != expected.value and expected.value is not None:
                code = linecache.getline(*line).strip()
                found.append(Swallowed(line[0], line[1], code, reward.value, expected.value))
        on_progress(1)
    return tuple(found)


def _lines_run(target: Target, task: Task, text: str) -> list[Line]:
    """The lines of the reward's own code that run for a completion, in their order."""
    lines: dict[Line, None] = {}

    def note(frame: FrameType) -> None:
        lines[frame.f_code.co_filename, frame.f_lineno] = None

    with _traced(target.sources, note):
        target.reward(task, text)
    return list(lines)


def _with_fault(target: Target, task: Task, text: str, line: Line) -> tuple[Reward, bool]:
    """The reward of a completion while a line fails, and whether the line was reached."""
    reached = False

    def fail(frame: FrameType) -> None:
        nonlocal reached
        if not reached and (frame.f_code.co_filename, frame.f_lineno) == line:
            reached = True
            raise InjectedFault("let happen to see what becomes of it")

    with _traced(target.sources, fail), warnings.catch_warnings():
        warnings.simplefilter("ignore")  # a coroutine that the fault keeps from being awaited
        reward = target.reward(task, text)
    return reward, reached


@contextmanager
def _traced(sources: Sequence[Path], on_line: Callable[[FrameType], None]) -> Iterator[None]:
    """Calls ``on_line`` before every line of the sources that runs in this thread; what it raises, the line raises."""
    known: dict[str, bool] = {}

    def inside(name: str) -> bool:
        if name not in known:
            known[name] = "site-packages" not in name and any(_holds(source, Path(name)) for source in sources)
        return known[name]

    def in_frame(frame: FrameType, event: str, argument: Any) -> Any:
        if event == "line":
            on_line(frame)
        return in_frame

    def at_call(frame: FrameType, event: str, argument: Any) -> Any:
        return in_frame if inside(frame.f_code.co_filename) else None

    before = sys.gettrace()
    sys.settrace(at_call)
    try:
        yield
    finally:
        sys.settrace(before)


def _holds(source: Path, file: Path) -> bool:
    return file == source or source in file.parents
