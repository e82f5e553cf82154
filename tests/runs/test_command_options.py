"""A command whose options are the fields of a model."""

from typing import Annotated, Any, Literal

import pytest
import typer
from pydantic import Field
from typer.testing import CliRunner

from asterism.core.config import Config
from asterism.runs.command_options import ModelOptions, Values, with_options


class Inner(Config):
    depth: int = Field(1, description="depth")


class Sizes(Config):
    """What is cut."""

    shape: Literal["round", "square"] = Field(description="its outline")
    most: int = Field(9, ge=1, le=10, description="pieces at most")
    sharp: bool = Field(True, description="with a clean edge")
    dry: bool = Field(False, description="without water")
    names: tuple[str, ...] = Field((), description="key=value, a name")
    span: tuple[float, float] = Field((0.0, 1.0), description="from and to, in metres")
    limit: float | None = Field(None, gt=0, description="kilograms; none: no limit")


class Nested(Config):
    inner: Inner = Field(Inner(), description="a section")


def made(taken: list[Any], **options: Any) -> typer.Typer:
    app = typer.Typer(rich_markup_mode=None)

    def cut(*, sizes: Values, out: Annotated[str, typer.Option(help="Where to.")], quiet: bool = False) -> None:
        """Cut something."""
        taken.append((Sizes.parse(sizes, where="cut"), out, quiet))

    app.command("cut")(with_options(cut, sizes=ModelOptions(Sizes, **options)))
    return app


def test_values_have_the_types_and_defaults_of_the_model() -> None:
    taken: list[Any] = []
    assert CliRunner().invoke(made(taken), ["--shape", "round", "--out", "here"]).exit_code == 0
    assert taken.pop() == (Sizes(shape="round"), "here", False)
    given = ["--shape", "square", "--most", "3", "--no-sharp", "--dry", "--names", "a=1", "--names", "b=2"]
    ran = CliRunner().invoke(made(taken), [*given, "--span", "2", "3.5", "--limit", "1.5", "--out", "x", "--quiet"])
    assert ran.exit_code == 0, ran.output
    sizes = Sizes(shape="square", most=3, sharp=False, dry=True, names=("a=1", "b=2"), span=(2, 3.5), limit=1.5)
    assert taken.pop() == (sizes, "x", True)


@pytest.mark.parametrize(
    ("given", "told"),
    [
        (["--out", "x"], "Missing option '--shape'"),
        (["--shape", "flat", "--out", "x"], "'flat' is not one of"),
        (["--shape", "round", "--most", "11", "--out", "x"], "less than or equal to 10"),
    ],
)
def test_what_the_model_does_not_take_is_refused(given: list[str], told: str) -> None:
    ran = CliRunner().invoke(made([]), given)
    assert ran.exit_code == 2 and told in ran.stderr


def test_help_reads_like_the_model() -> None:
    shown = CliRunner(env={"COLUMNS": "200"}).invoke(made([]), ["--help"]).stdout
    for line in ("Pieces at most.", "key=value, a name.", "--sharp / --no-sharp", "--dry", "none: no limit."):
        assert line in shown
    assert "--no-dry" not in shown
    assert shown.index("--shape") < shown.index("--most") < shown.index("--out") < shown.index("--quiet")


def test_a_command_may_name_and_choose_its_options_and_their_defaults() -> None:
    taken: list[Any] = []
    app = made(taken, fields=("shape", "most"), names={"most": "max"}, defaults={"most": 4, "shape": "round"})
    assert CliRunner().invoke(app, ["--out", "x"]).exit_code == 0
    assert taken.pop()[0] == Sizes(shape="round", most=4)
    assert CliRunner().invoke(app, ["--out", "x", "--max", "5"]).exit_code == 0
    assert taken.pop()[0].most == 5
    assert CliRunner().invoke(app, ["--out", "x", "--dry"]).exit_code == 2


def test_what_cannot_be_an_option_is_a_fault_of_the_command() -> None:
    def cut(*, sizes: Values, most: int = 0) -> None: ...

    with pytest.raises(TypeError, match=r"Nested\.inner is of the type"):
        with_options(cut, sizes=ModelOptions(Nested))
    with pytest.raises(TypeError, match="two options 'most'"):
        with_options(cut, sizes=ModelOptions(Sizes, ("most",)))
    with pytest.raises(TypeError, match="no parameter 'others'"):
        with_options(cut, others=ModelOptions(Sizes))
