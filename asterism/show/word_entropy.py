"""Which words a policy is sure of, and over which it hesitates: mean token entropy by word."""

from collections import defaultdict
from collections.abc import Iterable, Iterator
from dataclasses import dataclass

from asterism.core.results.rollout import RolloutRecord

LEAST = 5
"""A word that was written less often has no mean worth showing."""
_SHOWN = 10


@dataclass(frozen=True, slots=True)
class Word:
    """A piece of text, how often it was written, and the mean entropy of what it was drawn from, in nats."""

    text: str
    count: int
    entropy: float


@dataclass(frozen=True, slots=True)
class WordEntropy:
    """The words with the highest and the lowest mean entropy, each from its end, with the mean over all tokens."""

    highest: tuple[Word, ...]
    lowest: tuple[Word, ...]
    tokens: int
    mean: float
    least: int = LEAST


def word_entropy(records: Iterable[RolloutRecord], *, least: int = LEAST) -> WordEntropy | None:
    """The words of all completions whose tokens came with their entropy; None where there are too few of them."""
    found: dict[str, list[float]] = defaultdict(list)
    for piece, entropy in _tokens(records):
        if piece.strip():
            found[piece.strip()].append(entropy)
    words = [Word(text, len(seen), sum(seen) / len(seen)) for text, seen in found.items() if len(seen) >= least]
    words.sort(key=lambda word: (-word.entropy, word.text))
    if not words:
        return None
    every = [entropy for seen in found.values() for entropy in seen]
    shown = min(_SHOWN, (len(words) + 1) // 2)
    return WordEntropy(tuple(words[:shown]), tuple(words[::-1][:shown]), len(every), sum(every) / len(every))


def _tokens(records: Iterable[RolloutRecord]) -> Iterator[tuple[str, float]]:
    segments = (
        segment
        for record in records
        for episode in record.episodes
        for trajectory in episode.trajectories
        for segment in trajectory.segments
    )
    for segment in segments:
        for piece, entropy in zip(segment.pieces, segment.entropies, strict=False):
            if entropy is not None:
                yield piece, entropy
