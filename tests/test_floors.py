"""The floors of the house: a room imports only from floors below its own."""

import ast
from collections.abc import Iterator
from pathlib import Path

import pytest

HOUSE = Path(__file__).parents[1] / "asterism"
FLOORS = (
    {"core"},
    {"policy", "answers", "llm"},
    {"rollout"},
    {"learn", "evaluate"},
    {"show"},
    {"runs"},
    {"metaphor", "perception", "helix", "vista", "records"},
    {"cli"},
)
LEVEL = {room: level for level, rooms in enumerate(FLOORS) for room in rooms}


def imported(file: Path, house: Path) -> Iterator[str]:
    """Dotted names of every import in a file, wherever it stands, relative ones made absolute."""
    package = ("asterism", *file.relative_to(house).parts[:-1])
    for node in ast.walk(ast.parse(file.read_text(encoding="utf-8"))):
        if isinstance(node, ast.Import):
            yield from (alias.name for alias in node.names)
        elif isinstance(node, ast.ImportFrom):
            start = package[: len(package) - node.level + 1] if node.level else ()
            module = ".".join((*start, *filter(None, [node.module])))
            yield from (f"{module}.{alias.name}" for alias in node.names)


def faults(house: Path) -> list[str]:
    found = []
    for file in sorted(set(house.rglob("*.py")) - {house / "__init__.py"}):
        room = file.relative_to(house).parts[0]
        if room not in LEVEL:
            found.append(f"{file}: {room!r} stands on no floor")
            continue
        for name in imported(file, house):
            other = name.split(".")[1] if name.startswith("asterism.") else room
            if other not in (room, "__version__") and LEVEL.get(other, len(FLOORS)) >= LEVEL[room]:
                found.append(f"{file}: {room} imports {name}")
    return found


def test_every_room_imports_only_from_floors_below() -> None:
    assert faults(HOUSE) == []


@pytest.mark.parametrize(
    "line", ["import asterism.helix", "from ..helix import x", "def f(): from asterism import cli"]
)
def test_a_wing_that_imports_its_neighbour_is_found(tmp_path: Path, line: str) -> None:
    (tmp_path / "metaphor").mkdir()
    (tmp_path / "metaphor" / "data.py").write_text(f"import json\nfrom asterism.learn.grpo import step\n{line}\n")
    (tmp_path / "attic.py").write_text("import json\n")
    assert [fault.partition(": ")[2].split()[0] for fault in faults(tmp_path)] == ["'attic.py'", "metaphor"]
