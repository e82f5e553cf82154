from pathlib import Path
from typing import Any, Literal

import pytest
from hypothesis import given
from hypothesis import strategies as st
from pydantic import Field, ValidationError

from asterism.core.config import Config, apply_overrides, load_yaml
from asterism.core.errors import AsterismError


class Clip(Config):
    low: float = 0.2
    high: float = 0.3


class Grpo(Config):
    kind: Literal["grpo"] = "grpo"
    group_size: int = Field(8, ge=2)
    clip: Clip = Clip()


class Sft(Config):
    kind: Literal["sft"] = "sft"
    epochs: int = 1


class Recipe(Config):
    name: str
    learn: Grpo = Grpo()
    either: Grpo | Sft = Field(Grpo(), discriminator="kind")
    maybe: Clip | None = None
    terms: tuple[Grpo, ...] = ()
    benches: dict[str, Grpo] = Field(default_factory=dict)


def refusal(values: Any) -> AsterismError:
    with pytest.raises(AsterismError) as caught:
        Recipe.parse(values, where="r.yaml")
    assert caught.value.where == "r.yaml"
    assert len(str(caught.value).splitlines()) == 2
    return caught.value


def test_values_are_read_and_frozen() -> None:
    recipe = Recipe.parse({"name": "a", "learn": {"group_size": 4}, "maybe": {"low": 0.1}}, where="r.yaml")
    assert (recipe.learn.group_size, recipe.learn.clip.high) == (4, 0.3)
    assert recipe.maybe == Clip(low=0.1)
    with pytest.raises(ValidationError, match="frozen"):
        recipe.learn.group_size = 5  # type: ignore[misc]


@pytest.mark.parametrize(
    ("values", "wrong", "right"),
    [
        ({"lern": {}}, "lern", "learn"),
        ({"learn": {"groupsize": 8}}, "learn.groupsize", "learn.group_size"),
        ({"learn": {"clip": {"lo": 1}}}, "learn.clip.lo", "learn.clip.low"),
        ({"maybe": {"hihg": 1}}, "maybe.hihg", "maybe.high"),
        ({"terms": [{}, {"clip": {"hihg": 1}}]}, "terms.1.clip.hihg", "terms.1.clip.high"),
        ({"benches": {"nlvr": {"group_sise": 1}}}, "benches.nlvr.group_sise", "benches.nlvr.group_size"),
        ({"benches": {"clip": {"clip": {"lw": 1}}}}, "benches.clip.clip.lw", "benches.clip.clip.low"),
        ({"either": {"kind": "sft", "epoch": 2}}, "either.sft.epoch", "either.sft.epochs"),
        ({"either": {"kind": "grpo", "clip": {"lw": 2}}}, "either.grpo.clip.lw", "either.grpo.clip.low"),
    ],
)
def test_an_unknown_key_is_refused_with_the_nearest_right_name(values: dict[str, Any], wrong: str, right: str) -> None:
    error = refusal({"name": "a", **values})
    assert error.what == f"unknown key {wrong!r}"
    assert error.remedy is not None and error.remedy.startswith(f"Did you mean {right!r}? Known here: ")


def test_the_typo_is_told_rather_than_the_name_it_leaves_missing() -> None:
    assert refusal({"nmae": "a"}).what == "unknown key 'nmae'"


@pytest.mark.parametrize(
    ("values", "complaint"),
    [
        ({}, "name: Field required"),
        ({"name": 5}, "name: Input should be a valid string (given: 5)"),
        ({"name": "a", "learn": {"group_size": "many"}}, "learn.group_size: Input should be a valid integer"),
        ({"name": "a", "learn": {"group_size": 2.5}}, "learn.group_size: Input should be a valid integer"),
        ({"name": "a", "learn": {"group_size": 1}}, "learn.group_size: Input should be greater than or equal to 2"),
        ({"name": "a", "learn": 3}, "learn: Input should be a valid dictionary"),
        ({"name": "a", "learn": None}, "learn: Input should be a valid dictionary"),
        ({"name": "a", "terms": [{"group_size": None}]}, "terms.0.group_size: Input should be a valid integer"),
        ({"name": "a", "either": {"kind": "ppo"}}, "either: Input tag 'ppo'"),
        ([], "Input should be a valid dictionary"),
        (None, "Input should be a valid dictionary"),
        ({"name": "a", 5: 1}, "5"),
    ],
)
def test_a_wrong_value_is_named_by_its_path(values: Any, complaint: str) -> None:
    assert complaint in refusal(values).what


def test_a_long_wrong_value_is_shown_in_short() -> None:
    assert len(refusal({"name": ["x" * 5000]}).what) < 200


def test_overrides_reach_any_depth_and_leave_the_source_alone() -> None:
    source: dict[str, Any] = {"name": "a", "learn": {"clip": {"low": 0.2}}, "maybe": None}
    changed = apply_overrides(source, ["learn.clip.low=0.1", "learn.group_size=16", "maybe.high=1", "terms=[{}]"])
    assert changed["learn"] == {"clip": {"low": 0.1}, "group_size": 16}
    assert (changed["maybe"], changed["terms"]) == ({"high": 1}, [{}])
    assert source == {"name": "a", "learn": {"clip": {"low": 0.2}}, "maybe": None}


def test_the_last_override_counts_and_a_value_may_hold_an_equals_sign() -> None:
    assert apply_overrides({}, ["a=1", "a=x=y"]) == {"a": "x=y"}


@pytest.mark.parametrize(
    ("override", "complaint"),
    [
        ("learn.group_size", "not of the form"),
        ("=5", "not of the form"),
        ("name.first=5", "'name' is not a section"),
        ("learn.group_size=[1", "not valid YAML"),
        ("name=2026-13-45", "not valid YAML"),
    ],
)
def test_a_wrong_override_is_refused(override: str, complaint: str) -> None:
    with pytest.raises(AsterismError, match=complaint) as caught:
        apply_overrides({"name": "a"}, [override])
    assert override in str(caught.value)


@given(st.text(max_size=20))
def test_any_override_is_laid_over_or_refused_clearly(text: str) -> None:
    try:
        result = apply_overrides({"a": {"b": 1}}, [text])
    except AsterismError:
        return
    assert set(result) >= {"a"}


def test_a_recipe_file_is_read(tmp_path: Path) -> None:
    (tmp_path / "r.yaml").write_text("name: a\nlearn:\n  group_size: 4\n")
    assert load_yaml(tmp_path / "r.yaml") == {"name": "a", "learn": {"group_size": 4}}


@pytest.mark.parametrize(
    ("content", "complaint"),
    [
        (b"a: [1", "not valid YAML"),
        (b"a: \xff\xfe", "not valid YAML"),
        (b"a: \x00", "not valid YAML"),
        (b"a: 2026-13-45", "not valid YAML"),
        (b"a: " + b"[" * 5000, "not valid YAML"),
        (b"- a\n- b\n", "not list"),
        (b"just words", "not str"),
        (b"", "the file is empty"),
        (b"a: !!python/object/apply:os.getcwd []", "not valid YAML"),
    ],
)
def test_a_file_that_is_no_recipe_is_refused_by_name(tmp_path: Path, content: bytes, complaint: str) -> None:
    (tmp_path / "r.yaml").write_bytes(content)
    with pytest.raises(AsterismError, match=complaint) as caught:
        load_yaml(tmp_path / "r.yaml")
    assert caught.value.where == str(tmp_path / "r.yaml")
    assert len(str(caught.value).splitlines()) == 2


def test_a_missing_recipe_is_named(tmp_path: Path) -> None:
    with pytest.raises(AsterismError, match=r"none\.yaml: file not found"):
        load_yaml(tmp_path / "none.yaml")
