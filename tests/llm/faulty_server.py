"""A server with the OpenAI interface that fails on purpose, and keeps a ledger of what it answered.

As a fixture: ``with FaultyServer(plan=[Rule("500", contains="deer", times=1)]) as server: ... server.url``. By itself::

    python tests/llm/faulty_server.py --port 0 --ledger ledger.jsonl --plan '[{"do": "429", "times": 3}]'

prints its address, one line, and serves until it is killed. ``--plan`` is JSON or a file of JSON. ``--replies
module:function`` names what writes the replies: a function of the prompt (the text of all messages) and the body of
the request as sent, which returns the text of the reply.
"""

import argparse
import asyncio
import hashlib
import json
import sys
import threading
from collections import Counter, deque
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from importlib import import_module
from pathlib import Path
from types import TracebackType
from typing import Any, Self

Replies = Callable[[str, dict[str, Any]], str]
"""Writes the reply: from the text of all messages, and the body of the request."""

IMAGE_TOKENS = 85
FINISHES = {"content_filter": "content_filter", "length": "length"}
DAMAGED = ("truncated", "garbage")
"""Answers that are no whole ones, and stand in no ledger."""


@dataclass(frozen=True, slots=True)
class Rule:
    """What is done to the requests that it matches; the first rule that matches one and is not used up counts.

    ``do`` is one of: a status such as ``429`` or ``500``; ``answer``; ``slow`` (answers after ``seconds``); ``trickle``
    (the body, a byte in ``seconds``); ``drop_unread`` (hangs up without reading the body; ``contains`` cannot apply);
    ``drop`` (hangs up after reading); ``truncated`` (half of the body, then hangs up); ``garbage`` (no JSON);
    ``empty_choices``; ``empty`` (no text); ``refusal``; ``content_filter``; ``length``; ``no_usage``; ``no_schema``
    (400 where ``response_format`` is asked for, otherwise an answer); ``echo_key`` (401 that repeats the Authorization
    header), ``echo_key_500`` and ``echo_key_reply`` (an error of the server, a reply that do).
    """

    do: str
    contains: str = ""  # stands in the text of the messages
    at: tuple[int, ...] = ()  # numbers of requests, from 0; none: any
    times: int | None = None  # how often at most
    each: bool = False  # ``times`` counts for every distinct request
    text: str | None = None  # the reply, or the message of an error
    code: str | None = None  # the code of an error
    retry_after: str | None = None  # the header, in seconds or as a date
    seconds: float = 5.0
    choice: Mapping[str, Any] | None = None  # fields of the choice in place of its own


@dataclass(frozen=True, slots=True)
class Asked:
    """A request as it came in."""

    number: int
    path: str
    headers: Mapping[str, str]
    raw: bytes = b""
    body: dict[str, Any] = field(default_factory=dict)

    @property
    def prompt(self) -> str:
        """The text of all messages."""
        return "\n".join(part["text"] for part in self._parts() if part["type"] == "text")

    @property
    def images(self) -> list[str]:
        """The addresses of all pictures."""
        return [part["image_url"]["url"] for part in self._parts() if part["type"] == "image_url"]

    @property
    def digest(self) -> str:
        """SHA-256 of the body as sent."""
        return hashlib.sha256(self.raw).hexdigest()

    def _parts(self) -> list[dict[str, Any]]:
        contents = [message["content"] for message in self.body.get("messages", [])]
        return [
            part
            for content in contents
            for part in ([{"type": "text", "text": content}] if isinstance(content, str) else content)
        ]


def echo(prompt: str, body: dict[str, Any]) -> str:
    """The reply where no other rule writes it: the same words."""
    return prompt


class FaultyServer:
    """Serves in a thread of its own while the ``with`` block runs, or in this one by :meth:`serve`."""

    def __init__(
        self,
        plan: Sequence[Rule] = (),
        replies: Replies = echo,
        ledger: Path | None = None,
        *,
        port: int = 0,
        prices: tuple[float, float] = (1.0, 2.0),
        seconds: float = 0.0,
    ) -> None:
        """``prices`` are of a million tokens of prompt and completion; every answer takes ``seconds``."""
        self.plan = tuple(plan)
        self.replies = replies
        self.ledger = ledger
        self.port = port
        self.prices = prices
        self.seconds = seconds
        self.asked: deque[Asked] = deque(maxlen=64)
        self.count = 0
        self.in_flight = self.most_in_flight = 0
        self._used: Counter[tuple[int, str]] = Counter()
        self._loop: asyncio.AbstractEventLoop | None = None
        self._ready = threading.Event()
        self._thread = threading.Thread(target=self._run, daemon=True)

    @property
    def url(self) -> str:
        """The base address."""
        return f"http://127.0.0.1:{self.port}/v1"

    def lines(self) -> list[dict[str, Any]]:
        """The ledger."""
        assert self.ledger is not None
        return read_ledger(self.ledger)

    def __enter__(self) -> Self:
        self._thread.start()
        assert self._ready.wait(10), "the server did not start"
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        assert self._loop is not None
        self._loop.call_soon_threadsafe(self._stop.set)
        self._thread.join(10)

    def _run(self) -> None:
        asyncio.run(self.serve(self._ready.set))

    async def serve(self, ready: Callable[[], object]) -> None:
        """Serve until stopped; ``ready`` is called once the port is known."""
        self._loop = asyncio.get_running_loop()
        self._stop = asyncio.Event()
        server = await asyncio.start_server(self._connected, "127.0.0.1", self.port, backlog=1024)
        self.port = server.sockets[0].getsockname()[1]
        ready()
        await self._stop.wait()
        server.close()

    async def _connected(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        try:
            while await self._one(reader, writer):
                pass
        except (asyncio.IncompleteReadError, ConnectionError):
            pass  # the client hung up
        finally:
            writer.close()

    async def _one(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> bool:
        """Answer one request; whether the connection stays."""
        head = (await reader.readuntil(b"\r\n\r\n")).decode("latin-1").split("\r\n")
        headers = {name.lower(): value.strip() for name, _, value in (line.partition(":") for line in head[1:])}
        asked = Asked(self.count, head[0].split()[1], headers)
        self.count += 1
        self.in_flight += 1
        self.most_in_flight = max(self.most_in_flight, self.in_flight)
        try:
            return await self._answer(asked, reader, writer)
        finally:
            self.in_flight -= 1

    async def _answer(self, asked: Asked, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> bool:
        if self._rule(asked, unread=True) is not None:
            writer.transport.abort()
            return False
        raw = await reader.readexactly(int(asked.headers.get("content-length", 0)))
        asked = Asked(asked.number, asked.path, asked.headers, raw, json.loads(raw or b"{}"))
        self.asked.append(asked)
        rule = self._rule(asked) or Rule("answer")
        await asyncio.sleep(self.seconds + (rule.seconds if rule.do == "slow" else 0))
        if rule.do == "drop":
            writer.transport.abort()
        if rule.do == "drop" or reader.at_eof():  # or the client has left: nothing is answered
            return False
        status, answer, usage = self._say(asked, rule)
        content = b"{'choices': [" if rule.do == "garbage" else json.dumps(answer, ensure_ascii=False).encode()
        if rule.do not in DAMAGED:
            self._enter(asked, rule, status, usage)
        extra = f"Retry-After: {rule.retry_after}\r\n" if rule.retry_after else ""
        start = (
            f"HTTP/1.1 {status} -\r\nContent-Type: application/json\r\nContent-Length: {len(content)}\r\n{extra}\r\n"
        )
        writer.write(start.encode())
        if rule.do == "truncated":
            writer.write(content[: len(content) // 2])
            await writer.drain()
            return False
        for byte in content if rule.do == "trickle" else ():
            writer.write(bytes([byte]))
            await writer.drain()
            await asyncio.sleep(rule.seconds)
        writer.write(b"" if rule.do == "trickle" else content)
        await writer.drain()
        return True

    def _rule(self, asked: Asked, *, unread: bool = False) -> Rule | None:
        for place, rule in enumerate(self.plan):
            if (rule.do == "drop_unread") != unread or (rule.at and asked.number not in rule.at):
                continue
            if rule.contains and (unread or rule.contains not in asked.prompt):
                continue
            if rule.do == "no_schema" and "response_format" not in asked.body:
                continue
            use = (place, asked.digest if rule.each else "")
            if rule.times is None or self._used[use] < rule.times:
                self._used[use] += 1
                return rule
        return None

    def _say(self, asked: Asked, rule: Rule) -> tuple[int, dict[str, Any], dict[str, int]]:
        """Status, body and usage of the answer."""
        key = asked.headers.get("authorization", "no key")
        if not asked.path.endswith("/chat/completions"):
            return 404, {"error": {"message": f"no such path: {asked.path}"}}, {}
        if rule.do in ("echo_key", "echo_key_500"):
            status = 500 if rule.do.endswith("500") else 401
            return status, {"error": {"message": f"Incorrect API key provided: {key}", "header": key}}, {}
        if rule.do == "no_schema":
            return 400, {"error": {"message": rule.text or "response_format is not supported"}}, {}
        if rule.do.isdigit():
            return (
                int(rule.do),
                {"error": {"message": rule.text or f"told to fail with {rule.do}", "code": rule.code}},
                {},
            )
        text = rule.text if rule.text is not None else self.replies(asked.prompt, asked.body)
        text = {"empty": "", "echo_key_reply": f"You said {key}"}.get(rule.do, text)
        usage = {
            "prompt_tokens": len(asked.prompt.split()) + IMAGE_TOKENS * len(asked.images),
            "completion_tokens": len(text.split()),
        }
        message: dict[str, Any] = {"role": "assistant", "content": text}
        if rule.do == "refusal":
            message = {"role": "assistant", "content": None, "refusal": rule.text or "I cannot help with that."}
        choice: dict[str, Any] = {"index": 0, "message": message, "finish_reason": FINISHES.get(rule.do, "stop")}
        choice |= rule.choice or {}
        answer = {"id": f"chat-{asked.number}", "object": "chat.completion", "model": asked.body.get("model")}
        if asked.body.get("return_token_ids"):
            choice["token_ids"] = list(text.encode())
            answer["prompt_token_ids"] = list(asked.prompt.encode())
        answer["choices"] = [] if rule.do == "empty_choices" else [choice]
        if rule.do != "no_usage":
            answer["usage"] = {**usage, "total_tokens": sum(usage.values())}
        return 200, answer, usage

    def _enter(self, asked: Asked, rule: Rule, status: int, usage: Mapping[str, int]) -> None:
        if self.ledger is None:
            return
        tokens = usage.get("prompt_tokens", 0), usage.get("completion_tokens", 0)
        line = {
            "body": asked.digest,
            "key": asked.headers.get("x-asterism-request", ""),
            "do": rule.do,
            "status": status,
            "prompt_tokens": tokens[0],
            "completion_tokens": tokens[1],
            "cost": (tokens[0] * self.prices[0] + tokens[1] * self.prices[1]) / 1e6,
        }
        with self.ledger.open("a", encoding="utf-8") as file:
            file.write(json.dumps(line) + "\n")


def read_ledger(path: Path) -> list[dict[str, Any]]:
    """The lines of a ledger: for each request answered in full the hash of its body, status, tokens and cost."""
    return [json.loads(line) for line in path.read_text(encoding="utf-8").splitlines()] if path.is_file() else []


def read_plan(text: str) -> list[Rule]:
    """The rules in JSON, or in a file of it."""
    source = text if text.lstrip().startswith("[") else Path(text).read_text(encoding="utf-8")
    return [Rule(**{**rule, "at": tuple(rule.get("at", ()))}) for rule in json.loads(source)]


def main() -> None:
    """Serve with what the arguments say."""
    parser = argparse.ArgumentParser(description="a server with the OpenAI interface that fails on purpose")
    parser.add_argument("--port", type=int, default=0, help="0 takes a free one")
    parser.add_argument("--ledger", type=Path, help="file to append to")
    parser.add_argument("--plan", default="[]", help="rules: JSON, or a file of JSON")
    parser.add_argument("--replies", default="", help="module:function that writes the replies")
    parser.add_argument("--prices", type=float, nargs=2, default=(1.0, 2.0), help="of a million tokens")
    parser.add_argument("--seconds", type=float, default=0.0, help="how long every answer takes")
    given = parser.parse_args()
    module, _, name = given.replies.partition(":")
    replies = getattr(import_module(module), name) if module else echo
    prices = (given.prices[0], given.prices[1])
    server = FaultyServer(
        read_plan(given.plan), replies, given.ledger, port=given.port, prices=prices, seconds=given.seconds
    )

    def ready() -> None:
        sys.stdout.write(f"{server.url}\n")
        sys.stdout.flush()

    asyncio.run(server.serve(ready))


if __name__ == "__main__":
    main()
