"""The passes that read some trajectories: rows, cut into micro-batches, laid side by side.

Whoever scores, with or without gradient, under whatever view, loops over the same iterator.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Self

from asterism.core.trajectory import Trajectory
from asterism.learn.batch import Batch, Row, Sharing, collate, micro_batches, rows_of
from asterism.policy.encoder import Encoder
from asterism.policy.policy import Policy


@dataclass(frozen=True, slots=True)
class Passes:
    """Iterating gives, for each pass, the places of its trajectories and their rows as one batch.

    ``budget`` is the most tokens of one pass, padding included.
    """

    policy: Policy
    rows: Sequence[Row]
    budget: int
    sharing: Sharing

    @classmethod
    def over(
        cls, trajectories: Sequence[Trajectory], policy: Policy, encoder: Encoder, *, budget: int, sharing: Sharing
    ) -> Self:
        """The passes that read these trajectories.

        Raises:
            AsterismError: a trajectory's prompt is encoded otherwise than the engine saw it.
        """
        return cls(policy, rows_of(trajectories, encoder, sharing), budget, sharing)

    def __iter__(self) -> Iterator[tuple[list[int], Batch]]:
        for places in micro_batches(self.rows, self.budget, self.sharing):
            yield places, collate([self.rows[place] for place in places], self.policy, self.sharing)
