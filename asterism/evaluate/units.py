"""What is counted: statements, images, pairs, each with the cluster it belongs to."""

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass

from asterism.core.errors import AsterismError
from asterism.core.results.estimate import SHARE, Interval
from asterism.core.results.result import Result
from asterism.core.task import Task
from asterism.evaluate.intervals import Estimate, estimate_difference, estimate_mean

OWN_IMAGE = "own_image"
"""The ``meta`` key under which a task that is shown another image, or none, keeps the identity of its own."""


@dataclass(frozen=True, slots=True)
class Scored:
    """A task with one result of it."""

    task: Task
    result: Result

    @property
    def value(self) -> float:
        """1 for a right answer; 0 for a wrong, unreadable or missing one."""
        return self.result.score or 0.0


@dataclass(frozen=True, slots=True)
class Unit:
    """One thing that is right or wrong. ``key`` is the same in every run over the same tasks."""

    key: tuple[str, int]
    value: float
    cluster: str


UnitsOf = Callable[[Sequence[Scored], str | None], list[Unit]]
"""Units of a metric; the second argument is the meta key that names the clusters, None for the image."""


def join(tasks: Sequence[Task], results: Sequence[Result]) -> list[Scored]:
    """Each result beside its task, ordered by task, then sample.

    Raises:
        AsterismError: a task has no result, a result has no task, or a sample stands twice.
    """
    by_id = {task.id: task for task in tasks}
    found: dict[tuple[str, int], Result] = {}
    for result in results:
        if result.id not in by_id:
            raise AsterismError(
                f"a result names the task {result.id!r}, which is not among the tasks measured",
                remedy="Give the records that this run measured.",
            )
        if found.setdefault((result.id, result.sample), result) is not result:
            raise AsterismError(
                f"task {result.id!r} has two results for sample {result.sample}",
                remedy="Keep one of them in results.jsonl.",
            )
    measured = {name for name, _ in found}
    missing = [name for name in by_id if name not in measured]
    if missing:
        raise AsterismError(
            f"{len(missing)} of {len(by_id)} tasks have no result, the first is {missing[0]!r}",
            remedy="Measure them, or give only the records that were measured.",
        )
    order = {name: index for index, name in enumerate(by_id)}
    return [Scored(by_id[key[0]], found[key]) for key in sorted(found, key=lambda key: (order[key[0]], key[1]))]


def image_of(task: Task) -> str:
    """The identity of what a task is about: the digests of its own images, or its id where it has none."""
    own = task.meta.get(OWN_IMAGE)
    if isinstance(own, str):
        return own
    return "+".join(image.digest for image in task.images) or f"task:{task.id}"


def cluster_of(task: Task, key: str | None) -> str:
    """The cluster of a task: its image, or its ``meta[key]``.

    Raises:
        AsterismError: the task has no such meta entry.
    """
    if key is None:
        return image_of(task)
    if key not in task.meta:
        raise AsterismError(
            f"meta has no {key!r} to cluster by", where=task.id, remedy="Cluster by image, or add the entry."
        )
    return str(task.meta[key])


def statements(scored: Sequence[Scored], cluster_key: str | None = None) -> list[Unit]:
    """One unit for every statement (or question) and sample."""
    return [Unit((item.task.id, item.result.sample), item.value, cluster_of(item.task, cluster_key)) for item in scored]


def images(scored: Sequence[Scored], cluster_key: str | None = None) -> list[Unit]:
    """One unit for every image and sample: right when every statement about the image is right."""
    groups: dict[tuple[str, int], list[Scored]] = {}
    for item in scored:
        groups.setdefault((image_of(item.task), item.result.sample), []).append(item)
    return [all_right(key, members, cluster_key) for key, members in groups.items()]


def estimate(units: Sequence[Unit], *, bounds: Interval | None = SHARE, seed: int = 0) -> Estimate | None:
    """The mean of units, such as the share that is right, with its clustered interval; None where there are none."""
    if not units:
        return None
    return estimate_mean([unit.value for unit in units], [unit.cluster for unit in units], bounds=bounds, seed=seed)


def accuracy(
    scored: Sequence[Scored], cluster_key: str | None = None, *, bounds: Interval | None = SHARE, seed: int = 0
) -> Estimate:
    """The mean score, such as the share of right results, samples counted one by one; ``bounds`` are those of a score.

    Raises:
        ValueError: there are none.
    """
    found = estimate(statements(scored, cluster_key), bounds=bounds, seed=seed)
    if found is None:
        raise ValueError("a summary needs at least one task")
    return found


def difference(
    after: Sequence[Unit], before: Sequence[Unit], *, bounds: Interval | None = (-1.0, 1.0), seed: int = 0
) -> Estimate | None:
    """The paired difference of two runs over the same units, None where there are no units.

    Raises:
        AsterismError: the two runs do not hold the same units.
    """
    earlier = {unit.key: unit.value for unit in before}
    if earlier.keys() != {unit.key for unit in after}:
        raise AsterismError(
            "the two runs did not measure the same things, so they cannot be paired",
            remedy="Measure both over the same records with the same number of samples.",
        )
    if not after:
        return None
    return estimate_difference(
        [unit.value for unit in after],
        [earlier[unit.key] for unit in after],
        [unit.cluster for unit in after],
        bounds=bounds,
        seed=seed,
    )


def shares(scored: Sequence[Scored]) -> dict[str, float]:
    """Of all results, samples counted one by one: unreadable (a completion without an answer), truncated, failed."""
    return {
        "unreadable": share(scored, lambda result: result.answer is None and not result.failed),
        "truncated": share(scored, lambda result: result.truncated),
        "failed": share(scored, lambda result: result.failed),
    }


def share(scored: Iterable[Scored], holds: Callable[[Result], bool]) -> float:
    """The share of results for which something holds; 0 where there are none."""
    hits = [holds(item.result) for item in scored]
    return sum(hits) / len(hits) if hits else 0.0


def all_right(key: tuple[str, int], members: Sequence[Scored], cluster_key: str | None) -> Unit:
    """One unit that is right when all of its members are; its cluster names all of theirs."""
    names = sorted({cluster_of(member.task, cluster_key) for member in members})
    return Unit(key, float(all(member.value == 1 for member in members)), "+".join(names))
