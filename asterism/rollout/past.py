"""What has been read of conversations that go on: a later turn reads only what is new."""

from collections import OrderedDict
from collections.abc import Sequence
from dataclasses import dataclass

import torch

from asterism.core.trajectory import Segment
from asterism.policy.decode_cache import extract
from asterism.policy.policy import Policy
from asterism.policy.prefix import Prefix

PastKey = tuple[tuple[int, ...], tuple[str, ...]]
"""The tokens that were read and the digests of the images among them."""

KEPT_MIB = 512


@dataclass(frozen=True, slots=True)
class Past:
    """The cache of one conversation up to the last token that the model wrote, which is still to be read.

    ``tokens`` is how many were read.
    """

    prefix: Prefix
    tokens: int
    bytes: int


class Pasts:
    """Caches of conversations by what was read, the most recent up to a limit of memory.

    They are of one set of weights: when any weight changes, all are dropped.
    """

    def __init__(self, policy: Policy, *, mebibytes: int = KEPT_MIB) -> None:
        self.mebibytes = mebibytes
        self.read = 0
        """Tokens of continued conversations that were read."""
        self.spared = 0
        """Tokens of theirs that were not read again."""
        self._policy = policy
        self._kept: OrderedDict[PastKey, Past] = OrderedDict()
        self._bytes = 0
        self._weights: tuple[tuple[int, int], ...] = ()

    def begin(self) -> None:
        """A call begins: what was read with other weights is dropped."""
        weights = tuple((weight._version, weight.data_ptr()) for weight in self._policy.model.parameters())
        if weights != self._weights:
            self.clear()
            self._weights = weights

    def clear(self) -> None:
        """Drop everything."""
        self._kept.clear()
        self._bytes = 0

    def keep(self, context: Sequence[Segment], token_ids: tuple[int, ...], prefix: Prefix, row: int) -> None:
        """Keep one row of a prefix that has read these tokens: those of the context, and all that was written after it
        but the last."""
        key = token_ids, _digests(context)
        kept = extract(prefix, row)
        size = sum(
            tensor.numel() * tensor.element_size()
            for layer in kept.cache.layers
            for tensor in vars(layer).values()
            if isinstance(tensor, torch.Tensor)
        )
        if self._kept.pop(key, None) is None:
            self._bytes += size
        self._kept[key] = Past(kept, len(key[0]), size)
        while self._bytes > self.mebibytes * 2**20 and self._kept:
            self._bytes -= self._kept.popitem(last=False)[1].bytes

    def take(self, context: Sequence[Segment], token_ids: tuple[int, ...]) -> Past | None:
        """What was read of a conversation, None where nothing is kept. It is used up: reading on changes it."""
        last = max((place for place, segment in enumerate(context) if segment.role == "model"), default=None)
        if last is None or last == len(context) - 1:  # a first turn, or a response prefix
            return None
        later = sum(len(segment.token_ids) for segment in context[last + 1 :])
        past = self._kept.pop((token_ids[: len(token_ids) - later - 1], _digests(context[: last + 1])), None)
        if past is not None:
            self._bytes -= past.bytes
        self.read += len(token_ids) - (past.tokens if past else 0)
        self.spared += past.tokens if past else 0
        return past


def _digests(context: Sequence[Segment]) -> tuple[str, ...]:
    return tuple(image.digest for segment in context for image in segment.images)
