import json
from dataclasses import replace
from pathlib import Path

import pytest

from asterism.core.errors import AsterismError
from asterism.helix import bench
from asterism.helix.bench import Form, Item, Manifest, bench_entries, differences, freeze, manifest_of, only, total_of
from asterism.helix.catalogue import catalogue
from asterism.helix.puzzle import LEVELS
from asterism.helix.records import read_entries, write_entries
from asterism.helix.score import grade, in_pairs, summarise
from asterism.helix.sources import names_of
from tests.helix.toy import WalkPuzzle


@pytest.fixture
def manifest(walk: WalkPuzzle) -> Manifest:
    """That of the tests' own task, which is quickly drawn."""
    return manifest_of(bench_entries([walk.name]))


def test_every_task_has_six_instances_of_each_level(manifest: Manifest) -> None:
    assert len(manifest.items) == 30 == len(manifest.states) == len({item.id for item in manifest.items})
    levels = [item.id.split("-")[1] for item in manifest.items]
    assert levels == [str(level) for level in LEVELS for _ in range(6)]


def test_what_is_drawn_again_is_what_was_frozen(manifest: Manifest) -> None:
    assert list(differences(manifest, bench_entries(["walk"]))) == []


def test_two_processes_draw_the_same_as_one() -> None:
    alone, together = (list(bench_entries(["sudoku"], workers=workers)) for workers in (1, 2))
    assert manifest_of(alone) == manifest_of(together) and alone == together


def test_the_form_as_text_has_the_same_instances(manifest: Manifest) -> None:
    written = list(bench_entries(["walk"], Form(pictured=False, language="zh")))
    assert [each.fingerprint for each in written] == [item.state for item in manifest.items]
    assert all(not each.images and "行走" in each.question for each in written)


def test_what_is_not_as_frozen_is_named(manifest: Manifest) -> None:
    first, second, *rest = manifest.items
    other = Manifest(
        items=(
            first.model_copy(update={"state": "0" * 64}),
            second.model_copy(update={"image": "0" * 64}),
            Item(id="walk-1-0-00000", state="1" * 64, image="1" * 64),
            *rest[1:],
        )
    )
    found = {each.id: each.what for each in differences(other, bench_entries(["walk"]))}
    assert found == {
        first.id: "another state",
        second.id: "another image",
        rest[0].id: "not in the manifest",
        "walk-1-0-00000": "missing",
    }


def test_a_manifest_is_written_and_read_again(
    manifest: Manifest, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(bench, "BENCHMARK_TASKS", ("walk",))
    file = freeze(manifest, tmp_path / "benchmark.json")
    assert bench.read_manifest(file) == manifest
    assert len(json.loads(file.read_text())["items"]) == 30
    assert only(manifest, ["walk"]) == manifest and only(manifest, ["wal"]).items == ()


def test_only_the_whole_benchmark_is_frozen(manifest: Manifest, tmp_path: Path) -> None:
    with pytest.raises(AsterismError, match="30 of the benchmark's 1,260 instances"):
        freeze(manifest, tmp_path / "benchmark.json")
    assert not (tmp_path / "benchmark.json").exists()


def test_a_new_task_changes_neither_the_benchmark_nor_what_recipes_draw_that_name_no_task(one_more: WalkPuzzle) -> None:
    frozen = tuple(dict.fromkeys(item.id.split("-")[0] for item in bench.read_manifest().items))
    assert one_more.name in catalogue() and len(catalogue()) > len(frozen) == 42
    assert bench.bench_tasks() == bench.BENCHMARK_TASKS == names_of(()) == frozen
    assert total_of(bench.bench_tasks()) == 1_260
    bench.check_complete(total_of(bench.bench_tasks()), Path("benchmark.json"))
    assert names_of(["walk"]) == ("walk",)


def test_the_benchmark_is_as_it_was_frozen() -> None:
    frozen = bench.read_manifest()
    assert len(frozen.items) == 1_260 == len(frozen.states)
    sample = [name for place, name in enumerate(bench.bench_tasks()) if place % 8 == 0]
    assert list(differences(only(frozen, sample), bench_entries(sample))) == []


@pytest.mark.parametrize(
    ("content", "message"),
    [(None, "the benchmark is not frozen"), ("{", "not valid JSON"), ('{"items": [{"id": "a"}]}', "state")],
)
def test_manifests_of_another_form_are_refused(tmp_path: Path, content: str | None, message: str) -> None:
    file = tmp_path / "benchmark.json"
    if content is not None:
        file.write_text(content)
    with pytest.raises(AsterismError, match=message):
        bench.read_manifest(file)


def test_two_orders_of_an_instance_are_a_pair(
    walk: WalkPuzzle, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    plain = list(bench_entries(["walk"], Form(both_orders=True)))
    mirrored = lambda self, state: replace(state, at=state.goal, goal=state.at)  # noqa: E731
    monkeypatch.setattr(WalkPuzzle, "mirrored", mirrored)
    monkeypatch.setattr(WalkPuzzle, "two_sided", True)
    form = Form(both_orders=True)
    both = list(bench_entries(["walk"], form))
    assert len(plain) == 30 == total_of(["walk"]) and len(both) == 60 == total_of(["walk"], form)
    assert [each.fingerprint for each in both[::2]] == [each.fingerprint for each in plain]
    assert both[1].id == f"{both[0].id}-mirrored"
    write_entries(tmp_path, both)
    read = read_entries(tmp_path)
    answers = {id: each.answer for id, each in read.items()}
    answers[both[3].id] = "no"
    found = summarise(in_pairs(grade(read, answers)))
    assert found.reasons == {"right": 58, "pair": 1, "form": 1}
    assert found.overall.clusters == 30


def test_an_incomplete_benchmark_is_not_frozen(tmp_path: Path) -> None:
    with pytest.raises(AsterismError, match="of the benchmark's 1,260 instances"):
        bench.check_complete(1_259, tmp_path / "benchmark.json")
