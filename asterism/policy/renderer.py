"""Conversations as a model's chat template writes them: what opens one, and what stands between two turns.

A conversation grows token in, token out: what the model wrote is never decoded and encoded again. So a later turn is
not made by rendering the whole conversation anew, but by what the template puts *between* a reply and the next cue to
answer. It is read off the template with a reply that no template knows::

    <|im_start|>user ? <|im_end|> <|im_start|>assistant MARK <|im_end|> <|im_start|>user Here is the crop. ...
                                                            ^ from here on: the observation's own text
"""

from collections.abc import Sequence
from typing import Any

from asterism.core.errors import AsterismError
from asterism.core.message import Message

MARK = "ASTERISM-REPLY"
"""Stands for what the model wrote: plain letters, which no template strips or escapes."""

_RENDERED = "{{ messages[0]['rendered'] }}"
"""A chat template that writes a text as it is, so that the processor does to it what it does to any prompt."""


def chat(message: Message) -> dict[str, Any]:
    """A message in the form that transformers' chat templates take."""
    return {"role": message.role, "content": [_part(part) for part in message.parts]}


def render(processor: Any, messages: Sequence[Message], *, where: str) -> Any:
    """The processor's tensors of a conversation that the model is to answer.

    Raises:
        AsterismError: the processor refuses an image.
    """
    return _applied(processor, [chat(message) for message in messages], where, add_generation_prompt=True)


def render_observation(processor: Any, message: Message, *, closed_by: str, where: str) -> Any:
    """The processor's tensors of what follows a reply: the rest of the model's turn, the message, the cue to answer.

    ``closed_by`` is the end token that the model wrote itself, empty where a stop string or a limit ended its turn:
    the template's own end of turn is then added.

    Raises:
        AsterismError: the template shows no reply of the model, or the processor refuses an image.
    """
    turns = [chat(Message.user("?")), chat(Message.assistant(MARK)), chat(message)]
    whole = processor.apply_chat_template(turns, add_generation_prompt=True, tokenize=False)
    _, found, after = whole.partition(MARK)  # the first: what is shown may hold the same letters
    if not found:
        raise AsterismError(
            "the model's chat template leaves out what the model said", where=where, remedy="Play one turn only."
        )
    ended = after.lstrip()
    if closed_by and ended.startswith(closed_by):
        after = ended.removeprefix(closed_by)
    images = [part for part in chat(message)["content"] if part["type"] == "image"]
    written = {"role": "user", "content": images, "rendered": after}
    # Special tokens belong to the beginning of a row, and this is none.
    plain = {"add_special_tokens": False}
    return _applied(processor, [written], where, chat_template=_RENDERED, processor_kwargs=plain)


def _part(part: Any) -> dict[str, Any]:
    return {"type": "text", "text": part} if isinstance(part, str) else {"type": "image", "image": part.pil()}


def _applied(processor: Any, conversation: list[dict[str, Any]], where: str, **options: Any) -> Any:
    try:
        return processor.apply_chat_template(
            conversation, tokenize=True, return_dict=True, return_tensors="pt", **options
        )
    except ValueError as error:
        raise AsterismError(
            f"the model's processor refuses it ({error})",
            where=where,
            remedy="Give images of ordinary proportions, or drop the record.",
        ) from error
