"""Files of JSON lines: append, cut back, read, and what a kill or a full disk leaves."""

import errno
import io
import math
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from asterism.core.errors import AsterismError
from asterism.core.lines import LineLog, read_lines, read_objects, write_lines

TEXT = st.text(max_size=20)
RECORDS = st.lists(
    st.dictionaries(TEXT, st.one_of(TEXT, st.integers(), st.booleans(), st.none()), max_size=4), max_size=6
)


@settings(deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(RECORDS)
def test_what_was_appended_is_read_back(tmp_path: Path, records: list[dict[str, object]]) -> None:
    path = tmp_path / "metrics.jsonl"
    with LineLog[Any](path, offset=0) as log:
        for record in records:
            log.append(record)
        assert log.offset == path.stat().st_size
    assert list(read_objects(path)) == records


def test_line_breaks_and_broken_text_stay_on_one_line(tmp_path: Path) -> None:
    records = [{"text": "a\nb\r\u2028\x85c", "half": "\ud800"}, {"text": "对"}]
    with LineLog[Any](tmp_path / "j", offset=0) as log:
        for record in records:
            log.append(record)
    assert list(read_objects(tmp_path / "j")) == records
    assert "对" in (tmp_path / "j").read_text(encoding="utf-8")


def test_a_resumed_log_is_cut_back_to_its_checkpoint(tmp_path: Path) -> None:
    path = tmp_path / "ledger.jsonl"
    with LineLog[Any](path, offset=0) as log:
        log.append({"step": 1})
        offset = log.offset
        log.append({"step": 2, "lost": True})
        log.append({"step": 3, "lost": True})
    with LineLog[Any](path, offset=offset) as log:
        log.append({"step": 2})
        assert log.offset == path.stat().st_size
    assert list(read_objects(path)) == [{"step": 1}, {"step": 2}]


def test_a_log_not_begun_at_the_checkpoint_begins_empty(tmp_path: Path) -> None:
    with LineLog[Any](tmp_path / "new" / "j", offset=0) as log:
        log.append({"a": 1})
    assert list(read_objects(tmp_path / "new" / "j")) == [{"a": 1}]


def test_a_log_that_lost_lines_is_refused(tmp_path: Path) -> None:
    path = tmp_path / "ledger.jsonl"
    with LineLog[Any](path, offset=0) as log:
        log.append({"step": 1})
    size = path.stat().st_size
    with pytest.raises(AsterismError, match=rf"ledger\.jsonl: has {size} bytes.* after {size + 5}"):
        LineLog[Any](path, offset=size + 5)
    with pytest.raises(AsterismError, match="no line ends at byte"):
        LineLog[Any](path, offset=size - 3)
    assert list(read_objects(path)) == [{"step": 1}]


def test_a_line_torn_by_a_kill_is_left_out_and_a_broken_one_is_named(tmp_path: Path) -> None:
    path = tmp_path / "j"
    path.write_bytes(b'{"a": 1}\n{"b": ')
    assert list(read_objects(path)) == [{"a": 1}]
    path.write_bytes(b'{"a": 1}\n[2]\n')
    with pytest.raises(AsterismError, match="j:2: not a JSON object"):
        list(read_objects(path))
    with pytest.raises(AsterismError, match="no such file"):
        list(read_objects(tmp_path / "absent"))


@dataclass(frozen=True, slots=True)
class Point:
    """An entry with a type."""

    x: int
    label: str = ""


def test_entries_of_a_type_come_back_with_their_line_numbers(tmp_path: Path) -> None:
    path = write_lines(tmp_path / "points.jsonl", [Point(1, "a"), Point(2)])
    with LineLog[Point](path) as log:
        log.append(Point(3))
    assert list(read_lines(path, Point, remedy="")) == [(1, Point(1, "a")), (2, Point(2)), (3, Point(3))]
    path.write_text('\ufeff{"x": 1}\n\n{"x": "2"}', encoding="utf-8")
    assert [entry for _, entry in read_lines(path, Point, torn=False, remedy="")] == [Point(1), Point(2)]
    with pytest.raises(AsterismError, match=r"points\.jsonl:3: x: Input should be a valid integer\nSay so\."):
        list(read_lines(path, Point, torn=False, strict=True, remedy="Say so."))


def test_appending_cuts_off_a_line_torn_by_a_kill(tmp_path: Path) -> None:
    path = tmp_path / "points.jsonl"
    path.write_bytes(b'{"x": 1}\n{"x": ' + b"9" * 100_000)
    with LineLog[Point](path) as log:
        log.append(Point(2))
    assert [entry for _, entry in read_lines(path, Point, remedy="")] == [Point(1), Point(2)]
    path.write_bytes(b'{"x": ')
    with LineLog[Point](path) as log:
        assert log.offset == 0


def test_numbers_that_are_not_finite_become_null(tmp_path: Path) -> None:
    with LineLog[Any](tmp_path / "j", offset=0) as log:
        log.append({"loss": math.nan, "deep": [{"x": math.inf}, 1.5]})
    assert list(read_objects(tmp_path / "j")) == [{"loss": None, "deep": [{"x": None}, 1.5]}]


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

    monkeypatch.setattr("asterism.core.lines.io.FileIO", FullDisk)
    with LineLog[Any](path, offset=0) as log:
        log.append({"step": 1})
        monkeypatch.setattr(FullDisk, "full", True)
        with pytest.raises(AsterismError, match="No space left on device"):
            log.append({"step": 2, "text": "long"})
        assert list(read_objects(path)) == [{"step": 1}]
        monkeypatch.setattr(FullDisk, "full", False)
        log.append({"step": 2})
    assert list(read_objects(path)) == [{"step": 1}, {"step": 2}]


def test_a_folder_that_refuses_is_named(tmp_path: Path) -> None:
    (tmp_path / "taken").mkdir()
    with pytest.raises(AsterismError, match="taken: cannot be written"):
        LineLog[Any](tmp_path / "taken", offset=0)
