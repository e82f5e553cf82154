"""One message of a conversation: text and images in the order in which they are read."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Literal, Self

from asterism.core.image import Image

Part = str | Image
Speaker = Literal["system", "user", "assistant"]


@dataclass(frozen=True, slots=True)
class Message:
    """What one side says.

    >>> Message("user", ("Compare ", "this and that."))
    Message(role='user', parts=('Compare ', 'this and that.'))
    """

    role: Speaker
    parts: tuple[Part, ...]

    @classmethod
    def user(cls, text: str, images: Sequence[Image] = ()) -> Self:
        """A user's message: the images, then the text."""
        return cls("user", (*images, text))

    @classmethod
    def system(cls, text: str) -> Self:
        """A system message."""
        return cls("system", (text,))

    @classmethod
    def assistant(cls, text: str) -> Self:
        """A message of the model, as an example or as history."""
        return cls("assistant", (text,))

    @property
    def text(self) -> str:
        """Its text without the images."""
        return "".join(part for part in self.parts if isinstance(part, str))

    @property
    def images(self) -> tuple[Image, ...]:
        """Its images, in order."""
        return tuple(part for part in self.parts if isinstance(part, Image))

    @property
    def images_first(self) -> bool:
        """Whether it is images and one text behind them: the usual form."""
        return len(self.parts) == len(self.images) + 1 and isinstance(self.parts[-1], str)
