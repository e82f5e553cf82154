"""Ctrl-C that waits for the step in progress to end, so that what is saved is whole."""

import signal
import sys
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from types import FrameType

SAVING = "Finishing the step, then saving. Ctrl-C again stops at once."


@contextmanager
def held_interruption(told: str = SAVING) -> Iterator[Callable[[], bool]]:
    """Inside, the first Ctrl-C is only noted; the yielded function tells whether there was one.

    A second one interrupts at once. Outside the main thread, which alone is told of signals, nothing is held back.
    """
    noted = False

    def note(number: int, frame: FrameType | None) -> None:
        nonlocal noted
        if noted:
            raise KeyboardInterrupt
        noted = True
        print(f"\n{told}", file=sys.stderr)  # noqa: T201 - a word to whoever pressed the keys

    if threading.current_thread() is not threading.main_thread():
        yield lambda: False
        return
    earlier = signal.signal(signal.SIGINT, note)
    try:
        yield lambda: noted
    finally:
        signal.signal(signal.SIGINT, earlier)
