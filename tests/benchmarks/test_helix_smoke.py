"""Every proof about the puzzles runs, over a few instances of one task, and writes its rows and its page."""

import json
import subprocess
import sys
from importlib import import_module
from pathlib import Path

import pytest

from benchmarks.helix import __main__ as proofs
from benchmarks.helix.states import digest

ROOT = Path(__file__).parents[2]
pytestmark = pytest.mark.timeout(900)
TASK = "h_index"
SMALL = {
    "acceptance": {"ENOUGH": 50, "INSTANCES": 3},
    "records": {"COUNT": 3},
    "uniqueness": {"COUNT": 1},
    "levels": {"COUNT": 4, "SEARCHED": 2},
    "guesses": {"KNOWN": 8, "ASKED": 8, "DECISIONS": 8, "FRESH": 8},
    "speed": {"COUNT": 4},
    "dresses": {"INSTANCES": 1},
}
"""Fewer instances than a proof takes."""


def test_every_proof_is_among_these() -> None:
    assert set(SMALL) == set(proofs.PROOFS)


@pytest.mark.parametrize("proof", SMALL)
def test_a_proof_writes_rows_and_a_page(proof: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    module = import_module(f"benchmarks.helix.{proof}")
    for name, value in SMALL[proof].items():
        monkeypatch.setattr(module, name, value)
    if proof in ("records", "levels"):  # a default argument keeps the number it was defined with
        states = module.states
        monkeypatch.setattr(module, "states", lambda puzzle, level, seed: states(puzzle, level, seed, module.COUNT))
    task = "binairo" if proof == "uniqueness" else TASK  # a number that is computed promises nothing
    given = ["helix", proof, "--tasks", task, "--seed", "5", "--workers", "1", "--out", str(tmp_path)]
    monkeypatch.setattr(sys, "argv", given)
    with pytest.raises(SystemExit) as ended:
        proofs.main()
    assert ended.value.code in (0, 1)  # so few instances may miss what is asked of many
    written = json.loads((tmp_path / f"{proof}.json").read_text())
    assert written["rows"] and {row["task"] for row in written["rows"]} == {task}
    page = (tmp_path / f"{proof}.md").read_text()
    assert page.startswith(f"# {module.TITLE}") and task in page


def test_the_instances_of_another_process_are_compared(tmp_path: Path) -> None:
    """What ``elsewhere`` runs inside its other environment, here in this one."""
    names = [(TASK, 1)]
    done = subprocess.run(
        [sys.executable, "-m", "benchmarks.helix.elsewhere", "--inside", "5"],
        input=json.dumps(names),
        capture_output=True,
        text=True,
        cwd=ROOT,
        check=True,
    )
    assert json.loads(done.stdout)["digests"] == [[TASK, 1, digest(TASK, 1, 5)]]
