"""Predictions: those a run wrote, and those that somebody brings."""

from pathlib import Path

import pytest

from asterism.core.errors import AsterismError
from asterism.core.results.prediction import (
    Prediction,
    PredictionLog,
    read_completions,
    read_predictions,
    samples_of,
)


def test_a_failure_gives_way_to_a_completion_and_never_the_other_way(tmp_path: Path) -> None:
    file = tmp_path / "completions.jsonl"
    said, failed = Prediction("a", 0, "T", tokens=1, token_ids=(7,)), Prediction("b", 0, "", "server went away")
    with PredictionLog(file) as log:
        for each in (said, failed, Prediction("a", 0, "", "late"), Prediction("b", 0, "F")):
            log.append(each)
    with file.open("a") as torn:
        torn.write('{"id": "c", "compl')
    assert read_completions(file) == {("a", 0): said, ("b", 0): Prediction("b", 0, "F")}
    assert read_completions(tmp_path / "none.jsonl") == {}


def test_ready_predictions_need_an_id_and_a_completion(tmp_path: Path) -> None:
    file = tmp_path / "ready.jsonl"
    file.write_text('\ufeff{"id": "a", "completion": ""}\n\n{"id": "b", "sample": 1, "completion": "T", "model": "x"}')
    found = read_predictions(file, ["a", "b", "c"])
    assert found == {("a", 0): Prediction("a", 0, ""), ("b", 1): Prediction("b", 1, "T")}
    assert samples_of(found) == 2


@pytest.mark.parametrize(
    ("lines", "message"),
    [
        (
            '{"id": "a", "completion": "T"}\n{"id": "zz", "completion": "T"}\n{"id": "yy", "completion": ""}',
            "'zz', 'yy'",
        ),
        ('{"id": "a", "completion": "T"}\n{"id": "a", "completion": "F"}', "two predictions for sample 0"),
        ('{"id": "a"}', "ready.jsonl:1: .*completion"),
        ('{"id": "a", "completion": null}', "ready.jsonl:1: completion"),
        ('{"completion": "T"}', "ready.jsonl:1: id"),
        ("not json", "ready.jsonl:1: Invalid JSON"),
        ("\n", "holds no predictions"),
    ],
)
def test_what_is_wrong_with_ready_predictions_is_named(tmp_path: Path, lines: str, message: str) -> None:
    file = tmp_path / "ready.jsonl"
    file.write_text(lines)
    with pytest.raises(AsterismError, match=message):
        read_predictions(file, ["a", "b"])
    with pytest.raises(AsterismError, match="no predictions found"):
        read_predictions(tmp_path / "absent.jsonl", ["a"])
