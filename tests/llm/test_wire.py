"""Bodies of calls and answers."""

import json
from dataclasses import asdict
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from pydantic import TypeAdapter

from asterism.core.message import Message
from asterism.llm.config import ServerConfig
from asterism.llm.reply import Reply, Usage
from asterism.llm.request import ChatRequest
from asterism.llm.wire import body_of, read_failure, read_reply, read_usage
from tests.llm.asking import noise, say

CONFIG = ServerConfig(model="m")
JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False) | st.text(),
    lambda inner: (
        st.lists(inner, max_size=3)
        | st.dictionaries(
            st.sampled_from(["choices", "message", "content", "usage", "error", "text", "finish_reason", "token_ids"]),
            inner,
            max_size=3,
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


NUMBERS = (
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=4) | st.lists(st.none(), max_size=2)
)
PARTS = st.one_of(
    NUMBERS,
    st.fixed_dictionaries(
        {"type": st.sampled_from(["text", "thinking", "output_text", "image_url", None])},
        optional={"text": NUMBERS, "thinking": NUMBERS | st.lists(st.text(max_size=3), max_size=2), "refusal": NUMBERS},
    ),
)
MESSAGES = st.fixed_dictionaries(
    {"content": NUMBERS | PARTS | st.lists(PARTS, max_size=3)},
    optional={"refusal": NUMBERS, "reasoning_content": NUMBERS},
)
ANSWERS = st.fixed_dictionaries(
    {
        "choices": st.lists(
            st.fixed_dictionaries(
                {"message": MESSAGES | NUMBERS},
                optional={"finish_reason": NUMBERS, "finish_details": NUMBERS, "token_ids": NUMBERS},
            )
            | NUMBERS,
            max_size=2,
        )
    },
    optional={
        "usage": NUMBERS
        | st.dictionaries(st.sampled_from(["prompt_tokens", "completion_tokens", "total_tokens"]), NUMBERS, max_size=3),
        "prompt_token_ids": NUMBERS,
    },
)


@given(ANSWERS, st.integers(0, 400), st.text(max_size=3))
def test_any_answer_is_a_reply_that_can_be_kept_or_none(value: Any, cut: int, noise: str) -> None:
    whole = json.dumps(value)
    for text in (whole, whole[:cut], whole[:cut] + noise + whole[cut:]):
        reply = read_reply(text)
        if reply is not None:
            reply.text.encode(), reply.reasoning.encode(), (reply.refusal or "").encode()
            assert reply.outcome in ("text", "refused", "filtered", "empty") and reply.cut_off in (True, False)
            assert reply.usage.prompt_tokens >= 0 and reply.usage.completion_tokens >= 0
            assert TypeAdapter(Reply).validate_json(json.dumps(asdict(reply))) == reply
        read_failure(text)[0].encode()


def usage_of(**usage: Any) -> Usage | None:
    return read_usage(json.dumps({"usage": usage}))


@pytest.mark.parametrize(
    ("usage", "expected"),
    [
        ({"prompt_tokens": 3, "completion_tokens": 2}, Usage(3, 2)),
        ({"prompt_tokens": 3.0, "completion_tokens": 2.5}, Usage(3, 3)),
        ({"prompt_tokens": 3}, Usage(3, 0)),
        ({"prompt_tokens": None, "completion_tokens": 2}, Usage(0, 2)),
        ({"prompt_tokens": 3, "total_tokens": 9}, Usage(3, 6)),
        ({"completion_tokens": 2, "total_tokens": 9}, Usage(7, 2)),
        ({"total_tokens": 9}, Usage(9, 0)),
        ({"input_tokens": 3, "output_tokens": 2}, Usage(3, 2)),
        ({"prompt_tokens": -1, "completion_tokens": True}, None),
        ({"prompt_tokens": "many"}, None),
        ({"prompt_tokens": 1e300, "completion_tokens": 2}, Usage(0, 2)),
        ({}, None),
    ],
)
def test_odd_counts_of_tokens_are_understood(usage: dict[str, Any], expected: Usage | None) -> None:
    assert usage_of(**usage) == expected
    reply = read_reply(json.dumps({"choices": [{"message": {"content": "x"}}], "usage": usage}))
    assert reply is not None and reply.text == "x" and reply.usage == (expected or Usage())


def test_counts_that_json_does_not_know_are_none() -> None:
    assert read_usage('{"usage": {"prompt_tokens": NaN, "completion_tokens": Infinity}}') is None
    assert read_usage('{"usage": null}') is read_usage('{"usage": [1]}') is None


@pytest.mark.parametrize(
    ("content", "text", "reasoning"),
    [
        (["a", "b"], "ab", ""),
        ([{"type": "text", "text": None}, {"type": "text", "text": "b"}], "b", ""),
        ([None, {"type": "image_url"}, "c"], "c", ""),
        ({"type": "text", "text": "d"}, "d", ""),
        ([{"type": "output_text", "text": "e"}], "e", ""),
        ([{"type": "thinking", "thinking": "hm"}, {"type": "text", "text": "f"}], "f", "hm"),
        (
            [{"type": "thinking", "thinking": [{"type": "text", "text": "so"}]}, {"type": "text", "text": "g"}],
            "g",
            "so",
        ),
    ],
)
def test_contents_in_parts_are_joined(content: Any, text: str, reasoning: str) -> None:
    reply = read_reply(answer(message={"content": content}, finish_reason="stop"))
    assert reply is not None and (reply.text, reply.reasoning) == (text, reasoning)


def test_thinking_that_a_server_keeps_apart_is_told() -> None:
    for name in ("reasoning", "reasoning_content"):
        reply = read_reply(answer(message={"content": None, name: "hm"}, finish_reason="length"))
        assert reply is not None and (reply.text, reply.reasoning, reply.outcome) == ("", "hm", "empty")


def test_a_refusal_may_be_a_part() -> None:
    reply = read_reply(answer(message={"content": [{"type": "refusal", "refusal": "I will not."}]}))
    assert reply is not None and (reply.outcome, reply.refusal) == ("refused", "I will not.")


@pytest.mark.parametrize("content", [7, True, 0.5])
def test_a_content_that_is_a_number_is_no_reply(content: Any) -> None:
    assert read_reply(answer(message={"content": content})) is None


CUT_OFF = (
    *("length", "LENGTH", "max_tokens", "MAX_TOKENS", "max-tokens", "maxTokens", "model_length", "max_length"),
    *("max_output_tokens", "max_completion_tokens", "max_new_tokens", "token_limit", "FINISH_REASON_MAX_TOKENS"),
    *("FinishReason.MAX_TOKENS", "model_context_window_exceeded", "token limit reached"),
)


@pytest.mark.parametrize("reason", CUT_OFF)
def test_every_spelling_of_cut_off_is_one(reason: str) -> None:
    reply = read_reply(answer(message={"content": "x"}, finish_reason=reason))
    assert reply is not None and reply.cut_off and reply.finish_reason == reason


@pytest.mark.parametrize("reason", ["stop", "STOP", "end_turn", "eos", "tool_calls", "", None, 7, {"a": 1}])
def test_what_is_no_limit_is_not_cut_off(reason: Any) -> None:
    reply = read_reply(answer(message={"content": "x"}, finish_reason=reason))
    assert reply is not None and not reply.cut_off and reply.outcome == "text"


def test_an_older_way_to_tell_why_a_text_ends() -> None:
    reply = read_reply(answer(message={"content": "x"}, finish_details={"type": "max_tokens"}))
    assert reply is not None and reply.cut_off


@pytest.mark.parametrize("reason", ["content_filter", "CONTENT_FILTER", "content-filter", "SAFETY", "sensitive"])
def test_every_spelling_of_a_filter_is_one(reason: str) -> None:
    reply = read_reply(answer(message={"content": "x"}, finish_reason=reason))
    assert reply is not None and reply.outcome == "filtered" and not reply.cut_off


@pytest.mark.parametrize("ids", [[1, None], [1.5], ["1"], "12", [-1], {"a": 1}, [True]])
def test_token_ids_that_are_none_cost_no_reply(ids: Any) -> None:
    reply = read_reply(answer(message={"content": "x"}, token_ids=ids))
    assert reply is not None and reply.text == "x" and reply.token_ids == ()


def test_half_a_character_is_marked_and_the_rest_is_kept() -> None:
    reply = read_reply('{"choices": [{"message": {"content": "ok \\ud83d\\ude00 \\ud83d"}}]}')
    assert reply is not None and reply.text == "ok 😀 \ufffd"


@pytest.mark.parametrize(
    ("text", "words", "code"),
    [
        ('{"error": {"message": "too long", "code": "context_length"}}', "too long", "context_length"),
        ('{"error": {"message": "no", "code": 40}}', "no", "40"),
        ('{"error": "plain"}', "plain", ""),
        ('{"object": "error", "message": "vLLM of old"}', "vLLM of old", ""),
        ('{"detail": "Not Found"}', "Not Found", ""),
        ('{"error": {"message": null, "code": "insufficient_quota"}}', "{}", "insufficient_quota"),
        ('{"error": {"message": "no", "code": ["x"]}, "more": 1}', "no", ""),
        ('{"error": null, "message": null, "detail": [{"msg": "x"}]}', '[{"msg": "x"}]', ""),
        ("<h1>Bad Gateway</h1>", "<h1>Bad Gateway</h1>", ""),
    ],
)
def test_a_servers_own_words_are_found(text: str, words: str, code: str) -> None:
    assert read_failure(text) == (text if words == "{}" else words, code)
