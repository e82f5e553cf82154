"""Mixtures: entries of several datasets in random order by weight, from Python or from a YAML file.

.. code-block:: yaml

    size: 1000          # leave it empty for a mixture without end
    seed: 7
    tasks:
      - {task: sudoku, level: 3, weight: 2}
      - {task: maze, config: {side: 6}}
"""

import operator
from collections.abc import Sequence
from itertools import accumulate
from math import isfinite
from pathlib import Path
from random import Random

from pydantic import Field, JsonValue

from asterism.core.config import Config, load_yaml
from asterism.core.errors import AsterismError
from asterism.core.seeds import rng_for
from asterism.helix.dataset import create_dataset
from asterism.helix.entry import Entry
from asterism.helix.lazy_entries import LazyEntries, checked_size
from asterism.helix.wording import Language


class MixturePart(Config):
    """One dataset of a mixture."""

    task: str = Field(description="name of the task")
    weight: float = Field(1.0, gt=0, description="how often it is drawn compared with others")
    level: int = Field(1, description="1 to 5")
    config: dict[str, JsonValue] = Field({}, description="difficulty parameters in place of the level's own")
    reference: bool = Field(False, description="the published parameters of the level, where they differ from ours")


class MixtureConfig(Config):
    """A mixture of tasks as text."""

    tasks: tuple[MixturePart, ...] = Field(min_length=1, description="its datasets")
    size: int | None = Field(100, description="number of entries; none: without end")
    seed: int = Field(0, description="names the instances and their order")
    pictured: bool = Field(True, description="questions with an image; false: with the instance as text")
    language: Language = Field("en", description="language of the questions: en or zh")
    distinct: bool = Field(False, description="no two entries of one dataset have the same state")


class Mixture(LazyEntries):
    """Entries of several datasets in random order by weight; see :func:`mixture`.

    One without end remembers two numbers for each place that was reached, and is for one thread at a time.
    """

    def __init__(self, parts: Sequence[tuple[Sequence[Entry], float]], size: int | None, seed: int) -> None:
        super().__init__(size)
        self._parts = [part for part, _ in parts]
        self._weights = list(accumulate(weight for _, weight in parts))
        self._rng: Random = rng_for("helix", "mixture", operator.index(seed))
        self._picks: list[tuple[int, int]] = []
        """For each place known so far the number of a part, and how many places before it took that part."""
        self._taken = [0] * len(parts)
        if size is not None:
            self._pick(size)
            self._check_sizes()

    def _at(self, place: int) -> Entry:
        self._pick(place + 1)
        part, entry = self._picks[place]
        return self._parts[part][entry]

    def _pick(self, count: int) -> None:
        """Draw the parts of so many places, in order: cheap, while an entry is made only when asked for."""
        missing = count - len(self._picks)
        if missing > 0:
            for number in self._rng.choices(range(len(self._parts)), cum_weights=self._weights, k=missing):
                self._picks.append((number, self._taken[number]))
                self._taken[number] += 1

    def _check_sizes(self) -> None:
        for part, wanted in zip(self._parts, self._taken, strict=True):
            if not (isinstance(part, LazyEntries) and part.endless) and wanted > len(part):
                raise AsterismError(
                    f"the mixture takes {wanted:,} entries of {part!r}, which holds {len(part):,}",
                    remedy="Make that dataset larger, its weight smaller, or the mixture smaller.",
                )


def mixture(parts: Sequence[tuple[Sequence[Entry], float]], *, size: int | None, seed: int = 0) -> Mixture:
    """``size`` entries, each from a dataset drawn by weight; every dataset is gone through in its own order.

    Entry ``i`` does not depend on ``size``, which may be None where no dataset has an end. Weights need not sum to 1.

    Raises:
        AsterismError: there are no parts, a weight is not above 0, the size is negative, or a dataset is too small.
    """
    if not parts:
        raise AsterismError("a mixture of nothing", remedy="Give at least one dataset with its weight.")
    for part, weight in parts:
        if not (isfinite(weight) and weight > 0):
            raise AsterismError(f"{part!r} has weight {weight}", remedy="Weights are above 0.")
        if size is None and not (isinstance(part, LazyEntries) and part.endless):
            raise AsterismError(
                f"a mixture without end of {part!r}, which has one", remedy="Make that dataset with size=None."
            )
    return Mixture(parts, None if size is None else checked_size(size), seed)


def create_mixture(source: MixtureConfig | Path | str) -> Mixture:
    """The mixture that a YAML file or a :class:`MixtureConfig` describes.

    Raises:
        AsterismError: the file is missing or of another form, a task, level or parameter is unknown, or two parts are
            of the same task, level and parameters.
    """
    if isinstance(source, MixtureConfig):
        config, where = source, "mixture"
    else:
        config, where = MixtureConfig.parse(load_yaml(Path(source)), where=str(source)), str(source)
    parts = [
        create_dataset(
            part.task,
            part.level,
            None,
            config.seed,
            config=part.config,
            distinct=config.distinct,
            pictured=config.pictured,
            language=config.language,
            reference=part.reference,
        )
        for part in config.tasks
    ]
    series = [part.instances.series for part in parts]
    twice = next((each for place, each in enumerate(series) if each in series[:place]), None)
    if twice is not None:
        raise AsterismError(
            f"{twice.task} comes twice at level {twice.level} with the same parameters",
            where=where,
            remedy="Name it once, with the sum of the weights.",
        )
    weighted = [(part, each.weight) for part, each in zip(parts, config.tasks, strict=True)]
    return mixture(weighted, size=config.size, seed=config.seed)
