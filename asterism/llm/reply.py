"""What a server answered."""

from dataclasses import dataclass
from typing import Literal

Outcome = Literal["text", "refused", "filtered", "empty"]


@dataclass(frozen=True, slots=True)
class Usage:
    """Tokens as the server counted them."""

    prompt_tokens: int = 0
    completion_tokens: int = 0

    @property
    def tokens(self) -> int:
        """Both together."""
        return self.prompt_tokens + self.completion_tokens

    def __add__(self, other: "Usage") -> "Usage":
        return Usage(self.prompt_tokens + other.prompt_tokens, self.completion_tokens + other.completion_tokens)


@dataclass(frozen=True, slots=True)
class Reply:
    """One continuation of a conversation.

    ``finish_reason`` is the server's word: ``stop``, ``length``, ``content_filter``, .... ``cached`` tells that nothing
    was paid for it. ``refusal`` is the text of a refusal where the server marks one. Token ids are those a server
    returns when it is asked for them, otherwise empty.
    """

    text: str
    finish_reason: str
    usage: Usage
    cached: bool = False
    refusal: str | None = None
    token_ids: tuple[int, ...] = ()
    prompt_token_ids: tuple[int, ...] = ()

    @property
    def outcome(self) -> Outcome:
        """Whether there is a text, or why there is none: the model refused, a filter withheld it, nothing was said."""
        if self.refusal is not None:
            return "refused"
        if self.finish_reason == "content_filter":
            return "filtered"
        return "text" if self.text.strip() else "empty"
