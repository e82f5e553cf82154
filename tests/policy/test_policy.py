"""Loading, saving and encoding; what happens with bad input."""

import json
import resource
import shutil
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

import huggingface_hub.constants
import pytest
import torch
from safetensors.torch import load_file, save_file
from transformers import AutoImageProcessor, AutoModelForImageTextToText, AutoProcessor, Qwen3Config

from asterism.core.errors import AsterismError
from asterism.core.image import Image
from asterism.policy.policy import FreezeConfig, Policy
from asterism.policy.text_config import changing_rope, steady_positions
from tests.policy.tiny_families import TEXT

Pictures = Callable[..., Image]


@contextmanager
def small_disk(limit: int) -> Iterator[None]:
    """No file can grow beyond ``limit`` bytes, as on a full disk."""
    soft, hard = resource.getrlimit(resource.RLIMIT_FSIZE)
    resource.setrlimit(resource.RLIMIT_FSIZE, (limit, hard))
    try:
        yield
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, (soft, hard))


@pytest.fixture
def saved(llava: Policy, tmp_path: Path) -> Path:
    llava.save(tmp_path / "model")
    return tmp_path / "model"


@torch.no_grad()
def test_a_saved_policy_loads_again_and_without_our_code(policy: Policy, picture: Pictures, tmp_path: Path) -> None:
    policy.save(tmp_path / "model")
    encoded = policy.encode("The cup is left.", [picture(0)])
    expected = policy.logits(policy.batch([encoded], "right"))

    again = Policy.load(tmp_path / "model")
    same = again.encode("The cup is left.", [picture(0)])
    assert same.token_ids == encoded.token_ids
    assert torch.equal(again.logits(again.batch([same], "right")), expected)
    assert again.stop_token_ids == policy.stop_token_ids
    assert again.suppressed_token_ids == policy.suppressed_token_ids

    model = AutoModelForImageTextToText.from_pretrained(tmp_path / "model", dtype=torch.float32)
    processor = AutoProcessor.from_pretrained(tmp_path / "model")
    processor.image_processor = AutoImageProcessor.from_pretrained(tmp_path / "model", backend="pil")
    content = [{"type": "image", "image": picture(0).pil()}, {"type": "text", "text": "The cup is left."}]
    plain = processor.apply_chat_template(
        [{"role": "user", "content": content}],
        add_generation_prompt=True,
        tokenize=True,
        return_dict=True,
        return_tensors="pt",
    )
    assert plain["input_ids"][0].tolist() == list(encoded.token_ids)
    kept = {name: value for name, value in plain.items() if name not in ("num_crops", "num_patches")}
    torch.testing.assert_close(model(**kept).logits, expected)


def test_saving_replaces_an_earlier_save_and_leaves_nothing_beside(llava: Policy, saved: Path) -> None:
    with torch.no_grad():
        llava.model.lm_head.weight.add_(1)
    (saved / "stale.txt").write_text("from the earlier save")
    llava.save(saved)
    assert torch.equal(Policy.load(saved).model.lm_head.weight, llava.model.lm_head.weight)
    assert [path.name for path in saved.parent.iterdir()] == ["model"]
    assert not (saved / "stale.txt").exists()


def test_a_full_disk_is_told_and_leaves_the_earlier_save_untouched(llava: Policy, saved: Path) -> None:
    before = {path.name: path.read_bytes() for path in saved.iterdir()}
    with torch.no_grad():
        llava.model.lm_head.weight.add_(1)
    with small_disk(100_000), pytest.raises(AsterismError, match="cannot be saved") as caught:
        llava.save(saved)
    assert str(saved) in str(caught.value)
    assert {path.name: path.read_bytes() for path in saved.iterdir()} == before
    assert [path.name for path in saved.parent.iterdir()] == ["model"]


def test_a_save_cut_off_between_its_two_renames_is_undone_on_loading(llava: Policy, saved: Path) -> None:
    # The state in which the earlier folder has stepped aside and the new one has not come yet.
    saved.rename(saved.with_name(".model.old"))
    assert torch.equal(Policy.load(saved).model.lm_head.weight, llava.model.lm_head.weight)
    assert [path.name for path in saved.parent.iterdir()] == ["model"]


def test_a_frozen_policy_saves_all_its_parts(llava: Policy, tmp_path: Path) -> None:
    llava.freeze(FreezeConfig(vision=True, projector=True))
    llava.save(tmp_path / "model")
    assert set(Policy.load(tmp_path / "model").model.state_dict()) == set(llava.model.state_dict())


@pytest.mark.parametrize(
    ("gone", "told"),
    [
        (["config.json"], "config.json is missing"),
        (["processor_config.json"], "holds no processor .*processor_config.json"),
        (["tokenizer.json", "tokenizer_config.json"], "holds no tokenizer .*tokenizer.json"),
        (["model.safetensors"], "model.safetensors is missing"),
        (["chat_template.jinja"], "chat_template.jinja is missing"),
    ],
)
def test_a_missing_file_is_named_with_its_folder(saved: Path, gone: list[str], told: str) -> None:
    for name in gone:
        (saved / name).unlink()
    with pytest.raises(AsterismError, match=told) as caught:
        Policy.load(saved)
    assert caught.value.where == str(saved) and caught.value.remedy


@pytest.mark.parametrize("name", ["config.json", "processor_config.json", "tokenizer.json", "model.safetensors"])
def test_a_damaged_file_is_told_in_two_lines(saved: Path, name: str) -> None:
    whole = (saved / name).read_bytes()
    (saved / name).write_bytes(whole[: len(whole) // 2])
    with pytest.raises(AsterismError, match="cannot be read") as caught:
        Policy.load(saved)
    assert caught.value.where == str(saved)
    assert str(caught.value).count("\n") == 1


def test_weights_that_lack_a_parameter_are_refused_rather_than_filled_at_random(saved: Path) -> None:
    weights = load_file(saved / "model.safetensors")
    lost = next(name for name in weights if "projector" in name)
    del weights[lost]
    save_file(weights, saved / "model.safetensors", metadata={"format": "pt"})
    with pytest.raises(AsterismError, match="weights are missing"):
        Policy.load(saved)


def test_weights_of_another_shape_are_refused(saved: Path) -> None:
    config = json.loads((saved / "config.json").read_text())
    config["text_config"]["intermediate_size"] = 64
    (saved / "config.json").write_text(json.dumps(config))
    with pytest.raises(AsterismError, match="weights cannot be read"):
        Policy.load(saved)


def test_a_model_of_unknown_type_is_refused_with_its_folder(saved: Path) -> None:
    (saved / "config.json").write_text(json.dumps({"model_type": "bert"}))
    with pytest.raises(AsterismError, match="'bert' has no family") as caught:
        Policy.load(saved)
    assert caught.value.where == str(saved)


@pytest.mark.parametrize("source", [Path("no/such/folder"), "./no/such/folder", "/no/such/folder", "no/such/folder"])
def test_a_missing_folder_is_told(source: str | Path) -> None:
    with pytest.raises(AsterismError, match="folder not found"):
        Policy.load(source)


def test_a_hub_id_that_cannot_be_reached_is_told(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setattr(huggingface_hub.constants, "HF_HUB_OFFLINE", True)
    with pytest.raises(AsterismError, match="asterism-tests/no-such-model: its configuration cannot be read") as caught:
        Policy.load("asterism-tests/no-such-model")
    assert "network" in str(caught.value)


def test_a_folder_copied_elsewhere_still_loads(saved: Path, tmp_path: Path) -> None:
    shutil.copytree(saved, tmp_path / "elsewhere" / "copy")
    assert Policy.load(str(tmp_path / "elsewhere" / "copy")).context_length == 512


def test_placeholders_that_do_not_equal_features_name_the_task(policy: Policy, picture: Pictures) -> None:
    encoded = policy.encode("The cup is left.", [picture(0)])
    placeholder = policy.model.config.image_token_id
    with pytest.raises(AsterismError, match="image placeholders for") as caught:
        policy.check(encoded.followed_by([placeholder]), where="task-17")
    assert caught.value.where == "task-17"


def test_a_picture_that_the_processor_refuses_names_the_task(policy: Policy, picture: Pictures) -> None:
    strip = picture(0, 900, 1)
    if policy.model.config.model_type not in ("qwen2_5_vl", "qwen3_vl", "qwen3_5"):
        assert policy.encode("Describe.", [strip]).token_ids  # these scale any picture
        return
    with pytest.raises(AsterismError, match="aspect ratio") as caught:
        policy.encode("Describe.", [strip], where="task-20")
    assert caught.value.where == "task-20"


def test_the_context_ends_where_rotary_frequencies_change() -> None:
    plain = {"rope_type": "default", "rope_theta": 1e4}
    scaled = {"rope_type": "dynamic", "rope_theta": 1e4, "factor": 2.0}
    factors = {"short_factor": [1.0] * 4, "long_factor": [2.0] * 4}
    long = {"rope_type": "longrope", "rope_theta": 1e4, "original_max_position_embeddings": 64, **factors}
    for rope, steady, changing in ((plain, 512, None), (scaled, 512, "dynamic"), (long, 64, "longrope")):
        config = Qwen3Config(**TEXT, head_dim=8, rope_parameters=rope)
        assert (steady_positions(config), changing_rope(config)) == (steady, changing)


def test_a_prompt_longer_than_the_context_is_refused(policy: Policy, picture: Pictures) -> None:
    with pytest.raises(AsterismError, match="more than the model's context of 512") as caught:
        policy.encode("left of the hat " * 200, [picture(0)], where="task-19")
    assert caught.value.where == "task-19"


def test_a_part_name_that_is_none_is_refused_with_the_nearest() -> None:
    with pytest.raises(AsterismError, match="Did you mean 'vision'"):
        FreezeConfig.parse({"vison": True}, where="recipe.yaml")
