"""Adapters: nothing at first, then everything that is learned, and merged into the weights in what is saved."""

import builtins
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
import torch
from torch import Tensor

from asterism.core.errors import AsterismError
from asterism.core.image import Image
from asterism.policy.lora import LoraConfig, adapters_off, add_adapters, has_adapters
from asterism.policy.policy import FreezeConfig, Policy

Pictures = Callable[..., Image]
LORA = LoraConfig(rank=4, alpha=8.0)


def logits_of(policy: Policy, picture: Pictures) -> Tensor:
    inputs = policy.batch([policy.encode("Is the cup left?", [picture(1)])], "right")
    with torch.no_grad():
        return policy.logits(inputs)


def train_a_little(policy: Policy, picture: Pictures) -> None:
    inputs = policy.batch([policy.encode("Is the cup left?", [picture(1)])], "right")
    for _ in range(2):  # one half of each update starts at zero, so the other learns from the second step on
        policy.logits(inputs).log_softmax(-1)[..., 5].sum().backward()
        with torch.no_grad():
            for weight in policy.trainable_parameters():
                if weight.grad is not None:  # no token reaches the pooling layers of some towers
                    weight -= 0.05 * weight.grad.sign()
                    weight.grad = None


def test_adapters_change_nothing_at_first_and_are_all_that_is_trained(fresh_policy: Policy, picture: Pictures) -> None:
    before = logits_of(fresh_policy, picture)
    fresh_policy.freeze(FreezeConfig(vision=True))
    add_adapters(fresh_policy.model, LORA, seed=0)
    torch.testing.assert_close(logits_of(fresh_policy, picture), before)
    names = [name for name, weight in fresh_policy.model.named_parameters() if weight.requires_grad]
    assert names and all(".lora_A." in name or ".lora_B." in name for name in names)
    parts = fresh_policy.family.parts(fresh_policy.model)
    assert not any("vision" in parts[id(weight)] for weight in fresh_policy.trainable_parameters())


def test_what_is_learned_goes_off_and_on_with_the_adapters_and_is_saved_without_them(
    fresh_policy: Policy, picture: Pictures, tmp_path: Path
) -> None:
    before = logits_of(fresh_policy, picture)
    add_adapters(fresh_policy.model, LORA, seed=0)
    train_a_little(fresh_policy, picture)
    after = logits_of(fresh_policy, picture)
    assert (after - before).abs().max() > 1e-2
    with adapters_off(fresh_policy.model):
        torch.testing.assert_close(logits_of(Policy.of(fresh_policy.model, fresh_policy.processor), picture), before)
    torch.testing.assert_close(logits_of(fresh_policy, picture), after)

    fresh_policy.save(tmp_path / "saved")
    saved = Policy.load(tmp_path / "saved")
    assert not has_adapters(saved.model) and has_adapters(fresh_policy.model)
    scale = float(after.abs().max())
    torch.testing.assert_close(logits_of(saved, picture), after, atol=2e-5 * scale, rtol=1e-4)


def test_the_same_seed_draws_the_same_adapters_and_disturbs_no_other_random_number(llava: Policy) -> None:
    drawn = []
    for seed in (1, 1, 2):
        policy = Policy.of(type(llava.model)(llava.model.config), llava.processor)
        state = torch.get_rng_state()
        add_adapters(policy.model, LORA, seed)
        assert torch.equal(torch.get_rng_state(), state)
        drawn.append(next(w for n, w in policy.model.named_parameters() if "lora_A" in n).detach())
    assert torch.equal(drawn[0], drawn[1]) and not torch.equal(drawn[0], drawn[2])


def test_rank_zero_adds_nothing_and_nothing_to_adapt_is_refused(llava: Policy) -> None:
    add_adapters(llava.model, LoraConfig(), seed=0)
    assert not has_adapters(llava.model)
    llava.model.requires_grad_(False)
    with pytest.raises(AsterismError, match="no linear layer"):
        add_adapters(llava.model, LORA, seed=0)


def test_without_peft_the_error_names_the_extra(llava: Policy, monkeypatch: pytest.MonkeyPatch) -> None:
    real = builtins.__import__

    def absent(name: str, *args: Any, **kwargs: Any) -> Any:
        if name == "peft":
            raise ImportError(name)
        return real(name, *args, **kwargs)

    monkeypatch.setattr(builtins, "__import__", absent)
    with pytest.raises(AsterismError, match=r"asterism\[lora\]"):
        add_adapters(llava.model, LORA, seed=0)
