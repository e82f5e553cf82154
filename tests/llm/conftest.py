"""A server that fails on purpose, and clients of it."""

from collections.abc import Callable, Iterator
from contextlib import ExitStack
from pathlib import Path
from typing import Any

import pytest

from asterism.llm.client import Client
from asterism.llm.config import ServerConfig
from tests.llm.faulty_server import FaultyServer, Replies, Rule, echo

KEY = "sk-/a secret+key=0123"


@pytest.fixture
def serve(tmp_path: Path) -> Iterator[Callable[..., FaultyServer]]:
    """Starts a server: ``serve(Rule("500", times=1), ...)``; its ledger lies in the test's folder."""
    with ExitStack() as stack:

        def start(*plan: Rule, replies: Replies = echo, seconds: float = 0.0) -> FaultyServer:
            ledger = tmp_path / "ledger.jsonl"
            return stack.enter_context(FaultyServer(plan, replies, ledger, seconds=seconds))

        yield start


@pytest.fixture
def client_of(monkeypatch: pytest.MonkeyPatch) -> Iterator[Callable[..., Client]]:
    """Opens a client of a server: ``client_of(server, max_retries=0)``. Its key is :data:`KEY`; retries are quick."""
    monkeypatch.setenv("TEST_KEY", KEY)
    with ExitStack() as stack:

        def open_client(server: FaultyServer, **changes: Any) -> Client:
            values = {"url": server.url, "model": "m", "api_key_env": "TEST_KEY", "backoff_s": 0.02, "timeout_s": 20}
            prices = {"price_per_million_prompt": 1, "price_per_million_completion": 2}
            return stack.enter_context(Client(ServerConfig.parse({**values, **prices, **changes}, where="test")))

        yield open_client
