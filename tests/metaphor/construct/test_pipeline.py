import json
from collections import Counter
from pathlib import Path
from typing import Any

import pytest

from asterism.core.errors import AsterismError
from asterism.core.records import read_records
from asterism.llm.config import ServerConfig
from asterism.metaphor.construct.config import BuildConfig
from asterism.metaphor.construct.pipeline import Built, build
from asterism.metaphor.construct.source import read_sources
from tests.llm.faulty_server import FaultyServer, Rule
from tests.metaphor.construct.folder import write_sources
from tests.metaphor.construct.writer import reply

PRICES = {"price_per_million_prompt": 1.0, "price_per_million_completion": 2.0}
QUICK = {"backoff_s": 0.01, "max_backoff_s": 0.05, "concurrency": 8, "timeout_s": 30.0}


@pytest.fixture(autouse=True)
def key(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("OPENAI_API_KEY", "sk-of-tests")


def run(server: FaultyServer, records: Path, out: Path, **values: Any) -> Built:
    """Build with the faulty server; ``values`` go to the server's or the builder's configuration, by their names."""
    settings = {**QUICK, **PRICES, "url": server.url, "model": "writer"}
    settings |= {name: values.pop(name) for name in list(values) if name in ServerConfig.model_fields}
    config = BuildConfig.parse({"blind_samples": 4, **values}, where="test")
    return build(read_sources(records), out, config, ServerConfig.parse(settings, where="test"), hub=False)


def adds_up(report: dict[str, Any], lines: list[dict[str, Any]]) -> None:
    """The report's replies, tokens and cost are those of the server's ledger; every statement is accounted for."""
    paid = [line for line in lines if line["status"] == 200]
    total = report["paid"]["total"]
    useless = report["paid"]["answers_that_were_no_replies"]
    assert total["prompt_tokens"] + total["completion_tokens"] + useless["tokens"] == sum(
        line["prompt_tokens"] + line["completion_tokens"] for line in paid
    )
    assert total["cost"] == pytest.approx(sum(line["cost"] for line in paid))
    records, statements = report["records"], report["statements"]
    assert records["read"] == records["kept"] + sum(records["rejected"].values()) + sum(records["open"].values())
    dropped = sum(statements["dropped"].values())
    assert statements["written"] == statements["kept"] + dropped + statements["of_rejected_records"]


def test_records_become_a_set_that_says_where_it_comes_from(tmp_path: Path) -> None:
    records = write_sources(tmp_path / "in", 20)
    with FaultyServer(replies=reply, ledger=tmp_path / "ledger") as server:
        built = run(server, records, tmp_path / "out")
    assert built.report["records"]["kept"] == 20
    adds_up(built.report, server.lines())
    assert built.report["paid"]["total"]["replies"] == len(server.lines())
    tasks = read_records(tmp_path / "out" / "dataset")
    assert len(tasks) == built.report["statements"]["kept"]
    assert Counter(task.meta["record"] for task in tasks).keys() == {f"r{number:03d}" for number in range(20)}
    assert {task.meta["level"] for task in tasks} <= {"symbolic", ""}
    assert {task.meta["generator"] for task in tasks} == {"writer"}
    assert json.loads((tmp_path / "out" / "report.json").read_text()) == built.report
    assert sum(built.report["replies_not_usable"]["statements"].values()) > 0
