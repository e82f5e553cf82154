"""The two ends of the wire: a request as the body of a call, and an answer as a reply."""

from typing import Any

from pydantic import BaseModel, ConfigDict, ValidationError, field_validator

from asterism.core.message import Message
from asterism.llm.config import ServerConfig
from asterism.llm.images import data_url
from asterism.llm.reply import Reply, Usage
from asterism.llm.request import ChatRequest


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


class _Outside(BaseModel):
    model_config = ConfigDict(extra="ignore")


class _Usage(_Outside):
    prompt_tokens: int = 0
    completion_tokens: int = 0


class _Metered(_Outside):
    usage: _Usage | None = None


class _Part(_Outside):
    text: str = ""


class _Message(_Outside):
    content: str | None = None
    refusal: str | None = None

    @field_validator("content", mode="before")
    @classmethod
    def _joined(cls, content: Any) -> Any:
        """Some servers answer in parts."""
        return "".join(_Part.model_validate(part).text for part in content) if isinstance(content, list) else content


class _Choice(_Outside):
    message: _Message
    finish_reason: str | None = None
    token_ids: tuple[int, ...] | None = None


class _Answer(_Metered):
    choices: tuple[_Choice, ...]
    prompt_token_ids: tuple[int, ...] | None = None


class _Error(_Outside):
    message: str = ""
    code: str | int | None = None


class _Failure(_Outside):
    error: _Error | str = ""
    message: str = ""
    detail: Any = None


def read_reply(text: str) -> Reply | None:
    """The reply in the body of an answer, None where it is damaged or holds no choice."""
    try:
        answer = _Answer.model_validate_json(text)
    except ValidationError:
        return None
    if not answer.choices:
        return None
    choice = answer.choices[0]
    return Reply(
        text=choice.message.content or "",
        finish_reason=choice.finish_reason or "",
        usage=read_usage(text) or Usage(),
        refusal=choice.message.refusal or None,
        token_ids=choice.token_ids or (),
        prompt_token_ids=answer.prompt_token_ids or (),
    )


def read_usage(text: str) -> Usage | None:
    """What an answer says it used, be it otherwise a reply or not; None where it does not tell."""
    try:
        usage = _Metered.model_validate_json(text).usage
    except ValidationError:
        return None
    return None if usage is None else Usage(usage.prompt_tokens, usage.completion_tokens)


def read_failure(text: str) -> tuple[str, str]:
    """The server's own words in the body of an error, and its code for it (empty where it gives none)."""
    try:
        failure = _Failure.model_validate_json(text)
    except ValidationError:
        return text, ""
    if isinstance(failure.error, _Error):
        code = "" if failure.error.code is None else str(failure.error.code)
        return failure.error.message or failure.message or text, code
    return failure.error or failure.message or (str(failure.detail) if failure.detail else text), ""
