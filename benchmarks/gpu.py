"""One GRPO step of a 3B shape with random weights on a GPU: ours against our naive path. See docs/benchmarks.md."""

import argparse
import gc
import json
import sys
from collections.abc import Sequence
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

import numpy as np
import torch
from case import Case
from machine import commit, machine
from outcome import RESULTS, write_results
from package import Steps
from shapes import SHAPES, WORDS, Shape

from asterism.core.image import Image
from asterism.core.task import Task
from asterism.learn.profile import Profile
from asterism.learn.run import versions
from asterism.policy.policy import Policy

Measured = tuple[Profile, float | None]
DTYPES = {"bfloat16": torch.bfloat16, "float32": torch.float32}


def main() -> int:
    """Measure every shape both ways, print, write down."""
    options = parse()
    device = torch.device(options.device)
    if device.type == "cuda" and not torch.cuda.is_available():
        print("torch sees no CUDA GPU here; `--device cpu --dtype float32 --shapes tiny` tries the bench out.")
        return 1
    cases = []
    for name in options.shapes:
        found = {way: measured(SHAPES[name], options, device, naive=way == "naive") for way in ("ours", "naive")}
        cases.append(told(name, options, found))
        print("\n".join(lines(cases[-1])), flush=True)
    gpu = torch.cuda.get_device_name(device) if device.type == "cuda" else None
    results = {"machine": {**machine(), "gpu": gpu}, "versions": versions(), "commit": commit(), "cases": cases}
    print(f"written to {write_results('gpu', results, options.results)}")
    print(json.dumps({"cases": cases}))
    return 0


def measured(shape: Shape, options: argparse.Namespace, device: torch.device, *, naive: bool) -> Measured:
    """The profile of the steps after one that warms up, and the most memory of the GPU that was held, in GiB."""
    case = Case("", options.prompt_tokens, options.image_tokens, options.answer_tokens, options.group, options.prompts)
    policy = shape.policy(device, DTYPES[options.dtype])
    tasks = tasks_of(shape, policy, case, options.steps + 1)
    with TemporaryDirectory(prefix="asterism-bench-") as folder:
        steps = Steps.of(policy, tasks, case, Path(folder), naive=naive, budget=options.budget)
        steps.step()
        steps.forget()
        if device.type == "cuda":
            torch.cuda.reset_peak_memory_stats(device)
        for _ in range(options.steps):
            steps.step()
        profile = steps.profile(options.steps)
        memory = torch.cuda.max_memory_allocated(device) / 2**30 if device.type == "cuda" else None
        del policy, steps
    gc.collect()
    if device.type == "cuda":
        torch.cuda.empty_cache()
    return profile, memory


def tasks_of(shape: Shape, policy: Policy, case: Case, steps: int) -> list[Task]:
    """Prompts of exactly so many tokens, each with an image of noise of its own."""
    rng = np.random.default_rng(5)
    side = shape.side(case.image_tokens)

    def task(number: int, words: int) -> Task:
        image = Image.from_pixels(rng.integers(0, 256, (side, side, 3), dtype=np.uint8))
        return Task(f"task-{number}", (image,), " ".join(rng.choice(WORDS, words)), None, "short")

    bare = task(0, 1)
    words = 1 + case.prompt_tokens - len(policy.encode(bare.question, bare.images).token_ids)
    if words < 1:
        sys.exit(f"{case.image_tokens} tokens of image leave no room for text in {case.prompt_tokens}")
    return [task(number, words) for number in range(steps * case.prompts)]


def told(name: str, options: argparse.Namespace, found: dict[str, Measured]) -> dict[str, Any]:
    """What is written down of a shape."""
    (ours, memory), (naive, naive_memory) = found["ours"], found["naive"]
    return {
        "model": name,
        "prompt_tokens": options.prompt_tokens,
        "answer_tokens": options.answer_tokens,
        "group_size": options.group,
        "prompts": options.prompts,
        "step_seconds": ours.seconds / ours.steps,
        "naive_step_seconds": naive.seconds / naive.steps,
        "step_ratio": naive.seconds / ours.seconds,
        "update_ratio": naive.update_seconds / ours.update_seconds,
        "delivered_tokens_per_second": ours.delivered_tokens / ours.seconds,
        "utilisation": ours.utilisation,
        "product_rate": ours.product_rate,
        "memory_gib": memory,
        "naive_memory_gib": naive_memory,
        "phases": {row.name: row.seconds / ours.steps for row in ours.phases},
    }


def lines(case: dict[str, Any]) -> Sequence[str]:
    """A shape as a person reads it."""
    told = [
        f"{case['model']}: {case['step_seconds']:.2f} s a step, naive {case['naive_step_seconds']:.2f} s "
        f"({case['step_ratio']:.2f} times; update {case['update_ratio']:.2f} times)",
        f"  {case['delivered_tokens_per_second']:,.0f} delivered tokens a second, "
        f"utilisation of the update {case['utilisation']:.1%} of {case['product_rate'] / 1e12:,.1f} TFLOP/s",
        "  " + ", ".join(f"{name} {seconds:.2f} s" for name, seconds in case["phases"].items()),
    ]
    if case["memory_gib"] is not None:
        told.append(f"  memory {case['memory_gib']:.1f} GiB, naive {case['naive_memory_gib']:.1f} GiB")
    return told


def parse() -> argparse.Namespace:
    """The options."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--shapes", nargs="+", choices=SHAPES, default=["qwen25_vl_3b", "qwen35_hybrid"])
    parser.add_argument("--device", default="cuda")
    parser.add_argument("--dtype", choices=DTYPES, default="bfloat16")
    parser.add_argument("--prompts", type=int, default=32, help="prompts a step")
    parser.add_argument("--group", type=int, default=8, help="answers of each prompt")
    parser.add_argument("--prompt-tokens", type=int, default=1300)
    parser.add_argument("--image-tokens", type=int, default=1225, help="of them the image's; a square number")
    parser.add_argument("--answer-tokens", type=int, default=300)
    parser.add_argument("--results", type=Path, default=RESULTS, help="folder of the results")
    parser.add_argument("--budget", type=int, default=65536, help="tokens of a micro-batch")
    parser.add_argument("--steps", type=int, default=2, help="measured steps, after one that warms up")
    return parser.parse_args()


if __name__ == "__main__":
    sys.exit(main())
