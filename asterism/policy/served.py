"""A model's folder as vLLM reads it: the same weights under vLLM's names, and everything else as it was."""

import json
import shutil
from collections.abc import Callable
from pathlib import Path

from safetensors import SafetensorError, safe_open
from safetensors.torch import save_file
from transformers import AutoConfig

from asterism.core.errors import AsterismError
from asterism.policy.family import family_of
from asterism.policy.folder import settle, written_beside

INDEX = "model.safetensors.index.json"


def export_served(source: Path, out: Path) -> dict[str, str]:
    """Write a copy of a model's folder that vLLM can serve; returns the names of its weights, the saved ones first.

    transformers reads the copy as the same model. One file of weights is in memory at a time.

    Raises:
        AsterismError: the folder holds no model of a known family, or ``out`` holds something or cannot be written.
    """
    settle(source)
    if out.exists() and (not out.is_dir() or any(out.iterdir())):
        raise AsterismError("the folder holds something", where=str(out), remedy="Give another --out, or remove it.")
    if not any(source.glob("*.safetensors")):
        raise AsterismError(
            "no model found (model.safetensors is missing)",
            where=str(source),
            remedy="Give a folder saved by Asterism.",
        )
    try:
        config = AutoConfig.from_pretrained(source)
        family = family_of(config)
        with written_beside(out) as part:
            return _copied(source, part, lambda name: family.served_name(config, name))
    except (OSError, ValueError, SafetensorError) as error:
        raise AsterismError(
            f"the model cannot be exported ({' '.join(str(error).split())})",
            where=str(source),
            remedy="The folder is damaged, or the disk is full; nothing was written.",
        ) from error


def _copied(source: Path, part: Path, name_of: Callable[[str], str]) -> dict[str, str]:
    names: dict[str, str] = {}
    for file in sorted(path for path in source.iterdir() if path.is_file()):
        if file.suffix == ".safetensors":
            names |= _rename_weights(file, part / file.name, name_of)
        elif file.name == INDEX:
            index = json.loads(file.read_text(encoding="utf-8"))
            index["weight_map"] = {name_of(name): where for name, where in index["weight_map"].items()}
            (part / INDEX).write_text(json.dumps(index, indent=2) + "\n", encoding="utf-8")
        else:
            shutil.copy2(file, part)
    return names


def _rename_weights(file: Path, out: Path, name_of: Callable[[str], str]) -> dict[str, str]:
    with safe_open(file, framework="pt") as weights:
        names = {name: name_of(name) for name in weights.keys()}  # noqa: SIM118 (it is no mapping)
        save_file({new: weights.get_tensor(old) for old, new in names.items()}, out, metadata=weights.metadata())
    return names
