"""Splits by image: records that show alike images stay together, and sizes are met exactly where groups allow it.

Which groups go to a split is a subset-sum problem. The groups stand in a seeded order and each is taken if the rest of
the size can still be met exactly by groups behind it, so the choice is as random as the order and the sum exact.
"""

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

from asterism.core.errors import AsterismError
from asterism.core.seeds import rng_for
from asterism.core.task import Task

RECORDS, IMAGES = "records", "images"
REST = "rest"

HIGH_LEVEL = frozenset([f"dev-{number}" for number in range(1, 36)] + [f"test-{number}" for number in range(1, 16)])
"""The 50 II-Bench records of the high-level bench, by the names that upstream gives them; 44 distinct images."""


@dataclass(frozen=True, slots=True)
class SplitWish:
    """What splits are asked for.

    ``sizes`` count what ``count`` says: ``records``, ``images`` (near-duplicates once), or the distinct values of a
    meta field; None takes the rest. ``ids`` fixes splits by name: each is a record's id or a part of it between
    slashes.
    ``lite`` and ``small`` are the sizes of subsets of the split ``train`` (else of the first), small within lite.
    ``stratify`` names meta fields whose values keep their shares.
    """

    sizes: Mapping[str, int | None]
    ids: Mapping[str, frozenset[str]] = field(default_factory=dict)
    lite: int | None = None
    small: int | None = None
    seed: int = 0
    count: str = RECORDS
    stratify: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Part:
    """One split: the places of its records among the tasks, the size that was asked for and the size reached."""

    name: str
    places: tuple[int, ...]
    asked: int | None
    size: int


@dataclass(frozen=True, slots=True)
class Splits:
    """Disjoint ``parts``, ``subsets`` of one of them, and the places ``left`` in none.

    ``twins`` are among the places left: they share an image with a split fixed by ids without being named.
    """

    parts: tuple[Part, ...]
    subsets: tuple[Part, ...]
    left: tuple[int, ...]
    twins: tuple[int, ...]


@dataclass(frozen=True, slots=True)
class _Cluster:
    """Records that must stay together, and how many units they count."""

    places: tuple[int, ...]
    weight: int


def split_tasks(tasks: Sequence[Task], groups: Sequence[int], wish: SplitWish) -> Splits:
    """Splits of tasks of which those with one number in ``groups`` stay together.

    Raises:
        AsterismError: more is asked for than there is, an id or a meta field is unknown, or a name appears twice.
    """
    units = _units(tasks, groups, wish.count)
    clusters = _clusters(groups, units)
    fixed, twins, clusters = _fix(tasks, clusters, units, wish)
    pool = _ordered(clusters, tasks, wish.stratify, wish.seed, "split")
    _check(wish, sum(cluster.weight for cluster in pool))
    taken: dict[str, tuple[_Cluster, ...]] = {}
    sized = [(size, name) for name, size in wish.sizes.items() if size is not None]
    for size, name in sorted(sized):  # small splits first: a large one has more ways to come out exactly
        chosen = take_exactly([cluster.weight for cluster in pool], size)
        taken[name] = tuple(pool[place] for place in chosen)
        pool = [cluster for place, cluster in enumerate(pool) if place not in chosen]
    for name in [name for name, size in wish.sizes.items() if size is None]:
        taken[name], pool = tuple(pool), []
    parts = [_part(name, taken[name], size) for name, size in wish.sizes.items()]
    left = [place for cluster in pool for place in cluster.places]
    home = next((name for name in ("train", *wish.sizes) if name in taken), None)
    subsets = _subsets(tasks, taken[home], wish) if home is not None else []
    return Splits((*parts, *fixed), tuple(subsets), tuple(sorted([*left, *twins])), tuple(sorted(twins)))


def take_exactly(weights: Sequence[int], target: int) -> set[int]:
    """Places whose weights sum to ``target``, or as near to it as any choice comes (below rather than above).

    Early places are preferred: each is taken if the rest can still be met by those behind it.

    >>> sorted(take_exactly([2, 3, 2], 4))
    [0, 2]
    """
    reachable = [1]  # bit s of entry i: the last i weights have a choice that sums to s
    mask = (1 << (target + max(weights, default=0) + 1)) - 1
    for weight in reversed(weights):
        reachable.append((reachable[-1] | reachable[-1] << weight) & mask)
    open_sum = _nearest(reachable[-1], target)
    chosen = set()
    for place, weight in enumerate(weights):
        behind = reachable[len(weights) - place - 1]
        if weight <= open_sum and behind >> (open_sum - weight) & 1:
            chosen.add(place)
            open_sum -= weight
    return chosen


def _nearest(sums: int, target: int) -> int:
    below = (sums & ((1 << (target + 1)) - 1)).bit_length() - 1
    above = sums >> target
    if above and (up := (above & -above).bit_length() - 1) < target - below:
        return target + up
    return below


def _units(tasks: Sequence[Task], groups: Sequence[int], count: str) -> list[str | int]:
    """What each task counts as: tasks with one unit count once."""
    if count == RECORDS:
        return [task.id for task in tasks]
    if count == IMAGES:
        return list(groups)
    missing = next((task.id for task in tasks if task.meta.get(count) is None), None)
    if missing is not None:
        raise AsterismError(
            f"--count {count}: record {missing} has no meta.{count}", remedy="Count records, images or a meta field."
        )
    return [str(task.meta[count]) for task in tasks]


def _clusters(groups: Sequence[int], units: Sequence[str | int]) -> list[_Cluster]:
    members: dict[int, list[int]] = {}
    for place, group in enumerate(groups):
        members.setdefault(group, []).append(place)
    return [_Cluster(tuple(places), len({units[place] for place in places})) for places in members.values()]


def _fix(
    tasks: Sequence[Task], clusters: list[_Cluster], units: Sequence[str | int], wish: SplitWish
) -> tuple[list[Part], list[int], list[_Cluster]]:
    """The parts that ids fix, the records that are left out because they share an image with one, the rest."""
    owner: dict[int, str] = {}
    for name, ids in wish.ids.items():
        found = {place: _named(task.id, ids) for place, task in enumerate(tasks)}
        missing = ids - {word for word in found.values() if word is not None}
        if missing:
            raise AsterismError(
                f"split {name}: {len(missing)} of {len(ids)} ids are not among the records (first: {min(missing)})",
                remedy="Give ids of records, or parts of them between slashes.",
            )
        owner.update({place: name for place, word in found.items() if word is not None})
    free, twins = [], []
    for cluster in clusters:
        owners = {owner[place] for place in cluster.places if place in owner}
        if len(owners) > 1:
            raise AsterismError(
                f"splits {' and '.join(sorted(owners))} share an image (record {tasks[cluster.places[0]].id})",
                remedy="Name records of one image in one split only.",
            )
        if owners:
            twins += [place for place in cluster.places if place not in owner]
        else:
            free.append(cluster)
    parts = []
    for name in wish.ids:
        places = tuple(place for place in sorted(owner) if owner[place] == name)
        parts.append(Part(name, places, None, len({units[place] for place in places})))
    return parts, twins, free


def _named(name: str, ids: frozenset[str]) -> str | None:
    return name if name in ids else next((word for word in name.split("/") if word in ids), None)


def _ordered(
    clusters: Sequence[_Cluster], tasks: Sequence[Task], fields: Sequence[str], seed: int, purpose: str
) -> list[_Cluster]:
    """Clusters in a seeded order in which every stretch holds the strata in their shares."""
    strata: dict[str, list[_Cluster]] = {}
    for cluster in clusters:
        strata.setdefault(stratum(tasks[cluster.places[0]], fields), []).append(cluster)
    placed = []
    for name in sorted(strata):
        rng = rng_for(seed, "splits", purpose, name)
        members = strata[name]
        rng.shuffle(members)
        placed += [((rank + rng.random()) / len(members), cluster) for rank, cluster in enumerate(members)]
    return [cluster for _, cluster in sorted(placed, key=lambda entry: (entry[0], entry[1].places))]


def stratum(task: Task, fields: Sequence[str]) -> str:
    """The values of meta fields as one text; a list counts with its first value, as few images share a whole list."""
    values = (task.meta.get(name) for name in fields)
    return " / ".join(str((value or [None])[0] if isinstance(value, list) else value) for value in values)


def _check(wish: SplitWish, units: int) -> None:
    names = [*wish.sizes, *wish.ids]
    twice = next((name for name in names if names.count(name) > 1), None)
    if twice is not None:
        raise AsterismError(f"split {twice!r} is asked for twice", remedy="Give every split its own name.")
    asked = sum(size for size in wish.sizes.values() if size is not None)
    if asked > units:
        raise AsterismError(
            f"{asked} {wish.count} are asked for and there are {units}", remedy="Lower --sizes, or give one as rest."
        )


def _part(name: str, clusters: Sequence[_Cluster], asked: int | None) -> Part:
    places = sorted(place for cluster in clusters for place in cluster.places)
    return Part(name, tuple(places), asked, sum(cluster.weight for cluster in clusters))


def _subsets(tasks: Sequence[Task], home: Sequence[_Cluster], wish: SplitWish) -> list[Part]:
    """``lite`` within the home split and ``small`` within lite."""
    parts = []
    pool = list(home)
    for name, size in (("lite", wish.lite), ("small", wish.small)):
        if size is None:
            continue
        if size > sum(cluster.weight for cluster in pool):
            raise AsterismError(f"{name} of {size} is larger than what it is taken from", remedy=f"Lower --{name}.")
        pool = _curated(tasks, pool, size, wish)
        parts.append(_part(name, pool, size))
    return parts


def _curated(tasks: Sequence[Task], pool: Sequence[_Cluster], size: int, wish: SplitWish) -> list[_Cluster]:
    """So many units, of as many images as possible: one record of each, with an explanation worth the name."""
    order = _ordered(pool, tasks, wish.stratify, wish.seed, "lite")
    if wish.count == RECORDS and size <= len(order):
        singles = [_Cluster((_best(tasks, cluster),), 1) for cluster in order]
        worthy = [single for single in singles if not _flawed(tasks[single.places[0]])]
        return [*worthy, *(single for single in singles if single not in worthy)][:size]
    return [order[place] for place in sorted(take_exactly([cluster.weight for cluster in order], size))]


def _best(tasks: Sequence[Task], cluster: _Cluster) -> int:
    return min(cluster.places, key=lambda place: (_flawed(tasks[place]), tasks[place].answer is None, place))


def _flawed(task: Task) -> bool:
    return bool(task.meta.get("explanation_short"))


def chance_of_leak(size: int, others: int, total: int, twins: int) -> float:
    """The chance that a record of a split of ``size`` has one of its ``twins`` (records of its image) in a split of
    ``others`` records, where records are dealt singly: 1 - C(total-1-others, twins) / C(total-1, twins)."""
    if size == 0 or twins == 0:
        return 0.0
    return 1.0 - math.comb(total - 1 - others, twins) / math.comb(total - 1, twins)
