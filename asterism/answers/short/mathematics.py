"""The process that compares mathematics: ``python -m asterism.answers.short.mathematics``.

The keeper, which has imported math-verify and does nothing else, forks a child that compares; it kills the child
where an answer takes too long, and forks the next at once. It reads one JSON line for each comparison,
``{"gold": ..., "answer": ...}`` with the trees of two formulas, and writes one of ``equal``, ``different``, ``timeout``
and ``crash: ...``. No signal handler or alarm takes part. The trees become sympy expressions node by node, which
math-verify compares; its parser of LaTeX is left out, since it takes up to a second for a few nested parentheses.
"""

import contextlib
import gc
import json
import os
import select
import signal
import sys
from collections.abc import Callable
from typing import Any

SECONDS = 0.6
"""How long one comparison may take."""
_MEMORY = 2 * 1024**3
_DIGITS = 40
"""Decimal places to which numbers must agree."""

_WARMING = (
    (["sin", ["*", [2, 1], "x"]], ["*", [2, 1], ["sin", "x"], ["cos", "x"]]),
    (["/", ["+", ["^", "x", [2, 1]], [-1, 1]], ["+", "x", [-1, 1]]], ["+", "x", [1, 1]]),
    (["^", ["+", "a", "b"], [3, 1]], ["*", ["+", "a", "b"], ["^", ["+", "a", "b"], [2, 1]]]),
    (["sqrt", ["+", [3, 1], ["*", [2, 1], ["sqrt", [2, 1]]]]], ["+", [1, 1], ["sqrt", [2, 1]]]),
    (["*", ["!", "n"], ["+", "n", [1, 1]]], ["!", ["+", "n", [1, 1]]]),
    (["log", [3, 1], [2, 1]], ["/", ["ln", [3, 1]], ["ln", [2, 1]]]),
    (["tan", "x"], ["/", ["sin", "x"], ["cos", "x"]]),
    (["abs", "x"], ["sqrt", ["^", "x", [2, 1]]]),
)
"""Comparisons that are made before the first child is forked: sympy imports as it computes."""

Tree = str | list[Any]
"""A formula: a name, ``[numerator, denominator]``, or ``[operation, argument, ...]``."""
Compare = Callable[[Tree, Tree], bool]


def comparer() -> Compare:
    """Equality by math-verify; its own time limits, which use signals, are off."""
    import logging

    from math_verify import verify

    logging.disable(logging.CRITICAL)
    build = builder()

    def equal(gold: Tree, answer: Tree) -> bool:
        real = not (_mentions(gold, "i") or _mentions(answer, "i"))
        return bool(
            verify(
                build(gold, real),
                build(answer, real),
                float_rounding=_DIGITS,
                numeric_precision=2 * _DIGITS,
                timeout_seconds=None,
            )
        )

    for first, second in _WARMING:
        equal(first, second)
    gc.collect()
    gc.freeze()  # a forked child copies no page for counting alone
    return equal


def builder() -> Callable[[Tree, bool], Any]:
    """What makes a sympy expression of a tree, node by node: no text is parsed, and only these operations exist."""
    import sympy

    functions: dict[str, Callable[..., Any]] = {
        "+": sympy.Add, "*": sympy.Mul, "^": sympy.Pow, "/": lambda top, bottom: top / bottom, "-": lambda node: -node,
        "!": sympy.factorial, "sqrt": sympy.sqrt, "root": lambda node, index: node ** (1 / index), "abs": sympy.Abs,
        "log": sympy.log, "ln": sympy.log, "exp": sympy.exp, "sin": sympy.sin, "cos": sympy.cos, "tan": sympy.tan,
        "cot": sympy.cot, "sec": sympy.sec, "csc": sympy.csc, "arcsin": sympy.asin, "arccos": sympy.acos,
        "arctan": sympy.atan, "sinh": sympy.sinh, "cosh": sympy.cosh, "tanh": sympy.tanh,
    }  # fmt: skip
    constants = {"π": sympy.pi, "e": sympy.E, "i": sympy.I, "∞": sympy.oo}

    def build(tree: Tree, real: bool) -> Any:
        if isinstance(tree, str):
            return constants[tree] if tree in constants else sympy.Symbol(tree, real=True if real else None)
        operation, *arguments = tree
        if isinstance(operation, int):
            return sympy.Rational(operation, arguments[0])
        return functions[operation](*(build(argument, real) for argument in arguments))

    return build


def _mentions(tree: Tree, name: str) -> bool:
    if isinstance(tree, str):
        return tree == name
    return any(_mentions(part, name) for part in tree if not isinstance(part, int))


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
    print("ready", file=out, flush=True)
    for line in sys.stdin.buffer:
        said = child.ask(line)
        if said in ("timeout", ""):
            status = child.end()
            child = _Child(compare)
            said = said or f"crash: wait status {status}"
        print(said, file=out, flush=True)
    child.end()


if __name__ == "__main__":
    main()
