"""Imitation of one's own right rollouts, and of experts.

    L = -sum log pi(tau_t) / sum |tau|   over rollouts with R = 1

Expert iteration (arXiv 1705.08439) as used for language models in STaR (arXiv 2203.14465).
"""

from typing import Literal

from pydantic import Field

from asterism.core.config import Config
from asterism.core.episode import Group
from asterism.core.sample import Sample
from asterism.learn.algorithms.algorithm import AlgorithmContext, AlgorithmSettings, Expert, ExpertUse, GroupUpdate
from asterism.learn.algorithms.expert_fields import EXPERT_TOKENS, GRADIENTS_EVERY
from asterism.learn.algorithms.grpo import Grpo
from asterism.learn.algorithms.success import is_right, most_right
from asterism.learn.loss_terms import Imitation
from asterism.learn.terms import LossTerm


class ExpertIterationConfig(Config):
    """Whether experts are imitated beside right rollouts."""

    kind: Literal["expert_iteration"] = Field(description="imitation of right rollouts, and of experts if wanted")
    experts: Literal["never", "failed", "always"] = Field(
        "never", description="whether the expert is imitated too: never, where no rollout is right, or always"
    )
    expert_tokens: int | None = EXPERT_TOKENS
    gradients_every: int = GRADIENTS_EVERY

    def build(self, settings: AlgorithmSettings) -> "ExpertIteration":
        """The algorithm."""
        return ExpertIteration(self, settings)


class ExpertIteration(Grpo):
    """Right rollouts are imitated, wrong ones left out."""

    experts: ExpertUse = "checked"

    def __init__(self, config: ExpertIterationConfig, settings: AlgorithmSettings) -> None:
        super().__init__(settings)
        self.config = config
        self.expert_tokens = config.expert_tokens
        self.gradients_every = config.gradients_every

    def update(self, group: Group, expert: Expert | None, context: AlgorithmContext) -> GroupUpdate:
        """The group's right rollouts, and the expert as ``experts`` says."""
        right = tuple(
            Sample(episode.actor, {"ce": (1.0,) * episode.actor.trained_tokens}, place)
            for place, episode in enumerate(group.episodes)
            if is_right(episode.reward) and episode.actor.trained_tokens
        )
        unused = (None,) * len(group.episodes)
        wanted = self.config.experts
        gate = wanted == "always" or (wanted == "failed" and most_right(group) == 0)
        figures = {"gates_on": float(gate)}
        if expert is None or not gate:
            return GroupUpdate(right, unused, figures=figures)
        return GroupUpdate((*right, expert.sample), unused, expert.sample, figures=figures)

    @property
    def terms(self) -> tuple[LossTerm, ...]:
        """Imitation alone."""
        return (Imitation(),)
