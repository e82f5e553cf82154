"""What this machine has, what is missing and how to get it."""

import importlib
import importlib.metadata
import os
import platform
import shutil
import sys
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from packaging.requirements import Requirement

from asterism import threads

MIN_PYTHON = (3, 11)
MIN_MEMORY_GIB = 4.0
GIB = 2**30


@dataclass(frozen=True, slots=True)
class Check:
    """One thing looked at: ``found`` says what is there, ``remedy`` what to do where it is not ``ok``."""

    name: str
    ok: bool
    found: str
    required: bool = True
    remedy: str = ""


def examine() -> list[Check]:
    """Every check, required ones first. Imports torch, which takes a second or two."""
    checks = [_python(), *_requirements(), _memory(), _disk(), _torchvision(), *_cuda(), *_extras()]
    return sorted(checks, key=lambda check: not check.required)


def _python() -> Check:
    least = ".".join(map(str, MIN_PYTHON))
    return Check(
        "python", sys.version_info >= MIN_PYTHON, platform.python_version(), remedy=f"Install Python {least} or newer."
    )


def _requirements() -> Iterator[Check]:
    """The packages that ``pyproject.toml`` requires, those of no extra."""
    declared = _declared()
    if not declared:
        yield Check("asterism", False, "run from its folder, not installed", False, "pip install -e .")
    for requirement in declared:
        if requirement.marker is None or requirement.marker.evaluate({"extra": ""}):
            yield _installed(requirement)


def _declared() -> list[Requirement]:
    try:
        return [Requirement(text) for text in importlib.metadata.requires("asterism") or ()]
    except importlib.metadata.PackageNotFoundError:
        return []


def _installed(requirement: Requirement) -> Check:
    remedy = f"pip install '{requirement.name}{requirement.specifier}'"
    try:
        version = importlib.metadata.version(requirement.name)
    except importlib.metadata.PackageNotFoundError:
        return Check(requirement.name, False, "not installed", remedy=remedy)
    wanted = f" (needs {requirement.specifier})"
    fits = requirement.specifier.contains(version, prereleases=True)
    return Check(requirement.name, fits, version if fits else version + wanted, remedy=remedy)


def _memory() -> Check:
    import psutil

    memory = psutil.virtual_memory()
    found = f"{memory.available / GIB:.1f} GiB free of {memory.total / GIB:.1f} GiB"
    enough = memory.available >= MIN_MEMORY_GIB * GIB
    return Check("memory", enough, found, False, f"`asterism demo` wants {MIN_MEMORY_GIB:.0f} GiB free.")


def _disk() -> Check:
    free = shutil.disk_usage(Path.cwd()).free / GIB
    return Check("disk", free >= 1, f"{free:.1f} GiB free here", False, "Runs are written here: free at least 1 GiB.")


def _torchvision() -> Check:
    remedy = "Only some model families need it (Qwen2.5-VL for one): install the build that matches your torch."
    try:
        module = importlib.import_module("torchvision")
    except (ImportError, RuntimeError) as error:  # a build for another torch raises RuntimeError
        first = str(error).splitlines()[0]
        return Check("torchvision", False, f"not usable ({first})", False, remedy)
    return Check("torchvision", True, str(module.__version__), False)


def _cuda() -> Iterator[Check]:
    try:
        import torch
    except ImportError:  # the row for torch says so already
        return
    cores = len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count()
    yield Check("threads", True, f"{torch.get_num_threads()} in torch, {cores} cores to run on", False)
    yield Check("waiting threads", not threads.TOO_LATE, threads.waiting(os.environ), False, "Import asterism first.")
    names = [torch.cuda.get_device_name(index) for index in range(torch.cuda.device_count())]
    found = ", ".join(names) or "none: everything runs on the CPU"
    yield Check(
        "cuda", bool(names), found, False, "Small models do without; large ones want a GPU and its torch build."
    )


def _extras() -> Iterator[Check]:
    """Each optional extra, with the packages of it that are missing or too old."""
    declared = _declared()
    for extra in importlib.metadata.metadata("asterism").get_all("Provides-Extra") or () if declared else ():
        parts = [_installed(part) for part in declared if part.marker and part.marker.evaluate({"extra": extra})]
        missing = [part.name for part in parts if not part.ok]
        found = f"without {', '.join(missing)}" if missing else "complete"
        yield Check(f"extra {extra}", not missing, found, False, f"pip install 'asterism[{extra}]'")
