"""What an update has to do, whatever way it is done: tokens, and floating-point operations by one fixed formula.

flops = sum over parts of  units (6 trained + 2 frozen)  +  passes sum over layers of  4 width pairs

A part is the language model, the vision tower or the projector; ``trained`` and ``frozen`` count its parameters, each
once; its units are tokens, patches and feature vectors. ``width`` is heads × head size of a language layer, ``pairs``
its query-key pairs under a causal mask; passes is 3 (forward 1, backward 2) where the language model is trained, or
some of it, else 1. The attention of a vision tower is left out.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Self

from asterism.core.trajectory import Trajectory
from asterism.learn.batch import Row
from asterism.policy.policy import Policy
from asterism.policy.text_config import text_config

ATTENTION = ("full_attention", "sliding_attention", "unknown")
"""Layer types that compare every token with those before it; others have no pairs."""


@dataclass(frozen=True, slots=True)
class Work:
    """What some updates had to do.

    ``delivered`` are the prompt and answer tokens of every sample, as if each were read whole; ``unique`` counts each
    distinct prompt of an update once. What is done again (a prompt split over micro-batches, an image seen twice)
    counts once.
    """

    delivered: int = 0
    unique: int = 0
    flops: int = 0

    def __add__(self, other: "Work") -> "Work":
        return Work(self.delivered + other.delivered, self.unique + other.unique, self.flops + other.flops)


@dataclass(frozen=True, slots=True)
class Price:
    """Floating-point operations that one update of a policy costs.

    ``token``, ``patch`` and ``feature`` are those of the parameters for each token, patch and feature vector;
    ``layers`` holds width and window (None: everything before) of each attention layer.
    """

    policy: Policy
    token: int
    patch: int
    feature: int
    layers: tuple[tuple[int, int | None], ...]
    passes: int

    @classmethod
    def of(cls, policy: Policy) -> Self:
        """The price of a policy as it is frozen now."""
        trained, frozen = _parameters(policy, trained=True), _parameters(policy, trained=False)
        cost = {part: 6 * trained[part] + 2 * frozen[part] for part in trained}
        layers = _attention_layers(policy)
        passes = 3 if trained["language"] else 1
        return cls(policy, cost["language"], cost["vision"], cost["projector"], layers, passes)

    def work(self, trajectories: Sequence[Trajectory], rows: Sequence[Row], *, patches: int, features: int) -> Work:
        """The work of one update on trajectories, during which the vision part saw so many patches and features.

        ``rows`` are theirs, in the same order. Of images that are seen more often than they are distinct, each counts
        once; of those remembered, none.
        """
        lengths = [_lengths(*pair) for pair in zip(trajectories, rows, strict=True)]
        names = [_prompt_name(*pair) for pair in zip(trajectories, rows, strict=True)]
        prompts = {name: prompt for name, (prompt, _) in zip(names, lengths, strict=True)}.values()
        unique = sum(prompts) + sum(whole - prompt for prompt, whole in lengths)
        distinct_patches, distinct_features = self._seen_once(rows)
        flops = (
            self.token * unique
            + self.patch * min(patches, distinct_patches)
            + self.feature * min(features, distinct_features)
            + self.passes * sum(4 * width * _pairs(prompts, lengths, window) for width, window in self.layers)
        )
        return Work(sum(whole for _, whole in lengths), unique, flops)

    def _seen_once(self, rows: Sequence[Row]) -> tuple[int, int]:
        """Patches and feature vectors of the distinct images of some rows."""
        config, family = self.policy.model.config, self.policy.family
        found: dict[str, tuple[int, int]] = {}
        for vision in (row.whole.vision for row in rows):
            if vision.digests and not found.keys() >= set(vision.digests):
                counts = zip(family.patches(config, vision), family.sizes(config, vision), strict=True)
                found |= dict(zip(vision.digests, counts, strict=True))
        return sum(patches for patches, _ in found.values()), sum(features for _, features in found.values())


def _lengths(trajectory: Trajectory, row: Row) -> tuple[int, int]:
    """Tokens of the prompt, and of the whole row."""
    whole = len(row.whole.token_ids)
    return whole - sum(len(segment.token_ids) for segment in trajectory.segments[1:]), whole


def _prompt_name(trajectory: Trajectory, row: Row) -> tuple[tuple[int, ...], tuple[str, ...]]:
    """What tells a prompt from others: its tokens and images."""
    length, _ = _lengths(trajectory, row)
    return row.whole.token_ids[:length], tuple(image.digest for image in trajectory.segments[0].images)


def _parameters(policy: Policy, *, trained: bool) -> dict[str, int]:
    """Parameters by part, of those that take gradients or of the others."""
    parts = policy.family.parts(policy.model)
    counted = [each for each in policy.model.parameters() if each.requires_grad == trained]
    names = ("language", "vision", "projector")
    return {name: sum(each.numel() for each in counted if name in parts[id(each)]) for name in names}


def _attention_layers(policy: Policy) -> tuple[tuple[int, int | None], ...]:
    values = text_config(policy.model.config).to_dict()
    heads = values["num_attention_heads"]
    width = heads * (values.get("head_dim") or values["hidden_size"] // heads)
    windows = {"sliding_attention": values.get("sliding_window")}
    return tuple((width, windows.get(kind)) for kind in policy.layer_types if kind in ATTENTION)


def _pairs(prompts: Iterable[int], lengths: Iterable[tuple[int, int]], window: int | None) -> int:
    """Query-key pairs of one layer: each distinct prompt once, and what follows it in each row."""
    followed = sum(causal_pairs(whole, window) - causal_pairs(prompt, window) for prompt, whole in lengths)
    return followed + sum(causal_pairs(prompt, window) for prompt in prompts)


def causal_pairs(tokens: int, window: int | None = None) -> int:
    """Pairs of a token with itself and those before it, at most ``window`` each.

    >>> causal_pairs(4), causal_pairs(4, window=2)
    (10, 7)
    """
    reach = tokens if window is None else min(tokens, window)
    return reach * (reach + 1) // 2 + (tokens - reach) * reach
