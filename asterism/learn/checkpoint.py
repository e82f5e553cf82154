"""Checkpoints: everything a run needs to resume bit for bit, written atomically, with a digest of every file."""

import hashlib
import json
import os
import re
import shutil
from collections.abc import Iterator, Mapping
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import Any

import safetensors.torch
from pydantic import JsonValue, TypeAdapter, ValidationError
from safetensors import SafetensorError
from torch import Tensor

from asterism.core.errors import AsterismError
from asterism.learn.optimiser_state import OptimiserState
from asterism.learn.random_state import RandomState

FOLDER = "checkpoints"
PART = ".part-"
FORMAT = 2
UNDIGESTED = 1
"""The format before checkpoints had digests; still read."""
DIGESTS = "SHA256SUMS"
"""The SHA-256 of every other file, in the form that ``sha256sum --check`` reads."""
WEIGHTS, OPTIMISER, STATE = "weights.safetensors", "optimiser.safetensors", "state.json"
_NAME = re.compile(r"(\d{6,})-step-(\d+)")
_DIGEST_LINE = re.compile(r"([0-9a-f]{64})  (\S+)")


class _DamagedError(Exception):
    """A file of a checkpoint is not what was saved."""

    def __init__(self, file: Path, reason: object) -> None:
        super().__init__(" ".join(str(reason).split()))
        self.file = file


@dataclass(frozen=True, slots=True)
class CheckpointState:
    """A run between two steps.

    ``step`` counts finished optimiser steps; ``cursor`` says what the data reader takes next (``epoch``,
    ``position``); ``offsets`` are the journals' byte offsets by file name; ``recipe`` holds those settings that must
    be the same when the run resumes (leave out such as the output folder); ``curriculum``, ``schedule`` and
    ``pending`` (rollouts sampled, not yet learned from) are plain JSON.
    """

    step: int
    weights: Mapping[str, Tensor]
    optimiser: OptimiserState
    random: RandomState
    recipe: Mapping[str, JsonValue]
    cursor: Mapping[str, int] = field(default_factory=dict)
    schedule: Mapping[str, JsonValue] = field(default_factory=dict)
    curriculum: Mapping[str, JsonValue] = field(default_factory=dict)
    pending: tuple[JsonValue, ...] = ()
    offsets: Mapping[str, int] = field(default_factory=dict)
    versions: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class _Record:
    """What ``state.json`` holds: the state without its tensors, and the sizes of the tensor files in bytes."""

    format: int
    digest: str
    step: int
    random: RandomState
    groups: tuple[dict[str, JsonValue], ...]
    recipe: dict[str, JsonValue]
    cursor: dict[str, int]
    schedule: dict[str, JsonValue]
    curriculum: dict[str, JsonValue]
    pending: tuple[JsonValue, ...]
    offsets: dict[str, int]
    versions: dict[str, str]
    aliases: dict[str, str]
    sizes: dict[str, int]


def save_checkpoint(run_folder: Path, state: CheckpointState, *, keep: int = 2) -> Path:
    """Write ``state`` under ``run_folder/checkpoints`` and keep the newest ``keep`` checkpoints.

    The files are written into a ``.part-`` folder, synced, and the folder is renamed: whenever the process or the
    machine stops, the newest checkpoint is whole, the earlier or this one. Returns the checkpoint's folder.

    Raises:
        AsterismError: the disk is full or refuses; earlier checkpoints are untouched.
    """
    folder = run_folder / FOLDER
    name = f"{_next_number(run_folder):06d}-step-{state.step:08d}"
    part = folder / f"{PART}{name}"
    try:
        clean_parts(run_folder)
        part.mkdir(parents=True)
        _sync(run_folder)
        _write(part, state)
        os.replace(part, folder / name)  # noqa: PTH105 - the one call that makes the checkpoint exist
        _sync(folder)
    except (OSError, SafetensorError) as error:
        shutil.rmtree(part, ignore_errors=True)
        raise AsterismError(
            f"the checkpoint of step {state.step} cannot be written ({error})",
            where=str(folder),
            remedy="Free space, then resume: earlier checkpoints are whole.",
        ) from error
    for old in list_checkpoints(run_folder)[: -max(1, keep)]:
        _remove(old)
    return folder / name


def list_checkpoints(run_folder: Path) -> list[Path]:
    """The folders of whole checkpoints, in the order in which they were saved."""
    folder = run_folder / FOLDER
    found = [path for path in folder.iterdir() if _NAME.fullmatch(path.name)] if folder.is_dir() else []
    return sorted(found, key=_number)


def latest_checkpoint(run_folder: Path) -> Path | None:
    """The checkpoint saved last (not the one of the highest step: a run may have gone back), or None."""
    checkpoints = list_checkpoints(run_folder)
    return checkpoints[-1] if checkpoints else None


def checkpoint_to_resume(run_folder: Path, step: int | None = None) -> Path:
    """The checkpoint saved last; with ``step`` the one saved last after that many optimiser steps.

    Raises:
        AsterismError: there is none; the steps of those there are are named.
    """
    checkpoints = list_checkpoints(run_folder)
    if not checkpoints:
        raise AsterismError("no checkpoint to resume from", where=str(run_folder), remedy="Start without --resume.")
    if step is None:
        return checkpoints[-1]
    by_step = {_step(checkpoint): checkpoint for checkpoint in checkpoints}
    if step not in by_step:
        listed = ", ".join(map(str, sorted(by_step)))
        raise AsterismError(
            f"no checkpoint of step {step}", where=str(run_folder), remedy=f"There are checkpoints of steps {listed}."
        )
    return by_step[step]


def drop_later(checkpoint: Path) -> None:
    """Remove the checkpoints that were saved after this one: the run is about to take their steps anew."""
    for other in list_checkpoints(checkpoint.parent.parent):
        if _number(other) > _number(checkpoint):
            _remove(other)


def clean_parts(run_folder: Path) -> None:
    """Remove what a killed save or removal left behind. Only the run's own process may call it."""
    for part in (run_folder / FOLDER).glob(f"{PART}*"):
        shutil.rmtree(part)


def load_checkpoint(checkpoint: Path, *, recipe: Mapping[str, JsonValue] | None = None) -> CheckpointState:
    """Read a checkpoint's folder; tensors on the CPU. Nothing is unpickled.

    Raises:
        AsterismError: the folder holds no checkpoint; a file is damaged, missing or not the one that was saved (the
            newest whole checkpoint of the run is named); or it was saved under another ``recipe`` (if one is given;
            the settings that differ are named).
    """
    if not (checkpoint / STATE).is_file():
        raise AsterismError("no checkpoint here", where=str(checkpoint), remedy="Give a run that saved one.")
    try:
        record = _verified_record(checkpoint)
        if recipe is not None and record.digest != recipe_digest(recipe):
            raise _wrong_recipe(checkpoint, record.recipe, recipe)
        tensors = {name: _read_tensors(checkpoint / name) for name in record.sizes}
    except _DamagedError as damage:
        raise AsterismError(
            f"damaged checkpoint ({damage})", where=str(damage.file), remedy=_way_out(checkpoint)
        ) from damage
    weights = tensors[WEIGHTS]
    weights.update({alias: weights[name] for alias, name in record.aliases.items()})
    return CheckpointState(
        step=record.step,
        weights=weights,
        optimiser=OptimiserState(tensors[OPTIMISER], record.groups),
        random=record.random,
        recipe=record.recipe,
        cursor=record.cursor,
        schedule=record.schedule,
        curriculum=record.curriculum,
        pending=record.pending,
        offsets=record.offsets,
        versions=record.versions,
    )


def recipe_digest(recipe: Mapping[str, JsonValue]) -> str:
    """SHA-256 (hex) of a resolved recipe, whatever the order of its keys."""
    return hashlib.sha256(json.dumps(recipe, sort_keys=True).encode()).hexdigest()


def differing_keys(saved: Mapping[str, JsonValue], given: Mapping[str, JsonValue]) -> list[str]:
    """The dotted paths at which two recipes differ, each with both values, sorted."""
    old, new = dict(_leaves(saved)), dict(_leaves(given))
    return [
        f"{key} ({old.get(key, 'absent')} there, {new.get(key, 'absent')} here)"
        for key in sorted({*old, *new})
        if old.get(key) != new.get(key)
    ]


def _write(part: Path, state: CheckpointState) -> None:
    weights, aliases = _untied(state.weights)
    moments, _ = _untied(state.optimiser.tensors)
    tensors = {WEIGHTS: weights, OPTIMISER: moments}
    for name, entries in tensors.items():
        safetensors.torch.save_file(entries, part / name)
        _sync(part / name)
    record = _Record(
        format=FORMAT,
        digest=recipe_digest(state.recipe),
        step=state.step,
        random=state.random,
        groups=tuple(dict(group) for group in state.optimiser.groups),
        recipe=dict(state.recipe),
        cursor=dict(state.cursor),
        schedule=dict(state.schedule),
        curriculum=dict(state.curriculum),
        pending=state.pending,
        offsets=dict(state.offsets),
        versions=dict(state.versions),
        aliases=aliases,
        sizes={name: (part / name).stat().st_size for name in tensors},
    )
    (part / STATE).write_text(json.dumps(asdict(record), indent=1), encoding="utf-8")
    _sync(part / STATE)
    lines = [f"{_sha256(part / name)}  {name}\n" for name in sorted([*tensors, STATE])]
    (part / DIGESTS).write_text("".join(lines), encoding="utf-8")
    _sync(part / DIGESTS)
    _sync(part)


def _untied(tensors: Mapping[str, Tensor]) -> tuple[dict[str, Tensor], dict[str, str]]:
    """Tensors that own their memory, on the CPU, and under which other names the tied ones go."""
    owned: dict[str, Tensor] = {}
    aliases: dict[str, str] = {}
    names: dict[tuple[Any, ...], str] = {}
    for name, tensor in tensors.items():
        key = (tensor.device, tensor.data_ptr(), tensor.dtype, tuple(tensor.shape), tensor.stride())
        if tensor.numel() and names.setdefault(key, name) != name:
            aliases[name] = names[key]
            continue
        plain = tensor.detach().cpu().contiguous()
        owned[name] = plain if plain.untyped_storage().nbytes() == plain.nbytes else plain.clone()
    return owned, aliases


def _verified_record(checkpoint: Path) -> _Record:
    """The record of a checkpoint, after every file of it was compared with its size and digest.

    The digest is compared before the content is read, so that what is parsed is what was saved.
    """
    digests = _read_digests(checkpoint / DIGESTS)
    if digests is not None:
        _check_digest(checkpoint / STATE, digests)
    record = _read_record(checkpoint / STATE)
    if digests is None and record.format > UNDIGESTED:
        raise _DamagedError(checkpoint / DIGESTS, "missing")
    for name, size in record.sizes.items():
        _check_size(checkpoint / name, size)
        if digests is not None:
            _check_digest(checkpoint / name, digests)
    return record


def _read_record(file: Path) -> _Record:
    try:
        record = TypeAdapter(_Record).validate_python(json.loads(file.read_text(encoding="utf-8")))
    except (ValidationError, ValueError, OSError) as error:
        raise _DamagedError(file, error) from error
    if not UNDIGESTED <= record.format <= FORMAT or record.digest != recipe_digest(record.recipe):
        raise _DamagedError(file, f"format {record.format}, or a recipe changed by hand")
    return record


def _read_digests(file: Path) -> dict[str, str] | None:
    """The digest of each file by its name; None where there are none (the first format)."""
    try:
        lines = file.read_text(encoding="utf-8").splitlines()
    except FileNotFoundError:
        return None
    except (OSError, ValueError) as error:
        raise _DamagedError(file, error) from error
    found = [_DIGEST_LINE.fullmatch(line) for line in lines]
    if not all(found):
        raise _DamagedError(file, "not a list of digests")
    return {match[2]: match[1] for match in found if match}


def _check_digest(file: Path, digests: Mapping[str, str]) -> None:
    expected = digests.get(file.name)
    if expected is None:
        raise _DamagedError(file.with_name(DIGESTS), f"no digest of {file.name}")
    try:
        found = _sha256(file)
    except OSError as error:
        raise _DamagedError(file, error) from error
    if found != expected:
        raise _DamagedError(file, f"its SHA-256 is not that of {DIGESTS}")


def _check_size(file: Path, size: int) -> None:
    try:
        found = file.stat().st_size
    except OSError as error:
        raise _DamagedError(file, error) from error
    if found != size:
        raise _DamagedError(file, f"{found} bytes instead of {size}")


def _sha256(file: Path) -> str:
    with file.open("rb") as content:
        return hashlib.file_digest(content, "sha256").hexdigest()


def _read_tensors(file: Path) -> dict[str, Tensor]:
    try:
        return safetensors.torch.load_file(file)
    except (OSError, ValueError, SafetensorError) as error:
        raise _DamagedError(file, error) from error


def _way_out(damaged: Path) -> str:
    """What to do about a damaged checkpoint: the newest whole one of the same run, if there is one."""
    for other in reversed(list_checkpoints(damaged.parent.parent)):
        if other != damaged and _is_whole(other):
            return f"Resume from the newest whole checkpoint of the run: --resume-from {_step(other)}."
    return "No checkpoint of this run is whole: start it anew with another --out."


def _is_whole(checkpoint: Path) -> bool:
    try:
        _verified_record(checkpoint)
    except _DamagedError:
        return False
    return True


def _wrong_recipe(checkpoint: Path, saved: Mapping[str, JsonValue], given: Mapping[str, JsonValue]) -> AsterismError:
    return AsterismError(
        f"saved by another recipe: {'; '.join(differing_keys(saved, given))}",
        where=str(checkpoint),
        remedy="Resume with the recipe it was saved with, or start a new run with another --out.",
    )


def _leaves(recipe: Mapping[str, JsonValue], prefix: str = "") -> Iterator[tuple[str, str]]:
    for key, value in recipe.items():
        if isinstance(value, dict) and value:
            yield from _leaves(value, f"{prefix}{key}.")
        else:
            yield f"{prefix}{key}", json.dumps(value)


def _next_number(run_folder: Path) -> int:
    latest = latest_checkpoint(run_folder)
    return 1 if latest is None else _number(latest) + 1


def _number(checkpoint: Path) -> int:
    return int(checkpoint.name.partition("-")[0])


def _step(checkpoint: Path) -> int:
    return int(checkpoint.name.rpartition("-")[2])


def _remove(checkpoint: Path) -> None:
    doomed = checkpoint.with_name(f"{PART}{checkpoint.name}")  # renamed first: never half a checkpoint under its name
    checkpoint.rename(doomed)
    shutil.rmtree(doomed)


def _sync(path: Path) -> None:
    """Have the disk hold a file's content or a folder's names."""
    descriptor = os.open(path, os.O_RDONLY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)
