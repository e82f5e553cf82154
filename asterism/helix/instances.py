"""The instances of one task, level and seed, by index: each on its own, or no two of the same state.

Both answer ``state(index)``. They differ in what an instance depends on:

- :class:`IndependentInstances`: on its own index alone. Any index costs one draw, and a state may come twice.
- :class:`DistinctInstances`: on the lower indices too, with whose states it is compared. No state comes twice, and
  index ``i`` costs ``i + 1`` draws the first time. Recipes and the benchmark use these.

They agree at every index before which no state came twice.
"""

import json
from collections.abc import Mapping, Set
from dataclasses import dataclass, field
from typing import Any, Protocol

from pydantic import JsonValue

from asterism.core.errors import AsterismError
from asterism.core.seeds import derive_seed
from asterism.helix.catalogue import puzzle_of
from asterism.helix.entry import Name, fingerprint, written_config

REDRAWS = 200
"""Draws of one index after which a level is taken to have no more instances of the wanted kind."""


@dataclass(frozen=True, slots=True)
class Series:
    """What a series of instances is drawn from; ``config`` is JSON of parameters other than the level's."""

    task: str
    level: int
    seed: int
    reference: bool = False
    config: str = ""

    @classmethod
    def of(cls, task: str, level: int, seed: int, reference: bool, config: Mapping[str, JsonValue]) -> "Series":
        """A series; its difficulty parameters are checked.

        Raises:
            AsterismError: no such task, or a parameter is unknown or not possible.
        """
        puzzle_of(task).parameters(level, reference=reference, config=config)
        return cls(task, level, seed, reference, written_config(config))

    def name(self, index: int) -> Name:
        """The name of an instance."""
        return Name(self.task, self.level, self.seed, index, self.reference, self.config)

    def draw(self, index: int, attempt: int) -> Any:
        """A state for an index; further attempts have seeds of their own."""
        seed = derive_seed("helix", "redraw", self.seed, attempt) if attempt else self.seed
        config = json.loads(self.config) if self.config else {}
        return puzzle_of(self.task).instance(self.level, seed, index, reference=self.reference, config=config)

    def mark(self, state: Any) -> str:
        """The fingerprint of a state."""
        return fingerprint(puzzle_of(self.task), state)

    def exhausted(self, index: int, kind: str, found: str) -> AsterismError:
        """The error of an index for which no draw was of the wanted kind."""
        config = json.loads(self.config) if self.config else {}
        parameters = puzzle_of(self.task).parameters(self.level, reference=self.reference, config=config)
        return AsterismError(
            f"{self.task}: level {self.level}, {parameters}, has hardly more than {index:,} {kind} "
            f"instances: {REDRAWS} more draws with seed {self.seed} gave none that is {found}",
            remedy="Ask for fewer, or for another level.",
        )


class Instances(Protocol):
    """The instances of a series."""

    @property
    def series(self) -> Series:
        """What they are drawn from."""

    def state(self, index: int) -> Any:
        """The instance of an index.

        Raises:
            AsterismError: the level has no more instances of the wanted kind, or a generator found none.
        """


@dataclass(frozen=True, slots=True)
class IndependentInstances:
    """Instance ``index`` is the first of its draws whose fingerprint is not in ``exclude``."""

    series: Series
    exclude: Set[str] = frozenset()

    def state(self, index: int) -> Any:
        """The instance of an index, drawn anew each time.

        Raises:
            AsterismError: all draws are excluded, or a generator found none.
        """
        for attempt in range(REDRAWS):
            state = self.series.draw(index, attempt)
            if not self.exclude or self.series.mark(state) not in self.exclude:
                return state
        raise self.series.exhausted(index, "allowed", "not excluded")


@dataclass(slots=True)
class DistinctInstances:
    """Instance ``index`` is the first of its draws that equals no instance of a lower index.

    The draws of an index have seeds of their own, so an instance depends on task, level, seed and index alone, and not
    on what is asked for first or on how many. Telling takes the states of all lower indices, which are kept. States
    whose fingerprint is in ``exclude`` are passed over. Threads may share one: what they draw is the same.
    """

    series: Series
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
        for attempt in range(REDRAWS):
            state = self.series.draw(index, attempt)
            mark = self.series.mark(state)
            if self._owners.get(mark, index) >= index and mark not in self.exclude:
                self._owners.setdefault(mark, index)
                self._states[index] = state
                return
        raise self.series.exhausted(index, "distinct", "new")
