"""Prompts encoded once: the engine and the trainer see the same tokens and the same pixels."""

from collections import OrderedDict
from collections.abc import Sequence
from typing import Self

from pydantic import Field, model_validator

from asterism.core.config import Config
from asterism.core.errors import AsterismError
from asterism.core.image import Image
from asterism.policy.ahead import Ahead, Prompt
from asterism.policy.inputs import Encoded
from asterism.policy.policy import Policy

Key = tuple[str, tuple[str, ...]]


class PixelsConfig(Config):
    """Bounds on the size of pictures; each is scaled to lie within them before the model's processor sees it."""

    least: int | None = Field(None, ge=1, description="fewest pixels in all; smaller pictures are enlarged")
    most: int | None = Field(None, ge=1, description="most pixels in all; larger pictures are scaled down")

    @model_validator(mode="after")
    def _ordered(self) -> Self:
        if self.least and self.most and self.least > self.most:
            raise ValueError(f"least ({self.least:,}) is more than most ({self.most:,})")
        return self


class Encoder:
    """Remembers the most recent encoded prompts by their text and pictures.

    What is remembered depends on the processor alone, never on weights, so it outlives weight updates. With ``workers``
    announced prompts are encoded ahead of time; what comes out is the same. Pixels that lie in a file are not kept.
    """

    def __init__(
        self, policy: Policy, *, size: int = 512, workers: int = 0, pixels: PixelsConfig | None = None
    ) -> None:
        self.policy = policy
        self.pixels = pixels or PixelsConfig()
        self.size = size
        self.ahead = Ahead(self._encoded, workers)
        self._remembered: OrderedDict[Key, Encoded] = OrderedDict()

    def encode(self, prompt: str, images: Sequence[Image], *, where: str = "prompt") -> Encoded:
        """The prompt as the model reads it (see :meth:`asterism.policy.policy.Policy.encode`).

        Raises:
            AsterismError: a picture cannot be decoded, or the prompt is refused; the error names ``where``.
        """
        asked = Prompt(prompt, tuple(images), where)
        with self.policy.clock("preprocess"):
            try:
                made = self.ahead.take(asked)
                return self._recalled(_key(asked), made or self._encoded(asked))
            except AsterismError as error:
                if error.where == where:
                    raise
                # A picture's own error knows its file, not who asks.
                place = f"{where}: {error.where}" if error.where else where
                raise AsterismError(error.what, where=place, remedy=error.remedy) from error

    def announce(self, prompts: Sequence[Prompt]) -> None:
        """Have workers encode what will be asked for next (see :class:`asterism.policy.ahead.Ahead`)."""
        self.ahead.announce(prompts)

    def close(self) -> None:
        """End the workers; encoding goes on without them."""
        self.ahead.close()

    def _recalled(self, key: Key, encoded: Encoded) -> Encoded:
        """The one object that stands for equal prompts: what is remembered under the key, else this from now on."""
        if key not in self._remembered:
            self._remembered[key] = encoded
            self.policy.clock.count(len(encoded.token_ids))
            while len(self._remembered) > self.size:
                self._remembered.popitem(last=False)
        self._remembered.move_to_end(key)
        return self._remembered[key]

    def _encoded(self, asked: Prompt) -> Encoded:
        """The prompt, encoded unless it is remembered; called in workers too."""
        known = self._remembered.get(_key(asked))
        if known is None:
            images = [image.within(self.pixels.least, self.pixels.most) for image in asked.images]
            encoded = self.policy.encode(asked.text, images, where=asked.where)
        else:
            encoded = known
        for image in asked.images:
            image.forget()
        return encoded


def _key(asked: Prompt) -> Key:
    return asked.text, tuple(image.digest for image in asked.images)
