"""Every moment belongs to one phase."""

import math
from collections.abc import Iterator

import pytest

from asterism.core.clock import Clock


@pytest.fixture
def seconds(monkeypatch: pytest.MonkeyPatch) -> Iterator[list[float]]:
    """The time on the wall, which a test sets."""
    now = [100.0]
    monkeypatch.setattr("time.perf_counter", lambda: now[0])
    yield now


def spend(clock: Clock, now: list[float], *phases: str, seconds: float) -> None:
    """Let time pass inside nested phases."""
    if phases:
        with clock(phases[0]):
            spend(clock, now, *phases[1:], seconds=seconds)
    else:
        now[0] += seconds


def test_a_phase_inside_another_is_counted_once(seconds: list[float]) -> None:
    clock = Clock()
    with clock("step"):
        seconds[0] += 1
        with clock("forward"):
            seconds[0] += 2
            spend(clock, seconds, "vision", seconds=4)
            seconds[0] += 8
        spend(clock, seconds, "backward", seconds=16)
    spend(clock, seconds, "vision", seconds=32)
    assert clock.own() == {"forward": 10, "vision": 36, "step": 1, "backward": 16}
    assert clock.own(within="step") == {"forward": 10, "vision": 4, "step": 1, "backward": 16}
    assert clock.own(within="forward") == {"forward": 10, "vision": 4}
    assert clock.whole("step") == 31 and clock.whole("forward") == 14 and clock.whole("absent") == 0
    assert clock.outermost == {"step": 31, "vision": 32}


def test_what_is_outside_every_phase_is_not_counted(seconds: list[float]) -> None:
    clock = Clock()
    spend(clock, seconds, "a", seconds=1)
    seconds[0] += 50
    spend(clock, seconds, "b", seconds=2)
    assert clock.own() == {"a": 1, "b": 2}


def test_a_phase_that_fails_is_closed_and_counted(seconds: list[float]) -> None:
    clock = Clock()
    with clock("step"):
        with pytest.raises(ZeroDivisionError), clock("reward"):
            seconds[0] += 3
            raise ZeroDivisionError
        seconds[0] += 4
    assert clock.own() == {"reward": 3, "step": 4}


def test_tokens_belong_to_the_open_phase() -> None:
    clock = Clock()
    with clock("step"):
        with clock("vision"):
            clock.count(3)
        with clock("update"), clock("vision"):
            clock.count(4)
    with clock("vision"):
        clock.count(5)
    assert clock.tokens() == {"vision": 12}
    assert clock.tokens(within="step") == {"vision": 7}
    assert clock.tokens(within="update") == {"vision": 4}


def test_a_cleared_clock_counts_anew_also_within_an_open_phase(seconds: list[float]) -> None:
    clock = Clock()
    with clock("train"):
        spend(clock, seconds, "step", seconds=5)
        clock.clear()
        spend(clock, seconds, "step", seconds=7)
    assert clock.own() == {"step": 7, "train": 0}


def test_the_device_is_waited_for_before_the_time_is_read(seconds: list[float]) -> None:
    clock = Clock(wait=lambda: seconds.__setitem__(0, seconds[0] + 1))  # a device that needs a second for what it has
    with clock("forward"), clock("vision"):
        pass
    assert clock.own() == {"forward": 2, "vision": 1}


def test_own_seconds_add_up_to_the_whole_by_the_real_time_too() -> None:
    clock = Clock()
    for _ in range(200):
        with clock("step"), clock("a"), clock("b"), clock("a"):
            pass
    assert math.fsum(clock.own().values()) == pytest.approx(clock.whole("step"))
    assert clock.whole("step") < 1
