"""Another grader's worker: reads probes as JSON lines from standard input, writes a verdict and seconds for each.

Runs in the grader's own environment, with nothing of this package: ``python grading_peer.py trl``.
"""

import json
import logging
import signal
import sys
from collections.abc import Callable
from importlib.metadata import version
from time import perf_counter
from typing import Any

Grader = Callable[[str, str], bool]
SECONDS = 10
"""Longest grading; one that takes longer counts as refused."""


def trl() -> Grader:
    """TRL's accuracy reward; the stored answer stands in dollars, as its data have it."""
    from trl.rewards.accuracy_rewards import accuracy_reward

    def graded(gold: str, text: str) -> bool:
        return accuracy_reward([[{"role": "assistant", "content": text}]], [f"${gold}$"])[0] == 1.0

    return graded


def math_verify() -> Grader:
    """math-verify as its README has it: both sides parsed with the defaults."""
    from math_verify import parse, verify

    def graded(gold: str, text: str) -> bool:
        return bool(verify(parse(f"${gold}$") or parse(gold), parse(text)))

    return graded


def mathruler() -> Grader:
    """mathruler: the content of the last box, graded."""
    from mathruler.grader import extract_boxed_content, grade_answer

    return lambda gold, text: bool(grade_answer(extract_boxed_content(text), gold))


GRADERS = {"trl": (trl, "trl"), "math_verify": (math_verify, "math-verify"), "mathruler": (mathruler, "mathruler")}


class TooLong(Exception):
    """A grading took longer than :data:`SECONDS`."""


def main(name: str) -> None:
    """Grade every line."""
    logging.disable(logging.CRITICAL)
    out, sys.stdout = sys.stdout, sys.stderr  # what a grader prints must not mix with the verdicts
    make, package = GRADERS[name]
    grader = make()
    out.write(json.dumps({"version": version(package)}) + "\n")

    def stop(number: int, frame: Any) -> None:
        raise TooLong

    for line in sys.stdin:
        probe = json.loads(line)
        start = perf_counter()
        signal.signal(signal.SIGALRM, stop)
        signal.setitimer(signal.ITIMER_REAL, SECONDS)
        try:
            right, fault = grader(probe["gold"], probe["text"]), ""
        except Exception as error:  # an exception pays nothing
            right, fault = False, type(error).__name__
        finally:
            signal.setitimer(signal.ITIMER_REAL, 0)
        out.write(json.dumps({"right": right, "seconds": perf_counter() - start, "fault": fault}) + "\n")
    out.flush()


if __name__ == "__main__":
    main(sys.argv[1])
