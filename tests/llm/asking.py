"""Requests for tests."""

from typing import Any

import numpy as np

from asterism.core.image import Image
from asterism.core.message import Message
from asterism.core.seeds import numpy_rng_for
from asterism.llm.request import ChatRequest


def say(text: str, *images: Image, **fields: Any) -> ChatRequest:
    """A request of one user's message."""
    return ChatRequest((Message.user(text, images),), "m", **fields)


def noise(*path: str | int, size: tuple[int, int] = (24, 16)) -> Image:
    """A picture of noise, named by a path."""
    return Image.from_pixels(numpy_rng_for(*path).integers(0, 256, (size[1], size[0], 3), dtype=np.uint8))
