"""Hostile inputs, tried in a process of their own, which can be stopped when one of them takes too long.

``python -m asterism.runs.hostile`` reads an audit's source as JSON and the first input to try, and tells of each input
when it begins and when it ends, a line of JSON each.
"""

import json
import queue
import subprocess
import sys
import threading
from collections.abc import Callable
from dataclasses import asdict
from time import perf_counter
from typing import IO, Any

from asterism.audit.gold import gold_of
from asterism.audit.hostile import hostile_inputs
from asterism.audit.report import Hostile
from asterism.runs.audit import AuditSource, open_target

START_SECONDS = 300.0
"""Longest time in which a process may open the target."""
PATIENCE = 5.0
"""How many times the limit an input may take before it is stopped."""
_KEPT = 8


def try_hostile(source: AuditSource, limit: float, advance: Callable[[int], None]) -> list[Hostile]:
    """The slowest inputs, slowest first, and all that had to be stopped; longer ones of their kind are left out."""
    inputs = list(hostile_inputs())
    found: list[Hostile] = []
    skipped: set[str] = set()
    start = 0
    while start < len(inputs):
        with _Worker(source, start, sorted(skipped)) as worker:
            for index in range(start, len(inputs)):
                name, text = inputs[index]
                start = index + 1
                advance(1)
                if name in skipped:
                    continue
                seconds = worker.seconds(PATIENCE * limit)
                finished = seconds is not None
                found.append(Hostile(name, len(text), PATIENCE * limit if seconds is None else seconds, finished))
                if not finished or found[-1].seconds > limit:
                    skipped.add(name)
                    break  # the worker may hang, or not know what is skipped
    found.sort(key=lambda each: (each.finished, -each.seconds))
    return [each for each in found if not each.finished] + [each for each in found if each.finished][:_KEPT]


class _Worker:
    """A process that tries inputs one after the other."""

    def __init__(self, source: AuditSource, start: int, skipped: list[str]) -> None:
        command = [sys.executable, "-m", "asterism.runs.hostile"]
        self._process = subprocess.Popen(
            command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, text=True
        )
        assert self._process.stdin is not None and self._process.stdout is not None
        self._process.stdin.write(json.dumps({"source": asdict(source), "start": start, "skipped": skipped}) + "\n")
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
        """Seconds of the next input; None where it took longer than the limit, or ended the process."""
        try:
            if not self._ready:
                self._lines.get(timeout=START_SECONDS)
                self._ready = True
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
    asked: dict[str, Any] = json.loads(sys.stdin.readline())
    given = asked["source"]
    _, target = open_target(AuditSource(**{**given, "overrides": tuple(given["overrides"])}))
    task = next((task for task in target.tasks if gold_of(task) is not None), target.tasks[0])
    target.reward(task, "warm up")
    sys.stdout.write("ready\n")
    sys.stdout.flush()
    for name, text in list(hostile_inputs())[asked["start"] :]:
        if name in asked["skipped"]:
            continue
        start = perf_counter()
        target.reward(task, text)
        sys.stdout.write(f"{perf_counter() - start}\n")
        sys.stdout.flush()


if __name__ == "__main__":
    main()
