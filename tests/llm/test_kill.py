"""What a killed process had is not paid for again."""

from collections import Counter
from pathlib import Path

from tests.llm.asking import say
from tests.llm.faulty_server import read_ledger
from tests.llm.processes import asking_process, server_process

COUNT, CONCURRENCY, KILLS = 60, 4, 3


def test_replies_outlive_kill_9_and_are_paid_once(tmp_path: Path) -> None:
    ledger, cache = tmp_path / "ledger.jsonl", tmp_path / "cache"
    asked = [say(f"question {n}").key for n in range(COUNT)]
    had: set[int] = set()
    bills: list[dict[str, int]] = []
    with server_process("--ledger", str(ledger), "--seconds", "0.05") as url:
        for kill in range(KILLS):
            with asking_process(url, cache, COUNT, CONCURRENCY) as process:
                assert process.stdout is not None
                while len(had) < (kill + 1) * COUNT // (KILLS + 1):
                    had.add(int(process.stdout.readline()))
                process.kill()
                had |= {int(line) for line in process.stdout.read().splitlines()}
            paid = Counter(line["key"] for line in read_ledger(ledger))
            bills.append({asked[place]: paid[asked[place]] for place in had})
        told = asking_process(url, cache, COUNT, CONCURRENCY).communicate()[0].splitlines()
    paid = Counter(line["key"] for line in read_ledger(ledger))
    assert sorted(int(line) for line in told[:-1]) == list(range(COUNT))
    assert set(paid) == set(asked)
    assert [{key: paid[key] for key in bill} for bill in bills] == bills  # what was had is not asked for again
    assert sum(paid.values()) - COUNT <= KILLS * CONCURRENCY
    assert int(told[-1].rpartition(" ")[2]) >= len(had)  # out of the cache
