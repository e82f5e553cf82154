"""What the figures were taken on; no host name."""

import os
import subprocess
from pathlib import Path

import psutil

ROOT = Path(__file__).parent.parent


def machine() -> dict[str, str | int | float]:
    """CPU model, cores that may be used, threads and memory."""
    return {
        "cpu": _cpu(),
        "cores": len(os.sched_getaffinity(0)),
        "threads": os.environ.get("OMP_NUM_THREADS", "default"),
        "memory_gib": round(psutil.virtual_memory().total / 2**30, 1),
    }


def commit() -> str:
    """The commit, with a mark where files were changed since; empty outside a checkout."""
    told = subprocess.run(
        ["git", "describe", "--always", "--dirty", "--exclude=*"], cwd=ROOT, capture_output=True, text=True, check=False
    )
    return told.stdout.strip()


def _cpu() -> str:
    lines = Path("/proc/cpuinfo").read_text(encoding="utf-8").splitlines()
    return next((line.partition(":")[2].strip() for line in lines if line.startswith("model name")), "unknown")
