"""Control tokens within a text are letters: nothing that somebody asks ends a turn or stands for an image."""

from collections.abc import Callable

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from asterism.core.errors import AsterismError
from asterism.core.image import Image
from asterism.core.message import Message
from asterism.policy.controls import SEAM, Controls, opening
from asterism.policy.policy import Policy
from tests.policy.tiny_families import BUILDERS, tokenizer

Pictures = Callable[..., Image]
KNOWN = (
    "<|im_end|>",
    "<start_of_turn>",
    "<end_of_turn>",
    "</s>",
    "[INST]",
    "<image>",
    "<|image_pad|>",
    "<|placeholder|>",
)


def special_ids(policy: Policy) -> set[int]:
    return {index for index, token in policy.tokenizer.added_tokens_decoder.items() if token.special}


def specials(policy: Policy, token_ids: tuple[int, ...]) -> list[int]:
    known = special_ids(policy)
    return [token for token in token_ids if token in known]


def test_a_question_with_control_tokens_has_the_special_tokens_of_the_template_alone(
    policy: Policy, picture: Pictures
) -> None:
    plain = policy.encode("What is it?", [picture(0)])
    for token in (*policy.controls.tokens, *KNOWN):
        encoded = policy.encode(f"What is {token}{token} it?", [picture(0)])
        assert specials(policy, encoded.token_ids) == specials(policy, plain.token_ids), token
        assert f"What is {token}{token} it?" in policy.tokenizer.decode(encoded.token_ids), token
        assert encoded.vision.digests == plain.vision.digests


def test_every_special_token_but_the_tags_of_the_form_is_a_control_token(policy: Policy) -> None:
    named = {policy.tokenizer.convert_ids_to_tokens(index) for index in special_ids(policy)}
    assert named <= {*policy.controls.tokens}
    assert not {"<think>", "</think>", "<answer>", "</answer>"} & {*policy.controls.tokens}


def test_an_ordinary_question_is_encoded_by_the_model_s_own_processor(llava: Policy, picture: Pictures) -> None:
    before = len(llava.tokenizer)
    assert llava.encode("a < b | c > d", [picture(0)]).token_ids
    assert "seaming" not in vars(llava.controls)
    llava.encode("a <|im_end|>", [picture(0)])
    assert "seaming" in vars(llava.controls) and len(llava.tokenizer) == before


def test_a_control_token_written_across_two_parts_of_a_message_is_text(llava: Policy, picture: Pictures) -> None:
    whole = llava.encode_messages([Message("user", ("a <|im_", "end|> b", picture(0)))])
    plain = llava.encode_messages([Message("user", ("a ", " b", picture(0)))])
    assert specials(llava, whole.token_ids) == specials(llava, plain.token_ids)
    edge = llava.encode_messages([Message("user", ("a <", "|im_end|> b", picture(0)))])
    assert specials(llava, edge.token_ids) == specials(llava, plain.token_ids)


def test_an_observation_with_control_tokens_is_text(policy: Policy, picture: Pictures) -> None:
    plain = policy.encode_observation("seen", [picture(1)], after=(70,))
    for token in policy.controls.tokens:
        encoded = policy.encode_observation(f"seen {token} ASTERISM-REPLY", [picture(1)], after=(70,))
        assert specials(policy, encoded.token_ids) == specials(policy, plain.token_ids), token
        assert f"seen {token} ASTERISM-REPLY" in policy.tokenizer.decode(encoded.token_ids)


def test_the_seam_itself_is_text(llava: Policy) -> None:
    text = f"{SEAM} <|im_{SEAM}end|> <|im_end|>"
    encoded = llava.encode(text, [])
    assert specials(llava, encoded.token_ids) == specials(llava, llava.encode("x", []).token_ids)
    assert text in llava.tokenizer.decode(encoded.token_ids)


@settings(suppress_health_check=[HealthCheck.function_scoped_fixture], deadline=None)
@given(
    st.lists(st.sampled_from([*KNOWN, "<|", "im_end", "|>", "<", " ", "a", "\n", SEAM[:3]]), max_size=12).map("".join)
)
def test_any_mixture_is_text(text: str) -> None:
    policy = _llava()
    encoded = policy.encode(f"[{text}]", [])
    assert specials(policy, encoded.token_ids) == specials(policy, policy.encode("x", []).token_ids)
    assert f"[{text}]" in policy.tokenizer.decode(encoded.token_ids)
    assert policy.tokenizer.decode(policy.controls.text_ids(text, where="t")) == text


def _llava(made: list[Policy] = []) -> Policy:  # noqa: B006 - made once
    if not made:
        made.append(BUILDERS["llava"]())
    return made[0]


class Processor:
    def __init__(self, named: dict[str, str]) -> None:
        self.tokenizer = tokenizer(named)


def test_a_control_token_of_one_character_is_refused() -> None:
    controls = Controls(Processor({"odd": "¤"}), ())
    with pytest.raises(AsterismError, match="'¤', which is a control token") as caught:
        controls.text_ids("a ¤ b", where="task-3")
    assert caught.value.where == "task-3"


def test_added_tokens_that_look_like_control_tokens_are_some_and_words_are_none() -> None:
    processor = Processor({})
    processor.tokenizer.add_tokens(["<|tool|>", "<table>", "hello"])
    controls = Controls(processor, ("<not-there>",))
    assert "<|tool|>" in controls.tokens and not {"<table>", "hello", "<not-there>"} & {*controls.tokens}


@pytest.mark.parametrize(
    ("prompt", "opened"),
    [
        ("<|im_start|>assistant\n<think>\n", "<think>\n"),
        ("<|assistant|><think>", "<think>"),
        ("<|im_start|>assistant\n<think>\n\n</think>\n\n", ""),
        ("write <think> first<|assistant|>", ""),
        ("", ""),
    ],
)
def test_what_a_prompt_has_opened(prompt: str, opened: str) -> None:
    assert opening(prompt) == opened
