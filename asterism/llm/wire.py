"""The two ends of the wire: a request as the body of a call, and an answer as a reply."""

import json
import math
from typing import Any

from asterism.core.message import Message
from asterism.llm.config import ServerConfig
from asterism.llm.images import data_url
from asterism.llm.reply import Reply, Usage
from asterism.llm.request import ChatRequest

MOST_TOKENS = 10**12
"""A count above this is none."""
_THOUGHTS = ("thinking", "reasoning")
"""Types of parts that hold a model's thinking."""


def body_of(request: ChatRequest, config: ServerConfig, *, schema: bool) -> dict[str, Any]:
    """The body of the call; ``schema`` sends the schema where the request has one.

    Raises:
        AsterismError: an image cannot be read.
    """
    body: dict[str, Any] = {
        "model": request.model,
        "messages": [{"role": each.role, "content": _content(each)} for each in request.messages],
        "temperature": request.temperature,
        "top_p": request.top_p,
        config.length_field: request.max_tokens,
    }
    if request.seed is not None:
        body["seed"] = request.seed
    if request.stop:
        body["stop"] = list(request.stop)
    if schema and request.schema is not None:
        form = {"name": "reply", "schema": dict(request.schema), "strict": True}
        body["response_format"] = {"type": "json_schema", "json_schema": form}
    return {name: value for name, value in {**body, **request.extra}.items() if name not in config.omit}


def _content(message: Message) -> str | list[dict[str, Any]]:
    if not message.images:
        return message.text
    return [
        {"type": "text", "text": part}
        if isinstance(part, str)
        else {"type": "image_url", "image_url": {"url": data_url(part)}}
        for part in message.parts
    ]


def read_reply(text: str) -> Reply | None:
    """The reply in the body of an answer, None where it is damaged or holds no choice.

    What servers write otherwise than the interface says is understood where it has one meaning: content in parts, null
    parts, odd counts of tokens. What has none (content that is a number, say) is no reply.
    """
    answer = _object(text)
    choices = answer.get("choices")
    choice = choices[0] if isinstance(choices, list) and choices else None
    message = choice.get("message") if isinstance(choice, dict) else None
    if not isinstance(choice, dict) or not isinstance(message, dict):
        return None
    content = message.get("content")
    if content is not None and not isinstance(content, str | list | dict):
        return None
    parts = content if isinstance(content, list) else [content]
    refusals = [message.get("refusal"), *(part.get("refusal") for part in parts if isinstance(part, dict))]
    thoughts = [message.get("reasoning_content") or message.get("reasoning"), *map(_thought, parts)]
    return Reply(
        text="".join(map(_text, parts)),
        finish_reason=_finish(choice),
        usage=read_usage(text) or Usage(),
        refusal="".join(map(_text, refusals)) or None,
        token_ids=_token_ids(choice.get("token_ids")),
        prompt_token_ids=_token_ids(answer.get("prompt_token_ids")),
        reasoning="".join(map(_text, thoughts)),
    )


def read_usage(text: str) -> Usage | None:
    """What an answer says it used, be it otherwise a reply or not; None where it does not tell.

    A fraction is rounded up. One count that is missing is the rest of the total where there is one, else 0.
    """
    usage = _object(text).get("usage")
    if not isinstance(usage, dict):
        return None
    prompt = _count(usage, "prompt_tokens", "input_tokens")
    completion = _count(usage, "completion_tokens", "output_tokens")
    total = _count(usage, "total_tokens")
    if prompt is None and completion is None and total is None:
        return None
    if prompt is None:
        prompt = max(0, (total or 0) - (completion or 0))
    if completion is None:
        completion = max(0, (total or 0) - prompt)
    return Usage(prompt, completion)


def read_failure(text: str) -> tuple[str, str]:
    """The server's own words in the body of an error, and its code for it (empty where it gives none)."""
    failure = _object(text)
    error, detail = failure.get("error"), failure.get("detail")
    inner = error if isinstance(error, dict) else {}
    code = inner.get("code")
    words = _text(inner.get("message")) or _text(None if inner else error) or _text(failure.get("message"))
    told = words or (detail if isinstance(detail, str) else json.dumps(detail) if detail else "") or text
    return _mended(told), str(code) if isinstance(code, str | int) and not isinstance(code, bool) else ""


def _object(text: str) -> dict[str, Any]:
    """The JSON object that a body is; empty where it is none."""
    try:
        value = json.loads(text)
    except (ValueError, RecursionError):
        return {}
    return value if isinstance(value, dict) else {}


def _text(part: Any) -> str:
    """The text of a part of a content, be it a string or an object; empty where it is of another kind, or null."""
    value = part
    if isinstance(part, dict):
        value = None if part.get("type") in _THOUGHTS else part.get("text")
    return _mended(value) if isinstance(value, str) else ""


def _thought(part: Any) -> str:
    """The thinking in a part of a content."""
    if not isinstance(part, dict) or part.get("type") not in _THOUGHTS:
        return ""
    value = part.get("thinking") or part.get("text")
    return "".join(map(_text, value)) if isinstance(value, list) else _text(value)


def _mended(text: str) -> str:
    """A text with halves of characters (lone surrogates of JSON escapes), which no file takes, marked as damage."""
    return text.encode("utf-16", "surrogatepass").decode("utf-16", "replace")


def _finish(choice: dict[str, Any]) -> str:
    """Why the text ends, in the server's word; some older ones tell it in details."""
    reason, details = choice.get("finish_reason"), choice.get("finish_details")
    told = details.get("type") if reason is None and isinstance(details, dict) else reason
    return told if isinstance(told, str) else ""


def _count(usage: dict[str, Any], *names: str) -> int | None:
    """A number of tokens under the first of some names that has one."""
    for name in names:
        value = usage.get(name)
        if isinstance(value, int | float) and not isinstance(value, bool) and 0 <= value <= MOST_TOKENS:
            return math.ceil(value)
    return None


def _token_ids(value: Any) -> tuple[int, ...]:
    """Token ids; none where one of them is no id, for the others would then not say what was read or written."""
    ids = value if isinstance(value, list) else []
    return tuple(ids) if all(type(each) is int and each >= 0 for each in ids) else ()
