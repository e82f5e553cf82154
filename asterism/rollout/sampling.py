"""Drawing tokens: suppression, temperature, filtering.

The log-prob that is told is the model's own, before filtering: the trainer knows no filter, and where it compares its
log-probs with the sampler's the difference must be one of computing, not of definition.
"""

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor

from asterism.core.seeds import numpy_rng_for
from asterism.rollout.engine import SamplingConfig


def uniforms(seed: int, sample: int, count: int) -> NDArray[np.float64]:
    """The random numbers of one completion, ``[count]`` in [0, 1): they depend on nothing but the request."""
    return numpy_rng_for("sample", seed, sample).random(count)


def suppress(logits: Tensor, suppressed: Tensor) -> Tensor:
    """Logits ``[rows, vocabulary]`` with the suppressed token ids ``[n]`` at minus infinity."""
    return logits.index_fill(-1, suppressed, float("-inf"))


def filter_logits(logits: Tensor, sampling: SamplingConfig) -> Tensor:
    """Logits ``[rows, vocabulary]`` with what top-k and top-p leave out at minus infinity.

    Top-k first, then the smallest set of most likely tokens whose mass reaches ``top_p``; the most likely token
    always stays.
    """
    if sampling.top_k and sampling.top_k < logits.shape[-1]:
        # By place, not by value: equal logits (common in bfloat16) would let more than k tokens through.
        kept = logits.topk(sampling.top_k, dim=-1).indices
        others = torch.ones_like(logits, dtype=torch.bool).scatter(-1, kept, False)
        logits = logits.masked_fill(others, float("-inf"))
    if sampling.top_p < 1:
        ordered, order = logits.sort(dim=-1, descending=True)
        mass_before = ordered.softmax(-1).cumsum(-1) - ordered.softmax(-1)
        outside = torch.zeros_like(logits, dtype=torch.bool).scatter(-1, order, mass_before >= sampling.top_p)
        logits = logits.masked_fill(outside, float("-inf"))
    return logits


def draw_tokens(logits: Tensor, uniform: Tensor, suppressed: Tensor, sampling: SamplingConfig) -> tuple[Tensor, Tensor]:
    """One token a row, and its log-prob as the trainer computes it.

    ``logits`` are ``[rows, vocabulary]``, ``uniform`` ``[rows]``; both results are ``[rows]``, log-probs in float32
    whatever the logits are. The log-prob is the model's at the temperature, before top-k and top-p. At temperature 0
    the most likely token is taken; its log-prob is that at temperature 1.
    """
    logits = suppress(logits.float(), suppressed)
    logprobs = (logits / (sampling.temperature or 1.0)).log_softmax(-1)
    tokens = logits.argmax(-1) if sampling.temperature == 0 else _drawn(filter_logits(logprobs, sampling), uniform)
    return tokens, logprobs.gather(-1, tokens[:, None]).squeeze(-1)


def _drawn(log_p: Tensor, uniform: Tensor) -> Tensor:
    cumulative = log_p.double().exp().cumsum(-1)
    # Scaled by the total, so that neither filtering nor rounding can carry the draw past the last possible token.
    threshold = uniform.double()[:, None] * cumulative[:, -1:]
    tokens = torch.searchsorted(cumulative, threshold, right=True).squeeze(-1)
    return tokens.clamp(max=log_p.shape[-1] - 1)
