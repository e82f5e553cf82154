"""The process that compares mathematics: its limit of time, its faults, threads and forks."""

import os
import threading
import time
from collections.abc import Iterator
from fractions import Fraction

import psutil
import pytest

from asterism.answers.grade import grade
from asterism.answers.reading import Reason
from asterism.answers.short import compare, worker
from asterism.answers.short.tree import Apply, Name, Node, Num
from asterism.answers.short.worker import TimedOutError, Worker, WorkerFaultError
from asterism.core.reward import per_completion
from asterism.core.task import Task
from asterism.core.trajectory import Segment, Trajectory
from asterism.records.reward import exact

X, Y = Name("x"), Name("y")


def num(value: int) -> Node:
    return Num(Fraction(value))


def sine(node: Node) -> Node:
    return Apply("sin", (node,))


def times(factor: int, node: Node) -> Node:
    return Apply("*", (num(factor), node))


def slow(seed: int) -> tuple[Node, Node]:
    """Sums of sin(kx)cos(ly), and of what they are by the addition theorem: simplification takes some ten seconds."""
    products: list[Node] = []
    sums: list[Node] = []
    for k in range(1, 9):
        a, b = times(k + seed, X), times(k, Y)
        products.append(Apply("*", (sine(a), Apply("cos", (b,)))))
        both = Apply("+", (sine(Apply("+", (a, b))), sine(Apply("+", (a, Apply("-", (b,)))))))
        sums.append(Apply("/", (both, num(2))))
    return Apply("+", tuple(products)), Apply("+", tuple(sums))


@pytest.fixture(scope="module")
def shared() -> Iterator[Worker]:
    process = Worker()
    yield process
    process.close()


def test_identities_are_found_and_near_misses_refused(shared: Worker) -> None:
    double = Apply("*", (num(2), sine(X), Apply("cos", (X,))))
    assert shared.equal(sine(Apply("*", (num(2), X))), double)
    assert not shared.equal(sine(Apply("*", (num(3), X))), double)
    assert shared.equal(Apply("sqrt", (Apply("+", (num(3), Apply("*", (num(2), Apply("sqrt", (num(2),)))))),)),
                        Apply("+", (num(1), Apply("sqrt", (num(2),)))))  # fmt: skip


def test_decimals_are_not_taken_for_what_they_come_near(shared: Worker) -> None:
    digits = "3.14159265358979323846264338327950288419716939937510582097494459"
    assert not shared.equal(Name("π"), Num(Fraction(digits)))
    assert not shared.equal(Num(Fraction(1, 3)), Num(Fraction("0.333333333333333333333333333333")))


def test_a_long_comparison_is_ended_in_under_a_second_and_the_next_one_answered(shared: Worker) -> None:
    assert shared.equal(Apply("+", (X, Y)), Apply("+", (Y, X)))
    for seed in range(2):
        start = time.monotonic()
        with pytest.raises(TimedOutError):
            shared.equal(*slow(seed))
        assert time.monotonic() - start < 1.5  # 0.6 s, and what a busy machine adds
        assert shared.equal(Apply("*", (X, num(seed + 3))), Apply("*", (num(seed + 3), X)))
    with pytest.raises(TimedOutError):
        shared.equal(*slow(0))  # known by now


def test_a_comparison_that_takes_too_long_is_a_reason(monkeypatch: pytest.MonkeyPatch) -> None:
    def slowly(_: Node, __: Node) -> bool:
        raise TimedOutError

    monkeypatch.setattr(compare.worker, "equal", slowly)
    result = grade(Task("t", (), "?", answer=r"\sin 2x", kind="short"), r"<answer>2\sin x\cos x</answer>")
    assert (result.correct, result.reading.reason) == (False, Reason.TIMEOUT)


def test_a_dead_child_is_a_fault_and_the_next_comparison_works(shared: Worker) -> None:
    assert shared.equal(X, Apply("+", (X, num(0))))
    assert shared.pid is not None
    for child in psutil.Process(shared.pid).children():
        child.kill()
    with pytest.raises(WorkerFaultError, match="failed"):
        shared.equal(sine(Y), sine(Apply("+", (Y, num(0)))))
    assert shared.equal(sine(Y), sine(Apply("+", (Y, num(0)))))


def test_a_dead_process_is_started_again(shared: Worker) -> None:
    assert shared.equal(Y, Apply("+", (Y, num(0))))
    assert shared.pid is not None
    before = psutil.Process(shared.pid)
    before.kill()
    before.wait()
    assert shared.equal(Apply("*", (Y, Y)), Apply("^", (Y, num(2))))
    assert shared.pid != before.pid


def test_a_process_that_does_not_start_is_a_fault_that_counts(monkeypatch: pytest.MonkeyPatch) -> None:
    broken = Worker("asterism.answers.short.absent")
    with pytest.raises(WorkerFaultError, match="did not start"):
        broken.equal(X, Y)
    monkeypatch.setattr(compare.worker, "equal", broken.equal)
    task = Task("t", (), "?", answer=r"\sin 2x", kind="short")
    said = Trajectory((Segment("model", (1, 2), r"<answer>2\sin x\cos x</answer>"),))
    [reward] = per_completion(exact)(task, [said])
    assert (reward.status, reward.value) == ("error", None)


def test_threads_share_one_process(shared: Worker) -> None:
    said: dict[int, bool] = {}

    def ask(number: int) -> None:
        left = Apply("^", (Apply("+", (X, num(number))), num(2)))
        right = Apply("*", (Apply("+", (X, num(number))), Apply("+", (num(number + number % 2), X))))
        said[number] = shared.equal(left, right)

    threads = [threading.Thread(target=ask, args=(number,)) for number in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert said == {number: number % 2 == 0 for number in range(8)}


@pytest.mark.filterwarnings("ignore:.*fork.*:DeprecationWarning")
def test_a_forked_process_compares_by_itself_and_leaves_ours_alone() -> None:
    ours = (sine(Apply("*", (num(2), X))), Apply("*", (num(2), sine(X), Apply("cos", (X,)))))
    assert worker.equal(*ours)
    pid = os.fork()
    if not pid:
        theirs = (sine(Apply("*", (num(2), Y))), Apply("*", (num(2), sine(Y), Apply("cos", (Y,)))))
        os._exit(0 if worker.equal(*theirs) else 1)
    assert os.waitstatus_to_exitcode(os.waitpid(pid, 0)[1]) == 0
    assert worker.equal(
        sine(Apply("*", (num(2), Name("z")))), Apply("*", (num(2), sine(Name("z")), Apply("cos", (Name("z"),))))
    )
