"""`verify-prefix`: sharing is exact for every family, and a fault in it would be seen."""

import json
import math
from pathlib import Path

import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st
from transformers import LlamaConfig, Qwen2MoeConfig, Qwen3Config
from typer.testing import CliRunner

from asterism.cli.main import app
from asterism.learn import verify
from asterism.learn.batch import Sharing
from asterism.learn.verify import Verdict, verify_prefix
from asterism.policy.checkpointing import checkpoint_layers
from asterism.policy.policy import Policy
from tests.policy.tiny_families import BUILDERS
from tests.policy.tiny_heads import HEADS

SMALL = {
    "hidden_size": 32,
    "intermediate_size": 48,
    "num_hidden_layers": 3,
    "num_attention_heads": 4,
    "num_key_value_heads": 2,
    "head_dim": 8,
    "vocab_size": 99,
}


@pytest.mark.parametrize(("dtype", "tolerance"), [(torch.float32, 1e-5), (torch.float64, 1e-6)])
def test_sharing_is_exact_for_every_family(policy: Policy, dtype: torch.dtype, tolerance: float) -> None:
    verdict = verify_prefix(policy.model.config, seed=1, answers=4, dtype=dtype)
    if dtype == torch.float64 and "linear_attention" in policy.layer_types:
        tolerance = 1e-5  # transformers computes these layers in float32 whatever the model's precision
    assert verdict.refused is None
    assert len(verdict.errors) == 12
    assert verdict.max_error is not None and verdict.max_error <= tolerance
    assert verdict.max_gradient_error is not None and verdict.max_gradient_error <= tolerance


@pytest.mark.parametrize(("dtype", "tolerance"), [(torch.float32, 1e-5), (torch.float64, 1e-6)])
def test_packed_rows_are_exact_for_every_family_or_refused(
    policy: Policy, dtype: torch.dtype, tolerance: float
) -> None:
    verdict = verify_prefix(policy.model.config, seed=2, answers=4, dtype=dtype, sharing="row")
    others = sorted({*policy.layer_types, *([] if policy.family.causal else ["bidirectional_images"])})
    others = [kind for kind in others if kind != "full_attention"]
    if others:
        assert verdict.refused in others
        return
    assert verdict.max_error is not None and verdict.max_error <= tolerance
    assert verdict.max_gradient_error is not None and verdict.max_gradient_error <= tolerance


@pytest.mark.parametrize("sharing", ["branch", "none"])
def test_layers_that_forget_their_activations_are_exact_for_every_family(
    policy: Policy, monkeypatch: pytest.MonkeyPatch, sharing: Sharing
) -> None:
    plain = verify.random_policy

    def forgetful(*args: object, **kwargs: object) -> Policy:
        made = plain(*args, **kwargs)
        checkpoint_layers(made.model)
        checkpoint_layers(made.model)  # a second call changes nothing
        return made

    monkeypatch.setattr(verify, "random_policy", forgetful)
    verdict = verify_prefix(policy.model.config, seed=3, answers=3, dtype=torch.float64, sharing=sharing)
    tolerance = 1e-5 if "linear_attention" in policy.layer_types else 1e-6
    assert verdict.max_error is not None and verdict.max_error <= tolerance
    assert verdict.max_gradient_error is not None and verdict.max_gradient_error <= tolerance


def test_layers_that_forget_keep_less_for_the_backward_pass() -> None:
    kept = {}
    for forgetful in (False, True):
        model = verify.random_policy(LlamaConfig(**SMALL), seed=0, dtype=torch.float32).model
        if forgetful:
            checkpoint_layers(model)
        saved: list[int] = []
        with torch.autograd.graph.saved_tensors_hooks(lambda t, s=saved: (s.append(t.numel()), t)[1], lambda t: t):
            model(input_ids=torch.arange(60).view(2, 30), use_cache=False)
        kept[forgetful] = sum(saved)
    assert kept[True] < 0.5 * kept[False]


@given(seed=st.integers(0, 1000), answers=st.sampled_from([1, 2, 8]), sharing=st.sampled_from(["branch", "row"]))
@settings(max_examples=20)
def test_sharing_is_exact_for_any_seed_and_group(seed: int, answers: int, sharing: Sharing) -> None:
    config = BUILDERS["llava"]().model.config
    verdict = verify_prefix(config, seed=seed, answers=answers, dtype=torch.float64, sharing=sharing)
    assert verdict.max_error is not None and verdict.max_error <= 1e-6
    assert verdict.max_gradient_error is not None and verdict.max_gradient_error <= 1e-6


def test_a_causal_language_model_can_be_verified() -> None:
    verdict = verify_prefix(Qwen3Config(**SMALL), seed=0, answers=2, dtype=torch.float64)
    assert verdict.max_error is not None and verdict.max_error <= 1e-6


def test_a_layer_type_that_is_not_proven_is_refused_by_name() -> None:
    config = Qwen3Config(**SMALL)
    config.layer_types = ["full_attention", "chunked_attention", "full_attention"]
    assert verify_prefix(config, seed=0, answers=2, dtype=torch.float32).refused == "chunked_attention"


@pytest.mark.parametrize("name", ["cohere2", "gemma2", "modernbert_decoder"])
def test_an_output_layer_that_is_more_than_a_matrix_is_exact(name: str) -> None:
    verdict = verify_prefix(HEADS[name](), seed=0, answers=4, dtype=torch.float32)
    assert verdict.refused is None
    assert verdict.max_error is not None and verdict.max_error <= 1e-5
    assert verdict.max_gradient_error is not None and verdict.max_gradient_error <= 1e-5


def test_a_gradient_that_is_no_number_is_not_passed_over() -> None:
    # transformers takes the square root of padding's mean square, which is 0, in the backward pass of Gemma 3n.
    verdict = verify_prefix(HEADS["gemma3n"](), seed=0, answers=4, dtype=torch.float32)
    assert verdict.max_error is not None and verdict.max_error <= 1e-5
    assert verdict.max_gradient_error is not None and not math.isfinite(verdict.max_gradient_error)
    assert Verdict((0.1, math.nan, 0.2)).max_error is not None
    assert not math.isfinite(Verdict((0.1, math.nan, 0.2)).max_error or 0)


@pytest.mark.parametrize(("dtype", "names"), [("float32", ["gemma3n"]), ("float64", ["gemma2"])])
def test_json_holds_no_figure_that_is_not_finite(tmp_path: Path, dtype: str, names: list[str]) -> None:
    for name in names:
        HEADS[name]().save_pretrained(tmp_path)
        shown = CliRunner().invoke(app, ["verify-prefix", "--config", str(tmp_path), "--json", "--dtype", dtype])
        assert shown.exit_code == 1, shown.output
        line = shown.stdout.splitlines()[-1]
        assert "NaN" not in line
        verdict = json.loads(line)
        assert verdict["max_gradient_error"] is None
        assert verdict["exact"] is False and verdict["refused"] is None


def dynamic(context: int) -> Qwen3Config:
    rope = {"rope_type": "dynamic", "rope_theta": 10_000.0, "factor": 2.0}
    return Qwen3Config(**SMALL, max_position_embeddings=context, rope_parameters=rope)


def test_dynamic_rotary_embeddings_are_exact_within_the_context_and_refused_beyond() -> None:
    within = verify_prefix(dynamic(512), seed=0, answers=4, dtype=torch.float64)
    assert within.max_error is not None and within.max_error <= 1e-6
    beyond = verify_prefix(dynamic(16), seed=0, answers=4, dtype=torch.float64)
    assert beyond.refused is not None and beyond.refused.startswith("dynamic rotary embeddings beyond 16 tokens")


def test_a_mixture_of_experts_is_verified_in_float32_and_refused_plainly_in_float64(tmp_path: Path) -> None:
    sizes = {"moe_intermediate_size": 16, "shared_expert_intermediate_size": 16}
    config = Qwen2MoeConfig(**SMALL, **sizes, num_experts=4, num_experts_per_tok=2)
    assert (verify_prefix(config, seed=0, answers=2, dtype=torch.float32).max_error or 1) <= 1e-5
    config.save_pretrained(tmp_path)
    shown = CliRunner().invoke(app, ["verify-prefix", "--config", str(tmp_path), "--dtype", "float64"])
    assert shown.exit_code == 2
    assert "model type qwen2_moe: it cannot be computed in float64" in shown.stderr
    assert "--dtype float32" in shown.stderr


@pytest.mark.parametrize("sharing", ["branch", "row"])
def test_a_fault_in_the_sharing_is_seen(monkeypatch: pytest.MonkeyPatch, sharing: Sharing) -> None:
    right = verify.hidden_before

    def shifted(policy: Policy, batch: verify.Batch) -> torch.Tensor:
        batch.branch.copy_(batch.branch.roll(1))  # answers at other prompts' ends
        return right(policy, batch)

    monkeypatch.setattr(verify, "hidden_before", shifted)
    verdict = verify_prefix(LlamaConfig(**SMALL), seed=0, answers=2, dtype=torch.float64, sharing=sharing)
    assert verdict.max_error is not None and verdict.max_error > 1e-3
    assert verdict.max_gradient_error is not None and verdict.max_gradient_error > 1e-3


def test_the_command_ends_with_its_verdict_as_json(tmp_path: Path) -> None:
    Qwen3Config(**SMALL).save_pretrained(tmp_path)
    shown = CliRunner().invoke(app, ["verify-prefix", "--config", str(tmp_path), "--json", "--answers", "2"])
    assert shown.exit_code == 0, shown.output
    verdict = json.loads(shown.stdout.splitlines()[-1])
    assert verdict.keys() == {"max_error", "max_gradient_error", "refused", "exact"}
    assert verdict["refused"] is None and verdict["exact"] is True and verdict["max_error"] <= 1e-5


def test_the_command_names_a_file_that_is_no_configuration(tmp_path: Path) -> None:
    (tmp_path / "config.json").write_text("{}")
    shown = CliRunner().invoke(app, ["verify-prefix", "--config", str(tmp_path)])
    assert shown.exit_code == 2
    assert str(tmp_path) in shown.output
