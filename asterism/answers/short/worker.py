"""Comparing mathematics in another process, with a limit of time and without signals.

One process serves a Python process; it is started when it is first needed, again after a fault, and in a forked
child anew. Threads take turns. Results are kept by the formulas that were compared.
"""

import atexit
import contextlib
import json
import os
import selectors
import subprocess
import sys
import threading
from collections import OrderedDict
from pathlib import Path

import asterism
from asterism.answers.short.tree import Node, packed

_START_SECONDS = 120.0
_ANSWER_SECONDS = 10.0
_KEPT = 16_384


class TimedOutError(Exception):
    """A comparison took longer than it may."""


class WorkerFaultError(RuntimeError):
    """The process that compares mathematics failed; nothing is known of the answer."""


class Worker:
    """The process, and what it has said."""

    def __init__(self, module: str = "asterism.answers.short.mathematics") -> None:
        self._module = module
        self._lock = threading.Lock()
        self._process: subprocess.Popen[bytes] | None = None
        self._known: OrderedDict[tuple[Node, Node], bool | None] = OrderedDict()

    def equal(self, gold: Node, answer: Node) -> bool:
        """Whether two formulas are equal.

        Raises:
            TimedOutError: it takes too long to tell.
            WorkerFaultError: the process died, or cannot be started.
        """
        key = (gold, answer)
        with self._lock:
            if key in self._known:
                self._known.move_to_end(key)
                known = self._known[key]
            else:
                known = self._ask(gold, answer)
                self._known[key] = known
                if len(self._known) > _KEPT:
                    self._known.popitem(last=False)
        if known is None:
            raise TimedOutError
        return known

    def close(self) -> None:
        """End the process."""
        process, self._process = self._process, None
        if process is None:
            return
        for pipe in (process.stdin, process.stdout):
            if pipe is not None:
                with contextlib.suppress(OSError):
                    pipe.close()
        process.kill()
        process.wait()

    def forget(self) -> None:
        """In a forked child: leave the parent's process alone and start anew."""
        self._lock = threading.Lock()
        process, self._process = self._process, None
        if process is not None:
            for pipe in (process.stdin, process.stdout):
                if pipe is not None:
                    with contextlib.suppress(OSError):
                        os.close(pipe.fileno())
            process.returncode = 0  # not a child of ours: never waited for

    @property
    def pid(self) -> int | None:
        """The id of the process, where one runs."""
        return self._process.pid if self._process else None

    def _ask(self, gold: Node, answer: Node) -> bool | None:
        process = self._process
        if process is None or process.poll() is not None:
            self.close()
            process = self._start()
        assert process.stdin is not None
        try:
            process.stdin.write(json.dumps({"gold": packed(gold), "answer": packed(answer)}).encode() + b"\n")
            process.stdin.flush()
            said = _line(process, _ANSWER_SECONDS)
        except OSError as error:
            said = f"crash: {error}"
        match said:
            case "equal":
                return True
            case "different":
                return False
            case "timeout":
                return None
        if not said.startswith("crash: wait"):  # the keeper itself is gone or silent
            self.close()
        raise WorkerFaultError(f"the process that compares mathematics failed ({said or 'it ended'})")

    def _start(self) -> subprocess.Popen[bytes]:
        root = str(Path(asterism.__file__).parents[1])
        paths = [root, *filter(None, [os.environ.get("PYTHONPATH")])]
        try:
            self._process = process = subprocess.Popen(
                [sys.executable, "-P", "-m", self._module],
                bufsize=0,
                stdin=subprocess.PIPE,
                stdout=subprocess.PIPE,
                env={**os.environ, "PYTHONPATH": os.pathsep.join(paths)},
                start_new_session=True,
            )
        except OSError as error:
            raise WorkerFaultError(f"the process that compares mathematics cannot be started ({error})") from error
        if _line(process, _START_SECONDS) != "ready":
            self.close()
            raise WorkerFaultError("the process that compares mathematics did not start")
        return process


def _line(process: subprocess.Popen[bytes], seconds: float) -> str:
    """The next line that a process writes; empty where it writes none in time."""
    assert process.stdout is not None
    with selectors.DefaultSelector() as selector:
        selector.register(process.stdout, selectors.EVENT_READ)
        if not selector.select(seconds):
            return ""
    return process.stdout.readline().decode("utf-8", "replace").strip()


_worker = Worker()
atexit.register(_worker.close)
os.register_at_fork(after_in_child=_worker.forget)


def equal(gold: Node, answer: Node) -> bool:
    """:meth:`Worker.equal` of this Python process's own worker."""
    return _worker.equal(gold, answer)
