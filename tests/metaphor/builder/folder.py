"""Folders of records for the builder's tests."""

import json
from pathlib import Path
from typing import Any

import numpy as np

from asterism.core.image import Image
from tests.metaphor.builder.writer import record_of


def write_sources(folder: Path, count: int, *more: dict[str, Any]) -> Path:
    """``records.jsonl`` with ``count`` records, each with a picture of its own, and further lines as they are."""
    folder.mkdir(parents=True, exist_ok=True)
    lines = []
    for number in range(count):
        pixels = np.full((8, 8, 3), number % 256, dtype=np.uint8)
        pixels[0, 0] = number // 256
        Image.from_pixels(pixels).save(folder / f"{number}.png")
        lines.append({**record_of(number), "image": f"{number}.png"})
    file = folder / "records.jsonl"
    file.write_text("\n".join(map(json.dumps, [*lines, *more])) + "\n", encoding="utf-8")
    return file
