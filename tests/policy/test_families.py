"""Every family reads, batches, continues and freezes alike."""

from collections.abc import Callable, Sequence
from pathlib import Path

import pytest
import torch
from transformers import BertConfig

from asterism.core.errors import AsterismError
from asterism.core.image import Image
from asterism.policy import families
from asterism.policy.family import family_of, known_families
from asterism.policy.inputs import Encoded
from asterism.policy.policy import FreezeConfig, Policy

Pictures = Callable[..., Image]
ANSWERS = ((20, 30, 40, 50, 60), (61, 51, 41, 31, 21), (25, 26, 27, 28, 29), (90, 80, 70, 60, 50))
VISION_WORDS = ("image", "img", "video", "vision", "<row_")


def prompts(policy: Policy, picture: Pictures) -> list[Encoded]:
    """Two pictures, one picture, none."""
    return [
        policy.encode("The cup is left of the hat.", [picture(0), picture(1, 64, 160)]),
        policy.encode("Describe.", [picture(2, 130, 70)]),
        policy.encode("Hello", []),
    ]


def row_by_row(policy: Policy, rows: Sequence[Encoded]) -> list[torch.Tensor]:
    return [policy.logits(policy.batch([row], "right"))[0] for row in rows]


@torch.no_grad()
def test_logits_are_those_of_plain_transformers(policy: Policy, picture: Pictures) -> None:
    images = [picture(0), picture(1, 64, 160)]
    content = [{"type": "image", "image": image.pil()} for image in images] + [{"type": "text", "text": "A cup?"}]
    plain = policy.processor.apply_chat_template(
        [{"role": "user", "content": content}],
        add_generation_prompt=True,
        tokenize=True,
        return_dict=True,
        return_tensors="pt",
    )
    encoded = policy.encode("A cup?", images)
    assert list(encoded.token_ids) == plain["input_ids"][0].tolist()
    kept = {name: value for name, value in plain.items() if name not in ("num_crops", "num_patches")}
    ours = policy.logits(policy.batch([encoded], "right"))
    # Pictures are seen one at a time here and together there, so the last bits differ.
    torch.testing.assert_close(ours, policy.model(**kept).logits, atol=1e-4, rtol=1e-4)


def test_pictures_stand_before_the_text_and_count_as_many_placeholders_as_features(
    policy: Policy, picture: Pictures
) -> None:
    encoded = policy.encode("The cup is left.", [picture(0), picture(1, 64, 160)])
    placeholder = policy.model.config.image_token_id
    last = max(index for index, token in enumerate(encoded.token_ids) if token == placeholder)
    assert "The cup is left." in policy.tokenizer.decode(encoded.token_ids[last:])
    features = policy.family.features(policy.model.config, encoded.vision)
    assert features == encoded.token_ids.count(placeholder) > 0
    output = policy.model.get_image_features(**encoded.vision.tensors, return_dict=True).pooler_output
    assert features == sum(part.reshape(-1, part.shape[-1]).shape[0] for part in output)


@pytest.mark.parametrize("side", ["left", "right"])
@torch.no_grad()
def test_a_padded_batch_reads_each_row_as_if_alone(policy: Policy, picture: Pictures, side: str) -> None:
    rows = prompts(policy, picture)
    inputs = policy.batch(rows, side)  # type: ignore[arg-type]
    together = policy.logits(inputs)
    for index, alone in enumerate(row_by_row(policy, rows)):
        torch.testing.assert_close(together[index][inputs.mask[index].bool()], alone, atol=1e-4, rtol=1e-4)


@torch.no_grad()
def test_reading_on_from_a_branched_prefix_equals_reading_whole_rows(policy: Policy, picture: Pictures) -> None:
    rows = prompts(policy, picture)
    owners = [0, 0, 1, 2]
    whole = row_by_row(policy, [rows[owner].followed_by(ids) for owner, ids in zip(owners, ANSWERS, strict=True)])
    expected = torch.stack([logits[-5:] for logits in whole])

    _, prefix = policy.read_prefix(policy.batch(rows, "left"))
    prefix = prefix.select(torch.tensor(owners))
    answers = torch.tensor(ANSWERS)
    first, prefix = policy.read_on(prefix, answers[:, :1])
    second, prefix = policy.read_on(prefix, answers[:, 1:2])
    torch.testing.assert_close(policy.head(torch.cat([first, second], 1)), expected[:, :2], atol=1e-4, rtol=1e-4)

    # Rows 0 and 2 are finished and leave; the others go on, several tokens at once.
    left = torch.tensor([1, 3])
    rest, _ = policy.read_on(prefix.select(left), answers[left, 2:])
    torch.testing.assert_close(policy.head(rest), expected[left, 2:], atol=1e-4, rtol=1e-4)


@torch.no_grad()
def test_a_prefix_is_not_disturbed_by_another_batch_read_meanwhile(policy: Policy, picture: Pictures) -> None:
    one, other, _ = prompts(policy, picture)
    _, prefix = policy.read_prefix(policy.batch([one], "left"))
    policy.read(policy.batch([other], "right"))
    policy.read_prefix(policy.batch([other, other], "left"))
    hidden, _ = policy.read_on(prefix, torch.tensor([ANSWERS[0]]))
    (whole,) = row_by_row(policy, [one.followed_by(ANSWERS[0])])
    torch.testing.assert_close(policy.head(hidden)[0], whole[-5:], atol=1e-4, rtol=1e-4)


@torch.no_grad()
def test_answers_of_different_lengths_are_padded_on_the_right(policy: Policy, picture: Pictures) -> None:
    row = prompts(policy, picture)[0]
    _, prefix = policy.read_prefix(policy.batch([row], "left"))
    ids = torch.tensor([ANSWERS[0], (*ANSWERS[1][:2], 0, 0, 0)])
    mask = torch.tensor([[1, 1, 1, 1, 1], [1, 1, 0, 0, 0]])
    hidden, longer = policy.read_on(prefix.select(torch.tensor([0, 0])), ids, mask)
    long, short = row_by_row(policy, [row.followed_by(ANSWERS[0]), row.followed_by(ANSWERS[1][:2])])
    logits = policy.head(hidden)
    torch.testing.assert_close(logits[0], long[-5:], atol=1e-4, rtol=1e-4)
    torch.testing.assert_close(logits[1, :2], short[-2:], atol=1e-4, rtol=1e-4)
    assert (longer.next_positions[0] - longer.next_positions[1]).item() == 3


def test_gradients_through_a_branched_prefix_equal_those_of_whole_rows(fresh_policy: Policy, picture: Pictures) -> None:
    policy = fresh_policy
    policy.model.double()
    rows, owners = prompts(policy, picture), [0, 0, 1, 2]

    _, prefix = policy.read_prefix(policy.batch(rows, "left"))
    hidden, _ = policy.read_on(prefix.select(torch.tensor(owners)), torch.tensor(ANSWERS))
    branched = _gradients(policy, policy.head(hidden).logsumexp(-1).sin().sum())
    whole = row_by_row(policy, [rows[owner].followed_by(ids) for owner, ids in zip(owners, ANSWERS, strict=True)])
    separate = _gradients(policy, torch.stack([logits[-5:].logsumexp(-1).sin().sum() for logits in whole]).sum())

    assert branched.keys() == separate.keys()
    largest = max(gradient.abs().max().item() for gradient in separate.values())
    assert largest > 0
    # Some layers compute in fp32 whatever the weights are; a lost path would show at 1e-2.
    for name, gradient in separate.items():
        assert (branched[name] - gradient).abs().max().item() <= 2e-4 * largest, name


def _gradients(policy: Policy, loss: torch.Tensor) -> dict[str, torch.Tensor]:
    policy.model.zero_grad()
    loss.backward()
    named = policy.model.named_parameters()
    return {name: parameter.grad.clone() for name, parameter in named if parameter.grad is not None}


def test_every_vision_and_padding_token_is_suppressed_and_no_stop_token_is(policy: Policy) -> None:
    suppressed = set(policy.suppressed_token_ids)
    vocabulary = policy.tokenizer.get_vocab()
    vision = {number for token, number in vocabulary.items() if any(word in token.lower() for word in VISION_WORDS)}
    assert policy.model.config.image_token_id in vision
    assert vision <= suppressed
    assert policy.tokenizer.pad_token_id in suppressed
    outputs = policy.model.get_output_embeddings().weight.shape[0]
    assert set(range(len(vocabulary), outputs)) <= suppressed < set(range(outputs))
    assert policy.stop_token_ids == (policy.tokenizer.eos_token_id,)
    assert not suppressed & set(policy.stop_token_ids)


def test_padding_that_is_also_the_end_of_text_stays_possible(llava: Policy) -> None:
    llava.tokenizer.pad_token = llava.tokenizer.eos_token
    assert llava.tokenizer.eos_token_id not in llava.suppressed_token_ids


@pytest.mark.parametrize("part", ["vision", "projector", "language"])
def test_freezing_a_part_leaves_it_as_it_was_and_trains_the_others(
    fresh_policy: Policy, picture: Pictures, part: str
) -> None:
    policy = fresh_policy
    policy.freeze(FreezeConfig.parse({part: True}, where="test"))
    before = {name: value.clone() for name, value in policy.model.state_dict().items()}
    optimiser = torch.optim.AdamW(policy.trainable_parameters(), lr=0.1, weight_decay=0.1)
    policy.logits(policy.batch(prompts(policy, picture), "right")).logsumexp(-1).sin().sum().backward()
    optimiser.step()
    changed = {name for name, value in policy.model.state_dict().items() if not torch.equal(before[name], value)}
    changed_parts = {_part(name) for name in changed}
    assert changed_parts == {"vision", "projector", "language"} - {part}


def _part(name: str) -> str:
    if any(word in name for word in ("projector", "merger", "connector")):
        return "projector"
    return "vision" if any(word in name for word in ("vision_tower", "visual.", "vision_model")) else "language"


def test_freezing_everything_is_refused(policy: Policy) -> None:
    with pytest.raises(AsterismError, match="leaves nothing to train"):
        policy.freeze(FreezeConfig(vision=True, projector=True, language=True))
    assert policy.trainable_parameters()


def test_a_parameter_shared_with_a_frozen_part_is_frozen(llava: Policy) -> None:
    shared = llava.model.model.language_model.norm.weight
    llava.model.model.multi_modal_projector.linear_2.bias = shared
    llava.freeze(FreezeConfig(projector=True))
    assert not shared.requires_grad
    assert llava.model.lm_head.weight.requires_grad


def test_freezing_again_thaws_what_is_no_longer_frozen(llava: Policy) -> None:
    llava.freeze(FreezeConfig(vision=True))
    some = len(llava.trainable_parameters())
    llava.freeze(FreezeConfig())
    assert len(llava.trainable_parameters()) == len(list(llava.model.parameters())) > some


def test_layer_types_are_told_for_every_layer(policy: Policy) -> None:
    kinds = {"gemma3": "sliding_attention", "qwen3_5": "linear_attention"}
    usual = kinds.get(policy.model.config.model_type, "full_attention")
    assert policy.layer_types == (usual, usual, usual, "full_attention")


def test_a_file_in_the_folder_is_all_that_a_new_family_needs(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    lines = (
        "from asterism.policy.families.llava import Llava",
        "class Bert(Llava):",
        '    model_types = ("bert",)',
        "FAMILY = Bert()",
    )
    (tmp_path / "bert_vl.py").write_text("\n".join(lines))
    monkeypatch.setattr(families, "__path__", [*families.__path__, str(tmp_path)])
    known_families.cache_clear()
    try:
        assert type(family_of(BertConfig())).__name__ == "Bert"
    finally:
        known_families.cache_clear()


def test_an_unknown_model_type_names_itself_and_the_known_ones() -> None:
    with pytest.raises(AsterismError, match="'bert' has no family") as caught:
        family_of(BertConfig())
    assert "llava" in str(caught.value) and "qwen3_5" in str(caught.value)
