"""Exports of a run: read back with the trackers' own readers."""

import json
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from asterism.core.errors import AsterismError
from asterism.core.image import Image
from asterism.core.results.estimate import Estimate
from asterism.core.results.metrics import StepMetrics, ValidationMetrics
from asterism.core.results.rollout import EpisodeRecord, RolloutRecord, SegmentRecord, TrajectoryRecord
from asterism.core.results.sink import Sink
from asterism.core.results.summary import Baseline, Condition, RunSummary
from asterism.core.reward import Reward
from asterism.runs.recipe import read_recipe
from asterism.runs.sinks.choose import open_sinks
from asterism.runs.sinks.config import LogConfig
from asterism.runs.train import run_recipe
from tests.cli.tiny_run import STEPS, write_run_files

SUMMARY = RunSummary(
    conditions={"after": Condition({"accuracy": Estimate(0.75, 0.5, 0.9, 8, 8)})},
    baselines={"chance": Baseline({"accuracy": 0.25})},
)


def _record(step: int, task: str) -> RolloutRecord:
    segments = (SegmentRecord("prompt", "What is it?"), SegmentRecord("model", "<b>T</b>", trainable=True))
    episode = EpisodeRecord((TrajectoryRecord("actor", segments),), Reward(1.0, {"accuracy": 1.0}), advantage=0.5)
    return RolloutRecord(step, task, answer="T", images=("images/a.png", "images/gone.png"), episodes=(episode,))


def _export(sinks: list[Sink], folder: Path, steps: range, kl: float) -> None:
    """What a run does: two groups and the figures of every step."""
    for step in steps:
        for sink in sinks:
            for task in ("first", "second"):
                sink.rollout(_record(step, f"{task}-{step}"), folder)
            sink.metrics(StepMetrics(step, tokens=10 * step, success={"maze": 0.5}, figures={"kl": kl}))
            sink.metrics(ValidationMetrics(step, {"accuracy": 0.5}))


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """A run folder with an image."""
    Image.from_pixels(np.full((6, 9, 3), 200, dtype=np.uint8)).save(tmp_path / "images" / "a.png")
    return tmp_path


def _events(folder: Path) -> Any:
    accumulators = pytest.importorskip("tensorboard.backend.event_processing.event_accumulator")
    events = accumulators.EventAccumulator(str(folder / "tensorboard"), {"scalars": 0, "images": 0, "tensors": 0})
    return events.Reload()


def _scalars(folder: Path, tag: str) -> list[tuple[int, float]]:
    return [(event.step, pytest.approx(event.value)) for event in _events(folder).Scalars(tag)]


def test_tensorboard_holds_every_figure_images_and_completions(folder: Path) -> None:
    config = LogConfig(tensorboard=True, rollouts_every=3)
    sinks = open_sinks(config, folder, {})
    _export(sinks, folder, range(1, 6), kl=0.25)
    for sink in sinks:
        sink.summary(SUMMARY)
        sink.close()
    assert _scalars(folder, "train/kl") == [(step, 0.25) for step in range(1, 6)]
    assert _scalars(folder, "train/tokens") == [(step, 10 * step) for step in range(1, 6)]
    assert _scalars(folder, "success/maze")[-1] == (5, 0.5) and _scalars(folder, "validation/accuracy")[0] == (1, 0.5)
    assert _scalars(folder, "results/after/accuracy") == [(5, 0.75)]
    assert _scalars(folder, "baselines/chance/accuracy") == [(5, 0.25)]
    events = _events(folder)
    images = events.Images("rollouts/image_0")
    assert [(image.step, image.width, image.height) for image in images] == [(1, 9, 6), (4, 9, 6)]
    texts = [
        tensor.tensor_proto.string_val[0].decode() for tensor in events.Tensors("rollouts/completions/text_summary")
    ]
    assert "first-1" in texts[0] and "first-4" in texts[1] and len(texts) == 2
    assert "    What is it?" in texts[0] and "    <b>T</b>" in texts[0]
    assert "Reward **1** (accuracy 1), advantage +0.5" in texts[0]


def test_steps_that_a_resumed_run_takes_again_are_in_tensorboard_once(folder: Path) -> None:
    config = LogConfig(tensorboard=True)
    for resumed_at, steps, kl in ((0, range(1, 5), 0.1), (2, range(3, 6), 0.2)):
        sinks = open_sinks(config, folder, {}, resumed_at=resumed_at)
        _export(sinks, folder, steps, kl)
        for sink in sinks:
            sink.close()
    assert _scalars(folder, "train/kl") == [(1, 0.1), (2, 0.1), (3, 0.2), (4, 0.2), (5, 0.2)]


def test_a_recipe_chooses_tensorboard_and_its_curves_are_those_of_the_run(tmp_path: Path) -> None:
    file = write_run_files(tmp_path)
    recipe = read_recipe(file, ["log={tensorboard: true, rollouts_every: 2}"])
    summary = run_recipe(recipe, tmp_path / "run", where=str(file), resume=False, quiet=True)
    losses = _scalars(tmp_path / "run", "train/loss")
    assert [step for step, _ in losses] == list(range(1, STEPS + 1))
    ((_, accuracy),) = _scalars(tmp_path / "run", "results/after/per_statement")
    assert accuracy == summary.conditions["after"].metrics["per_statement"].value
    assert [image.step for image in _events(tmp_path / "run").Images("rollouts/image_0")] == [1, 3, 5]


@pytest.mark.parametrize("values", [{"tensorboard": True}, {"wandb": "offline"}])
def test_a_missing_package_names_the_extra_before_anything_is_loaded(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, values: dict[str, Any]
) -> None:
    monkeypatch.setattr("asterism.runs.sinks.choose.find_spec", lambda name: None)
    name = next(iter(values))
    with pytest.raises(
        AsterismError, match=rf"log\.{name} needs the package {name}.*\npip install 'asterism\[{name}\]'"
    ):
        open_sinks(LogConfig.parse(values, where="recipe"), tmp_path, {})
    assert list(tmp_path.iterdir()) == []


def _offline_messages(file: Path) -> Iterator[bytes]:
    """The messages in a ``.wandb`` file: a LevelDB log (blocks of 32 KiB, header 7 bytes) after a header of 7 bytes."""
    data, at, message = file.read_bytes(), 7, b""
    assert data[:4] == b":W&B"
    while at + 7 <= len(data):
        if 32768 - at % 32768 < 7:  # the rest of a block is too short for a header
            at += 32768 - at % 32768
            continue
        length, kind = int.from_bytes(data[at + 4 : at + 6], "little"), data[at + 6]
        message += data[at + 7 : at + 7 + length]
        at += 7 + length
        if kind in (1, 4):  # whole, or the last piece
            yield message
            message = b""


def _ended(file: Path, record_type: Any) -> list[Any]:
    """The records of a run that has ended: W&B's service writes the last of them after ``finish`` has returned."""
    until = time.monotonic() + 60
    while True:
        records = [record_type.FromString(message) for message in _offline_messages(file)]
        if any(record.HasField("exit") for record in records) or time.monotonic() > until:
            return records
        time.sleep(0.1)


def _items(items: Any) -> dict[str, Any]:
    return {item.key or "/".join(item.nested_key): json.loads(item.value_json) for item in items}


def _offline_records(folder: Path) -> tuple[list[dict[str, Any]], dict[str, Any], list[str]]:
    """History, summary and run ids in the offline files of a folder."""
    from wandb.proto.wandb_internal_pb2 import Record

    history: list[dict[str, Any]] = []
    summary: dict[str, Any] = {}
    ids: list[str] = []
    for file in sorted((folder / "wandb").glob("offline-run-*/run-*.wandb")):
        for record in _ended(file, Record):
            if record.HasField("run"):
                ids.append(record.run.run_id)
            if record.HasField("history"):
                history.append(_items(record.history.item))
            if record.HasField("summary"):
                summary |= _items(record.summary.update)
    return history, summary, ids


def test_wandb_offline_files_hold_the_history_the_completions_and_the_results(folder: Path) -> None:
    pytest.importorskip("wandb")
    config = LogConfig(wandb="offline", rollouts_every=2)
    sinks = open_sinks(config, folder, {"seed": 7})
    _export(sinks, folder, range(1, 4), kl=0.25)
    for sink in sinks:
        sink.summary(SUMMARY)
        sink.close()
    history, summary, ids = _offline_records(folder)
    steps = [line for line in history if "train/kl" in line]
    assert [(line["step"], line["train/kl"], line["train/tokens"]) for line in steps] == [
        (step, 0.25, 10 * step) for step in range(1, 4)
    ]
    assert [line["step"] for line in history if "rollouts" in line or any("rollouts" in key for key in line)] == [1, 3]
    assert summary["results/after/accuracy"] == 0.75
    tables = list((folder / "wandb").rglob("rollouts*.table.json"))
    assert len(tables) == 2 and "What is it?" in tables[0].read_text()
    assert list((folder / "wandb").rglob("media/images/**/*.png"))
    sinks = open_sinks(config, folder, {"seed": 7}, resumed_at=2)
    for sink in sinks:
        sink.close()
    assert set(_offline_records(folder)[2]) == set(ids) and len(set(ids)) == 1
