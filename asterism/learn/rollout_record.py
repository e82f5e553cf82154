"""From the episodes of a step to the record of them in rollouts.jsonl."""

import math
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from itertools import islice

from asterism.core.episode import Group
from asterism.core.image import Image
from asterism.core.results.rollout import EpisodeRecord, RolloutRecord, SegmentRecord, TrajectoryRecord
from asterism.core.reward import Reward
from asterism.core.trajectory import Segment, Trajectory
from asterism.learn.token_entropy import TokenEntropy


@dataclass(frozen=True, slots=True)
class TokenFigures:
    """What is known of the trained tokens of one trajectory.

    ``advantages`` has one entry for each, or none where they do not differ within the episode. Where the entropy is
    known, token ids and log-probs are written too; without it, the text alone.
    """

    entropy: TokenEntropy | None = None
    advantages: tuple[float, ...] = ()


@dataclass(frozen=True, slots=True)
class _TokenColumns:
    """What is known of the trained tokens of one trajectory, in their order; an empty column says nothing."""

    pieces: Iterator[str]
    entropies: Iterator[float]
    advantages: Iterator[float]

    def take(self, count: int) -> tuple[tuple[str, ...], tuple[float | None, ...], tuple[float | None, ...]]:
        """The next ``count`` tokens of each column."""
        return tuple(islice(self.pieces, count)), _take(self.entropies, count), _take(self.advantages, count)


def rollout_record(
    step: int,
    group: Group,
    advantages: Sequence[float | None],
    tokens: Mapping[tuple[int, int], TokenFigures],
    stored: Callable[[Image], str],
    *,
    expert: str = "",
    prefix_tokens: int = 0,
) -> RolloutRecord:
    """The record of a group; ``stored`` writes an image and returns its name (see :meth:`Run.rollouts`)."""
    task = group.task
    pairs = zip(group.episodes, advantages, strict=True)
    return RolloutRecord(
        step=step,
        task=task.id,
        question=task.question,
        options=tuple(task.options),
        answer=task.answer,
        kind=task.kind,
        family=task.family,
        images=tuple(stored(image) for image in task.images),
        episodes=tuple(
            EpisodeRecord(
                trajectories=tuple(
                    _trajectory(trajectory, stored, tokens.get((place, index), TokenFigures()))
                    for index, trajectory in enumerate(episode.trajectories or (episode.actor,))
                ),
                reward=_finite_reward(episode.reward),
                status=str(episode.status),
                advantage=None if advantage is None else _finite(advantage),
                error=episode.error,
            )
            for place, (episode, advantage) in enumerate(pairs)
        ),
        expert=expert,
        prefix_tokens=prefix_tokens,
    )


def _trajectory(trajectory: Trajectory, stored: Callable[[Image], str], tokens: TokenFigures) -> TrajectoryRecord:
    entropy = tokens.entropy
    columns = _TokenColumns(
        iter(() if entropy is None else entropy.pieces),
        iter(() if entropy is None else entropy.entropies),
        iter(tokens.advantages),
    )
    segments = tuple(_segment(segment, columns, stored, entropy is not None) for segment in trajectory.segments)
    return TrajectoryRecord(trajectory.name, segments, str(trajectory.status))


def _segment(
    segment: Segment, columns: _TokenColumns, stored: Callable[[Image], str], with_tokens: bool
) -> SegmentRecord:
    record = SegmentRecord(
        role=segment.role,
        text=segment.text,
        images=tuple(stored(image) for image in segment.images),
        trainable=segment.trainable,
    )
    if segment.trainable:
        pieces, entropies, advantages = columns.take(len(segment.token_ids))
        record = replace(record, pieces=pieces, entropies=entropies, advantages=advantages)
    if with_tokens:
        logprobs = tuple(_finite(value, digits=5) for value in segment.logprobs or ())
        record = replace(record, token_ids=tuple(segment.token_ids), logprobs=logprobs)
    return record


def _finite_reward(reward: Reward) -> Reward:
    """The reward as JSON can hold it: a value that is not finite is an error, and shown as one."""
    parts = {name: value for name, value in reward.parts.items() if math.isfinite(value)}
    if reward.value is not None and not math.isfinite(reward.value):
        return Reward(None, parts, "error", f"the reward is {reward.value}")
    return replace(reward, parts=parts)


def _take(values: Iterable[float], count: int) -> tuple[float | None, ...]:
    return tuple(_finite(value) for value in islice(values, count))


def _finite(value: float, digits: int | None = None) -> float | None:
    if not math.isfinite(value):
        return None
    return value if digits is None else round(value, digits) + 0.0  # never -0.0
