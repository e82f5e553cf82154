"""One model in this process and behind vLLM: the same prompts, the same completions, token by token."""

import json
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from typer.testing import CliRunner

from asterism.cli.main import app
from asterism.core.image import Image
from asterism.llm.client import Client
from asterism.llm.config import ServerConfig
from asterism.policy.policy import Policy
from asterism.policy.served import export_served
from asterism.policy.source import read_suppressed
from asterism.policy.tiny import tiny_folder
from asterism.rollout.api import ApiEngine
from asterism.rollout.engine import Completion, Request, SamplingConfig
from asterism.rollout.local import LocalEngine
from tests.vllm_environment import FOLDER, ready
from tests.vllm_server import VllmServer

pytestmark = [pytest.mark.vllm, pytest.mark.timeout(600)]

GREEDY = SamplingConfig(max_tokens=48, temperature=0.0)


@pytest.fixture(scope="module")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[VllmServer]:
    """vLLM, serving the embedded model."""
    if not ready():
        pytest.skip(f"no vLLM in {FOLDER.name} (run: make vllm)")
    folder = tmp_path_factory.mktemp("vllm")
    export_served(tiny_folder(), folder / "served")
    with VllmServer(folder / "served", folder / "vllm.log", name="tiny") as running:
        yield running


@pytest.fixture
def client(server: VllmServer) -> Iterator[Client]:
    with Client(ServerConfig(url=server.url, model="tiny", dialect="vllm", max_retries=0)) as opened:
        yield opened


@pytest.fixture(scope="module")
def policy() -> Policy:
    return Policy.load(tiny_folder())


def picture(seed: int, width: int, height: int) -> Image:
    """Broad patches of colour: what is left of them after scaling depends on how they are scaled."""
    coarse = np.random.default_rng(seed).integers(0, 256, (9, 9, 3), dtype=np.uint8)
    return Image.from_pixels(np.kron(coarse, np.ones((height // 9 + 1, width // 9 + 1, 1), np.uint8))[:height, :width])


@pytest.fixture(scope="module")
def requests() -> list[Request]:
    """Pictures of many sizes, none and two of them, texts in several scripts, spaces and words of the chat template."""
    texts = (
        "The lock means a secret. True or false?",
        "  Two  spaces\n\nand an end ",
        "这张图片隐含着什么意思？",
        "é ñ 🙂 <answer>",
    )
    sizes = ((96, 96), (97, 31), (300, 200), (40, 260), (640, 480), (18, 18))

    def shown(number: int) -> tuple[Image, ...]:
        return tuple(picture(10 * number + place, *sizes[number % len(sizes)]) for place in range(number % 3))

    return [Request.ask(f"r{number}", texts[number % len(texts)], shown(number)) for number in range(24)]


def spoken(completions: Sequence[Completion]) -> list[tuple[Any, ...]]:
    return [(each.prompt_token_ids, each.token_ids, each.text, each.stopped) for each in completions]


def test_prompts_and_completions_are_the_same_tokens(client: Client, policy: Policy, requests: list[Request]) -> None:
    here = LocalEngine(policy).generate(requests, GREEDY)
    there = ApiEngine(client, never=read_suppressed(tiny_folder())).generate(requests, GREEDY)
    assert spoken(there) == spoken(here)
    assert {each.stopped for each in here} == {True, False}


def test_what_is_never_to_be_sampled_is_not(client: Client, policy: Policy, requests: list[Request]) -> None:
    said = {token for each in LocalEngine(policy).generate(requests, GREEDY) for token in each.token_ids[:2]}
    never = sorted({*said, *policy.suppressed_token_ids})
    here = LocalEngine(policy, never=never).generate(requests, GREEDY)
    there = ApiEngine(client, never=never).generate(requests, GREEDY)
    assert spoken(there) == spoken(here)
    assert not {token for each in there for token in each.token_ids} & set(never)


def test_a_stop_string_ends_both_at_the_same_token(client: Client, policy: Policy, requests: list[Request]) -> None:
    stopped = SamplingConfig(max_tokens=48, temperature=0.0, stop=("ha", "</think>"))
    here = LocalEngine(policy).generate(requests, stopped)
    there = ApiEngine(client, never=policy.suppressed_token_ids).generate(requests, stopped)
    assert [(each.token_ids, each.stopped) for each in there] == [(each.token_ids, each.stopped) for each in here]
    # Where it ends within a token, vLLM's text ends there, and ours with the token.
    pairs = [(ours.text, theirs.text) for ours, theirs in zip(here, there, strict=True)]
    assert all(ours.startswith(theirs) for ours, theirs in pairs)
    assert any(ours != theirs and theirs.endswith("ha") for ours, theirs in pairs)


def test_eval_says_the_same_both_ways(server: VllmServer, tmp_path: Path) -> None:
    def run(*words: object) -> dict[str, Any]:
        ran = CliRunner().invoke(app, [*map(str, words), "--json"])
        assert ran.exit_code == 0, (ran.output, ran.exception)
        return json.loads(ran.stdout.splitlines()[-1])  # type: ignore[no-any-return]

    run("metaphor", "export", "--n", 6, "--statements", 6, "--kinds", "tfq,mcq,osq", "--out", tmp_path / "scenes")
    for bench, mode in (("tfq", "short"), ("mcq", "none"), ("osq", "short")):
        base = ("eval", "--bench", bench, "--mode", mode, "--records", tmp_path / "scenes", "--max-tokens", 80)
        run(*base, "--model", "tiny", "--out", tmp_path / f"{bench}_here")
        served = ("--api", server.url, "--model", "tiny", "--served", tiny_folder(), "--server", "dialect=vllm")
        run(*base, *served, "--out", tmp_path / f"{bench}_there")
        said = run("compare", tmp_path / f"{bench}_here", tmp_path / f"{bench}_there")["completions"]
        assert said["compared"] == said["by_tokens"] == said["same"] >= 6
