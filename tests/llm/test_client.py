"""The client before a server that fails on purpose."""

import asyncio
import gc
import logging
import subprocess
import sys
import threading
import time
import traceback
import weakref
from collections.abc import Callable, Iterator
from datetime import UTC, datetime, timedelta
from email.utils import format_datetime
from pathlib import Path
from typing import Any

import pytest

from asterism.core.errors import AsterismError
from asterism.core.image import Image
from asterism.llm.client import Client
from asterism.llm.errors import BadReply, BudgetSpent, LlmError, Refused, Unreachable, Unsendable
from asterism.llm.reply import Reply, Usage
from asterism.llm.request import ChatRequest
from tests.llm.asking import noise, say
from tests.llm.conftest import KEY
from tests.llm.faulty_server import FaultyServer, Rule

Serve = Callable[..., FaultyServer]
Open = Callable[..., Client]


def adds_up(client: Client, server: FaultyServer) -> None:
    """The client's totals are those of the server's ledger."""
    lines = [line for line in server.lines() if line["status"] == 200]
    totals = client.totals
    prompt, completion = (sum(line[name] for line in lines) for name in ("prompt_tokens", "completion_tokens"))
    assert totals.usage == Usage(prompt, completion)
    assert totals.cost == pytest.approx(sum(line["cost"] for line in lines))
    assert totals.requests == totals.paid + totals.cached + totals.failures


def test_a_question_about_a_picture_is_answered(serve: Serve, client_of: Open) -> None:
    server = serve()
    client = client_of(server)
    reply = client.ask(say("what is this?", noise("x")))
    assert reply == Reply("what is this?", "stop", Usage(3 + 85, 3))
    assert server.asked[0].images[0].startswith("data:image/png;base64,")
    assert server.asked[0].headers["authorization"] == f"Bearer {KEY}"
    adds_up(client, server)


@pytest.mark.parametrize(
    "fault",
    [
        Rule("429", times=2),
        Rule("429", times=1, retry_after="0.05"),
        Rule("500", times=2),
        Rule("503", times=2),
        Rule("408", times=1),
        Rule("drop_unread", times=2),
        Rule("drop", times=2),
        Rule("truncated", times=2),
        Rule("garbage", times=2),
        Rule("empty_choices", times=2),
    ],
    ids=lambda rule: rule.do,
)
def test_what_may_pass_is_tried_again(fault: Rule, serve: Serve, client_of: Open) -> None:
    server = serve(fault)
    client = client_of(server)
    assert client.ask(say("again")).text == "again"
    assert client.totals.retries == fault.times
    assert client.totals.lost == (fault.times if fault.do in ("drop_unread", "drop", "truncated", "garbage") else 0)
    adds_up(client, server)


@pytest.mark.parametrize(
    ("fault", "kind", "words"),
    [
        (Rule("429"), Unreachable, "status 429: told to fail"),
        (Rule("500", text="out of memory"), Unreachable, "out of memory"),
        (Rule("drop"), Unreachable, "connection failed"),
        (Rule("garbage"), BadReply, "no reply: {'choices'"),
        (Rule("empty_choices"), BadReply, "no reply"),
        (Rule("slow", seconds=30), Unreachable, "no answer within 1 s"),
        (Rule("trickle", seconds=0.2), Unreachable, "no answer within 1 s"),
    ],
    ids=lambda each: each.do if isinstance(each, Rule) else "",
)
def test_what_does_not_pass_is_told_after_so_many_tries(
    fault: Rule, kind: type[LlmError], words: str, serve: Serve, client_of: Open
) -> None:
    server = serve(fault)
    client = client_of(server, max_retries=1, timeout_s=1 if "within" in words else 20)
    with pytest.raises(kind, match=words) as caught:
        client.ask(say("again"))
    assert "(2 tries)" in str(caught.value)
    assert server.count == 2 or "within" in words  # a slow machine may have sent nothing in time
    assert (client.totals.failures, client.totals.retries, client.totals.paid) == (1, 1, 0)


def test_a_server_that_is_not_there_is_told(client_of: Open, serve: Serve) -> None:
    server = serve()
    client = client_of(server, url="http://127.0.0.1:9/v1", max_retries=1)
    with pytest.raises(Unreachable, match=r"127\.0\.0\.1:9"):
        client.ask(say("?"))
    assert client.totals.lost == 0


@pytest.mark.parametrize("status", [400, 402, 403, 404, 409, 413, 422])
def test_any_other_status_of_4xx_ends_it_at_once_in_the_servers_words(
    status: int, serve: Serve, client_of: Open
) -> None:
    server = serve(Rule(str(status), text="the prompt is too long\nby 7"))
    client = client_of(server)
    with pytest.raises(Refused, match=f"status {status}: the prompt is too long by 7") as caught:
        client.ask(say("?"))
    assert caught.value.status == status
    assert server.count == 1
    assert client.totals.retries == 0


def test_a_server_is_left_alone_for_as_long_as_it_asks(serve: Serve, client_of: Open) -> None:
    date = format_datetime(datetime.now(UTC) + timedelta(seconds=2.5), usegmt=True)  # a date has whole seconds
    server = serve(
        Rule("429", contains="seconds", times=1, retry_after="1.2"),
        Rule("503", contains="date", times=1, retry_after=date),
        Rule("429", contains="capped", times=1, retry_after="86400"),
    )
    client = client_of(server, max_retry_after_s=1.5)
    start = time.monotonic()
    waited = {}
    for place, reply in client.ask_all([say("seconds"), say("date"), say("capped")]):
        assert isinstance(reply, Reply)
        waited[place] = time.monotonic() - start
    assert waited[0] >= 1.2
    assert waited[1] >= 0.8
    assert 1.5 <= waited[2] < 20


def test_refusals_and_silence_are_replies_of_their_own_kind(serve: Serve, client_of: Open) -> None:
    server = serve(Rule("refusal", contains="a"), Rule("empty", contains="b"), Rule("content_filter", contains="c"))
    client = client_of(server)
    assert [client.ask(say(text)).outcome for text in "abcd"] == ["refused", "empty", "filtered", "text"]
    adds_up(client, server)


def test_a_reply_without_usage_is_counted_apart(serve: Serve, client_of: Open) -> None:
    client = client_of(serve(Rule("no_usage", times=1)))
    client.ask(say("a"))
    client.ask(say("b"))
    assert (client.totals.unmetered, client.totals.paid) == (1, 2)


def test_nothing_is_paid_twice(serve: Serve, client_of: Open, tmp_path: Path) -> None:
    server = serve(seconds=0.2)
    requests = [say("a"), say("a"), say("a", sample=1), say("b", noise("x")), say("b", noise("x")), say("a")]
    client = client_of(server, cache=str(tmp_path / "cache"))
    replies = dict(client.ask_all(requests))
    assert server.count == 3  # those of one key were in flight together
    assert sorted(reply.cached for reply in replies.values() if isinstance(reply, Reply)) == [False] * 3 + [True] * 3
    client.close()
    again = client_of(server, cache=str(tmp_path / "cache"))
    assert all(isinstance(reply, Reply) and reply.cached for _, reply in again.ask_all(requests))
    assert server.count == 3
    assert (again.totals.cached, again.totals.tokens) == (6, 0)
    assert len({line["key"] for line in server.lines()}) == 3


def test_a_failure_is_not_kept(serve: Serve, client_of: Open, tmp_path: Path) -> None:
    client = client_of(serve(Rule("500", times=1)), cache=str(tmp_path), max_retries=0)
    with pytest.raises(Unreachable):
        client.ask(say("a"))
    assert client.ask(say("a")).text == "a"


def test_one_failure_takes_no_other_request_with_it(serve: Serve, client_of: Open, tmp_path: Path) -> None:
    client = client_of(serve(Rule("400", contains="bad")), concurrency=2)
    requests = [
        say("one"),
        say("bad"),
        say("two", Image.open(tmp_path / "none.png")),
        say("half \ud800"),
        say("three"),
    ]
    found = dict(client.ask_all(requests))
    assert [type(found[place]) for place in range(5)] == [Reply, Refused, Unsendable, Unsendable, Reply]
    assert "none.png" in str(found[2])
    assert client.totals.failures == 3


def test_no_more_than_so_many_are_in_flight_and_none_is_drawn_before_its_time(serve: Serve, client_of: Open) -> None:
    server = serve(seconds=0.05)
    client = client_of(server, concurrency=4)
    drawn = 0

    def requests() -> Iterator[ChatRequest]:
        nonlocal drawn
        for n in range(40):
            drawn += 1
            yield say(f"{n}")

    for finished, _ in enumerate(client.ask_all(requests())):
        assert drawn <= finished + 4
    assert (drawn, server.count, server.most_in_flight) == (40, 40, 4)


def test_a_spent_budget_keeps_what_was_in_flight_and_says_how_to_go_on(
    serve: Serve, client_of: Open, tmp_path: Path
) -> None:
    server = serve(seconds=0.02)
    requests = [say(f"word number {n}") for n in range(30)]  # 6 tokens each
    client = client_of(server, max_tokens_total=60, concurrency=3, cache=str(tmp_path))
    had = []
    with pytest.raises(BudgetSpent, match=r"60 tokens \(max_tokens_total\) is spent") as caught:
        for place, reply in client.ask_all(requests):
            assert isinstance(reply, Reply)
            had.append(place)
    assert 10 <= len(had) <= 12
    assert server.count == len(had) == client.totals.requests
    assert "run the same command again" in str(caught.value)
    assert client.ask(requests[0]).cached  # what is at hand stays free
    adds_up(client, server)
    more = client_of(server, cache=str(tmp_path), max_cost=1.0)
    assert len(list(more.ask_all(requests))) == 30
    assert server.count == 30


def test_money_is_a_budget_too(serve: Serve, client_of: Open) -> None:
    client = client_of(serve(), max_cost=3e-6)
    client.ask(say("a"))  # 1 token read and 1 written at 1 and 2 the million
    with pytest.raises(BudgetSpent, match="max_cost"):
        client.ask(say("b"))


def test_a_refused_key_ends_the_run_and_no_more_is_drawn(serve: Serve, client_of: Open) -> None:
    server = serve(Rule("echo_key"))
    client = client_of(server, concurrency=2)
    with pytest.raises(Refused, match="does not hold a key"):
        list(client.ask_all(say(f"{n}") for n in range(100)))
    assert server.count == 2


def test_an_account_without_money_is_not_asked_again(serve: Serve, client_of: Open) -> None:
    server = serve(Rule("429", text="You exceeded your current quota", code="insufficient_quota"))
    with pytest.raises(Refused, match="exceeded") as caught:
        client_of(server).ask(say("?"))
    assert caught.value.ends_run
    assert server.count == 1


def test_the_key_is_never_repeated(
    serve: Serve, client_of: Open, tmp_path: Path, caplog: pytest.LogCaptureFixture, capfd: pytest.CaptureFixture[str]
) -> None:
    caplog.set_level(logging.DEBUG)
    server = serve(
        Rule("echo_key", contains="401"), Rule("echo_key_reply", contains="reply"), Rule("echo_key_500", contains="500")
    )
    client = client_of(server, cache=str(tmp_path / "cache"), max_retries=1)
    seen = []
    for text in ("401", "500"):
        with pytest.raises(LlmError) as caught:
            client.ask(say(text))
        error: BaseException | None = caught.value
        assert "Bearer [key]" in str(error)
        seen += [repr(error), *traceback.format_exception(error)]
        seen += [repr(vars(error)), repr(error.__cause__), repr(error.__context__) if error else ""]
    reply = client.ask(say("reply"))
    assert reply.text == "You said Bearer [key]"
    seen += [repr(reply), repr(client), repr(vars(client)), repr(client.config), repr(client.totals), caplog.text]
    client.close()
    kept = b"".join(path.read_bytes() for path in (tmp_path / "cache").iterdir())
    assert b"You said" in kept
    seen += [kept.decode("latin-1"), *capfd.readouterr()]
    assert [text for text in seen if "0123" in text] == []


def test_a_server_without_a_key_gets_none(serve: Serve, client_of: Open, monkeypatch: pytest.MonkeyPatch) -> None:
    server = serve(Rule("401", contains="closed"))
    monkeypatch.delenv("NO_SUCH_KEY", raising=False)
    client_of(server, api_key_env=None).ask(say("?"))
    client = client_of(server, api_key_env="NO_SUCH_KEY")
    client.ask(say("?"))
    assert [("authorization" in asked.headers) for asked in server.asked] == [False, False]
    with pytest.raises(Refused, match="NO_SUCH_KEY is not set"):
        client.ask(say("closed"))


def test_a_server_that_rejects_a_schema_is_asked_without_and_remembered(serve: Serve, client_of: Open) -> None:
    server = serve(Rule("no_schema"))
    client = client_of(server)
    schema = {"type": "object"}
    assert [client.ask(say(text, schema=schema)).text for text in "abc"] == ["a", "b", "c"]
    assert ["response_format" in asked.body for asked in server.asked] == [True, False, False, False]
    assert (client.totals.unstructured, client.totals.paid) == (3, 3)
    with pytest.raises(Refused, match="response_format"):
        client_of(server, structured="on").ask(say("a", schema=schema))
    count = server.count
    client_of(server, structured="off").ask(say("a", schema=schema))
    assert server.count == count + 1


def test_a_request_at_fault_in_itself_does_not_cost_the_others_their_schema(serve: Serve, client_of: Open) -> None:
    server = serve(Rule("400", contains="bad", text="too long"))
    client = client_of(server)
    with pytest.raises(Refused, match="too long"):
        client.ask(say("bad", schema={}))
    client.ask(say("good", schema={}))
    assert "response_format" in server.asked[-1].body
    assert client.totals.unstructured == 0


def test_chains_of_dependent_calls_run_side_by_side(serve: Serve, client_of: Open) -> None:
    server = serve(seconds=0.1)
    client = client_of(server, concurrency=8)

    async def chain(word: str) -> str:
        first = await client.ask_async(say(f"{word} one"))
        return (await client.ask_async(say(f"{first.text} two"))).text

    async def chains() -> list[str]:
        return await asyncio.gather(*(chain(word) for word in "abcdefgh"))

    assert client.run(chains()) == [f"{word} one two" for word in "abcdefgh"]
    assert server.most_in_flight > 4
    assert asyncio.run(chains()) == [f"{word} one two" for word in "abcdefgh"]  # on a loop of somebody else's


def test_a_reader_that_stops_early_leaves_nothing_behind(serve: Serve, client_of: Open, tmp_path: Path) -> None:
    server = serve(seconds=0.1)
    client = client_of(server, concurrency=3, cache=str(tmp_path))
    for _ in client.ask_all(say(f"{n}") for n in range(50)):
        break
    time.sleep(1.0)
    count = server.count
    assert count <= 6  # three, and what took the place of the first
    replies = [client.ask(say(f"{n}")) for n in range(count)]
    assert all(reply.cached for reply in replies)  # what was sent came back and was kept
    client.close()
    client.close()
    assert "asterism-llm" not in [thread.name for thread in threading.enumerate()]


def test_one_who_goes_does_not_take_the_reply_from_another(serve: Serve, client_of: Open) -> None:
    server = serve(seconds=0.3)
    client = client_of(server, concurrency=1)

    async def leave(text: str) -> None:
        task = asyncio.ensure_future(client.ask_async(say(text)))
        await asyncio.sleep(0.05)
        task.cancel()

    async def both() -> list[Reply]:
        stays = asyncio.ensure_future(client.ask_async(say("shared")))
        await leave("shared")  # asked together, in flight
        await leave("queued")  # never sent, nobody wants it
        late = await client.ask_async(say("queued"))
        return [await stays, late]

    assert [reply.text for reply in client.run(both())] == ["shared", "queued"]
    assert server.count == 2


def test_errors_hold_no_pictures(serve: Serve, client_of: Open) -> None:
    client = client_of(serve(Rule("400")))
    pixels: list[weakref.ref[Any]] = []

    def requests() -> Iterator[ChatRequest]:
        for n in range(20):
            image = noise("held", n)
            pixels.append(weakref.ref(image.pixels))
            yield say(f"{n}", image)

    errors = [error for _, error in client.ask_all(requests())]
    gc.collect()
    assert all(isinstance(error, Refused) for error in errors)
    assert sum(ref() is not None for ref in pixels) <= 1


def test_pictures_in_files_are_let_go(serve: Serve, client_of: Open, tmp_path: Path) -> None:
    noise("file").save(tmp_path / "a.png")
    image = Image.open(tmp_path / "a.png")
    client_of(serve()).ask(say("?", image))
    (tmp_path / "a.png").unlink()
    with pytest.raises(AsterismError, match="not found"):
        _ = image.pixels


def test_without_its_packages_the_client_names_the_extra() -> None:
    code = (
        "import sys; sys.modules['openai'] = None\n"
        "import asterism.llm.client as c; from asterism.llm.config import ServerConfig\n"
        "try: c.Client(ServerConfig(model='m'))\n"
        "except Exception as error: print(type(error).__name__, error)"
    )
    told = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True).stdout
    assert told.startswith("AsterismError")
    assert "asterism[llm]" in told


ODD: list[tuple[dict[str, Any], bool]] = [
    ({"message": {"content": [{"type": "text", "text": None}, {"text": "a"}, None]}}, True),
    ({"message": {"content": {"type": "text", "text": "a"}}, "finish_reason": ["stop"]}, True),
    ({"message": {"content": "a", "refusal": []}, "token_ids": [None]}, True),
    ({"message": {"content": None, "reasoning_content": {"a": 1}}, "finish_reason": 7}, True),
    ({"message": {}}, True),
    ({"message": None}, False),
    ({"message": "a"}, False),
    ({"message": {"content": 7}}, False),
    ({"message": []}, False),
]


def test_odd_answers_are_replies_or_counted_faults_and_each_is_paid_for_once(serve: Serve, client_of: Open) -> None:
    server = serve(*(Rule("answer", contains=f"<{n}>", choice=choice) for n, (choice, _) in enumerate(ODD)))
    client = client_of(server, max_retries=0)
    outcomes = dict(client.ask_all(say(f"<{n}>") for n in range(len(ODD))))
    assert [isinstance(outcomes[n], Reply) for n in range(len(ODD))] == [good for _, good in ODD]
    assert all(isinstance(outcomes[n], BadReply) for n, (_, good) in enumerate(ODD) if not good)
    assert (client.totals.paid, client.totals.failures) == (5, 4)
    adds_up(client, server)
