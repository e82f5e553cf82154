"""One trainable sequence."""

from collections.abc import Mapping
from dataclasses import dataclass, field, replace

from asterism.core.trajectory import Trajectory


@dataclass(frozen=True, slots=True)
class Sample:
    """A trajectory with per-token weights for each loss term that it takes part in, by the term's name.

    A weight tuple has one entry per *trained* token of the trajectory (``trajectory.trained_tokens`` in all); a term
    that is not named, or has no entries, is absent. What a weight means is the term's to say: of the surrogate ``rl``
    it is the advantage, of imitation ``ce`` and of the KL term ``kl`` a factor. One answer of three tokens that earned
    an advantage of 0.5, under GRPO with a KL term::

        Sample(trajectory, {"rl": (0.5, 0.5, 0.5), "kl": (1.0, 1.0, 1.0)}, episode=2)

    ``episode`` is the place of its episode in the group; None is an expert's completion, which nobody sampled.
    """

    trajectory: Trajectory
    weights: Mapping[str, tuple[float, ...]] = field(default_factory=dict)
    episode: int | None = None

    def __post_init__(self) -> None:
        for name, weights in self.weights.items():
            if weights and len(weights) != self.trajectory.trained_tokens:
                raise ValueError(f"{len(weights)} {name} weights for {self.trajectory.trained_tokens} trained tokens")

    def carries(self, term: str) -> bool:
        """Whether the sample takes part in a term."""
        return bool(self.weights.get(term))

    def weighed(self, **weights: tuple[float, ...]) -> "Sample":
        """The sample with other weights for some terms."""
        return replace(self, weights={**self.weights, **weights})

    def only(self, *terms: str) -> "Sample":
        """The sample with the weights of these terms alone."""
        return replace(self, weights={name: self.weights[name] for name in terms if name in self.weights})
