"""Steps in alternation, with a matrix product of fixed size before and after each to tell whether the machine held."""

import time
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import torch
from wire import Seconds, Worker

WIDTH = 768
PRODUCTS = 40
DRIFT = 0.10
"""A pair is dropped when the matrix rate moved by more than this share around its two steps."""


@dataclass(frozen=True, slots=True)
class Timed:
    """One step, and the matrix rate before and after it."""

    seconds: Seconds
    before: float
    after: float


Round = Mapping[str, Timed]


@dataclass(frozen=True, slots=True)
class Pair:
    """A step of ours and the neighbouring step of a peer."""

    ours: Timed
    peer: Timed

    @property
    def kept(self) -> bool:
        """Whether the machine was as fast after the pair as before and between."""
        rates = [self.ours.before, self.ours.after, self.peer.before, self.peer.after]
        return max(rates) <= min(rates) * (1 + DRIFT)

    @property
    def step_ratio(self) -> float:
        """How many times longer the peer's step took."""
        return self.peer.seconds.step / self.ours.seconds.step

    @property
    def processor_ratio(self) -> float:
        """How many times more processor seconds the peer's step took: what a busy machine disturbs less."""
        return self.peer.seconds.processor / self.ours.seconds.processor

    @property
    def update_ratio(self) -> float:
        """How many times longer the peer's update took."""
        return self.peer.seconds.update / self.ours.seconds.update


@dataclass(frozen=True, slots=True)
class Limits:
    """When there are enough rounds."""

    kept: int
    tries: int
    deadline: float
    products: int = PRODUCTS
    """Matrix products before and after each step; fewer for short steps."""


def measure(workers: Sequence[Worker], limits: Limits) -> list[Round]:
    """Rounds over the workers in their order, until every peer of ours has enough pairs or a limit is reached.

    There is at least one. Ours stands between its two peers, so that each pair is of neighbours.
    """
    rounds: list[Round] = []
    peers = [worker.name for worker in workers if worker.name != "ours"]
    longest = 0.0
    while not rounds or (len(rounds) < limits.tries and time.monotonic() + longest < limits.deadline):
        start = time.monotonic()
        rounds.append(_round(workers, limits.products))
        longest = max(longest, time.monotonic() - start)
        if all(sum(pair.kept for pair in pairs(rounds, peer)) >= limits.kept for peer in peers):
            break
    return rounds


def pairs(rounds: Sequence[Round], peer: str) -> list[Pair]:
    """The pairs of ours and a peer."""
    return [Pair(each["ours"], each[peer]) for each in rounds]


def matrix_rate(products: int = PRODUCTS) -> float:
    """Products of a fixed matrix a second: their mean, so that time taken away by other processes shows."""
    matrix = torch.ones(WIDTH, WIDTH)
    torch.mm(matrix, matrix)
    start = time.perf_counter()
    for _ in range(products):
        torch.mm(matrix, matrix)
    return products / (time.perf_counter() - start)


def _round(workers: Sequence[Worker], products: int) -> Round:
    timed = {}
    before = matrix_rate(products)
    for worker in workers:
        seconds = worker.step()
        after = matrix_rate(products)
        timed[worker.name] = Timed(seconds, before, after)
        before = after
    return timed
