"""Decoupled clip and dynamic sampling: GRPO for long answers.

    loss  = sum_i sum_t max(-A_i rho_t, -A_i clip(rho_t, 1 - low, 1 + high)) / sum_i |y_i|
            over groups with 0 < |{right}| < G; others are replaced by groups of further prompts
    r_i   = reward_i + R_length(y_i)
    R_length(y) = 0                                     |y| <= L - C
                = ((L - C) - |y|) / C        L - C <    |y| <= L
                = -1                         L     <    |y|

DAPO, arXiv 2503.14476 eqs. 8, 11 and 13: a higher upper bound, groups of equal rewards drawn again, a mean over tokens,
a soft punishment of overlong answers, no KL term.
"""

from dataclasses import replace
from typing import Literal, Self

from pydantic import Field, model_validator

from asterism.core.config import Config
from asterism.core.episode import Group
from asterism.core.reward import Reward
from asterism.core.trajectory import Trajectory
from asterism.learn.advantages import rewards_of, without_variance
from asterism.learn.algorithms.algorithm import AlgorithmContext, AlgorithmSettings, Expert, GroupUpdate
from asterism.learn.algorithms.grpo import Grpo
from asterism.learn.loss_terms import ClippedSurrogate, kl_term
from asterism.learn.terms import LossTerm


class OverlongConfig(Config):
    """The soft punishment of long answers."""

    longest: int = Field(ge=1, description="L: tokens of an answer from which on the punishment is 1")
    cache: int = Field(ge=1, description="C: tokens before that over which it rises")

    @model_validator(mode="after")
    def _in_order(self) -> Self:
        if self.cache > self.longest:
            raise ValueError("cache must not be more than longest")
        return self

    def punishment(self, tokens: int) -> float:
        """R_length, between -1 and 0 (eq. 13)."""
        free = self.longest - self.cache
        return max(-1.0, min(0.0, (free - tokens) / self.cache))


class DapoConfig(Config):
    """The bounds of the ratio (those of ``loss`` are not used), how often prompts are drawn, overlong answers."""

    kind: Literal["dapo"] = Field(description="GRPO with decoupled bounds, dynamic sampling and overlong shaping")
    clip_low: float = Field(0.2, ge=0, lt=1, description="the ratio is clipped below at 1 - clip_low")
    clip_high: float = Field(0.28, ge=0, description="the ratio is clipped above at 1 + clip_high")
    draws: int = Field(
        4,
        ge=1,
        description="rounds of rollouts until a step has prompts_per_step groups whose rewards differ; then it takes "
        "those it has. 1: groups without a difference are left out and not replaced",
    )
    overlong: OverlongConfig | None = Field(None, description="soft punishment of long answers; null: none")

    def build(self, settings: AlgorithmSettings) -> "Dapo":
        """The algorithm."""
        return Dapo(self, settings.fixed(self.kind, loss={"aggregation": "token_mean"}).without_kl())


class Dapo(Grpo):
    """GRPO on groups that teach something, long answers punished."""

    def __init__(self, config: DapoConfig, settings: AlgorithmSettings) -> None:
        super().__init__(settings)
        self.config = config
        self.draws = config.draws

    def keeps(self, group: Group) -> bool:
        """Groups whose rewards differ, before any punishment of length."""
        return not without_variance([value for value in rewards_of(group) if value is not None])

    def update(self, group: Group, expert: Expert | None, context: AlgorithmContext) -> GroupUpdate:
        """GRPO's samples of the punished rewards; the mean punishment is reported."""
        overlong = self.config.overlong
        if overlong is None:
            return super().update(group, expert, context)
        punished = tuple(
            replace(episode, reward=shaped_reward(episode.reward, episode.actor, overlong))
            for episode in group.episodes
        )
        update = super().update(replace(group, episodes=punished), expert, context)
        lengths = [overlong.punishment(trajectory.trained_tokens) for trajectory in group.trajectories]
        return replace(update, figures={"overlong": sum(lengths) / len(lengths)} if lengths else {})

    @property
    def terms(self) -> tuple[LossTerm, ...]:
        """The surrogate with DAPO's bounds, without a dual clip."""
        return (ClippedSurrogate(self.config.clip_low, self.config.clip_high), *kl_term(self.loss))


def shaped_reward(reward: Reward, trajectory: Trajectory, overlong: OverlongConfig) -> Reward:
    """The reward with the punishment of its answer's length; one without a value stays as it is."""
    if reward.value is None:
        return reward
    return replace(reward, value=reward.value + overlong.punishment(trajectory.trained_tokens))
