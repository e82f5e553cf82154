"""Memory and time of the output layer at a real vocabulary: in chunks that go backward at once, against in one piece.

    python benchmarks/head.py --words 152064 --tokens 8192

Every way runs in a process of its own; extra memory is its largest resident size less that of a process that stops
before the first pass. The gradients of all parameters are compared.
"""

import argparse
import json
import resource
import subprocess
import sys
import time
from pathlib import Path

import torch
from torch import Tensor
from transformers import LlamaConfig

from asterism.learn.batch import Batch, Row, collate
from asterism.learn.scoring import hidden_before, score_backward
from asterism.learn.verify import random_policy
from asterism.policy.inputs import Encoded
from asterism.policy.policy import Policy

ROW = 128
"""Trained tokens of a row."""


class CrossEntropy:
    """The sum of negative log-probs."""

    needs_all = False

    def see(self, logprobs: Tensor) -> None:
        """Nothing to see beforehand."""

    def __call__(self, logprobs: Tensor, span: slice) -> Tensor:
        """The loss of some tokens."""
        return -logprobs.sum()


def main() -> None:
    """Run every way, each ``--repeats`` times in turn, and print the comparison."""
    options = parse()
    if options.way:
        print(json.dumps(measured(options)))
        return
    found: dict[str, list[dict[str, float]]] = {way: [] for way in ("none", "plain", "chunks")}
    for _ in range(options.repeats):
        for way, runs in found.items():
            runs.append(in_process(way, options))
    base = min(run["peak_mib"] for run in found["none"])
    extra = {way: max(run["peak_mib"] for run in found[way]) - base for way in ("plain", "chunks")}
    seconds = {way: sorted(run["seconds"] for run in found[way])[len(found[way]) // 2] for way in ("plain", "chunks")}
    print(f"{options.words:,} words, {options.tokens:,} trained tokens, width {options.width}, {options.repeats} runs")
    for way in ("plain", "chunks"):
        print(f"  {way:<7} {extra[way]:>9,.0f} MiB extra   {seconds[way]:6.2f} s (median)")
    memory, speed = extra["chunks"] / extra["plain"], seconds["plain"] / seconds["chunks"]
    print(f"  memory {memory:.3f} of plain, speed {speed:.2f} of plain", end=", ", flush=True)
    print(f"largest gradient difference {gradient_difference(options):.1e}")


def measured(options: argparse.Namespace) -> dict[str, float]:
    """One way in this process: seconds of a forward and backward pass, and the largest resident size."""
    policy, batch = setting(options)
    start = time.perf_counter()
    if options.way != "none":
        run(options.way, policy, batch)
    seconds = time.perf_counter() - start
    if options.gradients:
        torch.save({name: each.grad for name, each in policy.model.named_parameters()}, options.gradients)
    return {"seconds": seconds, "peak_mib": resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024}


def run(way: str, policy: Policy, batch: Batch) -> None:
    """The gradient of the summed log-probs."""
    if way == "chunks":
        score_backward(policy, batch, CrossEntropy(), temperature=1.0)
        return
    logits = policy.head(hidden_before(policy, batch)).float()
    logits[:, list(policy.suppressed_token_ids)] = float("-inf")
    (-logits.log_softmax(-1).gather(-1, batch.targets[:, None]).sum()).backward()


def setting(options: argparse.Namespace) -> tuple[Policy, Batch]:
    """A one-layer language model with a large vocabulary, and rows of random tokens."""
    config = LlamaConfig(
        vocab_size=options.words,
        hidden_size=options.width,
        intermediate_size=options.width,
        num_hidden_layers=1,
        num_attention_heads=4,
    )
    policy = random_policy(config, seed=0, dtype=torch.float32)
    policy.model.get_parameter("lm_head.weight").grad = None
    drawn = torch.randint(
        2, options.words, (options.tokens // ROW, ROW + 1), generator=torch.Generator().manual_seed(0)
    )
    rows = [
        Row(Encoded(tuple(ids)), (False, *(True,) * ROW), group=number, shared=ROW)
        for number, ids in enumerate(drawn.tolist())
    ]
    return policy, collate(rows, policy)


def in_process(way: str, options: argparse.Namespace, gradients: Path | None = None) -> dict[str, float]:
    """One way in a process of its own."""
    command = [sys.executable, __file__, "--way", way]
    for name in ("words", "tokens", "width"):
        command += [f"--{name}", str(getattr(options, name))]
    if gradients:
        command += ["--gradients", str(gradients)]
    done = subprocess.run(command, check=True, capture_output=True, text=True)
    told: dict[str, float] = json.loads(done.stdout.splitlines()[-1])
    return told


def gradient_difference(options: argparse.Namespace) -> float:
    """The largest difference of any parameter's gradient, relative to the largest entry of that gradient."""
    folder = options.work
    folder.mkdir(parents=True, exist_ok=True)
    files = {way: folder / f"{way}.pt" for way in ("plain", "chunks")}
    for way, file in files.items():
        in_process(way, options, file)
    plain, chunks = (torch.load(file) for file in files.values())
    return max(float((chunks[name] - each).abs().max() / each.abs().max()) for name, each in plain.items())


def parse() -> argparse.Namespace:
    """The options."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--words", type=int, default=152_064, help="size of the vocabulary")
    parser.add_argument("--tokens", type=int, default=8192, help="trained tokens")
    parser.add_argument("--width", type=int, default=256, help="width of the model")
    parser.add_argument("--repeats", type=int, default=3, help="runs of each way")
    parser.add_argument("--work", type=Path, default=Path("runs/bench/head"), help="folder for gradients")
    parser.add_argument("--way", choices=("none", "plain", "chunks"), help=argparse.SUPPRESS)
    parser.add_argument("--gradients", type=Path, help=argparse.SUPPRESS)
    return parser.parse_args()


if __name__ == "__main__":
    main()
