"""Reward functions as TRL's GRPOTrainer takes them, unchanged."""

import re
from typing import Any


def right_number(completions: list[list[dict[str, str]]], answer: list[int], **kwargs: Any) -> list[float]:
    """Completions as chat messages; the column ``answer`` of the data as a list: numbers, as they stand there."""
    texts = [completion[0]["content"] for completion in completions]
    return [float(str(truth) in re.findall(r"\d+", text)) for text, truth in zip(texts, answer, strict=True)]


def brevity(completions: list[str], **kwargs: Any) -> list[float | None]:
    """Completions as text; None where there is nothing to judge."""
    return [None if not text else max(0.0, 1 - len(text) / 200) for text in completions]
