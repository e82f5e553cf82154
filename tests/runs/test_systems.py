import subprocess
import sys
from importlib.metadata import EntryPoint
from types import ModuleType

import pytest

from asterism.core.config import Config
from asterism.core.errors import AsterismError
from asterism.core.system import System
from asterism.runs import systems
from asterism.runs.systems import ENTRY_POINTS, system_named, system_names


def _prepare(options: Config) -> None: ...


@pytest.fixture
def registered(monkeypatch: pytest.MonkeyPatch) -> ModuleType:
    """An installed module that registers the systems ``colours`` and ``broken``, and wants to be ``helix`` too."""
    module = ModuleType("registered_colours")
    module.SYSTEM = System("colours", Config, _prepare)
    module.NOT_ONE = "colours"
    monkeypatch.setitem(sys.modules, module.__name__, module)
    points = [
        EntryPoint("colours", "registered_colours:SYSTEM", ENTRY_POINTS),
        EntryPoint("broken", "registered_colours:NOT_ONE", ENTRY_POINTS),
        EntryPoint("helix", "registered_colours:SYSTEM", ENTRY_POINTS),
        EntryPoint("gone", "no_such_package:SYSTEM", ENTRY_POINTS),
    ]
    monkeypatch.setattr(systems, "entry_points", lambda group: points if group == ENTRY_POINTS else [])
    return module


def test_the_wings_are_known_by_name() -> None:
    assert system_names()[:2] == ("metaphor", "helix")
    assert system_named("helix").name == "helix"


def test_a_name_that_nobody_has_is_refused_with_those_there_are() -> None:
    with pytest.raises(AsterismError, match="unknown system 'vista'") as caught:
        system_named("vista", "recipe.yaml")
    assert (caught.value.where, caught.value.remedy) == ("recipe.yaml", "Known: metaphor, helix.")


def test_another_package_registers_a_system_as_an_entry_point(registered: ModuleType) -> None:
    assert system_names() == ("metaphor", "helix", "colours", "broken", "gone")
    assert system_named("colours") is registered.SYSTEM


def test_a_registered_system_does_not_replace_a_wing(registered: ModuleType) -> None:
    assert system_named("helix") is not registered.SYSTEM


def test_an_entry_point_that_is_no_system_is_refused(registered: ModuleType) -> None:
    with pytest.raises(AsterismError, match="registered_colours:NOT_ONE is no System"):
        system_named("broken")


def test_a_wing_that_was_removed_is_not_known(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(systems, "BUILT_IN", {"perception": "asterism.perception.system:SYSTEM"})
    assert "perception" not in system_names()


def test_naming_the_systems_imports_none_of_them() -> None:
    code = (
        "import sys; from asterism.runs.systems import system_names; system_names()\n"
        "assert not {'asterism.helix.system', 'asterism.metaphor.system', 'torch'} & set(sys.modules)"
    )
    subprocess.run([sys.executable, "-c", code], check=True)


def test_a_system_that_cannot_be_imported_is_refused_by_name(registered: ModuleType) -> None:
    with pytest.raises(AsterismError, match=r"gone cannot be imported .*no_such_package"):
        system_named("gone")
