"""The output layer by itself gives the logits of ``model(**inputs)``, whatever it does besides its matrix."""

import pytest
import torch
from torch import nn
from transformers import PreTrainedConfig, Qwen3Config

from asterism.core.errors import AsterismError
from asterism.learn.verify import random_policy
from asterism.policy.head import is_one_matrix
from asterism.policy.inputs import Encoded
from asterism.policy.policy import Policy
from tests.policy.tiny_families import BUILDERS
from tests.policy.tiny_heads import HEADS, SMALL

PROMPT, ANSWER = (5, 17, 3, 42, 8, 23, 61), (9, 31, 77, 12)


def model_logits(policy: Policy, ids: tuple[int, ...]) -> torch.Tensor:
    """By the model's own forward pass, ``[tokens, vocabulary]``."""
    with torch.no_grad():
        logits: torch.Tensor = policy.model(input_ids=torch.tensor([ids]), use_cache=False).logits[0]
    return logits


@pytest.fixture(params=HEADS)
def headed(request: pytest.FixtureRequest) -> Policy:
    """A policy whose output layer is more than a matrix."""
    config: PreTrainedConfig = HEADS[request.param]()
    return random_policy(config, seed=3, dtype=torch.float32)


def test_scoring_gives_the_models_own_logits(headed: Policy) -> None:
    assert not headed.plain_head
    ids = (*PROMPT, *ANSWER)
    own = model_logits(headed, ids)
    bare = headed.model.get_output_embeddings()
    with torch.no_grad():
        hidden = headed.read(headed.batch([Encoded(ids)], "right"))[0]
        torch.testing.assert_close(headed.head(hidden), own, atol=1e-5, rtol=0)
        assert float((bare(hidden) - own).abs().max()) > 0.05  # the matrix alone would show


def test_decoding_gives_the_models_own_logits(headed: Policy) -> None:
    """A prefill, then token by token, as the engine samples."""
    own = model_logits(headed, (*PROMPT, *ANSWER))
    with torch.no_grad():
        hidden, prefix = headed.read_prefix(headed.batch([Encoded(PROMPT)], "left"))
        found = [headed.head(hidden[:, -1])]
        for token in ANSWER:
            hidden, prefix = headed.read_on(prefix, torch.tensor([[token]]))
            found.append(headed.head(hidden[:, -1]))
    torch.testing.assert_close(torch.cat(found), own[len(PROMPT) - 1 :], atol=1e-5, rtol=0)


def test_gradients_reach_everything_in_the_output_layer() -> None:
    policy = random_policy(HEADS["modernbert_decoder"](), seed=3, dtype=torch.float32)
    hidden = torch.randn(6, SMALL["hidden_size"], generator=torch.Generator().manual_seed(0), requires_grad=True)
    policy.head(hidden).square().sum().backward()
    assert hidden.grad is not None and bool(hidden.grad.any())
    assert all(parameter.grad is not None for parameter in policy.model.lm_head.parameters())


@pytest.mark.parametrize("name", ["llava", "gemma3"])
def test_one_matrix_is_used_alone(name: str) -> None:
    policy = BUILDERS[name]()
    assert policy.plain_head
    hidden = torch.randn(2, 3, 32)
    assert torch.equal(policy.head(hidden), policy.model.get_output_embeddings()(hidden))


def test_a_cap_is_noticed_whatever_the_weights() -> None:
    policy = random_policy(HEADS["gemma2"](), seed=0, dtype=torch.float32)
    with torch.no_grad():
        policy.model.get_output_embeddings().weight.zero_()
    assert not is_one_matrix(policy.model)


def test_a_model_that_needs_more_of_its_body_is_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    policy = random_policy(Qwen3Config(**SMALL), seed=0, dtype=torch.float32)
    kind = type(policy.model)

    def demanding(self: nn.Module, input_ids: torch.Tensor, **more: object) -> object:
        return self.model.layers[0](input_ids)  # type: ignore[union-attr, operator, index]

    monkeypatch.setattr(kind, "forward", demanding)
    with pytest.raises(AsterismError, match="model type qwen3: the output layer of this model cannot be run by itself"):
        is_one_matrix(policy.model)
