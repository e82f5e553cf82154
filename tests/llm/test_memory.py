"""Pictures on their way take no more memory than those in flight."""

from collections.abc import Iterator
from pathlib import Path

import psutil
import pytest

from asterism.core.image import Image
from asterism.llm.client import Client
from asterism.llm.config import ServerConfig
from asterism.llm.reply import Reply
from asterism.llm.request import ChatRequest
from tests.llm.asking import noise, say
from tests.llm.processes import server_process

FLIGHT = 64
SIZE = (320, 240)
MEGABYTE = 2**20


def requests(count: int, folder: Path) -> Iterator[ChatRequest]:
    """Half of them about pictures in files, half about pictures that are only drawn: 230 kB of pixels each."""
    files = [Image.open(folder / f"{n}.png") for n in range(count // 2)]
    for n in range(8):
        noise("file", n, size=SIZE).save(folder / f"seen{n}.png")
    for n, image in enumerate(files):
        (folder / f"{n}.png").hardlink_to(folder / f"seen{n % 8}.png")
        yield say(f"file {n}", image)
        yield say(f"drawn {n}", noise("drawn", n, size=SIZE))


@pytest.mark.parametrize("count", [320, pytest.param(10_000, marks=[pytest.mark.slow, pytest.mark.timeout(1800)])])
def test_memory_is_flat(count: int, tmp_path: Path) -> None:
    process = psutil.Process()
    marks = []
    with server_process() as url:
        config = ServerConfig(url=url, model="m", api_key_env=None, concurrency=FLIGHT, cache=tmp_path / "cache")
        with Client(config) as client:
            for finished, (_, reply) in enumerate(client.ask_all(requests(count, tmp_path)), start=1):
                assert isinstance(reply, Reply)
                if finished >= count // 4 and finished % 25 == 0:
                    marks.append(process.memory_info().rss / MEGABYTE)
    assert client.totals.paid == count
    half = len(marks) // 2
    growth = max(marks[half:]) - max(marks[:half])
    kept = 3 / 8 * count * SIZE[0] * SIZE[1] * 3 / MEGABYTE  # what the pictures of the second half take
    assert growth < min(0.6 * kept, 60), marks
