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
from concurrent.futures import ProcessPoolExecutor
from importlib.metadata import version
from pathlib import Path

ROOT = Path(__file__).parents[2]
OTHER = ("numpy==2.2.6", "pillow==11.3.0")
NEEDED = ("pydantic", "networkx", "rapidfuzz", "psutil", "PyYAML")
"""What drawing an instance imports besides."""


def main() -> None:
    """Draw all instances of ``docs/proofs/records.json`` anew in another environment, and compare."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks.helix.elsewhere", description=__doc__)
    parser.add_argument("--venv", type=Path, default=ROOT / ".venv-elsewhere", help="made where it does not exist")
    parser.add_argument("--records", type=Path, default=ROOT / "docs" / "proofs" / "records.json")
    parser.add_argument("--inside", type=int, help=argparse.SUPPRESS)
    options = parser.parse_args()
    if options.inside is None:
        sys.exit(_compare(options.venv, options.records))
    print(json.dumps(_drawn(options.inside, json.loads(sys.stdin.read()))))


def _compare(venv: Path, records: Path) -> int:
    known = json.loads(records.read_text(encoding="utf-8"))
    seed = int(known["command"].split()[-1])
    rows = {(row["task"], row["level"]): row["digest"] for row in known["rows"]}
    python = venv / "bin" / "python"
    if not python.exists():
        subprocess.run([sys.executable, "-m", "venv", venv], check=True)
        subprocess.run([python, "-m", "pip", "install", "--quiet", *OTHER, *NEEDED], check=True)
    start = time.perf_counter()
    with tempfile.TemporaryDirectory() as folder:
        environment = {"PYTHONPATH": str(ROOT), "PYTHONHASHSEED": "12345", "TZ": "Asia/Kathmandu", "LANG": "C"}
        told = subprocess.run(
            [python, "-m", "benchmarks.helix.elsewhere", "--inside", str(seed)],
            input=json.dumps(list(rows)),
            stdout=subprocess.PIPE,
            text=True,
            check=True,
            cwd=folder,
            env={**environment, "PATH": os.environ["PATH"]},
        )
    found = json.loads(told.stdout)
    digests = {(task, level): digest for task, level, digest in found["digests"]}
    different = [f"{task} {level}" for (task, level), digest in rows.items() if digests[task, level] != digest]
    own = {name: version(name) for name in found["versions"]}
    page = records.with_name("elsewhere.md")
    page.write_text(
        "# The same instances elsewhere\n\n"
        "The 200 instances of each task and level of [records.md](records.md) were drawn anew by another process with "
        "another hash seed, working directory, time zone and locale, and with other versions of the libraries that "
        "draw or count. State, solution, prompts in both languages, worked reasoning and every pixel are compared by "
        "SHA-256.\n\n"
        f"Made by `python -m benchmarks.helix.elsewhere` in {time.perf_counter() - start:.0f} s.\n\n"
        "| | there | here |\n| --- | --- | --- |\n"
        + "".join(f"| {name} | {there} | {own[name]} |\n" for name, there in found["versions"].items())
        + f"\nLevels compared: {len(rows)}, of {200 * len(rows):,} instances. Different: {len(different)}"
        + (f" ({', '.join(different)}).\n" if different else ".\n"),
        encoding="utf-8",
    )
    print(f"{len(rows)} levels, {len(different)} different: {page}")
    return 1 if different else 0


def _drawn(seed: int, names: list[tuple[str, int]]) -> dict[str, object]:
    from benchmarks.helix.states import digest

    tasks, levels = zip(*names, strict=True)
    with ProcessPoolExecutor(2) as pool:
        digests = list(pool.map(digest, tasks, levels, [seed] * len(names)))
    versions = {name: version(name) for name in ("numpy", "pillow", "networkx", "pydantic")}
    return {"versions": versions, "digests": [(*name, digest) for name, digest in zip(names, digests, strict=True)]}


if __name__ == "__main__":
    main()
