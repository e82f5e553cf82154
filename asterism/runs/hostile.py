"""Hostile inputs, tried in a process of their own, which can be stopped when one of them takes too long.

``python -m asterism.runs.hostile`` reads an audit's source as JSON and the first input to try, and tells of each input
when it begins and when it ends, a line of JSON each.
"""

import json
import os
import queue
import subprocess
import sys
import threading
from collections.abc import Callable
from dataclasses import asdict, dataclass
from typing import IO, Any

from asterism.audit.gold import gold_of
from asterism.audit.hostile import hostile_inputs
from asterism.audit.report import Hostile
from asterism.core.errors import AsterismError
from asterism.runs.audit import AuditSource, open_target

START_SECONDS = 300.0
"""Longest time in which a process may open the target."""
PATIENCE = 5.0
"""How many times the limit an input may take before it is stopped."""
READY = "ready"
_KEPT = 8


def try_hostile(source: AuditSource, limit: float, advance: Callable[[int], None]) -> list[Hostile]:
    """All inputs that had to be stopped, then the slowest; where one takes over the limit, longer ones are left out."""
    inputs = list(hostile_inputs())
    found: list[Hostile] = []
    slow: set[str] = set()
    start = 0
    while start < len(inputs):
        with _Worker(_Order(asdict(source), start, sorted(slow), limit)) as worker:
            for name, text in inputs[start:]:
                start += 1
                advance(1)
                if name in slow:
                    continue
                seconds = worker.seconds(PATIENCE * limit)
                taken = PATIENCE * limit if seconds is None else seconds
                found.append(Hostile(name, len(text), taken, seconds is not None))
                if taken > limit:
                    slow.add(name)
                if seconds is None:  # the worker hangs, or has ended
                    break
    found.sort(key=lambda each: (each.finished, -each.seconds))
    return [each for each in found if not each.finished] + [each for each in found if each.finished][:_KEPT]


@dataclass(frozen=True, slots=True)
class _Order:
    """What a process is to try: the inputs from ``start`` on but for those of the names in ``slow``."""

    source: dict[str, Any]
    start: int
    slow: list[str]
    limit: float


class _Worker:
    """A process that tries inputs one after the other."""

    def __init__(self, order: _Order) -> None:
        command = [sys.executable, "-m", "asterism.runs.hostile"]
        self._process = subprocess.Popen(
            command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, text=True
        )
        assert self._process.stdin is not None and self._process.stdout is not None
        self._process.stdin.write(json.dumps(asdict(order)) + "\n")
        self._process.stdin.flush()
        self._lines: queue.Queue[str] = queue.Queue()
        threading.Thread(target=self._read, args=(self._process.stdout,), daemon=True).start()
        self._ready = False

    def __enter__(self) -> "_Worker":
        return self

    def __exit__(self, *error: object) -> None:
        self._process.kill()
        self._process.wait()
        for stream in (self._process.stdin, self._process.stdout):
            if stream is not None:
                stream.close()

    def seconds(self, limit: float) -> float | None:
        """Seconds of the next input; None where it took longer than the limit, or ended the process.

        Raises:
            AsterismError: the process cannot open the target.
        """
        try:
            if not self._ready:
                self._ready = self._lines.get(timeout=START_SECONDS) == READY
                if not self._ready:
                    raise AsterismError(
                        "the process that tries hostile inputs could not open the target",
                        remedy="Give --no-hostile to leave them out.",
                    )
            line = self._lines.get(timeout=limit)
        except queue.Empty:
            return None
        return float(line) if line else None

    def _read(self, stream: IO[str]) -> None:
        for line in stream:
            self._lines.put(line.strip())
        self._lines.put("")


def main() -> None:
    """Try the inputs that standard input names."""
    out = os.fdopen(os.dup(1), "w", encoding="utf-8")
    os.dup2(2, 1)  # what a reward prints must not mix with what is told here

    def tell(line: str) -> None:
        out.write(f"{line}\n")
        out.flush()

    order = _Order(**json.loads(sys.stdin.readline()))
    given = order.source
    _, target = open_target(AuditSource(**{**given, "overrides": tuple(given["overrides"])}))
    task = next((task for task in target.tasks if gold_of(task) is not None), target.tasks[0])
    target.reward(task, "warm up")
    tell(READY)
    slow = set(order.slow)
    for name, text in list(hostile_inputs())[order.start :]:
        if name not in slow:
            _, seconds = target.timed(task, text)
            tell(f"{seconds}")
            if seconds > order.limit:
                slow.add(name)


if __name__ == "__main__":
    main()
