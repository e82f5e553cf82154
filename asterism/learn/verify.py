"""Whether reading on from a branched prefix equals ``model(**inputs)`` on whole rows, for any configuration.

A model of a given transformers configuration with random weights answers random prompts. Every answer's log-probs, and
the gradient of every parameter, are computed both ways.
"""

import random
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import torch
from torch import Tensor
from transformers import (
    MODEL_FOR_IMAGE_TEXT_TO_TEXT_MAPPING,
    AutoConfig,
    AutoModelForCausalLM,
    AutoModelForImageTextToText,
    PreTrainedConfig,
    PreTrainedModel,
)

from asterism.core.errors import AsterismError
from asterism.learn.batch import Batch, Row, collate
from asterism.learn.scoring import hidden_before
from asterism.policy.families import Family, TextOnly, family_of, layer_types, text_config
from asterism.policy.inputs import Encoded, VisionInputs
from asterism.policy.policy import Policy
from asterism.policy.prefix import PROVEN_LAYERS

WEIGHT_SCALE = 3.0
"""Random weights are scaled by this, so that attention is not uniform and an error shows."""

LEAST_GRADIENT = 0.1
"""Gradient errors are relative to at least this share of the model's largest gradient."""

PROMPT_WORDS, ANSWER_WORDS = (3, 9), (1, 8)
"""Fewest and most text tokens of a random prompt and of a random answer."""


@dataclass(frozen=True, slots=True)
class Verdict:
    """How far the branched form is from whole rows, or the layer type for which it is refused.

    ``errors`` has the largest log-prob error of each answer, ``gradient_errors`` of each parameter: the largest
    difference relative to that parameter's largest gradient, or to a tenth of the model's where that is more (some
    gradients are 0 but for rounding, a key's bias for one).
    """

    errors: tuple[float, ...] = ()
    gradient_errors: tuple[tuple[str, float], ...] = ()
    refused: str | None = None

    @property
    def max_error(self) -> float | None:
        """The largest log-prob error."""
        return max(self.errors) if self.errors else None

    @property
    def max_gradient_error(self) -> float | None:
        """The largest relative gradient error."""
        return max(error for _, error in self.gradient_errors) if self.gradient_errors else None


def verify_prefix(config: PreTrainedConfig, *, seed: int, answers: int, dtype: torch.dtype) -> Verdict:
    """Compare on three prompts (without picture where the model takes none, else with 0, 1 and 2).

    Raises:
        AsterismError: the model type has no family here.
    """
    unproven = sorted(set(layer_types(config)) - set(PROVEN_LAYERS))
    if unproven:
        return Verdict(refused=unproven[0])
    policy = random_policy(config, seed=seed, dtype=dtype)
    rows = _random_rows(policy, random.Random(seed), answers, torch.Generator().manual_seed(seed))
    batch = collate(rows, policy.pad_token_id, policy.device)
    directions = torch.randn(batch.answers.shape, generator=torch.Generator().manual_seed(seed), dtype=dtype)
    ours = _branched_logprobs(policy, batch)
    mine = _gradients(policy, (ours * directions)[batch.trained].sum())
    plain = [_plain_logprobs(policy, row) for row in rows]
    kept = torch.cat([direction[: len(values)] for direction, values in zip(directions, plain, strict=True)])
    theirs = _gradients(policy, (torch.cat(plain) * kept).sum())
    errors = tuple(
        float((row[: len(values)] - values).detach().abs().max()) for row, values in zip(ours, plain, strict=True)
    )
    return Verdict(errors, tuple(_compared(mine, theirs)))


def read_config(path: Path) -> PreTrainedConfig:
    """A transformers configuration from a JSON file or from a folder that holds one.

    Raises:
        AsterismError: there is none, or transformers does not know it.
    """
    try:
        config: PreTrainedConfig = AutoConfig.from_pretrained(str(path))
    except (OSError, ValueError, KeyError) as error:
        raise AsterismError(
            f"no transformers configuration can be read ({str(error).splitlines()[0]})",
            where=str(path),
            remedy="Give the config.json of a model, or its folder.",
        ) from error
    return config


def random_policy(config: PreTrainedConfig, *, seed: int, dtype: torch.dtype) -> Policy:
    """A policy with random weights and no processor: it reads token ids and pixels only."""
    sees = type(config) in MODEL_FOR_IMAGE_TEXT_TO_TEXT_MAPPING
    factory: Any = AutoModelForImageTextToText if sees else AutoModelForCausalLM
    family: Family = family_of(config) if sees else TextOnly()
    with torch.random.fork_rng(devices=[]):
        torch.manual_seed(seed)
        model: PreTrainedModel = factory.from_config(config).to(dtype)
    with torch.no_grad():
        for parameter in model.parameters():
            if parameter.dim() > 1:
                parameter.mul_(WEIGHT_SCALE)
    model.train(False)
    return Policy(model, SimpleNamespace(tokenizer=_NoTokenizer(text_config(config).vocab_size)), family)


@dataclass(frozen=True, slots=True)
class _NoTokenizer:
    """Stands in for a tokenizer where there is no text: every id is a token."""

    size: int
    pad_token_id: int = 0
    eos_token_id: int = 1

    def get_vocab(self) -> dict[str, int]:
        return {str(number): number for number in range(self.size)}


def _random_rows(policy: Policy, rng: random.Random, answers: int, noise: torch.Generator) -> list[Row]:
    """``answers`` ragged answers to each of three prompts."""
    sees = bool(policy.family.vision_tensors)
    words = sorted(set(range(2, policy.vocabulary_size)) - set(policy.suppressed_token_ids))
    config, family = policy.model.config, policy.family
    rows = []
    for pictures in (0, 1, 2) if sees else (0, 0, 0):
        prompt = _random_prompt(
            policy, words, [family.named(family.random_picture(config, noise)) for _ in range(pictures)], rng
        )
        for _ in range(answers):
            answer = tuple(rng.choices(words, k=rng.randint(*ANSWER_WORDS)))
            rows.append(Row(prompt, answer, (True,) * len(answer)))
    return rows


def _random_prompt(
    policy: Policy, words: Sequence[int], pictures: Sequence[VisionInputs], rng: random.Random
) -> Encoded:
    """Each picture's placeholders, two words after each, and the rest of the text."""
    ids: list[int] = []
    for picture in pictures:
        places = policy.family.features(policy.model.config, picture)
        ids += [policy.model.config.image_token_id] * places + rng.choices(words, k=2)
    ids += rng.choices(words, k=rng.randint(*PROMPT_WORDS))
    return Encoded(tuple(ids), VisionInputs.join(pictures, policy.family.pictures_along))


def _branched_logprobs(policy: Policy, batch: Batch) -> Tensor:
    """``[rows, tokens]``, padding included."""
    logits = policy.head(hidden_before(policy, batch, "branch"))
    logprobs: Tensor = logits.log_softmax(-1).gather(-1, batch.answers[..., None]).squeeze(-1)
    return logprobs


def _plain_logprobs(policy: Policy, row: Row) -> Tensor:
    """``[tokens]`` of one answer, by the model's own forward pass on the whole row, positions its own too."""
    whole = row.prompt.followed_by(row.answer)
    inputs = policy.batch([whole], "right")
    logits = policy.model(
        input_ids=inputs.token_ids,
        attention_mask=inputs.mask,
        use_cache=False,
        **inputs.vision.tensors,
        **policy.family.extras(policy.model.config, inputs),
        **policy.family.own_position_inputs(policy.model.config, inputs),
    ).logits[0]
    start = len(row.prompt.token_ids) - 1
    before = logits[start : start + len(row.answer)]
    targets = torch.tensor(row.answer, device=before.device)
    logprobs: Tensor = before.log_softmax(-1).gather(-1, targets[:, None]).squeeze(-1)
    return logprobs


def _gradients(policy: Policy, total: Tensor) -> dict[str, Tensor]:
    policy.model.zero_grad(set_to_none=True)
    total.backward()  # type: ignore[no-untyped-call]
    return {
        name: torch.zeros_like(parameter) if parameter.grad is None else parameter.grad.clone()
        for name, parameter in policy.model.named_parameters()
    }


def _compared(mine: dict[str, Tensor], theirs: dict[str, Tensor]) -> list[tuple[str, float]]:
    floor = LEAST_GRADIENT * max(float(gradient.abs().max()) for gradient in theirs.values())
    return [
        (name, float((mine[name] - gradient).abs().max()) / max(float(gradient.abs().max()), floor))
        for name, gradient in theirs.items()
    ]
