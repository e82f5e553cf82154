"""Bodies of calls and answers."""

import json
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from asterism.core.message import Message
from asterism.llm.config import ServerConfig
from asterism.llm.reply import Usage
from asterism.llm.request import ChatRequest
from asterism.llm.wire import body_of, read_failure, read_reply, read_usage
from tests.llm.asking import noise, say

CONFIG = ServerConfig(model="m")
JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False) | st.text(),
    lambda inner: (
        st.lists(inner, max_size=3)
        | st.dictionaries(
            st.sampled_from(["choices", "message", "content", "usage", "error", "text"]), inner, max_size=3
        )
    ),
    max_leaves=12,
)


def test_the_body_says_what_the_request_says() -> None:
    request = ChatRequest(
        (Message.system("be brief"), Message.user("what?", (noise("x"), noise("y")))),
        "m",
        temperature=0.7,
        top_p=0.9,
        max_tokens=5,
        seed=3,
        stop=("</answer>",),
        schema={"type": "object"},
        extra={"top_k": 4},
    )
    body = body_of(request, CONFIG, schema=True)
    contents = [message["content"] for message in body.pop("messages")]
    assert contents[0] == "be brief"
    assert [part["type"] for part in contents[1]] == ["image_url", "image_url", "text"]
    assert body == {
        "model": "m",
        "temperature": 0.7,
        "top_p": 0.9,
        "max_tokens": 5,
        "seed": 3,
        "stop": ["</answer>"],
        "top_k": 4,
        "response_format": {
            "type": "json_schema",
            "json_schema": {"name": "reply", "schema": {"type": "object"}, "strict": True},
        },
    }
    assert "response_format" not in body_of(request, CONFIG, schema=False)


def test_fields_that_a_server_does_not_take_are_left_out_or_renamed() -> None:
    config = ServerConfig(model="m", omit=("temperature", "top_p"), length_field="max_completion_tokens")
    assert body_of(say("?", max_tokens=9), config, schema=True) == {
        "model": "m",
        "messages": [{"role": "user", "content": "?"}],
        "max_completion_tokens": 9,
    }


def answer(**choice: Any) -> str:
    return json.dumps({"choices": [choice], "usage": {"prompt_tokens": 3, "completion_tokens": 2, "more": {"x": 1}}})


def test_an_answer_is_read() -> None:
    reply = read_reply(answer(message={"content": "yes"}, finish_reason="stop", token_ids=[5, 6]))
    assert reply is not None
    assert (reply.text, reply.finish_reason, reply.usage, reply.token_ids) == ("yes", "stop", Usage(3, 2), (5, 6))
    assert reply.outcome == "text"


@pytest.mark.parametrize(
    ("message", "finish", "outcome"),
    [
        ({"content": [{"type": "text", "text": "a"}, {"type": "text", "text": "b"}]}, "stop", "text"),
        ({"content": None, "refusal": "I will not."}, "stop", "refused"),
        ({"content": ""}, "content_filter", "filtered"),
        ({"content": "half a"}, "content_filter", "filtered"),
        ({"content": None}, "stop", "empty"),
        ({"content": " \n"}, "length", "empty"),
        ({"content": "x", "refusal": ""}, None, "text"),
    ],
)
def test_what_is_no_text_is_a_typed_outcome(message: dict[str, Any], finish: str | None, outcome: str) -> None:
    reply = read_reply(answer(message=message, finish_reason=finish))
    assert reply is not None
    assert reply.outcome == outcome


@pytest.mark.parametrize("text", ["", "{'choices': [", '{"choices": []}', '{"choices": [{}]}', "[]", "null", "<html>"])
def test_what_is_no_answer_is_no_reply(text: str) -> None:
    assert read_reply(text) is None


@given(JSON)
def test_anything_may_come_back(value: Any) -> None:
    text = json.dumps(value)
    read_reply(text), read_usage(text)
    words, code = read_failure(text)
    assert isinstance(words, str)
    assert isinstance(code, str)


@pytest.mark.parametrize(
    ("text", "words", "code"),
    [
        ('{"error": {"message": "too long", "code": "context_length"}}', "too long", "context_length"),
        ('{"error": {"message": "no", "code": 40}}', "no", "40"),
        ('{"error": "plain"}', "plain", ""),
        ('{"object": "error", "message": "vLLM of old"}', "vLLM of old", ""),
        ('{"detail": "Not Found"}', "Not Found", ""),
        ("<h1>Bad Gateway</h1>", "<h1>Bad Gateway</h1>", ""),
    ],
)
def test_a_servers_own_words_are_found(text: str, words: str, code: str) -> None:
    assert read_failure(text) == (words, code)
