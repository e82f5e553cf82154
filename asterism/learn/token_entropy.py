"""How sure a model was of each token that it wrote."""

from collections.abc import Sequence
from dataclasses import dataclass

from torch import Tensor

from asterism.core.trajectory import Trajectory
from asterism.policy.policy import Policy

_BEFORE = 4
"""Tokens that a piece is decoded with, for its spaces depend on those before it."""
_UNFINISHED = "\N{REPLACEMENT CHARACTER}"


@dataclass(frozen=True, slots=True)
class TokenEntropy:
    """The pieces of text that a trajectory's trained tokens stand for, and the entropy of each, in nats."""

    pieces: tuple[str, ...]
    entropies: tuple[float, ...]

    @classmethod
    def of(cls, trajectory: Trajectory, entropies: Tensor, policy: Policy) -> "TokenEntropy":
        """That of a trajectory, given the entropies of its trained tokens ``[trained tokens]``."""
        written = zip(trajectory.token_ids, trajectory.trained, strict=True)
        token_ids = [token for token, trained in written if trained]
        return cls(pieces_of(token_ids, policy), tuple(round(value, 3) for value in entropies.tolist()))


def pieces_of(token_ids: Sequence[int], policy: Policy) -> tuple[str, ...]:
    """The text that each token adds; the pieces of special tokens are their names.

    Where several tokens spell one letter, the last of them has it and the others are empty.
    """
    special = set(policy.tokenizer.all_special_ids)
    pieces: list[str] = []
    start = spelled = 0  # tokens from `start` are decoded together; the text of those before `spelled` is in `pieces`
    for index, token in enumerate(token_ids):
        if token in special:
            pieces.append(str(policy.tokenizer.convert_ids_to_tokens(token)))
            start = spelled = index + 1
            continue
        before, text = policy.decode(token_ids[start:spelled]), policy.decode(token_ids[start : index + 1])
        last = index + 1 == len(token_ids) or token_ids[index + 1] in special
        if text.endswith(_UNFINISHED) and not last:
            pieces.append("")
            continue
        pieces.append(text[len(before) :])
        start, spelled = max(start, index + 1 - _BEFORE), index + 1
    return tuple(pieces)
