"""The server, and one who asks it, as processes of their own.

As a script it asks: ``python -m tests.llm.processes URL CACHE COUNT CONCURRENCY`` prints the place of each reply,
and its totals at the end.
"""

import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from asterism.llm.client import Client
from asterism.llm.config import ServerConfig
from asterism.llm.reply import Reply
from tests.llm.asking import say

ROOT = Path(__file__).parents[2]


@contextmanager
def server_process(*arguments: str) -> Iterator[str]:
    """A faulty server in a process of its own; yields its address."""
    command = [sys.executable, str(Path(__file__).with_name("faulty_server.py")), *arguments]
    with subprocess.Popen(command, cwd=ROOT, stdout=subprocess.PIPE, text=True) as process:
        assert process.stdout is not None
        try:
            yield process.stdout.readline().strip()
        finally:
            process.kill()


def asking_process(url: str, cache: Path, count: int, concurrency: int) -> "subprocess.Popen[str]":
    """One who asks ``count`` questions, to be killed."""
    command = [sys.executable, "-m", "tests.llm.processes", url, str(cache), str(count), str(concurrency)]
    return subprocess.Popen(command, cwd=ROOT, stdout=subprocess.PIPE, text=True)


def main(url: str, cache: str, count: str, concurrency: str) -> None:
    """Ask, and tell what came."""
    config = ServerConfig(url=url, model="m", api_key_env=None, cache=Path(cache), concurrency=int(concurrency))
    with Client(config) as client:
        for place, reply in client.ask_all(say(f"question {n}") for n in range(int(count))):
            assert isinstance(reply, Reply)
            sys.stdout.write(f"{place}\n")
            sys.stdout.flush()
        sys.stdout.write(f"paid {client.totals.paid}, cached {client.totals.cached}\n")


if __name__ == "__main__":
    main(*sys.argv[1:])
