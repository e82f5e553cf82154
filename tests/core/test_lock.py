"""One process writes a folder at a time; the lock ends with its process."""

import os
import signal
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from asterism.core.errors import AsterismError
from asterism.core.lock import NAME, FolderLock

ROOT = Path(__file__).parents[2]
HOLD = """
import sys, time
from pathlib import Path
from asterism.core.lock import FolderLock
lock = FolderLock(Path(sys.argv[1]))
print("held", flush=True)
time.sleep(600)
"""


def hold(folder: Path, code: str = HOLD) -> subprocess.Popen[str]:
    """A process that holds the lock."""
    process = subprocess.Popen(
        [sys.executable, "-c", code, str(folder)],
        stdout=subprocess.PIPE,
        text=True,
        env={**os.environ, "PYTHONPATH": str(ROOT)},
    )
    assert process.stdout is not None
    assert process.stdout.readline() == "held\n"
    return process


@pytest.fixture
def holder(tmp_path: Path) -> Iterator[subprocess.Popen[str]]:
    process = hold(tmp_path)
    yield process
    process.kill()
    process.wait()


def test_a_second_process_is_refused_with_the_id_of_the_first(tmp_path: Path, holder: subprocess.Popen[str]) -> None:
    with pytest.raises(AsterismError) as caught:
        FolderLock(tmp_path)
    assert f"another process is writing this run (process id {holder.pid})" in str(caught.value)
    assert len(str(caught.value).splitlines()) == 2
    with pytest.raises(AsterismError, match=str(holder.pid)):  # a refusal takes nothing away
        FolderLock(tmp_path)


def test_a_killed_process_holds_nothing(tmp_path: Path, holder: subprocess.Popen[str]) -> None:
    holder.send_signal(signal.SIGKILL)
    holder.wait()
    with FolderLock(tmp_path):
        assert (tmp_path / NAME).read_text() == f"{os.getpid()}\n"


def test_a_forked_child_does_not_hold_the_lock_of_a_killed_parent(tmp_path: Path) -> None:
    forking = HOLD.replace('print("held", flush=True)', 'import os\nif not os.fork():\n    print("held", flush=True)')
    process = hold(tmp_path, forking.replace("time.sleep(600)", "time.sleep(20)"))
    process.send_signal(signal.SIGKILL)
    process.wait()
    FolderLock(tmp_path).release()


def test_a_released_folder_can_be_locked_again(tmp_path: Path) -> None:
    lock = FolderLock(tmp_path / "new")
    with pytest.raises(AsterismError, match=str(os.getpid())):
        FolderLock(tmp_path / "new")
    lock.release()
    lock.release()
    FolderLock(tmp_path / "new").release()


def test_a_folder_that_cannot_be_made_is_told_plainly(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("")
    with pytest.raises(AsterismError, match="cannot be written"):
        FolderLock(tmp_path / "file")
