"""One client for any server with the OpenAI interface."""

import asyncio
import threading
from collections.abc import Coroutine, Iterable, Iterator
from concurrent.futures import Future
from dataclasses import dataclass, field, replace
from queue import SimpleQueue
from types import TracebackType
from typing import Any, Self, TypeVar

from asterism.core.errors import AsterismError
from asterism.llm.budget import check_budget
from asterism.llm.cache import Cache
from asterism.llm.config import ServerConfig
from asterism.llm.errors import LlmError, Unsendable
from asterism.llm.reply import Reply
from asterism.llm.request import ChatRequest
from asterism.llm.totals import Meter, Totals

T = TypeVar("T")


@dataclass(slots=True)
class _Asking:
    """A request on its way: who waits for it, and whether it has left the queue."""

    task: "asyncio.Task[Reply]" = field(init=False)
    waiting: int = 0
    sent: bool = False


class Client:
    """Asks a server within bounds of concurrency, time and money, and keeps what it answered.

    Plain calls over an event loop in a thread of its own; any thread may call. Use as a context manager::

        with Client(ServerConfig(url="http://localhost:8000/v1", model="tiny")) as client:
            reply = client.ask(ChatRequest((Message.user("What is this?", (image,)),), "tiny"))
    """

    def __init__(self, config: ServerConfig) -> None:
        """Open the cache and get ready; nothing is sent yet.

        Raises:
            AsterismError: the packages of the extra ``llm`` are missing, the cache cannot be opened, the key is no key.
        """
        try:
            from asterism.llm.transport import Transport
        except ImportError as error:
            raise AsterismError(
                f"asking a server needs the package {error.name}",
                remedy="Install the extra: pip install 'asterism[llm]'",
            ) from error
        self.config = config
        self._meter = Meter(config)
        self._transport = Transport(config, self._meter)
        self._cache = None if config.cache is None else Cache(config.cache)
        self._askings: dict[str, _Asking] = {}
        self._slots = asyncio.Semaphore(config.concurrency)
        self._loop = asyncio.new_event_loop()
        self._thread = threading.Thread(target=self._loop.run_forever, name="asterism-llm", daemon=True)
        self._thread.start()

    @property
    def totals(self) -> Totals:
        """What was done so far."""
        return self._meter.totals

    def ask(self, request: ChatRequest) -> Reply:
        """The reply to one request.

        Raises:
            LlmError: there is none (see :mod:`asterism.llm.errors`).
        """
        return self.run(self._ask(request))

    async def ask_async(self, request: ChatRequest) -> Reply:
        """The same as :meth:`ask`, for coroutines given to :meth:`run` or running elsewhere."""
        if asyncio.get_running_loop() is self._loop:
            return await self._ask(request)
        return await asyncio.wrap_future(asyncio.run_coroutine_threadsafe(self._ask(request), self._loop))

    def ask_all(self, requests: Iterable[ChatRequest]) -> Iterator[tuple[int, Reply | LlmError]]:
        """Each request's place and its reply, or why there is none, as they come.

        Requests are drawn in the caller's thread and only as places become free, so that a generator of any length
        takes no memory.

        Raises:
            LlmError: a fault that ends the run, such as a spent budget or a key that is refused. No more is drawn then,
                and it is raised when all that was in flight has been handed out.
        """
        done: SimpleQueue[tuple[int, Future[Reply | LlmError]]] = SimpleQueue()
        flying: set[Future[Reply | LlmError]] = set()
        drawn = enumerate(requests)
        last: LlmError | None = None
        try:
            while True:
                while last is None and len(flying) < self.config.concurrency:
                    place, request = next(drawn, (-1, None))
                    if request is None:
                        break
                    future = asyncio.run_coroutine_threadsafe(self._outcome(request), self._loop)
                    flying.add(future)
                    future.add_done_callback(lambda future, place=place: done.put((place, future)))  # type: ignore[misc]
                if not flying:
                    break
                place, future = done.get()
                flying.remove(future)
                outcome = future.result()
                if isinstance(outcome, LlmError) and outcome.ends_run:
                    last = last or outcome
                else:
                    yield place, outcome
        finally:
            for future in flying:
                future.cancel()
        if last is not None:
            raise last

    def run(self, coroutine: Coroutine[Any, Any, T]) -> T:
        """The result of a coroutine, run on the client's loop: there it may await :meth:`ask_async`."""
        future = asyncio.run_coroutine_threadsafe(coroutine, self._loop)
        try:
            return future.result()
        except BaseException:
            future.cancel()
            raise

    def close(self) -> None:
        """Leave what is in flight, close connections and cache. A second call does nothing."""
        if self._loop.is_closed():
            return
        asyncio.run_coroutine_threadsafe(self._shut(), self._loop).result()
        self._loop.call_soon_threadsafe(self._loop.stop)
        self._thread.join()
        self._loop.close()
        if self._cache is not None:
            self._cache.close()

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()

    async def _shut(self) -> None:
        others = asyncio.all_tasks() - {asyncio.current_task()}
        for task in others:
            task.cancel()
        await asyncio.gather(*others, return_exceptions=True)
        await self._transport.close()
        await self._loop.shutdown_default_executor()

    async def _outcome(self, request: ChatRequest) -> Reply | LlmError:
        try:
            return await self._ask(request)
        except LlmError as error:
            return error.with_traceback(None)  # its frames hold images

    async def _ask(self, request: ChatRequest) -> Reply:
        try:
            reply = await self._find(request)
        except LlmError as error:
            self._meter.count(failures=int(not error.ends_run))
            raise
        return reply

    async def _find(self, request: ChatRequest) -> Reply:
        """The reply out of the cache, of the same request in flight, or from the server."""
        key = await self._key(request)
        kept = None if self._cache is None else self._cache.get(key)
        if kept is not None:
            self._meter.count(cached=1)
            return replace(kept, cached=True)
        asking = self._askings.get(key)
        if asking is not None:
            reply = replace(await self._wait(key, asking), cached=True)
            self._meter.count(cached=1)
            return reply
        asking = self._askings[key] = _Asking()
        asking.task = self._loop.create_task(self._pay(key, request, asking))
        asking.task.add_done_callback(lambda _: self._leave(key, asking))
        return await self._wait(key, asking)

    async def _wait(self, key: str, asking: _Asking) -> Reply:
        asking.waiting += 1
        try:
            return await asyncio.shield(asking.task)
        except asyncio.CancelledError:
            asking.waiting -= 1
            if not (asking.waiting or asking.sent):  # what was sent is paid for, and is kept
                asking.task.cancel()
                self._leave(key, asking)
            raise

    async def _pay(self, key: str, request: ChatRequest, asking: _Asking) -> Reply:
        async with self._slots:
            check_budget(self.config, self._meter.totals)
            asking.sent = True
            reply = await self._transport.ask(key, request)
            if self._cache is not None:
                self._cache.put(key, reply)
            return reply

    def _leave(self, key: str, asking: _Asking) -> None:
        """The next request of this key is one of its own."""
        if self._askings.get(key) is asking:
            del self._askings[key]
        if asking.task.done() and not asking.task.cancelled():
            asking.task.exception()  # looked at, so that nobody reports it a second time

    @staticmethod
    async def _key(request: ChatRequest) -> str:
        """The key of a request; decoded pixels that its files hold are let go.

        Raises:
            Unsendable: an image cannot be read.
        """
        if not request.images:
            return request.key
        try:
            return await asyncio.to_thread(_read_key, request)
        except AsterismError as error:
            fault = Unsendable(error.what, where=error.where, remedy=error.remedy)
        raise fault


def _read_key(request: ChatRequest) -> str:
    key = request.key
    for image in request.images:
        image.forget()
    return key
