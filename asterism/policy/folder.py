"""A folder that is either the old one or the new one, never half of each."""

import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path


@contextmanager
def written_beside(folder: Path) -> Iterator[Path]:
    """A new empty folder to write into; it takes the place of ``folder`` when the block ends well.

    If the block fails, what was written is removed and ``folder`` is as before. If the process dies between the
    two renames, :func:`settle` brings the earlier folder back.
    """
    part, old = _beside(folder, "part"), _beside(folder, "old")
    settle(folder)
    shutil.rmtree(part, ignore_errors=True)
    part.mkdir(parents=True)
    try:
        yield part
        if folder.exists():
            folder.rename(old)
        part.rename(folder)
    except BaseException:
        settle(folder)
        shutil.rmtree(part, ignore_errors=True)
        raise
    shutil.rmtree(old, ignore_errors=True)


def settle(folder: Path) -> None:
    """Undo a replacement that was interrupted: the earlier folder comes back, or what is left of it goes."""
    old = _beside(folder, "old")
    if not old.exists():
        return
    if folder.exists():
        shutil.rmtree(old)
    else:
        old.rename(folder)


def _beside(folder: Path, word: str) -> Path:
    return folder.with_name(f".{folder.name}.{word}")
