"""What the builder does in threads is what it does in one: nothing that threads share changes under them."""

import json
import sys
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest

from asterism.llm.config import ServerConfig
from asterism.metaphor.builder.checks import check_texts
from asterism.metaphor.builder.claim import claim_of
from asterism.metaphor.builder.config import BuildConfig
from asterism.metaphor.builder.filters.language import prepare_detector
from asterism.metaphor.builder.lexicon.stems import stem
from asterism.metaphor.builder.pipeline import build
from asterism.metaphor.builder.source import read_sources
from asterism.metaphor.builder.statement import Statement
from tests.llm.faulty_server import FaultyServer
from tests.metaphor.builder import fresh_pairs, unseen_pairs, written_pairs
from tests.metaphor.builder.folder import write_sources
from tests.metaphor.builder.writer import reply

THREADS, ROUNDS = 8, 3
SETS = (written_pairs, unseen_pairs, fresh_pairs)
STATEMENTS = [
    [Statement(text, label) for a, first, b, second in each for text, label in ((a, first), (b, second))]
    for pairs in SETS
    for each in (pairs.CONTRADICTIONS, pairs.DIFFERENT)
]


@pytest.fixture
def eager_switching() -> Iterator[None]:
    """Threads take turns as often as the interpreter lets them, so that a race shows."""
    before = sys.getswitchinterval()
    sys.setswitchinterval(1e-6)
    yield
    sys.setswitchinterval(before)


def forget() -> None:
    """Empty what is remembered, so that every thread reads the words anew."""
    stem.cache_clear()
    claim_of.cache_clear()


@pytest.mark.usefixtures("eager_switching")
def test_words_are_stemmed_alike_in_many_threads() -> None:
    words = sorted({word for some in STATEMENTS for each in some for word in each.text.lower().split()})
    serial = [stem(word) for word in words]
    for _ in range(ROUNDS):
        forget()
        with ThreadPoolExecutor(THREADS) as pool:
            assert list(pool.map(stem.__wrapped__, words)) == serial


@pytest.mark.usefixtures("eager_switching")
def test_filters_find_the_same_in_many_threads() -> None:
    prepare_detector()
    forget()
    serial = [check_texts(some, "en") for some in STATEMENTS]
    for _ in range(ROUNDS):
        forget()
        with ThreadPoolExecutor(THREADS) as pool:
            assert list(pool.map(check_texts, STATEMENTS, ["en"] * len(STATEMENTS))) == serial


def built(sources: Path, out: Path, workers: int) -> tuple[bytes, dict[str, object]]:
    """The records of a build with so many records at a time, and what became of each."""
    values = {"model": "writer", "api_key_env": None, "concurrency": workers, "backoff_s": 0.01}
    with FaultyServer(replies=reply) as server:
        config = ServerConfig.parse({**values, "url": server.url}, where="test")
        made = build(read_sources(sources), out, BuildConfig(blind_samples=4), config, hub=False)
    lines = (out / "items.jsonl").read_text(encoding="utf-8").splitlines()
    return made.records.read_bytes(), {item["id"]: item for item in map(json.loads, lines)}


def test_a_build_of_eight_records_at_a_time_is_the_serial_one(tmp_path: Path) -> None:
    sources = write_sources(tmp_path / "in", 12)
    serial = built(sources, tmp_path / "serial", 1)
    for number in range(3):
        forget()
        assert built(sources, tmp_path / str(number), THREADS) == serial
