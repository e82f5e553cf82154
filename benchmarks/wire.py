"""How the bench talks to its workers: one line of JSON each way. Standard library only."""

import json
import os
import subprocess
import sys
import time
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any


@dataclass(frozen=True, slots=True)
class Seconds:
    """How long a step took, the update within it, and the processor seconds of all its threads."""

    step: float
    update: float
    processor: float


class Port:
    """A worker's end. What anybody else prints goes to standard error, so that it cannot mix with the answers."""

    def __init__(self) -> None:
        self._out = os.fdopen(os.dup(1), "w", encoding="utf-8")
        os.dup2(2, 1)

    def receive(self) -> dict[str, Any]:
        """The next command; ``stop`` when the bench has gone."""
        line = sys.stdin.readline()
        command: dict[str, Any] = json.loads(line) if line else {"cmd": "stop"}
        return command

    def reply(self, **fields: Any) -> None:
        """Answer a command."""
        self._out.write(json.dumps(fields) + "\n")
        self._out.flush()

    def reply_seconds(self, seconds: Seconds) -> None:
        """Answer the command to take a step."""
        self.reply(step=seconds.step, update=seconds.update, processor=seconds.processor)


class Worker:
    """The bench's end: a process that has loaded a peer and waits for commands.

    ``environment`` is the whole environment of the process, or that of the bench where it is None.
    """

    def __init__(
        self, name: str, command: Sequence[str], log: Path, environment: Mapping[str, str] | None = None
    ) -> None:
        self.name = name
        self.log = log
        with log.open("w") as errors:
            self._process = subprocess.Popen(
                command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=errors, text=True, env=environment
            )
        self.versions: dict[str, str] = self._answer()["versions"]
        self._loaded = self._peak()

    def step(self) -> Seconds:
        """Take one training step."""
        answer = self._ask("step")
        return Seconds(answer["step"], answer["update"], answer["processor"])

    def loss(self) -> dict[str, float]:
        """Loss and gradient norm of the case's fixed batch; weights stay as they are."""
        return self._ask("loss")

    def extra_memory(self) -> float:
        """MiB by which the largest resident size exceeds what it was when the peer had been loaded."""
        return self._peak() - self._loaded

    def close(self) -> None:
        """End the worker; it holds nothing worth keeping."""
        self._process.kill()
        self._process.wait()

    def _ask(self, command: str) -> dict[str, Any]:
        assert self._process.stdin is not None
        self._process.stdin.write(json.dumps({"cmd": command}) + "\n")
        self._process.stdin.flush()
        return self._answer()

    def _answer(self) -> dict[str, Any]:
        assert self._process.stdout is not None
        line = self._process.stdout.readline()
        if not line:
            raise RuntimeError(f"{self.name} has ended; see {self.log}\n{self.log.read_text()[-2000:]}")
        answer: dict[str, Any] = json.loads(line)
        return answer

    def _peak(self) -> float:
        status = Path(f"/proc/{self._process.pid}/status").read_text()
        line = next(line for line in status.splitlines() if line.startswith("VmHWM"))
        return int(line.split()[1]) / 1024


def seconds_from_outside(command: Sequence[str], steps: int, log: Path) -> float:
    """Wall clock of a process from its start to its end in which it loads and takes ``steps`` steps."""
    start = time.perf_counter()
    with log.open("w") as errors:
        subprocess.run([*command, "--steps", str(steps)], check=True, stdout=errors, stderr=errors)
    return time.perf_counter() - start
