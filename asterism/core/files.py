"""Files that are written atomically: complete, or not at all."""

import json
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from asterism.core.errors import AsterismError


@contextmanager
def whole_file(path: Path) -> Iterator[Path]:
    """A name beside ``path`` to write to; renamed to ``path`` when the block ends well.

    On any error the part is removed and whatever was at ``path`` stays. Folders are made as needed.

    Raises:
        AsterismError: the disk is full or does not take the file.
    """
    beside = path.with_name(f"{path.name}.part")
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        yield beside
        beside.replace(path)
    except OSError as error:
        raise AsterismError(
            f"cannot be written ({error.strerror or error})",
            where=str(path),
            remedy="Free some space or give another folder; what was written before is untouched.",
        ) from error
    finally:
        if beside.parent.is_dir():
            beside.unlink(missing_ok=True)


def write_json(path: Path, values: Mapping[str, Any]) -> Path:
    """A JSON object as a file of its own, atomically.

    Raises:
        AsterismError: the disk refuses the file.
        ValueError: a number is not finite.
    """
    with whole_file(path) as beside:
        text = json.dumps(values, indent=2, ensure_ascii=False, allow_nan=False)
        beside.write_bytes(f"{text}\n".encode("utf-8", "backslashreplace"))  # half surrogates become JSON escapes
    return path


def read_json(path: Path) -> dict[str, Any]:
    """The JSON object in a file.

    Raises:
        AsterismError: the file is missing, is not JSON, or holds something else.
    """
    try:
        values = json.loads(path.read_text(encoding="utf-8"))
    except FileNotFoundError as error:
        raise AsterismError("no such file", where=str(path), remedy="Check the path.") from error
    except ValueError as error:
        raise AsterismError(f"not valid JSON ({error})", where=str(path), remedy="Take the file away.") from error
    if not isinstance(values, dict):
        raise AsterismError("holds no JSON object", where=str(path), remedy="Take the file away.")
    return values
