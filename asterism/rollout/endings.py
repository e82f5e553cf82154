"""What ends a completion: the model's own end of text, or a stop string."""

from collections.abc import Sequence
from itertools import islice

from asterism.core.environment import FinishReason
from asterism.policy.policy import Policy


class Endings:
    """Tells whether tokens have just come to an end."""

    def __init__(self, policy: Policy, stop: Sequence[str]) -> None:
        self._policy = policy
        self._stop = tuple(stop)
        self._ends = frozenset(policy.stop_token_ids)
        # A stop string may begin in an earlier token: as many tokens as the longest has bytes are enough, since a token
        # that leaves text stands for a byte at least.
        self._longest = max((len(each.encode()) for each in stop), default=0)

    def reached(self, token_ids: Sequence[int]) -> FinishReason | None:
        """How the last of these tokens ends the completion: ``stop``, ``call`` (a stop string), or not at all."""
        if token_ids[-1] in self._ends:
            return "stop"
        return "call" if self._stop and self._stop_string(token_ids) else None

    def _stop_string(self, token_ids: Sequence[int]) -> bool:
        audible = (token for token in reversed(token_ids) if token not in self._policy.controls.silent)
        tail = self._policy.decode([*islice(audible, self._longest + 1)][::-1])
        return any(each in tail for each in self._stop)
