"""The distinct instances of one task, level and seed, in order, drawn when they are asked for."""

from collections.abc import Set
from dataclasses import dataclass, field
from typing import Any

from asterism.core.errors import AsterismError
from asterism.core.seeds import derive_seed
from asterism.helix.catalogue import puzzle_of
from asterism.helix.entry import fingerprint

REDRAWS = 200
"""Draws of one index after which a level is taken to have no more distinct instances."""


@dataclass(slots=True)
class DistinctInstances:
    """Instance ``index`` is the first of its draws that equals no instance of a lower index.

    The draws of an index have seeds of their own, so an instance depends on task, level, seed and index alone, and not
    on what is asked for first or on how many. Telling takes the states of all lower indices, which are kept. States
    whose fingerprint is in ``exclude`` are passed over. Threads may share one: what they draw is the same.
    """

    task: str
    level: int
    seed: int
    reference: bool = False
    exclude: Set[str] = frozenset()
    _states: dict[int, Any] = field(default_factory=dict)
    _owners: dict[str, int] = field(default_factory=dict)

    def state(self, index: int) -> Any:
        """The instance of an index.

        Raises:
            AsterismError: the level has fewer distinct instances, or a generator found none.
        """
        for each in range(len(self._states), index + 1):
            self._draw(each)
        return self._states[index]

    def _draw(self, index: int) -> None:
        puzzle = puzzle_of(self.task)
        for draw in range(REDRAWS):
            seed = derive_seed("helix", "redraw", self.seed, draw) if draw else self.seed
            state = puzzle.instance(self.level, seed, index, reference=self.reference)
            mark = fingerprint(puzzle, state)
            if self._owners.get(mark, index) >= index and mark not in self.exclude:
                self._owners.setdefault(mark, index)
                self._states[index] = state
                return
        levels = {**puzzle.levels, **(puzzle.reference if self.reference else {})}
        raise AsterismError(
            f"{self.task}: level {self.level}, {levels[self.level]}, has hardly more than {index:,} distinct "
            f"instances: {REDRAWS} more draws with seed {self.seed} gave none that is new",
            remedy="Ask for fewer, or for another level.",
        )
