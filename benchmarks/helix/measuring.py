"""One proof over many tasks, in processes of their own."""

import sys
import time
from collections.abc import Sequence
from functools import partial
from importlib import import_module
from multiprocessing import get_context
from typing import Any


def measured(proof: str, tasks: Sequence[str], seed: int, *, workers: int) -> list[dict[str, Any]]:
    """The rows of all tasks, in their order; a line to stderr for each task that is done."""
    one = partial(_rows, proof, seed)
    if workers == 1:
        return [row for task in tasks for row in one(task)]
    with get_context("spawn").Pool(workers) as pool:  # each worker starts without what another has drawn
        return [row for rows in pool.imap(one, tasks) for row in rows]


def _rows(proof: str, seed: int, task: str) -> list[dict[str, Any]]:
    module = import_module(f"benchmarks.helix.{proof}")
    start = time.perf_counter()
    rows: list[dict[str, Any]] = module.prove(task, seed)
    print(f"{task}: {time.perf_counter() - start:.0f} s", file=sys.stderr, flush=True)
    return rows
