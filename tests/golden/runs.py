"""Five steps of every kind of recipe, as SHA-256 of weights, optimiser and metrics.

Run as a module in a process of its own (:mod:`tests.golden.test_numbers` sets its environment): ``python -m
tests.golden.runs OUT NAME ...`` prints one JSON object. Processor features are switched off there, so that the
bits are the same on every x86-64 machine.
"""

import hashlib
import json
import sys
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import torch
from safetensors.torch import load_file
from typer.testing import CliRunner

from asterism.cli.main import app
from asterism.core.lines import read_objects
from asterism.learn.checkpoint import latest_checkpoint

RECIPES = Path(__file__).parents[2] / "recipes"
STEPS = 5
SHORT = (
    f"stop={{steps: {STEPS}}}",
    "measure={before: false, sampling: {max_tokens: 4}}",
    "rollout.group_size=4",
    "rollout.prompts_per_step=4",
)
SCENES = (*SHORT, "environment.train.count=6", "environment.evaluate={source: scenes, count: 2}")
ANSWERS_ONLY = (
    "environment.evaluate={source: puzzles, tasks: [h_index], reference: true, count: 2}",
    "environment.pictured=false",
    "environment.rules=title",
    "environment.experts=answer",
    "rollout.sampling.max_tokens=12",
)
PUZZLES = (
    *SHORT,
    *ANSWERS_ONLY,
    "environment.train={source: puzzles, tasks: [graph_isomorphism, h_index], reference: true, count: 12}",
)
BASE = (
    *SHORT,
    *ANSWERS_ONLY,
    "environment.train={source: puzzles, tasks: [graph_isomorphism, h_index], reference: true, count: 100}",
    "stop.steps=60",
    "rollout.prompts_per_step=8",
    "optimiser.schedule.learning_rate=1e-3",
    "checkpoint.every=100",
)
"""What the puzzle runs begin with: a model that is right sometimes, so that rewards differ within a group."""
CURRICULUM = (
    *SHORT,
    "environment.train={source: curriculum, tasks: [word_search, h_index], window: 2, start: 2, lower_at: 0.3}",
    "environment.evaluate={source: puzzles, tasks: [h_index], count: 2}",
    "rollout.sampling.max_tokens=12",
    "rollout.prompts_per_step=2",
)
RUNS: dict[str, tuple[str, tuple[str, ...]]] = {
    "tfq_grpo": ("tfq_grpo_tiny", SCENES),
    "tfq_grpo_kl": ("tfq_grpo_tiny", (*SCENES, "loss.kl_coef=0.05", "loss.aggregation=sequence_mean")),
    "tfq_grpo_two_updates": ("tfq_grpo_tiny", (*SCENES, "rollout.updates_per_step=2", "loss.kl_coef=0.02")),
    "tfq_grpo_lora": ("tfq_grpo_tiny", (*SCENES, "model.lora.rank=4", "loss.kl_coef=0.05")),
    "tfq_sft": ("tfq_sft_tiny", SCENES),
    **{
        f"helix_{name}": (f"helix/{name}", PUZZLES)
        for name in (
            "ahpo",
            "ahpo_decaying",
            "ahpo_pooled",
            "chord",
            "expert_iteration",
            "grpo",
            "hpt",
            "luffy",
            "member",
            "prefix",
            "sft",
            "static_hybrid",
        )
    },
    "helix_grpo_adaptive_level": ("helix/grpo_adaptive_level", CURRICULUM),
    "helix_ahpo_gradients": ("helix/ahpo", (*PUZZLES, "algorithm.gradients_every=2", "rollout.tokens_per_step=200")),
}
"""Each kind of recipe by name: its file, and what makes it short."""

FIGURES = (
    *("step", "reward", "accuracy", "format", "length", "truncated", "zero_variance_groups", "grad_norm"),
    *("loss", "rl", "ce", "kl", "entropy", "learning_rate", "tokens", "prompts", "tokens_generated", "tokens_expert"),
    *("clip_share", "dual_share", "approx_kl", "reward_errors", "abstained", "success"),
    *("experts", "expert_nll", "gates_on", "grad_norm_rl", "grad_norm_ce", "grad_cosine"),
)
"""The figures of a step that are compared; others may come and go."""


def digest_of_tensors(tensors: Mapping[str, torch.Tensor]) -> str:
    """SHA-256 over names, types, shapes and bytes, whatever the order in the file."""
    digest = hashlib.sha256()
    for name in sorted(tensors):
        tensor = tensors[name].contiguous()
        digest.update(f"{name}:{tensor.dtype}:{tuple(tensor.shape)}:".encode())
        digest.update(tensor.view(torch.uint8).numpy().tobytes() if tensor.dim() else repr(tensor.item()).encode())
    return digest.hexdigest()


def digest_of_metrics(lines: list[dict[str, Any]]) -> str:
    """SHA-256 over the figures of every step."""
    kept = [{name: line[name] for name in FIGURES if name in line} for line in lines]
    return hashlib.sha256(json.dumps(kept, sort_keys=True).encode()).hexdigest()


def train(recipe: str, overrides: tuple[str, ...], folder: Path) -> None:
    """One run through the command line."""
    result = CliRunner().invoke(app, ["train", str(RECIPES / f"{recipe}.yaml"), *overrides, "--out", str(folder)])
    if result.exit_code:
        raise SystemExit(f"{folder.name}: {result.output}{result.stderr}\n{result.exception!r}")


def digests(name: str, out: Path) -> dict[str, str]:
    """What one kind of recipe comes to."""
    recipe, overrides = RUNS[name]
    folder = out / name
    begun = (f"model.path={out / 'base' / 'model'}",) if recipe.startswith("helix/") else ()
    train(recipe, (*overrides, *begun), folder)
    checkpoint = latest_checkpoint(folder)
    assert checkpoint is not None
    return {
        "weights": digest_of_tensors(load_file(checkpoint / "weights.safetensors")),
        "optimiser": digest_of_tensors(load_file(checkpoint / "optimiser.safetensors")),
        "metrics": digest_of_metrics([line for line in read_objects(folder / "metrics.jsonl") if "loss" in line]),
    }


def probe() -> str:
    """A digest of some arithmetic: another one means a processor or a torch whose bits were not recorded."""
    generator = torch.Generator().manual_seed(0)
    left, right = (torch.randn(96, 96, generator=generator) for _ in range(2))
    mixed = torch.nn.functional.scaled_dot_product_attention(left[None], right[None], left[None])
    tensors = {
        "product": left @ right,
        "softmax": (left @ right).softmax(-1),
        "functions": torch.stack([left.exp(), left.sigmoid(), left.tanh(), torch.nn.functional.gelu(left), left.cos()]),
        "attention": mixed,
        "sum": (left @ right).sum(-1),
    }
    return digest_of_tensors(tensors)


if __name__ == "__main__":
    folder = Path(sys.argv[1])
    if not (folder / "base").is_dir():
        train("helix/sft", BASE, folder / "base")
    told = {"probe": probe(), "runs": {name: digests(name, folder) for name in sys.argv[2:]}}
    print(json.dumps(told, indent=1))  # noqa: T201 - what the module is for
