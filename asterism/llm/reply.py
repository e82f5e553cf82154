"""What a server answered."""

from dataclasses import dataclass
from typing import Literal

Outcome = Literal["text", "refused", "filtered", "empty"]
_CUT_OFF = frozenset(
    {"length", "lengthlimit", "maxlength", "maxtokens", "maxtoken", "maxtokensreached", "maxnewtokens"}
    | {"maxoutputtokens", "maxcompletiontokens", "tokenlimit", "tokenlimitreached", "modellength", "truncated"}
    | {"contextlength", "contextlengthexceeded", "contextwindowexceeded", "modelcontextwindowexceeded"}
)
_FILTERED = frozenset(
    {"contentfilter", "contentfiltered", "safety", "sensitive", "recitation", "blocklist", "prohibitedcontent", "spii"}
)
"""Reasons by which servers tell of a limit and of a filter: lower case, letters alone."""


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

    ``finish_reason`` is the server's word: ``stop``, ``length``, ``MAX_TOKENS``, .... ``cached`` tells that nothing
    was paid for it. ``refusal`` is the text of a refusal where the server marks one, ``reasoning`` the thinking that it
    keeps apart from the text. Token ids are those a server returns when it is asked for them, otherwise empty.
    """

    text: str
    finish_reason: str
    usage: Usage
    cached: bool = False
    refusal: str | None = None
    token_ids: tuple[int, ...] = ()
    prompt_token_ids: tuple[int, ...] = ()
    reasoning: str = ""

    @property
    def cut_off(self) -> bool:
        """Whether a limit of tokens ended the text, in whatever words the server says so."""
        return self._reason in _CUT_OFF

    @property
    def outcome(self) -> Outcome:
        """Whether there is a text, or why there is none: the model refused, a filter withheld it, nothing was said."""
        if self.refusal is not None:
            return "refused"
        if self._reason in _FILTERED:
            return "filtered"
        return "text" if self.text.strip() else "empty"

    @property
    def _reason(self) -> str:
        """The reason in lower case, letters alone: ``FinishReason.MAX_TOKENS`` is ``maxtokens``."""
        letters = "".join(letter for letter in self.finish_reason.lower() if letter.isalpha())
        return letters.removeprefix("finishreason")
