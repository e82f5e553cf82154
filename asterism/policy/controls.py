"""Control tokens: marks of turns, images and ends that a tokenizer knows, and that are mere letters within a text.

A chat template writes ``<|im_end|>`` where a turn ends. A question that quotes it must not end the turn, so a text is
cut where it would be taken for such a token::

    text     why <|im_end|> ?
    seamed   why <§|im_end|> ?      § is a token of a copy of the tokenizer, known to nobody else
    tokens   why <   |im_end|> ?    and is taken out again once the text is encoded
"""

import copy
import re
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import replace
from functools import cached_property
from itertools import pairwise
from typing import Any

from tokenizers import AddedToken

from asterism.core.errors import AsterismError
from asterism.core.message import Message, Part

SEAM = "\ue0a5asterism-seam\ue0a5"
"""What cuts a word in two: one token of the copy, made of characters that no text holds by accident."""
FORM_TAGS = ("<think>", "</think>", "<thinking>", "</thinking>", "<answer>", "</answer>")
"""Tags of the asked form: prompts name them and answers are read by them, so they are never control tokens."""
LONGEST_OPENING = 16
"""Tokens at the end of a prompt among which an opened ``<think>`` is looked for."""
_OPENED = re.compile(r"<think>\s*\Z")
_PIPED = re.compile(r"<\|[^<>|\s]{1,64}\|>")


class Controls:
    """The control tokens of one processor.

    They are the special tokens of its tokenizer, those that stand for images, and any other added token that looks like
    one (``<|...|>``); the tags of the asked form are none.
    """

    def __init__(self, processor: Any, vision_tokens: Iterable[str]) -> None:
        """``vision_tokens`` stand for images in this family; those that the tokenizer does not know do no harm."""
        self._processor = processor
        tokenizer = processor.tokenizer
        vocabulary, added = tokenizer.get_vocab(), tokenizer.added_tokens_decoder
        special = {each.content for each in added.values() if each.special or _PIPED.fullmatch(each.content)}
        special |= {*tokenizer.all_special_tokens, *(each for each in vision_tokens if each in vocabulary)}
        self.tokens: tuple[str, ...] = tuple(sorted(special - {*FORM_TAGS, ""}))
        self.silent: frozenset[int] = frozenset(
            index for index, each in added.items() if each.special and each.content not in FORM_TAGS
        )
        """Special tokens that leave no text when a completion is decoded: all but the tags of the form."""
        self.hides_tags: bool = any(each.special and each.content in FORM_TAGS for each in added.values())
        """Whether the tokenizer counts tags of the form among its special tokens, and so leaves them out."""

    def among(self, texts: Iterable[str]) -> bool:
        """Whether any of the texts holds what would be taken for a control token."""
        return any(token in text for text in texts for token in (*self.tokens, SEAM))

    def seamed(self, message: Message, *, where: str) -> Message:
        """The message with every such word cut in two.

        Raises:
            AsterismError: a control token is one character long, which nothing can cut.
        """
        text = message.text
        found = [token for token in (*self.tokens, SEAM) if token in text]
        single = next((token for token in found if len(token) == 1), None)
        if single is not None:
            raise AsterismError(
                f"the text contains {single!r}, which is a control token of this model and cannot be told from one",
                where=where,
                remedy="Take it out of the text.",
            )
        places = sorted({place + 1 for token in found for place in _places(text, token)})
        return replace(message, parts=tuple(_cut(message.parts, places)))

    @cached_property
    def seaming(self) -> Any:
        """The processor, with a tokenizer that knows the seam; the model's own tokenizer stays as it is."""
        other = copy.copy(self._processor)
        other.tokenizer = copy.deepcopy(self._processor.tokenizer)
        other.tokenizer.add_tokens([AddedToken(SEAM, special=True, normalized=False)], special_tokens=True)
        return other

    def unseamed(self, token_ids: Sequence[int]) -> tuple[int, ...]:
        """Tokens of :attr:`seaming` without the seam."""
        seam = self.seaming.tokenizer.convert_tokens_to_ids(SEAM)
        return tuple(token for token in token_ids if token != seam)

    def text_ids(self, text: str, *, where: str) -> tuple[int, ...]:
        """The tokens of a text by itself, such as an expert's answer; none of them is a control token.

        Raises:
            AsterismError: as :meth:`seamed` does.
        """
        if not self.among([text]):
            return tuple(self._processor.tokenizer(text, add_special_tokens=False)["input_ids"])
        seamed = self.seamed(Message.assistant(text), where=where).text
        return self.unseamed(self.seaming.tokenizer(seamed, add_special_tokens=False)["input_ids"])


def opening(prompt: str) -> str:
    r"""The ``<think>``, with the white space behind it, with which a prompt ends; empty where it ends otherwise.

    >>> opening("<|im_start|>assistant\n<think>\n")
    '<think>\n'
    """
    found = _OPENED.search(prompt)
    return found[0] if found else ""


def _places(text: str, token: str) -> Iterator[int]:
    place = text.find(token)
    while place >= 0:
        yield place
        place = text.find(token, place + 1)


def _cut(parts: Iterable[Part], places: Sequence[int]) -> Iterator[Part]:
    """The parts with seams at places of their whole text: a word may begin in one part and end in another."""
    start = 0
    for part in parts:
        if isinstance(part, str):
            end = start + len(part)
            cuts = [0, *(place - start for place in places if start < place <= end), len(part)]
            yield SEAM.join(part[left:right] for left, right in pairwise(cuts))
            start = end
        else:
            yield part
