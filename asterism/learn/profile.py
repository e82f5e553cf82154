"""Where a training step's time goes, and how much of the machine an update uses."""

import time
from dataclasses import dataclass

import torch

from asterism.learn.update import Learner
from asterism.policy.policy import device_wait

PHASES = (
    "preprocess",
    "vision",
    "prefill",
    "decode",
    "environment",
    "experts",
    "log-prob",
    "forward",
    "backward",
    "optimiser",
)
"""The phases that have a row, in the order of a step; the rest of the step is ``other``."""

OF_UPDATE = ("forward", "backward", "optimiser")
"""Phases whose tokens are the update's unique ones."""

SIDE = {"cpu": 1024, "cuda": 8192}
"""Side of the matrices whose product is timed."""

PRODUCTS = 15


@dataclass(frozen=True, slots=True)
class PhaseRow:
    """One phase of all steps together: its own seconds, and their share of the steps' seconds.

    ``tokens`` are those that it handled (patches for vision), None where it counts none.
    """

    name: str
    seconds: float
    share: float
    tokens: int | None
    tokens_per_second: float | None


@dataclass(frozen=True, slots=True)
class Profile:
    """Some training steps, measured; ``docs/profile.md`` explains every figure.

    ``utilisation`` is ``flops / (update_seconds * product_rate)``; ``product_rate`` are the floating-point operations a
    second of a matrix product in the policy's type on its device.
    """

    steps: int
    seconds: float
    phases: tuple[PhaseRow, ...]
    delivered_tokens: int
    unique_tokens: int
    update_seconds: float
    flops: int
    product_rate: float
    utilisation: float
    workers: int
    preprocess_ahead_seconds: float
    preprocess_waited_seconds: float
    device: str
    dtype: str


def profile_of(learner: Learner, steps: int) -> Profile:
    """The profile of what a learner's clock saw, ``steps`` whole steps."""
    policy, clock, work, ahead = learner.policy, learner.policy.clock, learner.work, learner.encoder.ahead
    rate = product_rate(policy.device, policy.model.dtype)
    update_seconds = clock.whole("update")
    return Profile(
        steps=steps,
        seconds=clock.whole("step"),
        phases=_rows(learner),
        delivered_tokens=work.delivered,
        unique_tokens=work.unique,
        update_seconds=update_seconds,
        flops=work.flops,
        product_rate=rate,
        utilisation=work.flops / (update_seconds * rate) if update_seconds else 0.0,
        workers=ahead.workers,
        preprocess_ahead_seconds=ahead.seconds,
        preprocess_waited_seconds=clock.own(within="step").get("preprocess", 0.0),
        device=str(policy.device),
        dtype=str(policy.model.dtype).removeprefix("torch."),
    )


def product_rate(device: torch.device, dtype: torch.dtype) -> float:
    """Floating-point operations a second of a square matrix product: the fastest of several.

    The fastest, since whatever else a machine does meanwhile only makes a product slower.
    """
    side = SIDE.get(device.type, SIDE["cpu"])
    left, right = (torch.full((side, side), 0.5, device=device, dtype=dtype) for _ in range(2))
    wait = device_wait(device)
    seconds = []
    for _ in range(PRODUCTS):
        wait()
        start = time.perf_counter()
        torch.mm(left, right)
        wait()
        seconds.append(time.perf_counter() - start)
    return 2 * side**3 / min(seconds)


def _rows(learner: Learner) -> tuple[PhaseRow, ...]:
    """A row for each phase that was entered, and ``other`` for the rest of the steps."""
    clock = learner.policy.clock
    whole, own = clock.whole("step"), clock.own(within="step")
    tokens = {**clock.tokens(within="step"), **dict.fromkeys(OF_UPDATE, learner.work.unique)}
    seconds = {name: own[name] for name in PHASES if name in own}
    seconds["other"] = sum(own.values()) - sum(seconds.values())
    return tuple(_row(name, spent, whole, tokens.get(name)) for name, spent in seconds.items())


def _row(name: str, seconds: float, whole: float, tokens: int | None) -> PhaseRow:
    rate = tokens / seconds if tokens is not None and seconds > 0 else None
    return PhaseRow(name, seconds, seconds / whole if whole else 0.0, tokens, rate)
