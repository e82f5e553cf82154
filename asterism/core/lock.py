"""Locks between processes that the operating system releases when a process ends, however it ends."""

import os
from pathlib import Path
from types import TracebackType
from typing import IO, Any, Self
from weakref import WeakSet

from asterism.core.errors import AsterismError

NAME = "run.lock"

_HELD: WeakSet[IO[Any]] = WeakSet()


def try_lock(file: IO[Any]) -> bool:
    """Lock an open file until it is closed; false where another process (or another open of it) holds it.

    On systems and file systems without such locks nothing is locked, and the answer is true.
    """
    try:
        import fcntl
    except ImportError:
        return True
    try:
        fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        return False
    except OSError:  # a file system without locks (some shared ones)
        return True
    return True


class FolderLock:
    """Keeps other processes from writing a folder, from its making until ``release`` or the end of the process.

    The file ``run.lock`` in the folder holds the process id, and stays when the lock is released: a file that comes
    and goes could be locked by two at once. A folder that the lock made and nobody wrote into goes with it.
    """

    def __init__(self, folder: Path) -> None:
        """Make the folder if need be, and lock it.

        Raises:
            AsterismError: another process holds it (its id is named), or the folder cannot be written.
        """
        path = folder / NAME
        self._made = None if folder.exists() else folder
        try:
            folder.mkdir(parents=True, exist_ok=True)
            self._file = path.open("a+", encoding="utf-8")
        except OSError as error:
            raise AsterismError(
                f"cannot be written ({error.strerror or error})", where=str(folder), remedy="Choose another --out."
            ) from error
        if not try_lock(self._file):
            self._file.seek(0)
            holder = self._file.read().strip() or "unknown"
            self._file.close()
            raise AsterismError(
                f"another process is writing this run (process id {holder})",
                where=str(folder),
                remedy="Wait until it has ended, or choose another --out.",
            )
        _HELD.add(self._file)
        self._file.truncate(0)
        self._file.write(f"{os.getpid()}\n")
        self._file.flush()

    def release(self) -> None:
        """Let others write; a second call does nothing."""
        made, self._made = self._made, None
        if made is not None and made.is_dir() and [path.name for path in made.iterdir()] == [NAME]:
            (made / NAME).unlink()
            made.rmdir()
        self._file.close()

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.release()


def _forget_in_child() -> None:
    # A forked child shares the open file and with it the lock, which would outlive a parent that was killed.
    for file in list(_HELD):
        file.close()


if hasattr(os, "register_at_fork"):
    os.register_at_fork(after_in_child=_forget_in_child)
