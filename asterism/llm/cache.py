"""Replies that were paid for, kept on disk."""

import json
import sqlite3
from dataclasses import asdict
from pathlib import Path

from pydantic import TypeAdapter, ValidationError

from asterism.core.errors import AsterismError
from asterism.llm.errors import LlmError
from asterism.llm.reply import Reply

FORM = 1
"""Changes when the rows of the file do."""


class CacheFault(LlmError):
    """The file of replies cannot be read or written; going on would pay for what is then lost."""

    ends_run = True


class Cache:
    """Replies by the key of their request, in ``replies.sqlite`` of a folder.

    A reply is handed to the operating system before :meth:`put` returns, so that a killed process loses none; several
    processes may use one folder. Keys of servers and the words of requests are not in it.
    """

    def __init__(self, folder: Path) -> None:
        """Open or make the file.

        Raises:
            AsterismError: the folder takes no file, or what stands there is no file of replies.
        """
        self.path = folder / "replies.sqlite"
        self._replies = TypeAdapter(Reply)
        try:
            folder.mkdir(parents=True, exist_ok=True)
            self._file = sqlite3.connect(self.path, timeout=60, isolation_level=None, check_same_thread=False)
            self._prepare()
        except (sqlite3.Error, OSError) as error:
            raise AsterismError(
                f"the file of replies cannot be opened ({error})",
                where=str(self.path),
                remedy="Give another cache folder, or move the file away.",
            ) from error

    def _prepare(self) -> None:
        form = self._file.execute("PRAGMA user_version").fetchone()[0]
        if form not in (0, FORM):
            raise AsterismError(
                f"the file of replies has form {form}, this version reads form {FORM}",
                where=str(self.path),
                remedy="Give another cache folder.",
            )
        # With a write-ahead log a commit outlives the death of the process; only a power cut may take the last ones.
        self._file.execute("PRAGMA journal_mode=WAL")
        self._file.execute("PRAGMA synchronous=NORMAL")
        self._file.execute(
            "CREATE TABLE IF NOT EXISTS replies (key TEXT PRIMARY KEY, reply TEXT NOT NULL) WITHOUT ROWID"
        )
        self._file.execute(f"PRAGMA user_version={FORM}")

    def get(self, key: str) -> Reply | None:
        """The reply to a request, None where there is none yet.

        Raises:
            CacheFault: the file cannot be read.
        """
        try:
            row = self._file.execute("SELECT reply FROM replies WHERE key = ?", (key,)).fetchone()
            return None if row is None else self._replies.validate_json(row[0])
        except (sqlite3.Error, ValidationError) as error:
            raise self._fault("read", error) from error

    def put(self, key: str, reply: Reply) -> None:
        """Keep a reply; one that is there already stays.

        Raises:
            CacheFault: the disk does not take it.
        """
        try:
            self._file.execute("INSERT OR IGNORE INTO replies VALUES (?, ?)", (key, json.dumps(asdict(reply))))
        except sqlite3.Error as error:
            raise self._fault("written", error) from error

    def close(self) -> None:
        """Close the file."""
        self._file.close()

    def _fault(self, done: str, error: Exception) -> CacheFault:
        return CacheFault(
            f"the file of replies cannot be {done} ({error})",
            where=str(self.path),
            remedy="Free some space or give another cache folder; replies kept before are untouched.",
        )
