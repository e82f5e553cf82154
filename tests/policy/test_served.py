"""A model's folder for vLLM: other names of weights, the same weights."""

import json
from pathlib import Path

import pytest
import torch
from safetensors.torch import load_file
from transformers import AutoConfig, AutoModelForImageTextToText

from asterism.core.errors import AsterismError
from asterism.policy.policy import Policy
from asterism.policy.served import INDEX, export_served
from asterism.policy.source import read_suppressed
from asterism.policy.tiny import tiny_folder


@pytest.fixture
def saved(llava: Policy, tmp_path: Path) -> Path:
    llava.save(tmp_path / "model")
    return tmp_path / "model"


def weights(folder: Path) -> dict[str, torch.Tensor]:
    return {name: weight for file in folder.glob("*.safetensors") for name, weight in load_file(file).items()}


def test_a_llava_is_the_same_model_under_the_names_that_vllm_reads(llava: Policy, saved: Path, tmp_path: Path) -> None:
    names = export_served(saved, tmp_path / "served")
    before, after = weights(saved), weights(tmp_path / "served")
    assert set(names) == set(before) and sorted(names.values()) == sorted(after)
    assert all(torch.equal(before[old], after[new]) for old, new in names.items())
    moved = {old for old, new in names.items() if old != new}
    assert moved == {name for name in before if name.startswith("vision_tower.")}
    assert all(names[old] == old.replace("vision_tower.", "vision_tower.vision_model.") for old in moved)

    model, told = AutoModelForImageTextToText.from_pretrained(tmp_path / "served", output_loading_info=True)
    assert not told["missing_keys"] and not told["unexpected_keys"] and not told["mismatched_keys"]
    assert model.state_dict().keys() == llava.model.state_dict().keys()
    assert all(torch.equal(weight, model.state_dict()[name]) for name, weight in llava.model.state_dict().items())
    others = {path.name for path in saved.iterdir()} - {"model.safetensors"}
    assert all((tmp_path / "served" / name).read_bytes() == (saved / name).read_bytes() for name in others)


def test_a_second_export_renames_nothing(saved: Path, tmp_path: Path) -> None:
    export_served(saved, tmp_path / "once")
    assert all(old == new for old, new in export_served(tmp_path / "once", tmp_path / "twice").items())


def test_weights_in_several_files_keep_their_files_and_their_index(llava: Policy, tmp_path: Path) -> None:
    llava.model.save_pretrained(tmp_path / "model", max_shard_size="40KB")
    assert len(list((tmp_path / "model").glob("*.safetensors"))) > 2
    names = export_served(tmp_path / "model", tmp_path / "served")
    index = json.loads((tmp_path / "served" / INDEX).read_text())
    held = {name: file.name for file in (tmp_path / "served").glob("*.safetensors") for name in load_file(file)}
    assert index["weight_map"] == held and len(held) == len(names)
    assert json.loads((tmp_path / "model" / INDEX).read_text())["metadata"] == index["metadata"]
    again = AutoModelForImageTextToText.from_pretrained(tmp_path / "served")
    assert all(torch.equal(weight, again.state_dict()[name]) for name, weight in llava.model.state_dict().items())


def test_a_tower_that_vllm_does_not_wrap_keeps_its_names(llava: Policy) -> None:
    config = AutoConfig.for_model("llava", vision_config={"model_type": "pixtral"})
    assert llava.family.served_name(config, "vision_tower.ln_pre.weight") == "vision_tower.ln_pre.weight"


def test_bad_folders_are_refused_and_nothing_is_lost(saved: Path, tmp_path: Path) -> None:
    mine = tmp_path / "mine"
    mine.mkdir()
    (mine / "notes.txt").write_text("keep")
    for out in (mine, saved, mine / "notes.txt"):
        with pytest.raises(AsterismError, match="holds something"):
            export_served(saved, out)
    assert (mine / "notes.txt").read_text() == "keep"
    with pytest.raises(AsterismError, match="no model found"):
        export_served(mine, tmp_path / "served")
    (saved / "model.safetensors").write_bytes(b"\x10\0\0\0\0\0\0\0 not a header")
    with pytest.raises(AsterismError, match="cannot be exported"):
        export_served(saved, tmp_path / "served")
    assert not (tmp_path / "served").exists()


def test_what_is_never_sampled_is_told_without_the_weights(saved: Path, llava: Policy) -> None:
    assert read_suppressed(saved) == llava.suppressed_token_ids
    assert read_suppressed(tiny_folder()) == Policy.load(tiny_folder()).suppressed_token_ids != ()
