"""How often two runs said the same: of one model in two engines, or of two models."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from asterism.core.results.prediction import Key, Prediction


@dataclass(frozen=True, slots=True)
class Agreement:
    """Over what both runs completed: how much there is, how much of it token ids tell of, and what differs."""

    compared: int
    by_tokens: int
    differing: tuple[Key, ...]

    @property
    def same(self) -> int:
        """Completions that are the same."""
        return self.compared - len(self.differing)

    def as_json(self) -> dict[str, Any]:
        """What ``asterism compare --json`` says."""
        return {
            "compared": self.compared,
            "by_tokens": self.by_tokens,
            "same": self.same,
            "differing": [list(key) for key in self.differing],
        }


def agreement(a: Mapping[Key, Prediction], b: Mapping[Key, Prediction]) -> Agreement:
    """Which completions of two runs are the same: token by token where both know their token ids, else as text."""
    shared = [key for key in sorted(a.keys() & b.keys()) if not (a[key].failure or b[key].failure)]
    told = {key for key in shared if a[key].token_ids and b[key].token_ids}
    return Agreement(len(shared), len(told), tuple(key for key in shared if not _same(a[key], b[key], key in told)))


def _same(a: Prediction, b: Prediction, by_tokens: bool) -> bool:
    return a.token_ids == b.token_ids if by_tokens else a.completion == b.completion
