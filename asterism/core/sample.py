"""One trainable sequence."""

from dataclasses import dataclass
from typing import Literal

from asterism.core.trajectory import Trajectory

Surrogate = Literal["clipped", "shaped"]
"""How ``rl`` weights enter: by the clipped ratio to the policy that sampled, or by a shaped probability."""
Imitation = Literal["plain", "uncertain"]
"""How ``ce`` weights enter: as they are, or scaled by p (1 - p) of each token."""


@dataclass(frozen=True, slots=True)
class Sample:
    """A trajectory with per-token weights for three loss terms.

    Each tuple has one entry per *trained* token of the trajectory (``trajectory.trained_tokens`` in all), or is
    empty where the term is absent. ``rl`` weighs the policy-gradient surrogate (the advantage), ``ce`` the
    imitation loss, ``kl`` the pull towards the reference policy. GRPO fills ``rl`` and ``kl``; SFT fills ``ce``.
    ``surrogate`` and ``imitation`` choose the form of the first two.
    """

    trajectory: Trajectory
    rl: tuple[float, ...] = ()
    ce: tuple[float, ...] = ()
    kl: tuple[float, ...] = ()
    surrogate: Surrogate = "clipped"
    imitation: Imitation = "plain"

    def __post_init__(self) -> None:
        for name in ("rl", "ce", "kl"):
            weights = getattr(self, name)
            if weights and len(weights) != self.trajectory.trained_tokens:
                raise ValueError(f"{len(weights)} {name} weights for {self.trajectory.trained_tokens} trained tokens")
