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
    {"audit"},
    {"show"},
    {"runs"},
    {"metaphor", "perception", "helix", "vista", "records"},
    {"cli"},
)
ENTRANCE = ("__init__", "__main__", "threads")
"""Files of the house that stand in no room; any room may import what the first and the last hold."""
LEVEL = {room: level for level, rooms in enumerate(FLOORS) for room in rooms}
WINGS = FLOORS[-2]
HEAVY = {"torch", "transformers"}
STEPS = {"step", "train_steps", "backward"}
"""What is called once for each step of training: a loop around it is an application, and lives in runs or a wing."""


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
    for file in sorted(set(house.rglob("*.py")) - {house / f"{name}.py" for name in ENTRANCE}):
        room = file.relative_to(house).parts[0]
        if room not in LEVEL:
            found.append(f"{file}: {room!r} stands on no floor")
            continue
        for name in imported(file, house):
            other = name.split(".")[1] if name.startswith("asterism.") else room
            if other not in (room, "__version__", "threads") and LEVEL.get(other, len(FLOORS)) >= LEVEL[room]:
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


def faults_of_commands(house: Path) -> list[str]:
    """What a file of commands may not do: import a wing or a heavy library, or loop over training steps."""
    found = []
    for file in sorted((house / "cli").rglob("*.py")):
        for name in imported(file, house):
            parts = name.split(".")
            if parts[0] in HEAVY or (parts[0] == "asterism" and parts[1:2] and parts[1] in WINGS):
                found.append(f"{file.name}: imports {name}")
        loops = (node for node in ast.walk(ast.parse(file.read_text(encoding="utf-8"))) if isinstance(node, LOOPS))
        found += [f"{file.name}: loops over training steps" for loop in loops if STEPS & set(called(loop))]
    return found


LOOPS = (ast.For, ast.While)


def called(node: ast.AST) -> Iterator[str]:
    """The last names of everything that is called inside a node: ``step`` for ``trainer.step(run)``."""
    for inner in ast.walk(node):
        if isinstance(inner, ast.Call) and isinstance(inner.func, ast.Attribute | ast.Name):
            yield inner.func.attr if isinstance(inner.func, ast.Attribute) else inner.func.id


def test_commands_name_no_wing_import_nothing_heavy_and_train_nothing() -> None:
    assert faults_of_commands(HOUSE) == []


@pytest.mark.parametrize(
    ("line", "fault"),
    [
        ("def f(): import torch", "imports torch"),
        ("def f(): from asterism.helix.puzzle import Puzzle", "imports asterism.helix.puzzle.Puzzle"),
        ("from transformers import AutoModel", "imports transformers.AutoModel"),
        ("while True: trainer.step(run)", "loops over training steps"),
        ("for _ in range(9): optimiser.step()", "loops over training steps"),
    ],
)
def test_a_command_that_does_so_is_found(tmp_path: Path, line: str, fault: str) -> None:
    (tmp_path / "cli").mkdir()
    (tmp_path / "cli" / "command.py").write_text(f"import typer\n{line}\n")
    assert faults_of_commands(tmp_path) == [f"command.py: {fault}"]
