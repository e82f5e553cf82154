"""A fixed batch on which every peer computes its loss, and whether they agree. Standard library only when read."""

import json
import math
from collections.abc import Mapping
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any, Self

from prompts import Prompt, read_prompts

TOLERANCE = 1e-4
GROUP = 4
PROMPTS = 2


@dataclass(frozen=True, slots=True)
class Answer:
    """A given answer to prompt number ``prompt``, its advantage, and the log-probs it is compared with."""

    prompt: int
    token_ids: list[int]
    advantage: float
    old_logprobs: list[float]


@dataclass(frozen=True, slots=True)
class Batch:
    """Given answers to given prompts."""

    prompts: list[Prompt]
    answers: list[Answer]

    @classmethod
    def read(cls, folder: Path) -> Self:
        """The fixed batch of a case's folder."""
        answers = json.loads((folder / "batch.json").read_text(encoding="utf-8"))
        return cls(read_prompts(folder)[:PROMPTS], [Answer(**answer) for answer in answers])


def write_batch(folder: Path, longest: int) -> None:
    """Draw answers of different lengths and advantages that do not cancel.

    The old log-probs are those of a plain forward pass with noise, so that the loss depends on every log-prob and
    some tokens are clipped.
    """
    import torch
    from PIL import Image
    from transformers import AutoModelForImageTextToText, AutoProcessor

    processor = AutoProcessor.from_pretrained(folder / "model", backend="pil")
    model = AutoModelForImageTextToText.from_pretrained(folder / "model", dtype=torch.float32).eval()
    generator = torch.Generator().manual_seed(len(processor.tokenizer))
    first, answers = processor.tokenizer.convert_tokens_to_ids("w0"), []
    for place, prompt in enumerate(read_prompts(folder)[:PROMPTS]):
        image = Image.open(prompt.image)
        read = processor(images=image, text=framed(processor, prompt.text), return_tensors="pt")
        for _ in range(GROUP):
            length = int(torch.randint(longest // 2, longest + 1, (), generator=generator))
            tokens = torch.randint(first, len(processor.tokenizer), (1, length), generator=generator)
            with torch.no_grad():
                inputs = torch.cat([read["input_ids"], tokens], dim=1)
                logits = model(input_ids=inputs, pixel_values=read["pixel_values"]).logits[0, -length - 1 : -1]
            own = logits.log_softmax(-1).gather(-1, tokens[0][:, None])[:, 0]
            old = own + 0.2 * torch.randn(length, generator=generator)
            advantage = float(torch.randn((), generator=generator))
            answers.append(Answer(place, tokens[0].tolist(), advantage, old.tolist()))
    (folder / "batch.json").write_text(json.dumps([asdict(answer) for answer in answers]), encoding="utf-8")


def framed(processor: Any, text: str) -> str:
    """The prompt as the chat template writes it."""
    message = {"role": "user", "content": [{"type": "image"}, {"type": "text", "text": text}]}
    written: str = processor.apply_chat_template([message], add_generation_prompt=True, tokenize=False)
    return written


def disagreement(found: Mapping[str, Mapping[str, float]]) -> float:
    """The largest relative difference of loss or gradient norm between any two peers."""
    differences = []
    for name in ("loss", "grad_norm"):
        values = [fields[name] for fields in found.values()]
        if not all(map(math.isfinite, values)):
            return math.inf
        differences.append((max(values) - min(values)) / max(abs(value) for value in values))
    return max(differences)
