"""Which bench a name means."""

import subprocess
import sys

import pytest

from asterism.core.config import Config
from asterism.core.errors import AsterismError
from asterism.core.system import System
from asterism.evaluate.benchmark import Bench
from asterism.evaluate.kinds import GENERIC, plain_prompt
from asterism.evaluate.truefalse import Statements
from asterism.runs import benches
from asterism.runs.benches import bench_named, bench_names, benches_of


def system(name: str, *brought: object) -> System:
    return System(name, Config, lambda options: None, benches=brought)  # type: ignore[arg-type, return-value]


def bench(name: str) -> Bench:
    return Bench(name, "colours", ("tfq",), {"plain": plain_prompt}, Statements())


@pytest.fixture
def installed(monkeypatch: pytest.MonkeyPatch) -> dict[str, System]:
    """The installed systems, to be filled by a test."""
    systems: dict[str, System] = {}
    monkeypatch.setattr(benches, "system_names", lambda: tuple(systems))
    monkeypatch.setattr(benches, "system_named", lambda name, where="": systems[name])
    return systems


def test_without_systems_every_stored_kind_has_a_generic_bench(installed: dict[str, System]) -> None:
    assert bench_names() == ("tfq", "mcq", "osq", "short")
    assert bench_named("short") is GENERIC["short"]


def test_a_systems_bench_stands_in_place_of_the_generic_one(installed: dict[str, System]) -> None:
    installed["colours"] = system("colours", own := bench("tfq"))
    assert bench_named("tfq") is own and bench_named("colours:tfq") is own
    assert bench_named("mcq") is GENERIC["mcq"]


def test_two_systems_with_one_name_have_to_be_told_apart(installed: dict[str, System]) -> None:
    installed["colours"] = system("colours", first := bench("hue"))
    installed["shapes"] = system("shapes", second := bench("hue"))
    with pytest.raises(AsterismError, match="several systems have a bench 'hue'") as caught:
        bench_named("hue")
    assert caught.value.remedy == "Give colours:hue or shapes:hue."
    assert (bench_named("colours:hue"), bench_named("shapes:hue")) == (first, second)


def test_an_unknown_bench_is_refused_with_those_there_are(installed: dict[str, System]) -> None:
    installed["colours"] = system("colours", bench("hue"))
    for name in ("hues", "colours:hues"):
        with pytest.raises(AsterismError, match=f"unknown bench '{name}'") as caught:
            bench_named(name)
        assert caught.value.remedy == "Known: tfq, mcq, osq, short, hue."


def test_what_is_no_bench_is_refused(installed: dict[str, System]) -> None:
    with pytest.raises(AsterismError, match="system colours brings a bench that is none"):
        benches_of(system("colours", "hue"))


def test_a_system_that_cannot_be_imported_matters_only_where_nobody_else_has_the_bench(
    installed: dict[str, System], monkeypatch: pytest.MonkeyPatch
) -> None:
    def named(name: str, where: str = "") -> System:
        if name == "gone":
            raise AsterismError("gone cannot be imported")
        return system("colours", bench("hue"))

    monkeypatch.setattr(benches, "system_names", lambda: ("gone", "colours"))
    monkeypatch.setattr(benches, "system_named", named)
    assert bench_named("hue").name == "hue" and bench_named("mcq") is GENERIC["mcq"]
    with pytest.raises(AsterismError, match="gone cannot be imported"):
        bench_named("form")


def test_looking_for_a_bench_imports_no_torch() -> None:
    code = "import sys; from asterism.runs.benches import bench_names; bench_names(); assert 'torch' not in sys.modules"
    subprocess.run([sys.executable, "-c", code], check=True)
