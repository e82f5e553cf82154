"""Journals: append, cut back, read, and what a kill or a full disk leaves."""

import errno
import io
import math
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from asterism.core.errors import AsterismError
from asterism.learn.journal import Journal, read_journal

TEXT = st.text(max_size=20)
RECORDS = st.lists(
    st.dictionaries(TEXT, st.one_of(TEXT, st.integers(), st.booleans(), st.none()), max_size=4), max_size=6
)


@settings(deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(RECORDS)
def test_what_was_appended_is_read_back(tmp_path: Path, records: list[dict[str, object]]) -> None:
    path = tmp_path / "metrics.jsonl"
    with Journal.create(path) as journal:
        for record in records:
            journal.append(record)
        assert journal.offset == path.stat().st_size
    assert list(read_journal(path)) == records


def test_line_breaks_and_broken_text_stay_on_one_line(tmp_path: Path) -> None:
    records = [{"text": "a\nb\r\u2028\x85c", "half": "\ud800"}, {"text": "对"}]
    with Journal.create(tmp_path / "j") as journal:
        for record in records:
            journal.append(record)
    assert list(read_journal(tmp_path / "j")) == records
    assert "对" in (tmp_path / "j").read_text(encoding="utf-8")


def test_a_resumed_journal_is_cut_back_to_its_checkpoint(tmp_path: Path) -> None:
    path = tmp_path / "ledger.jsonl"
    with Journal.create(path) as journal:
        journal.append({"step": 1})
        offset = journal.offset
        journal.append({"step": 2, "lost": True})
        journal.append({"step": 3, "lost": True})
    with Journal.resume(path, offset) as journal:
        journal.append({"step": 2})
        assert journal.offset == path.stat().st_size
    assert list(read_journal(path)) == [{"step": 1}, {"step": 2}]


def test_a_journal_not_begun_at_the_checkpoint_begins_empty(tmp_path: Path) -> None:
    with Journal.resume(tmp_path / "new" / "j", 0) as journal:
        journal.append({"a": 1})
    assert list(read_journal(tmp_path / "new" / "j")) == [{"a": 1}]


def test_a_journal_that_lost_lines_is_refused(tmp_path: Path) -> None:
    path = tmp_path / "ledger.jsonl"
    with Journal.create(path) as journal:
        journal.append({"step": 1})
    size = path.stat().st_size
    with pytest.raises(AsterismError, match=rf"ledger\.jsonl: has {size} bytes.* after {size + 5}"):
        Journal.resume(path, size + 5)
    with pytest.raises(AsterismError, match="no line ends at byte"):
        Journal.resume(path, size - 3)
    assert list(read_journal(path)) == [{"step": 1}]


def test_a_line_torn_by_a_kill_is_left_out_and_a_broken_one_is_named(tmp_path: Path) -> None:
    path = tmp_path / "j"
    path.write_bytes(b'{"a": 1}\n{"b": ')
    assert list(read_journal(path)) == [{"a": 1}]
    path.write_bytes(b'{"a": 1}\n[2]\n')
    with pytest.raises(AsterismError, match="j:2: not a JSON object"):
        list(read_journal(path))
    with pytest.raises(AsterismError, match="no such file"):
        list(read_journal(tmp_path / "absent"))


def test_numbers_that_are_not_finite_become_null(tmp_path: Path) -> None:
    with Journal.create(tmp_path / "j") as journal:
        journal.append({"loss": math.nan, "deep": [{"x": math.inf}, 1.5]})
    assert list(read_journal(tmp_path / "j")) == [{"loss": None, "deep": [{"x": None}, 1.5]}]


def test_a_full_disk_leaves_the_lines_before(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    path = tmp_path / "j"

    class FullDisk(io.FileIO):
        """Takes half a line, then has no space, while the disk is full."""

        full = False
        half_taken = False

        def write(self, data: memoryview) -> int:  # type: ignore[override]
            if not self.full:
                return super().write(data)
            if self.half_taken:
                raise OSError(errno.ENOSPC, "No space left on device")
            self.half_taken = True
            return super().write(data[: len(data) // 2])

    monkeypatch.setattr("asterism.learn.journal.io.FileIO", FullDisk)
    with Journal.create(path) as journal:
        journal.append({"step": 1})
        monkeypatch.setattr(FullDisk, "full", True)
        with pytest.raises(AsterismError, match="No space left on device"):
            journal.append({"step": 2, "text": "long"})
        assert list(read_journal(path)) == [{"step": 1}]
        monkeypatch.setattr(FullDisk, "full", False)
        journal.append({"step": 2})
    assert list(read_journal(path)) == [{"step": 1}, {"step": 2}]


def test_a_folder_that_refuses_is_named(tmp_path: Path) -> None:
    (tmp_path / "taken").mkdir()
    with pytest.raises(AsterismError, match="taken: cannot be written"):
        Journal.create(tmp_path / "taken")
