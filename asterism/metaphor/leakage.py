"""How far records share images, and what splits by record and by image make of it."""

from collections import Counter
from collections.abc import Sequence
from dataclasses import asdict, dataclass
from typing import Any

from scipy.cluster.hierarchy import DisjointSet

from asterism.core.task import Task
from asterism.metaphor.near_duplicates.grouping import NearDuplicates, component_numbers
from asterism.metaphor.splits import Part, Splits, chance_of_leak, stratum


@dataclass(frozen=True, slots=True)
class Shared:
    """Images counted in one sense of sameness: distinct ones, and records and pairs of records that share one."""

    distinct: int
    records_sharing: int
    pairs: int


def groups_of_tasks(tasks: Sequence[Task], image_groups: Sequence[int], together: Sequence[str] = ()) -> list[int]:
    """The group of each task: tasks that share an image (near-duplicates too) or a meta value of a ``together`` field.

    ``image_groups`` are the groups of all images, task after task.
    """
    joined = DisjointSet(range(len(tasks)))
    first: dict[object, int] = {}
    rest = iter(image_groups)
    for place, task in enumerate(tasks):
        marks: list[object] = [next(rest) for _ in task.images]
        marks += [(name, str(task.meta[name])) for name in together if task.meta.get(name) is not None]
        for mark in marks:
            joined.merge(place, first.setdefault(mark, place))
    return component_numbers(joined)


def leakage(
    tasks: Sequence[Task],
    near_duplicates: NearDuplicates,
    groups: Sequence[int],
    splits: Splits,
    *,
    fields: Sequence[str] = (),
) -> dict[str, Any]:
    """What ``leakage.json`` holds: plain values, ready for JSON."""
    by_record = {name: _per_task(tasks, marks) for name, marks in _senses(near_duplicates).items()}
    names = [task.id for task in tasks]
    parts = {part.name: part for part in splits.parts}
    crossing = _crossing(groups, [part.places for part in splits.parts])
    return {
        "records": len(tasks),
        "images": {name: asdict(shared(marks)) for name, marks in by_record.items()},
        "groups": len(set(groups)),
        "largest_groups": sorted(Counter(groups).values(), reverse=True)[:5],
        "splits": {name: _summary(part, tasks, groups, fields) for name, part in parts.items()},
        "subsets": {part.name: _summary(part, tasks, groups, fields) for part in splits.subsets},
        "left_out": len(splits.left),
        "twins_of_fixed": [names[place] for place in splits.twins],
        "disjoint": not crossing,
        "crossing": [sorted(names[place] for place in places) for places in crossing],
        "by_record": _dealt_singly(groups, splits),
        "faint_matches_cut": [_match(tasks, match.a, match.b) for match in near_duplicates.cut],
    }


def shared(marks: Sequence[frozenset[object]]) -> Shared:
    """Sharing among records that each show the images ``marks``."""
    holders: dict[object, list[int]] = {}
    for place, own in enumerate(marks):
        for mark in own:
            holders.setdefault(mark, []).append(place)
    pairs = {(a, b) for places in holders.values() for n, a in enumerate(places) for b in places[n + 1 :]}
    return Shared(len(holders), len({place for pair in pairs for place in pair}), len(pairs))


def _senses(found: NearDuplicates) -> dict[str, Sequence[object]]:
    return {"bytes": found.files, "pixels": found.pixels, "likeness": found.groups}


def _per_task(tasks: Sequence[Task], marks: Sequence[object]) -> list[frozenset[object]]:
    rest = iter(marks)
    return [frozenset(next(rest) for _ in task.images) for task in tasks]


def _summary(part: Part, tasks: Sequence[Task], groups: Sequence[int], fields: Sequence[str]) -> dict[str, Any]:
    summary: dict[str, Any] = {
        "asked": part.asked,
        "size": part.size,
        "records": len(part.places),
        "groups": len({groups[place] for place in part.places}),
    }
    if fields:
        summary["strata"] = dict(sorted(Counter(stratum(tasks[place], fields) for place in part.places).items()))
    return summary


def _crossing(groups: Sequence[int], parts: Sequence[Sequence[int]]) -> list[list[int]]:
    """The places of each group of which two parts hold a record."""
    owners: dict[int, set[int]] = {}
    members: dict[int, list[int]] = {}
    for number, places in enumerate(parts):
        for place in places:
            owners.setdefault(groups[place], set()).add(number)
            members.setdefault(groups[place], []).append(place)
    return [members[group] for group, numbers in owners.items() if len(numbers) > 1]


def _dealt_singly(groups: Sequence[int], splits: Splits) -> dict[str, Any]:
    """What is to be expected if records were dealt singly to splits of these sizes, images disregarded."""
    total = len(groups)
    sizes = {part.name: len(part.places) for part in splits.parts}
    dealt = sum(sizes.values())
    members = Counter(groups)
    pairs = sum(count * (count - 1) // 2 for count in members.values())
    across = dealt**2 - sum(size**2 for size in sizes.values())  # ordered pairs of places in two splits
    leaking = {
        name: sum(
            count * size / total * chance_of_leak(size, dealt - size, total, count - 1) for count in members.values()
        )
        for name, size in sizes.items()
    }
    return {
        "pairs": pairs,
        "expected_pairs_across": round(pairs * across / max(1, total * (total - 1)), 2),
        "expected_records_with_a_twin_elsewhere": {name: round(value, 2) for name, value in leaking.items()},
    }


def _match(tasks: Sequence[Task], a: int, b: int) -> list[str]:
    owners = [task.id for task in tasks for _ in task.images]
    return [owners[a], owners[b]]
