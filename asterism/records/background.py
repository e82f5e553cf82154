"""Asynchronous functions of users, called from code that is not asynchronous."""

import asyncio
import threading
from collections.abc import Coroutine
from functools import cache
from typing import Any, TypeVar

T = TypeVar("T")

_own = threading.local()


def run(coroutine: Coroutine[Any, Any, T]) -> T:
    """What a coroutine returns, or raises.

    It runs in the calling thread, so that a function may do what only the main thread may; where an event loop runs
    there already (a notebook), in a thread beside it. One loop serves all calls: connections that a user keeps open
    stay usable.
    """
    try:
        asyncio.get_running_loop()
    except RuntimeError:
        return _loop_of_thread().run_until_complete(coroutine)
    return asyncio.run_coroutine_threadsafe(coroutine, _loop_beside()).result()


def _loop_of_thread() -> asyncio.AbstractEventLoop:
    if not hasattr(_own, "loop"):
        _own.loop = asyncio.new_event_loop()
    loop: asyncio.AbstractEventLoop = _own.loop
    return loop


@cache
def _loop_beside() -> asyncio.AbstractEventLoop:
    loop = asyncio.new_event_loop()
    threading.Thread(target=loop.run_forever, name="asterism-rewards", daemon=True).start()
    return loop
