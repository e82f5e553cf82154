"""One trainable sequence."""

from dataclasses import dataclass

from asterism.core.trajectory import Trajectory


@dataclass(frozen=True, slots=True)
class Sample:
    """A trajectory with per-token weights for three loss terms.

    Each tuple has one entry per *trained* token of the trajectory (``trajectory.trained_tokens`` in all), or is
    empty where the term is absent. ``rl`` weighs the policy-gradient surrogate (the advantage), ``ce`` the
    imitation loss, ``kl`` the pull towards the reference policy. GRPO fills ``rl`` and ``kl``; SFT fills ``ce``.
    """

    trajectory: Trajectory
    rl: tuple[float, ...] = ()
    ce: tuple[float, ...] = ()
    kl: tuple[float, ...] = ()

    def __post_init__(self) -> None:
        for name in ("rl", "ce", "kl"):
            weights = getattr(self, name)
            if weights and len(weights) != self.trajectory.trained_tokens:
                raise ValueError(f"{len(weights)} {name} weights for {self.trajectory.trained_tokens} trained tokens")
