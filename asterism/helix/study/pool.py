"""Many runs of a study side by side, one process and one thread each; what is written is not run again."""

import signal
from collections.abc import Callable, Generator, Iterator, Sequence
from concurrent.futures import FIRST_COMPLETED, Future, ProcessPoolExecutor, wait
from concurrent.futures.process import BrokenProcessPool
from contextlib import closing, contextmanager
from dataclasses import dataclass
from multiprocessing import get_context
from multiprocessing.synchronize import Event
from time import perf_counter

import torch

from asterism.core.errors import AsterismError
from asterism.core.lines import LineLog
from asterism.helix.study.run import RunOrder, Stopped, carry_out
from asterism.runs.interruption import held_interruption
from asterism.runs.progress import Advance, stage

HELD = "Stopping after the step in progress; runs that are not finished are left out. Ctrl-C again stops at once."
POLL_SECONDS = 0.5
"""Seconds between two checks whether Ctrl-C was pressed."""

_stop: Event | None = None
"""In a worker: set when all are to stop."""


@dataclass(frozen=True, slots=True)
class Ended:
    """What a worker says of a run: how long it took, or why there is none."""

    arm: str
    seed: int
    choice: str
    seconds: float
    fault: str = ""


def carry_out_all(orders: Sequence[RunOrder], log: LineLog[Ended], *, title: str, workers: int, quiet: bool) -> None:
    """Run whatever has no file yet; seconds of each go to ``log``.

    Raises:
        AsterismError: a run failed, or a worker ended by itself; finished runs are kept.
        KeyboardInterrupt: interrupted; finished runs are kept.
    """
    waiting = [order for order in orders if not order.file.is_file()]
    if not waiting:
        return
    with (
        held_interruption(HELD) as interrupted,
        stage(title, len(orders), quiet=quiet) as advance,
    ):
        advance(len(orders) - len(waiting))
        runs = _here(waiting, interrupted) if workers == 1 else _side_by_side(waiting, workers, interrupted)
        with closing(runs):  # whatever happens here, the workers end
            for ended in runs:
                if ended.fault:
                    raise AsterismError(f"{ended.arm}, seed {ended.seed}: {ended.fault}")
                log.append(ended)
                _report(advance, ended)
        if interrupted():
            raise KeyboardInterrupt


def _report(advance: Advance, ended: Ended) -> None:
    advance(1, last=f"{ended.arm} {ended.choice} seed {ended.seed} in {ended.seconds:.0f} s")


def _here(orders: Sequence[RunOrder], interrupted: Callable[[], bool]) -> Generator[Ended, None, None]:
    """One after another in this process."""
    with one_thread():
        for order in orders:
            try:
                yield _ended(order, interrupted)
            except Stopped:
                return


def _side_by_side(
    orders: Sequence[RunOrder], workers: int, interrupted: Callable[[], bool]
) -> Generator[Ended, None, None]:
    context = get_context("spawn")
    stop = context.Event()
    with ProcessPoolExecutor(workers, mp_context=context, initializer=_begin, initargs=(stop,)) as pool:
        pending: set[Future[Ended | None]] = {pool.submit(_work, order) for order in orders}
        try:
            while pending and not interrupted():
                done, pending = wait(pending, timeout=POLL_SECONDS, return_when=FIRST_COMPLETED)
                yield from (ended for each in done if (ended := each.result()) is not None)
        except BrokenProcessPool as error:
            raise AsterismError(
                "a worker ended by itself, perhaps for want of memory",
                remedy="Give fewer --workers; finished runs are kept, and the same command resumes.",
            ) from error
        finally:
            stop.set()
            pool.shutdown(wait=True, cancel_futures=True)


def _begin(stop: Event) -> None:
    """A worker begins: Ctrl-C is the parent's, who sets ``stop``."""
    global _stop
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    torch.set_num_threads(1)
    _stop = stop


def _work(order: RunOrder) -> Ended | None:
    assert _stop is not None
    try:
        return _ended(order, _stop.is_set)
    except Stopped:
        return None


def _ended(order: RunOrder, stopped: Callable[[], bool]) -> Ended:
    start = perf_counter()
    named = order.arm, order.seed, order.choice.name
    try:
        carry_out(order, stopped)
    except AsterismError as error:  # as text: an error of a worker must reach the parent whole
        return Ended(*named, perf_counter() - start, str(error))
    return Ended(*named, perf_counter() - start)


@contextmanager
def one_thread() -> Iterator[None]:
    """Sums are added up in the same order wherever a study runs: what is trained follows from them."""
    threads = torch.get_num_threads()
    torch.set_num_threads(1)
    try:
        yield
    finally:
        torch.set_num_threads(threads)
