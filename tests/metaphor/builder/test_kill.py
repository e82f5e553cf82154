"""The builder is killed five times without warning; the server's own ledger is the judge."""

import json
import os
import random
import signal
import subprocess
import sys
import time
from collections import Counter
from pathlib import Path

import pytest

from asterism.core.records import read_records
from tests.llm.faulty_server import FaultyServer, Rule
from tests.metaphor.builder.folder import write_sources
from tests.metaphor.builder.writer import reply

ROOT = Path(__file__).parents[3]
IN_FLIGHT = 8
KILLS = 5


def command(server: FaultyServer, records: Path, out: Path) -> subprocess.Popen[str]:
    arguments = ["metaphor", "build", "--records", records, "--out", out, "--url", server.url, "--model", "writer",
                 "--concurrency", IN_FLIGHT, "--blind-samples", 4, "--prices", "1", "2", "--no-hub", "--json",
                 "--server", "backoff_s=0.01", "--server", "timeout_s=60"]  # fmt: skip
    return subprocess.Popen(
        [sys.executable, "-c", "from asterism.cli.main import main; main()", *map(str, arguments)],
        cwd=ROOT,
        env={**os.environ, "OPENAI_API_KEY": "sk-of-tests", "PYTHONPATH": str(ROOT)},
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    )


@pytest.mark.slow
@pytest.mark.timeout(900)
def test_five_kills_lose_nothing_and_pay_at_most_for_what_was_in_flight(tmp_path: Path) -> None:
    records = write_sources(tmp_path / "in", 24)
    rng = random.Random(5)
    plan = [Rule("429", times=6, retry_after="0"), Rule("500", at=(40, 90)), Rule("drop_unread", at=(60, 120))]
    with FaultyServer(plan, replies=reply, ledger=tmp_path / "ledger", seconds=0.02) as server:
        paid_before = 0
        for _ in range(KILLS):
            builder = command(server, records, tmp_path / "out")
            goal = paid_before + rng.randint(15, 40)
            while len(answers(server)) < goal and builder.poll() is None:
                time.sleep(0.01)
            assert builder.poll() is None, builder.communicate()
            builder.send_signal(signal.SIGKILL)
            builder.wait()
            time.sleep(0.2)  # what the server was about to answer, it has answered
            paid_before = len(answers(server))
        done, fault = command(server, records, tmp_path / "out").communicate(timeout=600)
    assert done, fault
    report = json.loads(done)
    keys = Counter(line["key"] for line in answers(server))
    assert sum(keys.values()) - len(keys) <= KILLS * IN_FLIGHT
    assert report["paid"]["total"]["replies"] == len(keys)
    once = {line["key"]: line for line in answers(server)}.values()
    assert report["paid"]["total"]["prompt_tokens"] == sum(line["prompt_tokens"] for line in once)
    assert report["paid"]["total"]["completion_tokens"] == sum(line["completion_tokens"] for line in once)
    assert report["paid"]["total"]["cost"] == pytest.approx(sum(line["cost"] for line in once))
    assert report["records"]["read"] == 24
    assert report["records"]["open"] == {}
    items = [json.loads(line)["id"] for line in (tmp_path / "out" / "items.jsonl").read_text().splitlines()]
    assert sorted(items) == [f"r{number:03d}" for number in range(24)]
    with FaultyServer(replies=reply) as sound:
        whole, _ = command(sound, records, tmp_path / "undisturbed").communicate(timeout=600)
    assert json.loads(whole)["statements"] == report["statements"]
    assert questions(tmp_path / "out") == questions(tmp_path / "undisturbed")


def answers(server: FaultyServer) -> list[dict[str, object]]:
    return [line for line in server.lines() if line["status"] == 200]


def questions(out: Path) -> list[tuple[str, str]]:
    return [(task.id, task.question) for task in read_records(out / "dataset")]
