"""The process that compares mathematics: ``python -m asterism.answers.short.mathematics``.

The keeper, which has imported math-verify and does nothing else, forks a child that compares; it kills the child
where an answer takes too long, and forks the next at once. It reads one JSON line for each comparison,
``{"gold": ..., "answer": ...}`` in LaTeX of our own writing, and writes one of ``equal``, ``different``, ``timeout``
and ``crash: ...``. No signal handler or alarm takes part.
"""

import contextlib
import json
import os
import select
import signal
import sys
from collections.abc import Callable
from functools import lru_cache
from typing import Any

SECONDS = 0.75
"""How long one comparison may take."""
_MEMORY = 2 * 1024**3
_DIGITS = 40
"""Decimal places to which numbers must agree."""

Compare = Callable[[str, str], bool]


def comparer() -> Compare:
    """Equality by math-verify; its own time limits, which use signals, are off."""
    import logging

    import sympy  # noqa: F401  (slow to import: before any child is forked)
    from math_verify import LatexExtractionConfig, parse, verify

    logging.disable(logging.CRITICAL)
    target = [LatexExtractionConfig(boxed_match_priority=-1)]

    @lru_cache(maxsize=512)
    def parsed(latex: str) -> list[Any]:
        return list(parse(f"${latex}$", target, fallback_mode="no_fallback", parsing_timeout=None))

    def equal(gold: str, answer: str) -> bool:
        first, second = parsed(gold), parsed(answer)
        return bool(first and second) and bool(
            verify(first, second, float_rounding=_DIGITS, numeric_precision=2 * _DIGITS, timeout_seconds=None)
        )

    equal(r"\frac{\sqrt{2}}{2}", r"\frac{1}{\sqrt{2}}")
    equal("(x-1)(x+1)", "x^{2}-1")
    return equal


class _Child:
    """A forked process that compares, with a pipe each way."""

    def __init__(self, compare: Compare) -> None:
        ask_read, self.asks = os.pipe()
        self.answers, answer_write = os.pipe()
        self.process = os.fork()
        if not self.process:
            os.close(self.asks)
            os.close(self.answers)
            _serve(compare, ask_read, answer_write)
        os.close(ask_read)
        os.close(answer_write)

    def ask(self, line: bytes) -> str:
        """The child's word, ``timeout``, or nothing where it died."""
        with contextlib.suppress(OSError):
            os.write(self.asks, line)
            if not select.select([self.answers], [], [], SECONDS)[0]:
                return "timeout"
            return os.read(self.answers, 4096).decode().strip()
        return ""

    def end(self) -> int:
        """Kill the child; its wait status."""
        with contextlib.suppress(ProcessLookupError):
            os.kill(self.process, signal.SIGKILL)
        os.close(self.asks)
        os.close(self.answers)
        return os.waitpid(self.process, 0)[1]


def _serve(compare: Compare, asks: int, answers: int) -> None:
    """What the child does until its pipe closes."""
    try:
        import resource

        resource.setrlimit(resource.RLIMIT_AS, (_MEMORY, _MEMORY))
        resource.setrlimit(resource.RLIMIT_CORE, (0, 0))
        for line in os.fdopen(asks, encoding="utf-8"):
            asked = json.loads(line)
            try:
                said = "equal" if compare(asked["gold"], asked["answer"]) else "different"
            except (MemoryError, RecursionError):
                said = "timeout"
            os.write(answers, f"{said}\n".encode())
    finally:
        os._exit(1)


def main() -> None:
    """Answer lines until there are no more."""
    compare = comparer()
    out = os.fdopen(os.dup(1), "w", encoding="utf-8")
    os.dup2(2, 1)  # whatever a library prints is no answer
    child = _Child(compare)
    print("ready", file=out, flush=True)  # noqa: T201
    for line in sys.stdin.buffer:
        said = child.ask(line)
        if said in ("timeout", ""):
            status = child.end()
            child = _Child(compare)
            said = said or f"crash: wait status {status}"
        print(said, file=out, flush=True)  # noqa: T201
    child.end()


if __name__ == "__main__":
    main()
