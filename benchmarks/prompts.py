"""Prompts with images of noise, the same for every peer, and the reward. Standard library only when read."""

import json
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path


@dataclass(frozen=True, slots=True)
class Prompt:
    """A text and its image."""

    text: str
    image: Path


def write_prompts(folder: Path, *, known: Sequence[str], words: int, side: int, count: int) -> None:
    """Draw ``count`` prompts of ``words`` words, each with an image of ``side`` × ``side`` pixels."""
    import numpy as np
    from PIL import Image

    rng = np.random.default_rng(5)
    texts = [" ".join(known[place] for place in rng.integers(0, len(known), words)) for _ in range(count)]
    (folder / "images").mkdir()
    for number in range(count):
        noise = rng.integers(0, 256, (side, side, 3), dtype=np.uint8)
        Image.fromarray(noise).save(folder / "images" / f"{number}.png")
    (folder / "prompts.json").write_text(json.dumps(texts), encoding="utf-8")


def read_prompts(folder: Path) -> list[Prompt]:
    """The prompts of a case's folder."""
    texts = json.loads((folder / "prompts.json").read_text(encoding="utf-8"))
    return [Prompt(text, folder / "images" / f"{number}.png") for number, text in enumerate(texts)]


def reward_of(token_ids: Sequence[int]) -> float:
    """The share of even tokens: cheap, and different between the answers of a group."""
    return sum(token % 2 == 0 for token in token_ids) / len(token_ids)
