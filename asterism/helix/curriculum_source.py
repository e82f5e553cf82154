"""Tasks drawn at the level at which the policy succeeds sometimes: a curriculum as the source of a training run.

Adaptive levels after RLVE (arXiv 2511.07317). The next puzzle's task is drawn by weight, its level is the curriculum's.
"""

import hashlib
from collections import OrderedDict
from collections.abc import Mapping, Sequence, Set
from copy import copy
from typing import Literal

from pydantic import Field, JsonValue

from asterism.core.config import Config
from asterism.core.episode import Group
from asterism.core.errors import AsterismError
from asterism.core.seeds import rng_for
from asterism.core.task import Task
from asterism.core.task_sampler import SampledTask
from asterism.helix.curriculum import Curriculum, CurriculumConfig
from asterism.helix.dataset import Dataset, create_dataset
from asterism.helix.prompts import is_puzzle
from asterism.helix.records import FAMILY, task_of
from asterism.helix.sources import NAMES, Asked, names_of
from asterism.learn.shuffled_sampler import ShuffledSampler

KEPT = 1024
"""Puzzles that are remembered with their images, so that one that was announced is the one that is taken."""


class CurriculumSource(CurriculumConfig):
    """Puzzles at the level that fits."""

    source: Literal["curriculum"] = Field(
        description="puzzles are drawn anew at the level at which the policy succeeds sometimes"
    )
    tasks: tuple[str, ...] = Field((), description=f"names of tasks, {NAMES}")
    seed: int = Field(0, description="names the puzzles together with task, level and index")
    reference: bool = Field(False, description="the published parameters of a level, where they differ from ours")
    weighting: Literal["uniform", "uncertain"] = Field(
        "uncertain", description="how often a task is drawn: like the others, or by p (1 - p) of its recent success p"
    )
    floor: float = Field(0.05, gt=0, description="uncertain: least weight of a task, added to p (1 - p)")
    beside_share: float = Field(0.0, ge=0, lt=1, description="share of tasks that come from environment.beside")


class Stored(Config):
    """What :meth:`CurriculumSampler.state_dict` gives."""

    sampled: int
    beside: dict[str, JsonValue] | None
    curriculum: dict[str, JsonValue]
    taken: dict[str, int]
    settings: dict[str, JsonValue]


class CurriculumSampler:
    """Draws puzzles at their tasks' present levels, and other tasks beside them.

    Of each task and level the instances come one after another; where a level has no more, its first come again. What
    is drawn depends on the seed, on how many were drawn and on the outcomes recorded before.
    """

    def __init__(
        self,
        options: CurriculumSource,
        asked: Asked,
        *,
        seed: int,
        exclude: Set[str] = frozenset(),
        beside: Sequence[Task] = (),
    ) -> None:
        """``exclude`` are fingerprints of states that shall not come; ``seed`` is the run's.

        Raises:
            AsterismError: a task is unknown, or a share is to come from beside where there is nothing.
        """
        if bool(options.beside_share) != bool(beside):
            raise AsterismError(
                "environment.train.beside_share and environment.beside go together",
                remedy="Give both, or neither.",
            )
        self._options = options
        self._names = names_of(options.tasks)
        self._curriculum = Curriculum(self._names, options)
        self._datasets = {
            (name, level): create_dataset(
                name,
                level=level,
                size=None,
                seed=options.seed,
                distinct=True,
                pictured=asked.pictured,
                language=asked.language,
                reference=options.reference,
                exclude=exclude,
            )
            for name in self._names
            for level in range(1, 6)
        }
        kept_out = hashlib.sha256("".join(sorted(exclude)).encode()).hexdigest()
        self._settings = {**options.model_dump(mode="json"), "pictured": asked.pictured, "kept_out": kept_out}
        self._beside = ShuffledSampler(beside, seed) if beside else None
        self._seed = seed
        self._drawn = 0
        self._taken: dict[tuple[str, int], int] = {}
        self._sizes: dict[tuple[str, int], int] = {}
        """How many instances a task and level have, where that has been found out."""
        self._kept: OrderedDict[tuple[str, int, int], Task] = OrderedDict()

    def next(self, count: int) -> list[SampledTask]:
        """The next ``count`` tasks.

        Raises:
            AsterismError: a level has no instances at all.
        """
        return [self._one() for _ in range(count)]

    def peek(self, count: int) -> list[SampledTask]:
        """What ``next`` would give if no outcome were noted before, without moving."""
        ahead = copy(self)
        ahead._taken, ahead._beside = dict(self._taken), copy(self._beside)
        return ahead.next(count)

    def update(self, groups: Sequence[Group]) -> None:
        """Note the outcomes of the puzzles among some groups; a rollout without a verdict is none."""
        for group in groups:
            if is_puzzle(group.task):
                name, level = group.task.family.removeprefix(FAMILY), group.task.meta["level"]
                for reward in group.rewards:
                    if "accuracy" in reward.parts:
                        self._curriculum.record(name, level, reward.parts["accuracy"] == 1)

    @property
    def levels(self) -> Mapping[str, int]:
        """The level of each task."""
        return self._curriculum.levels

    def state_dict(self) -> dict[str, JsonValue]:
        """How many tasks were sampled, the curriculum, and how far the instances of each task and level are used up."""
        taken: dict[str, JsonValue] = {f"{name}-{level}": count for (name, level), count in self._taken.items()}
        return {
            "sampled": self._drawn,
            "beside": self._beside.state_dict() if self._beside else None,
            "curriculum": self._curriculum.state(),
            "taken": taken,
            "settings": self._settings,
        }

    def load_state_dict(self, state: Mapping[str, JsonValue]) -> None:
        """Resume from a checkpoint.

        Raises:
            AsterismError: it is of other tasks or settings, or other states are kept out.
        """
        from asterism.learn.checkpoint import differing_keys  # torch, which listing puzzles does without

        stored = Stored.parse(dict(state), where="curriculum")
        different = differing_keys(stored.settings, self._settings)
        if different:
            raise AsterismError(
                f"a curriculum of other settings: {'; '.join(different)}",
                where="curriculum",
                remedy="Resume with the run's own environment.train, evaluate and dev (kept_out are states of these).",
            )
        self._curriculum.load(stored.curriculum)
        split = {key: tuple(key.rsplit("-", 1)) for key in stored.taken}
        self._taken = {(name, int(level)): stored.taken[key] for key, (name, level) in split.items()}
        self._drawn = stored.sampled
        if self._beside and stored.beside is not None:
            self._beside.load_state_dict(stored.beside)

    def _one(self) -> SampledTask:
        rng = rng_for("helix", "curriculum", self._seed, self._drawn)
        self._drawn += 1
        if self._beside and rng.random() < self._options.beside_share:
            return self._beside.next(1)[0]
        (name,) = rng.choices(self._names, [self._weight(name) for name in self._names])
        level = self._curriculum.level(name)
        place = self._taken.get((name, level), 0)
        self._taken[name, level] = place + 1
        task, epoch = self._instance(name, level, place)
        return SampledTask(task, epoch)

    def _weight(self, name: str) -> float:
        if self._options.weighting == "uniform":
            return 1.0
        right = self._curriculum.success(name)
        return self._options.floor + right * (1 - right)

    def _instance(self, name: str, level: int, place: int) -> tuple[Task, int]:
        """The puzzle of a place, and how often all of its level had been drawn before."""
        dataset, size = self._datasets[name, level], self._sizes.get((name, level))
        if size is None:
            try:
                return self._task(dataset, name, level, place), 0
            except AsterismError:
                if place == 0:
                    raise
                size = self._sizes[name, level] = place
        return self._task(dataset, name, level, place % size), place // size

    def _task(self, dataset: Dataset, name: str, level: int, place: int) -> Task:
        key = name, level, place
        if key not in self._kept:
            self._kept[key] = task_of(dataset[place])
            while len(self._kept) > KEPT:
                self._kept.popitem(last=False)
        return self._kept[key]
