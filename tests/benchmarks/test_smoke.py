"""Every benchmark runs, in its smallest shape: what measures must not rot while nobody measures."""

import json
import os
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

ROOT = Path(__file__).parents[2]
pytestmark = pytest.mark.timeout(900)  # seconds each on a quiet machine; several processes load torch in turn


def run(tmp_path: Path, *arguments: str, given: str = "") -> subprocess.CompletedProcess[str]:
    """A benchmark in a process of its own, in a folder of its own."""
    done = subprocess.run(
        [sys.executable, *arguments],
        capture_output=True,
        text=True,
        cwd=tmp_path,
        input=given,
        env={**os.environ, "PYTHONPATH": str(ROOT), "OMP_NUM_THREADS": "1"},
        check=False,
    )
    assert done.returncode == 0, done.stdout[-2000:] + done.stderr[-4000:]
    return done


def last(done: subprocess.CompletedProcess[str]) -> dict[str, Any]:
    """The JSON of the last line."""
    found: dict[str, Any] = json.loads(done.stdout.splitlines()[-1])
    return found


def script(name: str) -> str:
    return str(ROOT / "benchmarks" / f"{name}.py")


def assert_spread(spread: dict[str, float]) -> None:
    assert 0 < spread["low"] <= spread["ratio"] <= spread["high"]
    assert spread["pairs"] >= 1


def test_bench_ends_with_a_ratio_and_its_interval(tmp_path: Path) -> None:
    done = run(tmp_path, script("bench"), "--smoke", "--no-trl", "--grouper", "--results", "results")
    (case,) = last(done)["cases"]
    assert case["step_ratio"] is None  # TRL was left out
    assert "prefix_grouper is absent" in done.stdout and set(case["peers"]) == {"naive"}  # said, and no error
    naive = case["peers"]["naive"]
    assert naive["pairs"] == 1
    for name in ("step", "processor", "update"):
        assert_spread(naive[name])
    assert "pairs" in done.stdout and "steps: " in done.stdout
    (written,) = (tmp_path / "results").glob("*-smoke.json")
    assert json.loads(written.read_text())["cases"][0]["rounds"][0]["ours"]["seconds"]["processor"] > 0


def test_growth(tmp_path: Path) -> None:
    done = run(tmp_path, script("growth"), "--smoke", "--no-trl", "--steps", "1", "--results", "results")
    assert "group_size 1: ours" in done.stdout and "group_size 2: ours" in done.stdout
    (written,) = (tmp_path / "results").glob("*-growth.json")
    assert {point["peer"] for point in json.loads(written.read_text())["points"]} == {"ours", "naive"}


def test_gpu_on_a_cpu(tmp_path: Path) -> None:
    pytest.importorskip("torchvision", reason="the shape's processor needs torchvision")
    small = ("--prompts", "1", "--group", "2", "--prompt-tokens", "20", "--image-tokens", "4", "--answer-tokens", "3")
    shape = ("--shapes", "tiny", "--device", "cpu", "--dtype", "float32", "--steps", "1", "--results", "results")
    (case,) = last(run(tmp_path, script("gpu"), *shape, *small))["cases"]
    assert case["step_ratio"] > 0 and case["update_ratio"] > 0


def test_decode(tmp_path: Path) -> None:
    done = run(tmp_path, script("decode"), "--smoke", "--rounds", "1")
    for way in ("engine", "concatenating", "transformers"):
        assert f"  {way} " in done.stdout


def test_head(tmp_path: Path) -> None:
    done = run(tmp_path, script("head"), "--words", "300", "--tokens", "128", "--width", "16", "--repeats", "1")
    assert "largest gradient difference" in done.stdout


def test_turns(tmp_path: Path) -> None:
    done = run(tmp_path, script("turns"), "--tasks", "1", "--group", "2", "--turns", "1", "--rounds", "1")
    for way in ("exact, caches kept", "exact, read anew", "async, caches kept", "async, read anew"):
        assert way in done.stdout


def test_busy(tmp_path: Path) -> None:
    said = last(run(tmp_path, script("busy"), "--smoke", "--results", "results"))
    found = said["settings"]
    assert said["waiting"] == {"GOMP_SPINCOUNT=300000": "GOMP_SPINCOUNT=300000", "as-it-is": "GOMP_SPINCOUNT=1000"}
    assert [(row["setting"], row["busy"]) for row in found] == [
        (setting, busy) for busy in (0, 1) for setting in ("GOMP_SPINCOUNT=300000", "as-it-is")
    ]
    for row in found:
        assert row["seconds"] > 0 and row["processor_seconds"] > 0
        assert_spread(row["slower"])
        assert_spread(row["over_first"])


def test_the_helix_reading_bench(tmp_path: Path) -> None:
    small = ("--images", "10", "--held", "5", "--fresh", "5", "--seconds", "1", "--out", "reading.json")
    done = subprocess.run(
        [sys.executable, "-m", "benchmarks.helix.reading", "binairo", *small],
        capture_output=True,
        text=True,
        cwd=tmp_path,
        env={**os.environ, "PYTHONPATH": str(ROOT)},
        check=False,
    )
    assert "1 tasks, below" in done.stdout, done.stderr[-3000:]  # so little training may read badly
    assert (tmp_path / "reading.json").is_file() and (tmp_path / "reading.md").is_file()


def test_grading(tmp_path: Path) -> None:
    done = run(tmp_path, script("grading"), "--smoke", "--peer", f"math_verify={sys.prefix}", "--results", "results")
    found = last(done)
    kinds = {row["name"]: row for row in found["kinds"]}
    assert {"true/false", "choice", "numbers", "words", "puzzles", "all"} <= kinds.keys()
    assert all(row["right"] > 0 and row["wrong"] > 0 for row in kinds.values())
    assert found["per_second"]["labels"] > 0 and found["graders"] == ["ours", "math_verify"]
    assert "numbers and mathematics, in a box" in done.stdout and "slowest hostile input" in done.stdout
    (written,) = (tmp_path / "results").glob("*-grading-smoke.json")
    assert json.loads(written.read_text())["versions"]["math_verify"]
