"""Prove one property of all helix tasks and keep the table in ``docs/proofs``.

python -m benchmarks.helix acceptance
python -m benchmarks.helix records --seed 7 --tasks sudoku maze
"""

import argparse
import json
import secrets
import sys
import time
from collections.abc import Mapping, Sequence
from importlib import import_module
from pathlib import Path
from types import ModuleType
from typing import Any

from asterism.helix.bench import BENCHMARK_TASKS
from asterism.helix.catalogue import puzzle_of
from benchmarks.helix.measuring import measured
from benchmarks.machine import commit, machine

ROOT = Path(__file__).parents[2]
PROOFS = ("acceptance", "dresses", "records", "uniqueness", "levels", "guesses", "speed")
"""One module each, with ``TITLE``, ``TEXT``, ``prove(task, seed) -> rows`` and ``table(rows) -> lines``."""


def main() -> None:
    """Measure, keep the rows as JSON and the table as a page, and tell where they are."""
    arguments = _arguments()
    proof = import_module(f"benchmarks.helix.{arguments.proof}")
    for name in arguments.tasks:
        puzzle_of(name)
    start = time.perf_counter()
    tasks = arguments.tasks or list(BENCHMARK_TASKS)
    rows = measured(arguments.proof, tasks, arguments.seed, workers=arguments.workers)
    about: dict[str, Any] = {
        "command": f"python -m benchmarks.helix {arguments.proof} --seed {arguments.seed}",
        "seconds": round(time.perf_counter() - start),
        "commit": commit(),
        "machine": machine(),
    }
    results = arguments.out / f"{arguments.proof}.json"
    earlier = _earlier(results, about["command"], arguments.tasks)
    rows = sorted([*earlier["rows"], *rows], key=lambda row: row["task"])
    about["seconds"] += earlier["seconds"]
    results.parent.mkdir(parents=True, exist_ok=True)
    results.write_text(json.dumps({**about, "rows": rows}, indent=1) + "\n", encoding="utf-8")
    page = results.with_suffix(".md")
    page.write_text(_page(proof, about, rows), encoding="utf-8")
    failed = [row for row in rows if row.get("failed")]
    for row in failed[:20]:
        print(json.dumps(row), file=sys.stderr)
    print(f"{len(rows)} rows, {len(failed)} failed, {about['seconds']} s: {page}")
    sys.exit(1 if failed else 0)


def _arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="python -m benchmarks.helix", description=__doc__)
    parser.add_argument("proof", choices=PROOFS)
    parser.add_argument("--tasks", nargs="*", default=[], help="only these; with the same seed the others' rows stay")
    parser.add_argument("--seed", type=int, default=secrets.randbits(63), help="else a random one, which is noted")
    parser.add_argument("--workers", type=int, default=2)
    parser.add_argument("--out", type=Path, default=ROOT / "docs" / "proofs")
    return parser.parse_args()


def _earlier(results: Path, command: str, again: Sequence[str]) -> dict[str, Any]:
    """Rows and seconds of an earlier run of the same command, without the rows of tasks that were measured again."""
    known = json.loads(results.read_text(encoding="utf-8")) if again and results.exists() else {}
    if known.get("command") != command:
        return {"rows": [], "seconds": 0}
    return {"rows": [row for row in known["rows"] if row["task"] not in again], "seconds": known["seconds"]}


def _page(proof: ModuleType, about: Mapping[str, Any], rows: Sequence[Mapping[str, Any]]) -> str:
    cores = f"{about['machine']['cpu']}, {about['machine']['cores']} cores"
    made = f"Made by `{about['command']}` in {about['seconds']} s ({cores}; commit {about['commit']})."
    return "\n".join([f"# {proof.TITLE}", "", proof.TEXT.strip(), "", made, "", *proof.table(rows), ""])


if __name__ == "__main__":
    main()
