"""Whether reading once what rows share equals ``model(**inputs)`` on each whole row, for any configuration.

A model of a given transformers configuration with random weights answers random prompts, in one turn or in two with a
image between them, and some answers begin alike. Every trained token's log-prob, and the gradient of every parameter,
are computed both ways.
"""

import math
import random
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
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
from asterism.learn.batch import Batch, Row, Sharing, collate, common_tokens
from asterism.learn.scoring import hidden_before
from asterism.policy.family import Family, TextOnly, family_of
from asterism.policy.inputs import Encoded, VisionInputs
from asterism.policy.policy import Policy
from asterism.policy.prefix import unproven_layers
from asterism.policy.text_config import changing_rope, layer_types, text_config

WEIGHT_SCALE = 3.0
"""Random weights are scaled by this, so that attention is not uniform and an error shows."""

LEAST_GRADIENT = 0.1
"""Gradient errors are relative to at least this share of the model's largest gradient."""

PROMPT_WORDS, ANSWER_WORDS = (3, 9), (1, 8)
"""Fewest and most text tokens of a random prompt and of a random answer."""


@dataclass(frozen=True, slots=True)
class Verdict:
    """How far a form of sharing is from whole rows, or that for which it is refused (a layer type, rotary embeddings).

    ``errors`` has the largest log-prob error of each answer, ``gradient_errors`` of each parameter: the largest
    difference relative to that parameter's largest gradient, or to a tenth of the model's where that is more (some
    gradients are 0 but for rounding, a key's bias for one).
    """

    errors: tuple[float, ...] = ()
    gradient_errors: tuple[tuple[str, float], ...] = ()
    refused: str | None = None

    @property
    def max_error(self) -> float | None:
        """The largest log-prob error; not finite where one is not."""
        return _largest(self.errors)

    @property
    def max_gradient_error(self) -> float | None:
        """The largest relative gradient error; not finite where one is not."""
        return _largest([error for _, error in self.gradient_errors])


def verify_prefix(
    config: PreTrainedConfig, *, seed: int, answers: int, dtype: torch.dtype, sharing: Sharing = "branch"
) -> Verdict:
    """Compare on three prompts (without image where the model takes none, else with 0, 1 and 2).

    Raises:
        AsterismError: the model type has no family here, or a layer of it cannot be computed in ``dtype``.
    """
    unproven = unproven_layers(layer_types(config), _family(config), sharing)
    if unproven:
        return Verdict(refused=unproven[0])
    policy = random_policy(config, seed=seed, dtype=dtype)
    rows = _random_rows(policy, random.Random(seed), answers, torch.Generator().manual_seed(seed))
    longest = max(len(row.whole.token_ids) for row in rows)
    rope = changing_rope(config)
    if rope is not None and longest > policy.context_length:
        return Verdict(refused=f"{rope} rotary embeddings beyond {policy.context_length} tokens (rows of {longest})")
    try:
        return _compared_ways(policy, rows, sharing, torch.Generator().manual_seed(seed))
    except RuntimeError as error:
        if dtype != torch.float64:
            raise
        raise AsterismError(
            f"it cannot be computed in float64 ({str(error).splitlines()[0]})",
            where=f"model type {config.model_type}",
            remedy="Compare with --dtype float32.",
        ) from error


def _compared_ways(policy: Policy, rows: Sequence[Row], sharing: Sharing, noise: torch.Generator) -> Verdict:
    """The log-probs and the gradient of a random sum of them, with what rows share read once and with whole rows."""
    batch = collate(rows, policy, sharing)
    ours = _shared_logprobs(policy, batch)
    directions = torch.randn(ours.shape, generator=noise, dtype=ours.dtype)
    mine = _gradients(policy, (ours * directions).sum())
    plain = torch.cat([_plain_logprobs(policy, row) for row in rows])
    theirs = _gradients(policy, (plain * directions).sum())
    errors = tuple(float(part.max()) for part in torch.split((ours - plain).detach().abs(), batch.counts))
    return Verdict(errors, tuple(_gradient_errors(mine, theirs)))


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
    family = _family(config)
    factory: Any = AutoModelForImageTextToText if family.vision_tensors else AutoModelForCausalLM
    with torch.random.fork_rng(devices=[]):
        torch.manual_seed(seed)
        model: PreTrainedModel = factory.from_config(config).to(dtype)
    with torch.no_grad():
        for parameter in model.parameters():
            if parameter.dim() > 1:
                parameter.mul_(WEIGHT_SCALE)
    model.train(False)
    return Policy(model, SimpleNamespace(tokenizer=_NoTokenizer(text_config(config).vocab_size)), family)


def _family(config: PreTrainedConfig) -> Family:
    return family_of(config) if type(config) in MODEL_FOR_IMAGE_TEXT_TO_TEXT_MAPPING else TextOnly()


@dataclass(frozen=True, slots=True)
class _NoTokenizer:
    """Stands in for a tokenizer where there is no text: every id is a token."""

    size: int
    pad_token_id: int = 0
    eos_token_id: int = 1
    all_special_tokens: tuple[str, ...] = ()
    added_tokens_decoder: Mapping[int, Any] = field(default_factory=dict)

    def get_vocab(self) -> dict[str, int]:
        return {str(number): number for number in range(self.size)}


def _random_rows(policy: Policy, rng: random.Random, answers: int, noise: torch.Generator) -> list[Row]:
    """``answers`` ragged answers to each of three prompts; every third begins like the one before, every second has a
    second turn, with an image where the model sees."""
    sees = bool(policy.family.vision_tensors)
    words = sorted(set(range(2, policy.vocabulary_size)) - set(policy.suppressed_token_ids))
    rows: list[Row] = []
    for group, images in enumerate((0, 1, 2) if sees else (0, 0, 0)):
        prompt = _random_text(policy, words, _images(policy, images, noise), rng, PROMPT_WORDS)
        wholes, trained = [], []
        opening: tuple[int, ...] = ()
        for number in range(answers):
            opening = opening if number % 3 == 2 else tuple(rng.choices(words, k=rng.randint(*ANSWER_WORDS)))
            turns = [Encoded((*opening, *rng.choices(words, k=rng.randint(*ANSWER_WORDS))))]
            if number % 2:
                reply = _random_text(policy, words, _images(policy, int(sees), noise), rng, ANSWER_WORDS)
                turns += [reply, Encoded(tuple(rng.choices(words, k=rng.randint(*ANSWER_WORDS))))]
            wholes.append(_joined(policy, [prompt, *turns]))
            trained.append([place % 2 == 1 for place, turn in enumerate([prompt, *turns]) for _ in turn.token_ids])
        shared = common_tokens(wholes, policy)
        rows += [Row(whole, tuple(marks), group, shared) for whole, marks in zip(wholes, trained, strict=True)]
    return rows


def _images(policy: Policy, count: int, noise: torch.Generator) -> list[VisionInputs]:
    config, family = policy.model.config, policy.family
    return [family.named(family.random_image(config, noise)) for _ in range(count)]


def _random_text(
    policy: Policy, words: Sequence[int], images: Sequence[VisionInputs], rng: random.Random, length: tuple[int, int]
) -> Encoded:
    """Each image's placeholders, two words after each, and the rest of the text."""
    ids: list[int] = []
    for image in images:
        places = policy.family.features(policy.model.config, image)
        ids += [policy.model.config.image_token_id] * places + rng.choices(words, k=2)
    ids += rng.choices(words, k=rng.randint(*length))
    return Encoded(tuple(ids), VisionInputs.join(images, policy.family.images_along))


def _joined(policy: Policy, parts: Sequence[Encoded]) -> Encoded:
    vision = VisionInputs.join([part.vision for part in parts], policy.family.images_along)
    return Encoded(tuple(token for part in parts for token in part.token_ids), vision)


def _shared_logprobs(policy: Policy, batch: Batch) -> Tensor:
    """Of all trained tokens, ``[tokens]``."""
    logprobs = policy.head(hidden_before(policy, batch)).log_softmax(-1)
    return logprobs.gather(-1, batch.targets[:, None]).squeeze(-1)


def _plain_logprobs(policy: Policy, row: Row) -> Tensor:
    """Of the trained tokens of one row, by the model's own forward pass, positions its own too."""
    inputs = policy.batch([row.whole], "right")
    logits = policy.model(
        input_ids=inputs.token_ids,
        attention_mask=inputs.mask,
        use_cache=False,
        **inputs.vision.tensors,
        **policy.family.extras(policy.model.config, inputs),
        **policy.family.own_position_inputs(policy.model.config, inputs),
    ).logits[0, :-1]
    logprobs: Tensor = logits.log_softmax(-1).gather(-1, inputs.token_ids[0, 1:, None]).squeeze(-1)
    return logprobs[torch.tensor(row.trained[1:], device=logprobs.device)]


def _largest(errors: Sequence[float]) -> float | None:
    """The largest; ``max`` alone passes over what is no number."""
    odd = [error for error in errors if not math.isfinite(error)]
    return (odd or [max(errors)])[0] if errors else None


def _gradients(policy: Policy, total: Tensor) -> dict[str, Tensor]:
    policy.model.zero_grad(set_to_none=True)
    total.backward()  # type: ignore[no-untyped-call]
    return {
        name: torch.zeros_like(parameter) if parameter.grad is None else parameter.grad.clone()
        for name, parameter in policy.model.named_parameters()
    }


def _gradient_errors(mine: dict[str, Tensor], theirs: dict[str, Tensor]) -> list[tuple[str, float]]:
    floor = LEAST_GRADIENT * max(float(gradient.abs().max()) for gradient in theirs.values())
    return [
        (name, float((mine[name] - gradient).abs().max()) / max(float(gradient.abs().max()), floor))
        for name, gradient in theirs.items()
    ]
