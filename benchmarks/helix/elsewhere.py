"""Whether the instances of ``records`` are the same in another environment.

python -m benchmarks.helix.elsewhere --venv .venv-elsewhere
"""

import argparse
import json
import os
import subprocess
import sys
import tempfile
import time
from collections.abc import Mapping, Sequence
from concurrent.futures import ProcessPoolExecutor
from importlib.metadata import version
from pathlib import Path
from typing import Any

from benchmarks.helix.tables import table

ROOT = Path(__file__).parents[2]
OTHER = ("numpy==2.2.6", "pillow==11.3.0")
NEEDED = ("pydantic", "networkx", "rapidfuzz", "psutil", "PyYAML")
"""What drawing an instance imports besides."""
TEXT = """
The 200 instances of each task and level of [records.md](records.md) were drawn anew by another process with another
hash seed, working directory, time zone and locale, and with other versions of the libraries that draw or count. State,
solution, prompts in both languages, worked reasoning and every pixel are compared by SHA-256.
"""


def main() -> None:
    """Draw the instances of ``docs/proofs/records.json`` anew in another environment, and compare."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks.helix.elsewhere", description=__doc__)
    parser.add_argument("--venv", type=Path, default=ROOT / ".venv-elsewhere", help="made where it does not exist")
    parser.add_argument("--records", type=Path, default=ROOT / "docs" / "proofs" / "records.json")
    parser.add_argument("--tasks", nargs="*", default=[], help="only these; what was drawn of others stays")
    parser.add_argument("--inside", type=int, help=argparse.SUPPRESS)
    options = parser.parse_args()
    if options.inside is not None:
        print(json.dumps(_drawn(options.inside, json.loads(sys.stdin.read()))))
        return
    known = json.loads(options.records.read_text(encoding="utf-8"))
    seed = int(known["command"].split()[-1])
    names = [(row["task"], row["level"]) for row in known["rows"] if row["task"] in options.tasks or not options.tasks]
    start = time.perf_counter()
    found = _elsewhere(options.venv, seed, names)
    results = options.records.with_name("elsewhere.json")
    earlier = json.loads(results.read_text(encoding="utf-8")) if options.tasks and results.exists() else {}
    drawn = {(task, level): digest for task, level, digest in [*earlier.get("digests", []), *found["digests"]]}
    seconds = round(earlier.get("seconds", 0) + time.perf_counter() - start)
    digests = [(*name, digest) for name, digest in drawn.items()]
    told = {"seed": seed, "seconds": seconds, "versions": found["versions"], "digests": digests}
    results.write_text(json.dumps(told, indent=1) + "\n", encoding="utf-8")
    rows = {(row["task"], row["level"]): row["digest"] for row in known["rows"]}
    different = [f"{task} {level}" for (task, level), digest in rows.items() if drawn.get((task, level)) != digest]
    page = results.with_suffix(".md")
    page.write_text(_page(told, len(rows), different), encoding="utf-8")
    print(f"{len(rows)} levels, {len(different)} different: {page}")
    sys.exit(1 if different else 0)


def _elsewhere(venv: Path, seed: int, names: Sequence[tuple[str, int]]) -> dict[str, Any]:
    """Versions and digests by a process of another environment."""
    python = venv.resolve() / "bin" / "python"
    if not python.exists():
        subprocess.run([sys.executable, "-m", "venv", venv], check=True)
        subprocess.run([python, "-m", "pip", "install", "--quiet", *OTHER, *NEEDED], check=True)
    with tempfile.TemporaryDirectory() as folder:
        environment = {"PYTHONPATH": str(ROOT), "PYTHONHASHSEED": "12345", "TZ": "Asia/Kathmandu", "LANG": "C"}
        told = subprocess.run(
            [python, "-m", "benchmarks.helix.elsewhere", "--inside", str(seed)],
            input=json.dumps(names),
            stdout=subprocess.PIPE,
            text=True,
            check=True,
            cwd=folder,
            env={**environment, "PATH": os.environ["PATH"]},
        )
    found: dict[str, Any] = json.loads(told.stdout)
    return found


def _page(told: Mapping[str, Any], levels: int, different: Sequence[str]) -> str:
    lines = [
        "# The same instances elsewhere",
        "",
        TEXT.strip(),
        "",
        f"Made by `python -m benchmarks.helix.elsewhere` in {told['seconds']} s.",
        "",
        *table(["", "there", "here"], [[name, there, version(name)] for name, there in told["versions"].items()]),
        "",
        f"Levels compared: {levels}, of {200 * levels:,} instances. Different: {len(different)}"
        + (f" ({', '.join(different)})." if different else "."),
        "",
    ]
    return "\n".join(lines)


def _drawn(seed: int, names: list[tuple[str, int]]) -> dict[str, object]:
    from benchmarks.helix.states import digest

    tasks, levels = zip(*names, strict=True)
    with ProcessPoolExecutor(2) as pool:
        digests = list(pool.map(digest, tasks, levels, [seed] * len(names)))
    versions = {name: version(name) for name in ("numpy", "pillow", "networkx", "pydantic")}
    return {"versions": versions, "digests": [(*name, digest) for name, digest in zip(names, digests, strict=True)]}


if __name__ == "__main__":
    main()
