"""Requests over the wire by the openai package, tried again where that may help."""

import asyncio
from datetime import UTC, datetime
from typing import Any

import openai
import tenacity

from asterism.core.errors import AsterismError
from asterism.llm.backoff import pause, retry_after
from asterism.llm.config import ServerConfig
from asterism.llm.errors import BadReply, Refused, Unreachable, Unsendable
from asterism.llm.reply import Reply
from asterism.llm.request import ChatRequest
from asterism.llm.secret import Secret
from asterism.llm.totals import Meter
from asterism.llm.wire import body_of, read_failure, read_reply, read_usage

BAD_REQUEST, NO_KEY, NO_MONEY, NOT_FOUND, TIMED_OUT, TOO_MANY, SERVER_FAULT = 400, 401, 402, 404, 408, 429, 500
NO_QUOTA = "insufficient_quota"
"""The code by which a 429 tells that money is missing, not patience."""
NOT_SENT = ("ConnectError", "ConnectTimeout", "PoolTimeout")
"""Faults of the connection by name, before anything was sent."""
NAME_HEADER = "X-Asterism-Request"
"""Carries the key of the request, so that a server's log can be laid beside the cache."""
LONGEST_WORDS = 400
"""Letters of a server's message that are shown."""


class _Passing(Exception):
    """A fault that may pass: what it was, how long the server wants to be left alone, whether it answered at all."""

    def __init__(self, what: str, *, wait: float | None = None, answered: bool = False) -> None:
        super().__init__(what)
        self.wait = wait
        self.answered = answered


class Transport:
    """Sends a request until it is answered, refused, or tried too often.

    An error of the openai package carries the headers of the request, and one of a server may repeat them. So none is
    chained to what is raised here, and a server's words pass through :class:`asterism.llm.secret.Secret` first.
    """

    def __init__(self, config: ServerConfig, meter: Meter) -> None:
        self._config = config
        self._meter = meter
        self._secret = Secret(config.api_key_env)
        key = self._secret.reveal()
        self._openai = openai.AsyncOpenAI(api_key=key or "none", base_url=config.url, max_retries=0)
        self._headers: dict[str, Any] = {} if key else {"Authorization": openai.Omit()}
        self._schemas = config.structured != "off"

    async def close(self) -> None:
        """Close the connections."""
        await self._openai.close()

    async def ask(self, key: str, request: ChatRequest) -> Reply:
        """The server's reply to the request of this key.

        A server that rejects a schema is asked once more without it where ``structured`` is ``auto``; if it answers
        then, no schema is sent to it again.

        Raises:
            LlmError: there is none.
        """
        schema = self._schemas and request.schema is not None
        reply: Reply | None = None
        try:
            reply = await self._persist(key, request, schema)
        except Refused as refused:
            if not schema or self._config.structured != "auto" or refused.status != BAD_REQUEST:
                raise
        if reply is None:
            schema = False
            reply = await self._persist(key, request, schema)
            self._schemas = False
        self._meter.count(paid=1, unstructured=int(request.schema is not None and not schema))
        return reply

    async def _persist(self, key: str, request: ChatRequest, schema: bool) -> Reply:
        retrying = tenacity.AsyncRetrying(
            retry=tenacity.retry_if_exception_type(_Passing),
            stop=tenacity.stop_after_attempt(self._config.max_retries + 1),
            wait=lambda state: pause(self._config, key, state.attempt_number, _wanted(state)),
            before_sleep=lambda _: self._meter.count(retries=1),
            reraise=True,
        )
        try:
            return await retrying(self._try, key, request, schema)
        except _Passing as fault:
            what, kind = str(fault), BadReply if fault.answered else Unreachable
        tries = self._config.max_retries + 1
        raise kind(
            f"{what} ({tries} {'try' if tries == 1 else 'tries'})",
            where=self._config.url,
            remedy="Try again later, or raise max_retries or timeout_s.",
        )

    async def _try(self, key: str, request: ChatRequest, schema: bool) -> Reply:
        """Send it once.

        Raises:
            _Passing: another try may fare better.
            LlmError: it may not.
        """
        text = await self._post(key, await self._body(request, schema))
        usage = read_usage(text)
        if usage is not None:
            self._meter.use(usage)
        reply = read_reply(text)
        if reply is None:
            self._meter.count(lost=int(usage is None))
            raise _Passing(f"the answer is no reply: {self._words(text) or 'it is empty'}", answered=True)
        self._meter.count(unmetered=int(usage is None))
        return reply

    async def _body(self, request: ChatRequest, schema: bool) -> dict[str, Any]:
        try:
            if not request.images:
                return body_of(request, self._config, schema=schema)
            return await asyncio.to_thread(body_of, request, self._config, schema=schema)
        except AsterismError as error:
            fault = Unsendable(error.what, where=error.where, remedy=error.remedy)
        raise fault

    async def _post(self, key: str, body: dict[str, Any]) -> str:
        """The body of the answer, which is one of success."""
        fault: Exception
        try:
            async with asyncio.timeout(self._config.timeout_s):
                answer = await self._openai.chat.completions.with_raw_response.create(
                    messages=body.pop("messages"),
                    model=body.pop("model"),
                    extra_body=body,
                    extra_headers={**self._headers, NAME_HEADER: key},
                    timeout=self._config.timeout_s,
                )
                return self._secret.strike_reply(answer.text)
        except openai.APIStatusError as error:
            fault = self._status_fault(error)
        except openai.APIConnectionError as error:
            fault = self._connection_fault(error)
        except TimeoutError:
            self._meter.count(lost=1)
            fault = _Passing(f"no answer within {self._config.timeout_s:g} s")
        except UnicodeEncodeError:
            fault = Unsendable("the text holds half a character (a lone surrogate)", remedy="Mend or drop the record.")
        raise fault

    def _connection_fault(self, error: openai.APIConnectionError) -> _Passing:
        cause = error.__cause__
        self._meter.count(lost=int(type(cause).__name__ not in NOT_SENT))
        if isinstance(error, openai.APITimeoutError):
            return _Passing(f"no answer within {self._config.timeout_s:g} s")
        words = self._words(str(cause or error)) or type(cause).__name__
        return _Passing(f"the connection failed ({words})")

    def _status_fault(self, error: openai.APIStatusError) -> Exception:
        status = error.status_code
        message, code = read_failure(error.response.text)
        what = f"status {status}: {self._words(message) or 'no message'}"
        passing = status in (TIMED_OUT, TOO_MANY) or status >= SERVER_FAULT
        if passing and code != NO_QUOTA:
            return _Passing(what, wait=retry_after(error.response.headers.get("Retry-After"), datetime.now(UTC)))
        ends_run = status in (NO_KEY, NO_MONEY, NOT_FOUND) or code == NO_QUOTA
        return Refused(what, status=status, ends_run=ends_run, where=self._config.url, remedy=self._remedy(status))

    def _remedy(self, status: int) -> str:
        variable = self._config.api_key_env
        if status == NO_KEY:
            held = "does not hold a key of this server" if self._secret.reveal() else "is not set"
            return (
                f"The variable {variable} {held}." if variable else "Name the variable that holds the key: api_key_env."
            )
        if status == NOT_FOUND:
            return "Check url (most servers want it to end in /v1) and model."
        if status in (NO_MONEY, TOO_MANY):
            return "Top up the account at the server, or use another."
        return (
            "Asking again will not help: change the request or the server's settings (omit, length_field, structured)."
        )

    def _words(self, text: str) -> str:
        """A server's words on one line, without the key."""
        line = " ".join(self._secret.strike(text).split())
        return line if len(line) <= LONGEST_WORDS else f"{line[: LONGEST_WORDS - 1]}…"


def _wanted(state: tenacity.RetryCallState) -> float | None:
    """How long the server wants to be left alone."""
    fault = state.outcome.exception() if state.outcome is not None else None
    return fault.wait if isinstance(fault, _Passing) else None
