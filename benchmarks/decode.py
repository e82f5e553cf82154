"""How fast the local engine decodes, beside the same without refilling and transformers' own. See docs/benchmarks.md.

Run by hand, with one thread: ``OMP_NUM_THREADS=1 python benchmarks/decode.py``. CPU seconds are counted, not those of
the clock, so that other processes disturb the figures less.
"""

import argparse
import tempfile
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path
from statistics import median

import decoders
import numpy as np
import torch
from machine import commit, machine
from model import FRAME_TOKENS, PATCH_SIZE, save_model, words

from asterism.core.image import Image
from asterism.policy.policy import Policy
from asterism.policy.source import no_progress_bars
from asterism.policy.tiny import IMAGE_SIZE, tiny_folder
from asterism.rollout.engine import Request, SamplingConfig

WAYS = {"engine": decoders.engine, "concatenating": decoders.concatenating, "transformers": decoders.transformers}
ENDS = 0.03
"""The share of the vocabulary that ends an answer of a random model."""


@dataclass(frozen=True, slots=True)
class Work:
    """What is decoded: ``prompts`` prompts, ``samples`` answers of each, at most ``rows`` at a time."""

    name: str
    prompts: int
    samples: int
    rows: int
    max_tokens: int


SMOKE = Work("tiny", prompts=2, samples=2, rows=3, max_tokens=4)
WORKS = (
    Work("tiny", prompts=16, samples=8, rows=32, max_tokens=80),
    Work("tiny", prompts=16, samples=8, rows=128, max_tokens=80),
    Work("large", prompts=2, samples=8, rows=8, max_tokens=64),
)


def main() -> None:
    """Measure each piece of work in alternation and print a line for each way."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--rounds", type=int, default=7, help="how often each way is measured")
    parser.add_argument("--works", type=int, nargs="*", default=range(len(WORKS)), help="which pieces of work")
    parser.add_argument("--smoke", action="store_true", help="a smallest piece of work: only to see that all runs")
    options = parser.parse_args()
    no_progress_bars()
    print(f"{machine()}, commit {commit()}, torch {torch.__version__}, {options.rounds} rounds")
    for work in [SMOKE] if options.smoke else [WORKS[place] for place in options.works]:
        report(work, *measured(work, options.rounds))


def measured(work: Work, rounds: int) -> tuple[dict[str, list[float]], dict[str, float]]:
    """Tokens a CPU second of each way in each round, and its mean length of answers; a first round is not counted."""
    make, requests = (tiny_work if work.name == "tiny" else large_work)(work)
    sampling = SamplingConfig(max_tokens=work.max_tokens)
    rates: dict[str, list[float]] = {name: [] for name in WAYS}
    lengths: dict[str, float] = {}
    for _ in range(rounds + 1):
        for name, way in WAYS.items():
            policy = make()  # one that has seen no image yet
            start = time.process_time()
            answers = way(policy, requests, sampling, work.rows)
            tokens = sum(map(len, answers))
            rates[name].append(tokens / (time.process_time() - start))
            lengths[name] = tokens / len(answers)
    return {name: each[1:] for name, each in rates.items()}, lengths


def report(work: Work, rates: dict[str, list[float]], lengths: dict[str, float]) -> None:
    """Medians of tokens a CPU second, and of the engine's over each way's in the same round with their range."""
    print(f"\n{work.name}: {work.prompts} prompts x {work.samples}, {work.rows} rows, at most {work.max_tokens} tokens")
    for name, each in rates.items():
        ratios = [ours / theirs for ours, theirs in zip(rates["engine"], each, strict=True)]
        print(
            f"  {name:14} {median(each):8.0f} tokens/CPU s   engine is {median(ratios):.2f}x "
            f"({min(ratios):.2f} to {max(ratios):.2f})   mean length {lengths[name]:.1f}"
        )


def tiny_work(work: Work) -> tuple[Callable[[], Policy], Sequence[Request]]:
    """The shipped model, asked about noise: it writes its traces, which end by themselves."""
    loaded = Policy.load(tiny_folder())
    texts = ["The cup is left of the hat." + " Look closely." * (place % 4) for place in range(work.prompts)]
    return lambda: Policy.of(loaded.model, loaded.processor), requests_of(work, texts, IMAGE_SIZE)


def large_work(work: Work) -> tuple[Callable[[], Policy], Sequence[Request]]:
    """A random model of 102 M parameters, 256 image tokens and 22 words; its answers end by chance."""
    with tempfile.TemporaryDirectory() as folder:
        save_model("large", 256, Path(folder))
        loaded = Policy.load(folder)
    known = words("large")
    loaded.model.generation_config.eos_token_id = [
        loaded.tokenizer.eos_token_id,
        *loaded.tokenizer.convert_tokens_to_ids(known[: int(ENDS * len(known))]),
    ]
    rng = np.random.default_rng(5)
    count = 280 - 256 - FRAME_TOKENS
    texts = [" ".join(known[place] for place in rng.integers(0, len(known), count)) for _ in range(work.prompts)]
    return lambda: Policy.of(loaded.model, loaded.processor), requests_of(work, texts, PATCH_SIZE * 16)


def requests_of(work: Work, texts: Sequence[str], side: int) -> list[Request]:
    """One request a text, with an image of noise."""
    rng = np.random.default_rng(6)
    images = [Image.from_pixels(rng.integers(0, 256, (side, side, 3), dtype=np.uint8)) for _ in texts]
    return [
        Request.ask(f"{place}", text, (image,), work.samples, seed=place)
        for place, (text, image) in enumerate(zip(texts, images, strict=True))
    ]


if __name__ == "__main__":
    main()
