"""Prompts encoded once: the engine and the trainer see the same tokens and the same pixels."""

from collections import OrderedDict
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import replace
from typing import Self

from pydantic import Field, model_validator

from asterism.core.config import Config
from asterism.core.errors import AsterismError
from asterism.core.image import Image
from asterism.core.message import Message
from asterism.core.trajectory import Segment
from asterism.policy.ahead import Ahead, Prompt
from asterism.policy.inputs import Encoded, VisionInputs
from asterism.policy.policy import Policy

Key = tuple[tuple[str, tuple[str, ...]], ...]


class PixelsConfig(Config):
    """Bounds on the size of images; each is scaled to lie within them before the model's processor sees it."""

    least: int | None = Field(None, ge=1, description="fewest pixels in all; smaller images are enlarged")
    most: int | None = Field(None, ge=1, description="most pixels in all; larger images are scaled down")

    @model_validator(mode="after")
    def _ordered(self) -> Self:
        if self.least and self.most and self.least > self.most:
            raise ValueError(f"least ({self.least:,}) is more than most ({self.most:,})")
        return self


class Encoder:
    """Remembers the most recent encoded prompts by their text and images.

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
        """One message of a user as the model reads it: the images, then the text (see :meth:`encode_messages`)."""
        return self.encode_messages([Message.user(prompt, images)], where=where)

    def encode_messages(self, messages: Sequence[Message], *, where: str = "prompt") -> Encoded:
        """A conversation as the model reads it (see :meth:`asterism.policy.policy.Policy.encode_messages`).

        Raises:
            AsterismError: an image cannot be decoded, or the prompt is refused; the error names ``where``.
        """
        asked = Prompt(tuple(messages), where)
        with self.policy.clock("preprocess"), _named(where):
            made = self.ahead.take(asked)
            return self._recalled(_key(asked), made or self._encoded(asked))

    def encode_observation(
        self, text: str, images: Sequence[Image], *, after: Sequence[int], where: str = "observation"
    ) -> Encoded:
        """What an environment says after a reply (see :meth:`asterism.policy.policy.Policy.encode_observation`).

        Raises:
            AsterismError: an image cannot be decoded, or the observation is refused; the error names ``where``.
        """
        with self.policy.clock("preprocess"), _named(where):
            scaled = [image.within(self.pixels.least, self.pixels.most) for image in images]
            encoded = self.policy.encode_observation(text, scaled, after=after, where=where)
            self.policy.clock.count(len(encoded.token_ids))
        for image in images:
            image.forget()
        return encoded

    def whole(self, segments: Sequence[Segment], *, where: str = "prompt") -> Encoded:
        """A conversation with the pixels of all its images; its prompt checked against the tokens that were read.

        A prompt alone is one object for all who ask for it.

        Raises:
            AsterismError: the tokens of the prompt are not those that are made of its messages here, or a later
                segment's placeholders do not equal the features of its images, or it exceeds the model's context.
        """
        prompt, *rest = segments
        encoded = self._prompt(prompt, where)
        if not rest:
            return encoded
        whole = encoded.followed_by([token for segment in rest for token in segment.token_ids])
        later = [self.encode("", segment.images, where=where).vision for segment in rest if segment.images]
        if later:
            along = self.policy.family.images_along
            whole = replace(whole, vision=VisionInputs.join([encoded.vision, *later], along))
        self.policy.check(whole, where=prompt.text[:60] or where)
        return whole

    def _prompt(self, prompt: Segment, where: str) -> Encoded:
        encoded = self.encode_messages(prompt.rendered_from, where=where)
        if prompt.token_ids and encoded.token_ids != prompt.token_ids:
            raise AsterismError(
                "a prompt was encoded otherwise by the engine than by the trainer",
                where=f"{where}: {prompt.text[:60]}",
                remedy="Give both the same processor.",
            )
        return encoded

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
            scaled = [self._scaled(message) for message in asked.messages]
            encoded = self.policy.encode_messages(scaled, where=asked.where)
        else:
            encoded = known
        for image in asked.images:
            image.forget()
        return encoded

    def _scaled(self, message: Message) -> Message:
        parts = (
            part if isinstance(part, str) else part.within(self.pixels.least, self.pixels.most)
            for part in message.parts
        )
        return replace(message, parts=tuple(parts))


def _key(asked: Prompt) -> Key:
    return tuple(
        (message.role, tuple(f"text:{part}" if isinstance(part, str) else part.digest for part in message.parts))
        for message in asked.messages
    )


@contextmanager
def _named(where: str) -> Iterator[None]:
    """An image's own error knows its file, not who asks."""
    try:
        yield
    except AsterismError as error:
        if error.where is not None and error.where.startswith(where):
            raise
        place = f"{where}: {error.where}" if error.where else where
        raise AsterismError(error.what, where=place, remedy=error.remedy) from error
