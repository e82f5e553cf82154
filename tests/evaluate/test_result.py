"""Results on disk."""

from pathlib import Path

import pytest

from asterism.core.errors import AsterismError
from asterism.core.results.result import Result, ResultLog, read_results, write_results

FIRST = Result("a/1", 0, "<think>见\n</think>", "T", "tagged", 1.0, {"accuracy": 1.0}, 0.25, 12)
FAILED = Result("b", 3, "", None, "failed: image not found", None, truncated=True)


def test_results_come_back_as_they_were_written(tmp_path: Path) -> None:
    assert read_results(write_results(tmp_path / "new" / "results.jsonl", [FIRST, FAILED])) == [FIRST, FAILED]
    assert (FIRST.failed, FAILED.failed) == (False, True)


def test_a_half_written_line_is_dropped_when_reading_and_before_appending(tmp_path: Path) -> None:
    file = tmp_path / "results.jsonl"
    with ResultLog(file) as log:
        log.append(FIRST)
        assert read_results(file) == [FIRST]
    with file.open("a", encoding="utf-8") as torn:
        torn.write('{"id": "b", "samp')
    assert read_results(file) == [FIRST]
    with ResultLog(file) as log:
        log.append(FAILED)
    assert read_results(file) == [FIRST, FAILED]


def test_a_line_that_is_no_result_is_named(tmp_path: Path) -> None:
    file = write_results(tmp_path / "results.jsonl", [FIRST])
    with file.open("a", encoding="utf-8") as more:
        more.write('{"id": 4}\n')
    with pytest.raises(AsterismError, match=r"results.jsonl:2: id"):
        read_results(file)
    with pytest.raises(AsterismError, match="no results found"):
        read_results(tmp_path / "absent.jsonl")


def test_one_writer_at_a_time(tmp_path: Path) -> None:
    file = tmp_path / "results.jsonl"
    with ResultLog(file) as log:
        log.append(FIRST)
        with pytest.raises(AsterismError, match="another process is writing it"):
            ResultLog(file)
        log.append(FAILED)
    with ResultLog(file):
        assert read_results(file) == [FIRST, FAILED]
