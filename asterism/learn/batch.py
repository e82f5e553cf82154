"""Samples into micro-batches: prompts read once, answers padded beside one another.

A micro-batch holds samples whose prompts, pictures and answers fit a token budget together. With two samples of one
prompt ``p p p`` and answers ``a b`` and ``c``::

    prompts   p p p            read once
    branch    0 0              both answers continue prompt 0
    answers   a b              padded on the right
              c .
    trained   1 1              which answer tokens are trained
              1 0
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Literal

import torch
from torch import Tensor

from asterism.core.errors import AsterismError
from asterism.core.sample import Sample
from asterism.core.trajectory import Segment, Trajectory
from asterism.policy.encoder import Encoder
from asterism.policy.inputs import Encoded, pad_rows

Sharing = Literal["branch", "none"]
"""How the rows of one prompt share its forward pass: its cache is branched to them, or not at all."""


@dataclass(frozen=True, slots=True)
class Row:
    """A trajectory as prompt and what follows it; ``trained`` marks the tokens of the answer that are trained."""

    prompt: Encoded
    answer: tuple[int, ...]
    trained: tuple[bool, ...]


@dataclass(frozen=True, slots=True)
class Batch:
    """Rows of one forward pass: distinct ``prompts``, and for each row the prompt it branches from.

    ``answers``, ``mask`` and ``trained`` are ``[rows, tokens]``, ``branch`` is ``[rows]``.
    """

    prompts: tuple[Encoded, ...]
    branch: Tensor
    answers: Tensor
    mask: Tensor
    trained: Tensor


def row_of(trajectory: Trajectory, encoder: Encoder) -> Row:
    """A trajectory split at the end of its prompt.

    Raises:
        AsterismError: pictures stand after the prompt (not served yet), or the prompt's tokens are not those that
            the encoder makes of its text and pictures.
    """
    prompt, *rest = trajectory.segments
    if any(segment.images for segment in rest):
        raise AsterismError("pictures after the first prompt cannot be trained on yet")
    return Row(
        encoded_prompt(prompt, encoder),
        tuple(token for segment in rest for token in segment.token_ids),
        tuple(segment.trainable for segment in rest for _ in segment.token_ids),
    )


def encoded_prompt(prompt: Segment, encoder: Encoder) -> Encoded:
    """The prompt with its pixels, checked against the tokens that the engine saw."""
    encoded = encoder.encode(prompt.text, prompt.images)
    if prompt.token_ids and encoded.token_ids != prompt.token_ids:
        raise AsterismError(
            "a prompt was encoded otherwise by the engine than by the trainer",
            where=prompt.text[:60],
            remedy="Give both the same processor.",
        )
    return encoded


def collate(rows: Sequence[Row], pad_id: int, device: torch.device) -> Batch:
    """One batch of rows; rows of equal prompts (the same encoded object) share it."""
    places: dict[int, int] = {}
    prompts: list[Encoded] = []
    for row in rows:
        if places.setdefault(id(row.prompt), len(prompts)) == len(prompts):
            prompts.append(row.prompt)
    answers, mask = pad_rows([row.answer for row in rows], pad_id, "right", device)
    trained = torch.zeros_like(mask, dtype=torch.bool)
    for index, row in enumerate(rows):
        trained[index, : len(row.trained)] = torch.tensor(row.trained, dtype=torch.bool, device=device)
    branch = torch.tensor([places[id(row.prompt)] for row in rows], device=device)
    return Batch(tuple(prompts), branch, answers, mask, trained)


def micro_batches(
    samples: Sequence[Sample], rows: Sequence[Row], budget: int, sharing: Sharing = "branch"
) -> Iterator[tuple[list[Sample], list[Row]]]:
    """Samples and their rows in portions of at most ``budget`` tokens, in order.

    A portion's tokens are its prompts, each distinct one once where they are shared, and its padded answers. A single
    row over the budget is a portion of its own.
    """
    portion: list[int] = []
    for index in range(len(samples)):
        if portion and _tokens([rows[place] for place in (*portion, index)], sharing) > budget:
            yield [samples[place] for place in portion], [rows[place] for place in portion]
            portion = []
        portion.append(index)
    if portion:
        yield [samples[place] for place in portion], [rows[place] for place in portion]


def _tokens(rows: Sequence[Row], sharing: Sharing) -> int:
    read = [row.prompt for row in rows]
    prompts = {id(prompt): prompt for prompt in read}.values() if sharing == "branch" else read
    return sum(len(prompt.token_ids) for prompt in prompts) + len(rows) * max(len(row.answer) for row in rows)
