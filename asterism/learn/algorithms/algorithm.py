"""What an algorithm is: groups of episodes in, samples with credit for every token out, and their normalisers.

    groups (and experts) ── updates ──▶ GroupUpdates ── normalisers ──▶ one optimiser step under the algorithm's terms

The trainer knows nothing else of it. grpo.py is the one to read first.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, Literal, Protocol, TypeVar

from asterism.core.config import Config
from asterism.core.episode import Group
from asterism.core.errors import AsterismError
from asterism.core.reward import Reward
from asterism.core.sample import Sample
from asterism.learn.advantages import AdvantageConfig
from asterism.learn.losses import LossConfig
from asterism.learn.normalisers import Normaliser
from asterism.learn.terms import LossTerm

Section = TypeVar("Section", bound=Config)

ExpertUse = Literal["none", "checked", "required"]
"""Whether an algorithm looks at experts: at none, at those whose answer is right, or at every task's, as it is."""


@dataclass(frozen=True, slots=True)
class Expert:
    """An expert's completion of a task, weight 1 of ``ce`` on every token, and the reward that it earns."""

    sample: Sample
    reward: Reward


@dataclass(frozen=True, slots=True)
class AlgorithmContext:
    """What an algorithm may depend on beside groups and experts: the step, counted from 0, and the run's seed."""

    step: int
    seed: int


@dataclass(frozen=True, slots=True)
class GroupUpdate:
    """What of one group is trained on.

    ``samples`` may come from any trajectory of any episode, with weights that differ from token to token.
    ``advantages`` are those of the episodes as they are logged, None where one is not trained on; ``expert`` is the
    expert's sample where it is among ``samples``. ``denominator_only`` are samples that are left out but counted by
    normalisers, as if their weights were 0. ``figures`` are the algorithm's own, of which metrics.jsonl has the mean
    over those groups that have them.
    """

    samples: tuple[Sample, ...]
    advantages: tuple[float | None, ...]
    expert: Sample | None = None
    denominator_only: tuple[Sample, ...] = ()
    figures: Mapping[str, float] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class AlgorithmSettings:
    """The recipe's sections that several algorithms share."""

    advantage: AdvantageConfig = field(default_factory=AdvantageConfig)
    loss: LossConfig = field(default_factory=LossConfig)

    def fixed(
        self, kind: str, *, advantage: Mapping[str, Any] | None = None, loss: Mapping[str, Any] | None = None
    ) -> "AlgorithmSettings":
        """The settings with values without which it would be another algorithm.

        Raises:
            AsterismError: the recipe says another value.
        """
        return AlgorithmSettings(
            _fixed(self.advantage, kind, "advantage", advantage or {}), _fixed(self.loss, kind, "loss", loss or {})
        )

    def without_kl(self) -> "AlgorithmSettings":
        """The settings without a KL term, unless the recipe gives it a coefficient."""
        if "kl_coef" in self.loss.model_fields_set:
            return self
        return AlgorithmSettings(self.advantage, self.loss.model_copy(update={"kl_coef": 0.0}))


def _fixed(section: Section, kind: str, where: str, values: Mapping[str, Any]) -> Section:
    for name, value in values.items():
        given = getattr(section, name)
        if name in section.model_fields_set and given != value:
            raise AsterismError(
                f"algorithm {kind} has {where}.{name} {_shown(value)}, the recipe says {_shown(given)}",
                where=f"{where}.{name}",
                remedy=f"Set {where}.{name}={_shown(value)}, or choose another algorithm.kind.",
            )
    return section.model_copy(update=dict(values))


def _shown(value: object) -> str:
    return "null" if value is None else str(value)


class Algorithm(Protocol):
    """How groups become one optimiser step."""

    settings: AlgorithmSettings
    """The shared settings as they hold for it: with the values that it fixes."""
    experts: ExpertUse
    expert_tokens: int | None
    """Longest expert completion, in tokens; longer ones are left out. None: what the context holds."""
    gradients_every: int
    """Steps between measurements of the terms' gradients; 0: never."""
    draws: int
    """Rounds of rollouts that a step may take until it has enough groups that :meth:`keeps` accepts."""

    @property
    def terms(self) -> tuple[LossTerm, ...]:
        """The terms of the loss."""
        ...

    def keeps(self, group: Group) -> bool:
        """Whether a group is worth training on; others are dropped, and where there are draws left replaced."""
        ...

    def response_prefix(self, group: Group, expert: Expert | None, context: AlgorithmContext) -> tuple[int, ...]:
        """Tokens with which new rollouts of the task begin that take the place of these; none where these are kept."""
        ...

    def updates(self, groups: Sequence[tuple[Group, Expert | None]], context: AlgorithmContext) -> list[GroupUpdate]:
        """What of each group, and of its expert, is trained on; a function of what is given."""
        ...

    def normalisers(self, updates: Sequence[GroupUpdate]) -> Mapping[str, Normaliser]:
        """How each term of one optimiser step adds up, by the term's name."""
        ...


def counted(updates: Sequence[GroupUpdate]) -> list[Sample]:
    """The samples of an update that count in its normalisers."""
    return [sample for update in updates for sample in (*update.samples, *update.denominator_only)]
