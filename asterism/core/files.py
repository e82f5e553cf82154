"""Files that appear whole or not at all."""

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from asterism.core.errors import AsterismError


@contextmanager
def whole_file(path: Path) -> Iterator[Path]:
    """A name beside ``path`` to write to; renamed to ``path`` when the block ends well.

    On any fault the part is removed and whatever stood at ``path`` stays. Folders are made as needed.

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
