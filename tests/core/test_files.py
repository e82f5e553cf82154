import subprocess
import sys
from pathlib import Path

import pytest

from asterism.core.errors import AsterismError
from asterism.core.files import whole_file


def test_a_file_appears_when_the_block_ends(tmp_path: Path) -> None:
    path = tmp_path / "deep" / "a.txt"
    with whole_file(path) as beside:
        beside.write_text("new")
        assert not path.exists()
    assert path.read_text() == "new"
    assert [each.name for each in path.parent.iterdir()] == ["a.txt"]


def test_a_fault_leaves_the_older_file_and_no_part(tmp_path: Path) -> None:
    path = tmp_path / "a.txt"
    path.write_text("old")
    with pytest.raises(RuntimeError, match="halfway"), whole_file(path) as beside:
        beside.write_text("new")
        raise RuntimeError("halfway")
    assert path.read_text() == "old"
    assert [each.name for each in tmp_path.iterdir()] == ["a.txt"]


def test_a_folder_in_the_place_of_the_file_is_told(tmp_path: Path) -> None:
    (tmp_path / "a" / "b").mkdir(parents=True)
    with pytest.raises(AsterismError, match="a: cannot be written"), whole_file(tmp_path / "a") as beside:
        beside.write_text("new")
    assert (tmp_path / "a" / "b").is_dir()


def test_a_file_in_the_place_of_the_folder_is_told(tmp_path: Path) -> None:
    (tmp_path / "a").write_text("old")
    with pytest.raises(AsterismError, match="cannot be written"), whole_file(tmp_path / "a" / "b") as beside:
        beside.write_text("new")
    assert (tmp_path / "a").read_text() == "old"


def test_a_disk_that_takes_no_more_is_told_in_two_lines_and_loses_nothing(tmp_path: Path) -> None:
    pytest.importorskip("resource", reason="limits on file size need a POSIX system")
    code = """
import resource, signal, sys
from pathlib import Path
import numpy as np
from asterism.core.errors import AsterismError
from asterism.core.image import Image
from asterism.core.records import write_records
from asterism.core.task import Task

folder = Path(sys.argv[1])
write_records(folder, [Task("old", (), "?", "T", "tfq")])
signal.signal(signal.SIGXFSZ, signal.SIG_IGN)
resource.setrlimit(resource.RLIMIT_FSIZE, (20_000, 20_000))
noise = Image.from_pixels(np.random.default_rng(0).integers(0, 256, (100, 100, 3), dtype=np.uint8))
long = [Task(str(index), (), "?" * 1000, "T", "tfq") for index in range(100)]
for tasks in (long, [Task("new", (noise,), "?", "T", "tfq")]):
    try:
        write_records(folder, tasks)
    except AsterismError as error:
        print(error)
"""
    paths = {"PYTHONPATH": str(Path(__file__).parents[2])}
    result = subprocess.run(
        [sys.executable, "-c", code, str(tmp_path)], capture_output=True, text=True, env=paths, check=True
    )
    lines = result.stdout.splitlines()
    assert [line.partition(": ")[2] for line in lines[::2]] == ["cannot be written (File too large)"] * 2
    assert '"id": "old"' in (tmp_path / "records.jsonl").read_text()
    assert [path for path in tmp_path.rglob("*") if path.is_file()] == [tmp_path / "records.jsonl"]
