"""What no file of the project may hold, and what the packaging promises."""

import os
import re
import subprocess
import tomllib
from pathlib import Path

import pytest
from packaging.requirements import Requirement
from packaging.utils import canonicalize_name

ROOT = Path(__file__).parents[1]

FORBIDDEN = {
    "a path of one machine": r"(?<![\w.])/(tmp|home|root|Users|work|mnt|opt)/",
    "a document outside the repository": r"\.\./shared/(?!data\b)",
    "a package registry": r"pypi\.org|pythonhosted\.org|download\.pytorch\.org|--(extra-)?index-url",
    "unfinished work": r"\b(T[O]DO|F[I]XME|X[X]X)\b",
}


def project_files() -> list[Path]:
    """Tracked files and new ones that git does not ignore; outside a git checkout, every file in its folders."""
    command = ["git", "ls-files", "-z", "--cached", "--others", "--exclude-standard"]
    listed = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=False)
    if listed.returncode == 0:
        return [ROOT / name for name in listed.stdout.split("\0") if name and (ROOT / name).is_file()]
    folders = ("asterism", "tests", "docs", "recipes", "examples", "benchmarks", ".ci")
    return [path for folder in folders for path in (ROOT / folder).rglob("*") if path.is_file()] + [
        path for path in ROOT.iterdir() if path.is_file()
    ]


def texts() -> dict[str, str]:
    found = {}
    for path in project_files():
        raw = path.read_bytes()
        if "__pycache__" not in path.parts and b"\0" not in raw[:4096]:
            found[str(path.relative_to(ROOT))] = raw.decode("utf-8")
    return found


@pytest.mark.parametrize("what", FORBIDDEN)
def test_no_file_holds(what: str) -> None:
    lines = [
        f"{name}:{number}: {line.strip()[:120]}"
        for name, text in texts().items()
        for number, line in enumerate(text.splitlines(), start=1)
        if re.search(FORBIDDEN[what], line)
    ]
    assert lines == []


@pytest.mark.parametrize(
    ("what", "halves"),
    [
        ("a path of one machine", ("'/ho", "me/me/data'")),
        ("a document outside the repository", ("see ../sha", "red/plan.md")),
        ("a package registry", ("https://py", "pi.org/simple")),
        ("unfinished work", ("# TO", "DO later")),
    ],
)
def test_the_search_finds_what_it_looks_for(what: str, halves: tuple[str, str]) -> None:
    assert re.search(FORBIDDEN[what], "".join(halves))


def test_the_project_is_looked_at() -> None:
    assert {"pyproject.toml", "asterism/core/image.py", "Makefile", "LICENSE"} <= set(texts())


def test_every_dependency_is_pinned_within_its_range() -> None:
    project = tomllib.loads((ROOT / "pyproject.toml").read_text())["project"]
    lines = [line for line in (ROOT / "constraints.txt").read_text().splitlines() if not line.startswith("#")]
    pins = {canonicalize_name(name): version for name, _, version in (line.partition("==") for line in lines)}
    assert all(re.fullmatch(r"[0-9][0-9a-z.]*", version) for version in pins.values())
    assert pins["torch"] == "2.13.0"
    for text in (*project["dependencies"], *project["optional-dependencies"]["dev"]):
        requirement = Requirement(text)
        assert requirement.specifier.contains(pins[canonicalize_name(requirement.name)]), text


def test_the_scripts_may_be_run() -> None:
    assert os.access(ROOT / ".ci" / "run", os.X_OK)
