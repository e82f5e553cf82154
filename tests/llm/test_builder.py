"""What builders of sets share, without a server: items made once, made anew where they are outdated, left open."""

import json
from dataclasses import dataclass
from pathlib import Path

import pytest

from asterism.core.errors import AsterismError
from asterism.llm.builder import Built, open_build
from asterism.llm.errors import LlmError


@dataclass(frozen=True, slots=True)
class Number:
    """A source."""

    id: str
    value: int


@dataclass(frozen=True, slots=True)
class Square:
    """Its item."""

    id: str
    of: int
    square: int

    @property
    def kept(self) -> bool:
        return True


class Squarer:
    """Counts what it was asked to make."""

    def __init__(self) -> None:
        self.made: list[str] = []

    async def make(self, source: Number) -> Square:
        self.made.append(source.id)
        return Square(source.id, source.value, source.value**2)


class Silent(Squarer):
    """Gets no reply."""

    async def make(self, source: Number) -> Square:
        raise LlmError("no reply")


async def is_current(source: Number, item: Square) -> bool:
    return item.of == source.value


def build(folder: Path, sources: list[Number], squarer: Squarer, seen: list[str] | None = None, seed: int = 0) -> Built:
    told = [] if seen is None else seen
    with open_build(folder, sources, Square, None, {"seed": seed}, {"model": "none"}) as run:
        run.finish(squarer.make, is_current=is_current, on_item=lambda item, cost: told.append(item.id))
        report = {"squares": [item.square for item in run.finished], "open": run.open_sources}
        return run.close(report, folder / "records.jsonl")


def numbers(*values: int) -> list[Number]:
    return [Number(str(place), value) for place, value in enumerate(values)]


def test_finished_items_are_not_made_again_and_are_all_reported(tmp_path: Path) -> None:
    first, second, seen = Squarer(), Squarer(), []
    build(tmp_path, numbers(2, 3), first)
    built = build(tmp_path, numbers(2, 3, 4), second, seen)
    assert (first.made, second.made, seen) == (["0", "1"], ["2"], ["0", "1", "2"])
    assert built.report["squares"] == [4, 9, 16]
    assert json.loads((tmp_path / "report.json").read_text()) == built.report


def test_an_item_of_a_source_that_changed_is_made_anew_and_the_last_line_counts(tmp_path: Path) -> None:
    build(tmp_path, numbers(2, 3), Squarer())
    again = Squarer()
    assert build(tmp_path, numbers(2, 5), again).report["squares"] == [4, 25]
    assert again.made == ["1"]
    assert build(tmp_path, numbers(2, 5), Squarer()).report["squares"] == [4, 25]


def test_a_source_without_a_reply_stays_open_and_an_outdated_item_does_not_count_for_it(tmp_path: Path) -> None:
    build(tmp_path, numbers(2, 3), Squarer())
    with pytest.raises(LlmError, match="no reply"):
        build(tmp_path, numbers(2, 30, 4, 5, 6, 7), Silent())  # five in a row end a run
    report = json.loads((tmp_path / "report.json").read_text())
    assert report == {"squares": [4], "open": {"1": "LlmError", **{str(n): "LlmError" for n in range(2, 6)}}}


def test_another_setting_in_the_same_folder_is_refused(tmp_path: Path) -> None:
    build(tmp_path, numbers(2), Squarer())
    with pytest.raises(AsterismError, match="seed was 0, is 1"):
        build(tmp_path, numbers(2), Squarer(), seed=1)
