"""Serve a folder with vLLM on the CPU: ``python -m tests.vllm_server FOLDER [--port 8000] [--name NAME]``.

The flags are those under which it computes what the local engine computes: float32, no compiled graphs, and nothing
taken over from ``generation_config.json`` but the tokens that end a text (a repetition penalty that stands there would
be applied at temperature 0 too).
"""

import argparse
import os
import signal
import socket
import subprocess
import sys
import time
import urllib.error
import urllib.request
from pathlib import Path
from types import TracebackType
from typing import Self

from tests.vllm_environment import FOLDER

SERVER = "vllm.entrypoints.launchers.api_server.entry"
"""What `vllm serve` runs; the command itself looks for a package of another name and does not start in this build."""
FLAGS = (
    *("--dtype", "float32", "--enforce-eager"),
    *("--generation-config", "vllm"),
    *("--mm-processor-kwargs", '{"backend": "pil"}'),
)
SETTINGS = {
    "VLLM_CPU_KVCACHE_SPACE": "1",  # GiB
    "VLLM_NO_USAGE_STATS": "1",
    "HF_HUB_OFFLINE": "1",
    "TRANSFORMERS_OFFLINE": "1",
}


def command(folder: Path, *, port: int, name: str, environment: Path = FOLDER) -> list[str]:
    """What starts the server."""
    served = ("--served-model-name", name, "--host", "127.0.0.1", "--port", str(port))
    return [str(environment / "bin" / "python"), "-m", SERVER, "--model", str(folder), *served, *FLAGS]


class VllmServer:
    """A server that is up while the block runs; what it says goes to ``log``."""

    def __init__(self, folder: Path, log: Path, *, name: str = "model", patience_s: float = 240.0) -> None:
        self.name = name
        self._folder, self._log, self._patience = folder, log, patience_s
        with socket.socket() as free:
            free.bind(("127.0.0.1", 0))
            self._port = int(free.getsockname()[1])

    @property
    def url(self) -> str:
        """Its base address."""
        return f"http://127.0.0.1:{self._port}/v1"

    def __enter__(self) -> Self:
        with self._log.open("wb") as log:
            self._process = subprocess.Popen(
                command(self._folder, port=self._port, name=self.name),
                stdout=log,
                stderr=subprocess.STDOUT,
                env={**os.environ, **SETTINGS},
                start_new_session=True,  # its engine is a process of its own and goes with it
            )
        end = time.monotonic() + self._patience
        while not self._answers():
            if self._process.poll() is not None or time.monotonic() > end:
                self._stop()
                raise RuntimeError(f"vLLM did not start; the end of its log:\n{self._log.read_text()[-3000:]}")
            time.sleep(0.5)
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._stop()

    def _answers(self) -> bool:
        try:
            with urllib.request.urlopen(f"http://127.0.0.1:{self._port}/health", timeout=5) as answer:
                return bool(answer.status == 200)
        except (urllib.error.URLError, OSError):
            return False

    def _stop(self) -> None:
        for number in (signal.SIGTERM, signal.SIGKILL):
            try:
                os.killpg(self._process.pid, number)
                self._process.wait(timeout=20)
            except (ProcessLookupError, subprocess.TimeoutExpired):
                continue


def main() -> None:
    """Become the server."""
    asked = argparse.ArgumentParser(description="Serve a folder with vLLM on the CPU.")
    asked.add_argument("folder", type=Path)
    asked.add_argument("--port", type=int, default=8000)
    asked.add_argument("--name", default="model")
    asked.add_argument("--environment", type=Path, default=FOLDER)
    given = asked.parse_args()
    words = command(given.folder, port=given.port, name=given.name, environment=given.environment)
    os.environ.update(SETTINGS)
    os.execv(words[0], words)


if __name__ == "__main__":
    sys.exit(main())
