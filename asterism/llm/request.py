"""What a server is asked."""

import hashlib
import json
from collections.abc import Mapping
from dataclasses import dataclass, field, fields
from typing import Any

from asterism.core.image import Image
from asterism.core.message import Message


@dataclass(frozen=True, slots=True)
class ChatRequest:
    """A conversation to be continued, and how.

    ``sample`` is the n-th draw of what is otherwise the same request. ``schema`` is a JSON schema that the reply shall
    obey. ``extra`` are further fields of the body that a server understands (``top_k``, ``return_token_ids``).
    """

    messages: tuple[Message, ...]
    model: str
    temperature: float = 0.0
    top_p: float = 1.0
    max_tokens: int = 1024
    seed: int | None = None
    stop: tuple[str, ...] = ()
    sample: int = 0
    schema: Mapping[str, Any] | None = None
    extra: Mapping[str, Any] = field(default_factory=dict)

    @property
    def images(self) -> tuple[Image, ...]:
        """The images of all messages, in order."""
        return tuple(image for message in self.messages for image in message.images)

    @property
    def key(self) -> str:
        """SHA-256 (hex) over every field, images by their digests: two requests with one key are the same.

        Raises:
            AsterismError: an image cannot be read.
        """
        messages = [_named(message) for message in self.messages]
        values = {each.name: getattr(self, each.name) for each in fields(self)}
        text = json.dumps(values | {"messages": messages}, sort_keys=True, separators=(",", ":"))
        return hashlib.sha256(text.encode()).hexdigest()


def _named(message: Message) -> list[Any]:
    """A message with its images by their digests."""
    if message.images_first:
        return [message.role, message.text, [image.digest for image in message.images]]
    return [message.role, [part if isinstance(part, str) else [part.digest] for part in message.parts]]
