"""Prompts encoded once: the engine and the trainer see the same tokens and the same pixels."""

from collections import OrderedDict
from collections.abc import Sequence

from asterism.core.image import Image
from asterism.policy.inputs import Encoded
from asterism.policy.policy import Policy

Key = tuple[str, tuple[str, ...]]


class Encoder:
    """Remembers the most recent encoded prompts by their text and pictures.

    What is remembered depends on the processor alone, never on weights, so it outlives weight updates.
    """

    def __init__(self, policy: Policy, *, size: int = 512) -> None:
        self.policy = policy
        self.size = size
        self._remembered: OrderedDict[Key, Encoded] = OrderedDict()

    def encode(self, prompt: str, images: Sequence[Image], *, where: str = "prompt") -> Encoded:
        """The prompt as the model reads it (see :meth:`asterism.policy.policy.Policy.encode`)."""
        key = prompt, tuple(image.digest for image in images)
        if key not in self._remembered:
            self._remembered[key] = self.policy.encode(prompt, images, where=where)
            while len(self._remembered) > self.size:
                self._remembered.popitem(last=False)
        self._remembered.move_to_end(key)
        return self._remembered[key]
