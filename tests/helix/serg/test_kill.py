"""The builder is killed midway without warning; the server's own ledger tells what was paid."""

import json
import os
import signal
import subprocess
import sys
import time
from pathlib import Path
from typing import Any

from asterism.core.records import read_records
from tests.helix.serg.rewriter import well
from tests.llm.faulty_server import FaultyServer

ROOT = Path(__file__).parents[3]
INSTANCES = 6


def command(server: FaultyServer, out: Path) -> "subprocess.Popen[str]":
    arguments = ["helix", "serg", "--teacher", "server", "--url", server.url, "--model", "writer", "--key-env", "",
                 "--task", "h_index", "--levels", 1, "--n", INSTANCES, "--seed", 4, "--out", out, "--concurrency", 1,
                 "--no-images", "--json"]  # fmt: skip
    return subprocess.Popen(
        [sys.executable, "-c", "from asterism.cli.main import main; main()", *map(str, arguments)],
        cwd=ROOT,
        env={**os.environ, "PYTHONPATH": str(ROOT)},
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    )


def test_a_killed_run_repeats_no_paid_request(tmp_path: Path) -> None:
    with FaultyServer(replies=well, ledger=tmp_path / "ledger", seconds=0.3) as server:
        builder = command(server, tmp_path / "out")
        while paid(server) < 3 and builder.poll() is None:
            time.sleep(0.01)
        time.sleep(0.15)  # the third reply has arrived; the fourth request waits
        assert builder.poll() is None, builder.communicate()
        builder.send_signal(signal.SIGKILL)
        builder.wait()
        assert paid(server) == 3
        done, fault = command(server, tmp_path / "out").communicate(timeout=120)
        assert done, fault
        keys = [line["key"] for line in server.lines()]
    assert len(keys) == len(set(keys)) == INSTANCES
    report: dict[str, Any] = json.loads(done)
    assert report["instances"]["kept"] == INSTANCES == len(read_records(tmp_path / "out" / "dataset"))
    assert report["paid"]["total"]["replies"] == INSTANCES
    items = [json.loads(line)["id"] for line in (tmp_path / "out" / "items.jsonl").read_text().splitlines()]
    assert len(items) == len(set(items)) == INSTANCES


def paid(server: FaultyServer) -> int:
    return len(server.lines())
