"""Which words a policy is sure of, and which it hesitates over: mean token entropy by word."""

from collections import defaultdict
from collections.abc import Iterable
from dataclasses import dataclass

from asterism.show.rollouts import Rollout

LEAST = 5
"""A word that was written less often has no figure worth showing."""
_SHOWN = 10


@dataclass(frozen=True, slots=True)
class Word:
    """A piece of text, how often it was written, and the mean entropy of what it was drawn from, in nats."""

    text: str
    count: int
    entropy: float


@dataclass(frozen=True, slots=True)
class Hesitant:
    """The words with the highest and the lowest mean entropy, each from its end, with the mean over all tokens."""

    open: tuple[Word, ...]
    settled: tuple[Word, ...]
    tokens: int
    mean: float
    least: int = LEAST


def hesitant_words(groups: Iterable[Rollout], *, least: int = LEAST) -> Hesitant | None:
    """The words of all completions whose tokens came with their entropy; None where there are too few of them."""
    found: dict[str, list[float]] = defaultdict(list)
    for group in groups:
        for completion in group.completions:
            for piece, entropy in zip(completion.pieces, completion.entropies, strict=False):
                if piece.strip() and entropy is not None:
                    found[piece.strip()].append(entropy)
    words = [Word(text, len(seen), sum(seen) / len(seen)) for text, seen in found.items() if len(seen) >= least]
    words.sort(key=lambda word: (-word.entropy, word.text))
    if not words:
        return None
    every = [entropy for seen in found.values() for entropy in seen]
    shown = min(_SHOWN, (len(words) + 1) // 2)
    return Hesitant(tuple(words[:shown]), tuple(words[::-1][:shown]), len(every), sum(every) / len(every))
