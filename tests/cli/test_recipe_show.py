import json
from pathlib import Path

import pytest
import yaml
from click.testing import Result
from typer.testing import CliRunner

from asterism.cli.main import app
from asterism.runs.recipe import identity, read_recipe, resolved_values

RECIPES = sorted(
    path
    for folder in ("", "helix")
    for path in (Path(__file__).parents[2] / "recipes" / folder).glob("*.yaml")
    if path.stem != "study"  # the plan of a contest
)

PRESETS = {"kind: gspo", "kind: dr_grpo", "kind: dapo", "kind: cispo", "kind: rloo"}


def asterism(*arguments: str | Path) -> Result:
    return CliRunner().invoke(app, ["recipe", *map(str, arguments)])


@pytest.mark.parametrize("file", RECIPES, ids=lambda file: file.stem)
def test_what_is_shown_describes_the_same_run(tmp_path: Path, file: Path) -> None:
    shown = asterism("show", file)
    assert shown.exit_code == 0, shown.stderr
    (tmp_path / "shown.yaml").write_text(shown.stdout, encoding="utf-8")
    first, second = read_recipe(file, []), read_recipe(tmp_path / "shown.yaml", [])
    assert first == second
    assert resolved_values(second) == yaml.safe_load(shown.stdout)
    assert identity(second, "x", where="a") == identity(read_recipe(tmp_path / "shown.yaml", []), "x", where="b")


def test_overrides_and_defaults_are_filled_in_also_in_the_wings_own_section(tmp_path: Path) -> None:
    (tmp_path / "bare.yaml").write_text("system: metaphor\n")
    result = asterism(
        "show", tmp_path / "bare.yaml", "rollout.group_size=3", "environment.reward.mode=reference", "--json"
    )
    values = json.loads(result.stdout)
    assert values["rollout"]["group_size"] == 3
    assert values["environment"]["reward"] == {
        "mode": "reference",
        "accuracy_weight": 0.5,
        "min_think_characters": 1,
        "truncated": "zero",
    }
    assert values["environment"]["evaluate"]["split"] == "held_out"
    assert values["stop"]["max_seconds"] is None


@pytest.mark.parametrize(
    ("text", "override", "message"),
    [
        ("system: metaphor\n", "rollout.group_sise=3", "Did you mean 'rollout.group_size'?"),
        ("system: metaphor\n", "environment.promt=short", "Did you mean 'prompt'?"),
        ("system: metafor\n", "seed=1", "unknown system 'metafor'"),
        ("system: [\n", "seed=1", "not valid YAML"),
    ],
)
def test_a_faulty_recipe_is_refused(tmp_path: Path, text: str, override: str, message: str) -> None:
    (tmp_path / "faulty.yaml").write_text(text)
    result = asterism("show", tmp_path / "faulty.yaml", override)
    assert result.exit_code == 2
    assert result.stdout == ""
    assert message in result.stderr


def test_every_shown_value_is_a_listed_field() -> None:
    listed = {field["path"] for field in json.loads(asterism("fields", "--json").stdout)}
    for file in RECIPES:
        assert set(paths(yaml.safe_load(asterism("show", file).stdout))) <= listed


def paths(values: dict[str, object], prefix: str = "") -> list[str]:
    return [
        path
        for key, value in values.items()
        for path in (paths(value, f"{prefix}{key}.") if isinstance(value, dict) else [f"{prefix}{key}"])
    ]


def test_every_field_has_a_description_and_its_default_is_accepted(tmp_path: Path) -> None:
    fields = json.loads(asterism("fields", "--json").stdout)
    assert len(fields) > 60
    assert [field["path"] for field in fields if not field["description"] or not field["type"]] == []
    given = [field for field in fields if field["default"] != "required" and " " not in field["default"]]

    def accepted(text: str, *choices: str) -> None:
        """Whether a recipe takes every default that exists under these choices, or whatever the choice."""
        (tmp_path / "bare.yaml").write_text(text)
        chosen = [f for f in given if not f["when"] or set(f["when"].split(", ")) <= set(choices)]
        if set(choices) & PRESETS:  # they fix other values of these sections, and say so
            chosen = [f for f in chosen if not f["path"].startswith(("loss.", "advantage."))]
        read_recipe(tmp_path / "bare.yaml", [f"{field['path']}={field['default']}" for field in chosen])

    accepted("system: metaphor\n", "system: metaphor", "source: scenes", "kind: none")
    accepted("system: helix\n", "system: helix", "source: puzzles")
    accepted("system: helix\nenvironment: {train: {source: curriculum}}\n", "system: helix", "source: curriculum")
    kinds = {choice for field in fields for choice in field["when"].split(", ") if choice.startswith("kind: ")}
    assert len(kinds) == 14
    for kind in kinds:
        accepted(f"system: helix\nalgorithm: {{{kind}}}\n", kind)


def test_a_section_tells_its_own_default() -> None:
    fields = json.loads(asterism("fields", "measure.sampling", "--json").stdout)
    (temperature,) = [field for field in fields if field["path"] == "measure.sampling.temperature"]
    assert temperature["default"] == "0.0"


def test_fields_of_one_section() -> None:
    lines = asterism("fields", "rollout").stdout.splitlines()
    assert lines[0].startswith("rollout.prompts_per_step  (whole number ≥ 1; default 16)  distinct prompts")
    assert all(line.startswith("rollout.") for line in lines)
    (only,) = asterism("fields", "loss.dual_clip").stdout.splitlines()
    assert only.startswith("loss.dual_clip  (number or null > 1; default 3.0)")


def test_fields_tell_the_choice_they_belong_to() -> None:
    shown = asterism("fields", "environment.train").stdout.splitlines()
    assert any(
        line.startswith("environment.train.path  (path; required) [where system: metaphor, source: records]")
        for line in shown
    )


def test_markdown_is_a_table_of_four_columns() -> None:
    lines = asterism("fields", "--markdown").stdout.splitlines()
    assert lines[:2] == ["| field | type | default | meaning |", "|---|---|---|---|"]
    assert {line.replace("\\|", "").count("|") for line in lines} == {5}


def test_an_unknown_section_is_refused() -> None:
    result = asterism("fields", "rolout")
    assert result.exit_code == 2
    assert "no field begins with 'rolout'" in result.stderr
