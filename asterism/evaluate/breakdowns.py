"""A figure by what kind of record it is about, as entries of ``meta`` label it."""

from collections.abc import Callable, Mapping, Sequence
from typing import Any, TypeVar

from asterism.core.results.estimate import Estimate
from asterism.core.results.summary import Breakdown
from asterism.core.task import Task
from asterism.evaluate import units
from asterism.evaluate.units import Scored, UnitsOf

Item = TypeVar("Item")


def labels_of(task: Task, field: str) -> tuple[str, ...]:
    """The labels that a record has in a field, none where it says nothing.

    One label, a list of them, and the ``{"choices": [...]}`` of annotation tools are the same thing.

    >>> labels_of(Task("a", (), "", None, "osq", meta={"rhetoric": {"choices": ["Metaphor", "Contrast"]}}), "rhetoric")
    ('Metaphor', 'Contrast')
    """
    value: Any = task.meta.get(field)
    if isinstance(value, Mapping):
        value = value.get("choices")
    if not isinstance(value, list | tuple):
        value = [value]
    return tuple(dict.fromkeys(label.strip() for label in value if isinstance(label, str) and label.strip()))


def cells(items: Sequence[tuple[Task, Item]], field: str) -> dict[str, list[Item]]:
    """The items of each label, in the order of the labels; an item with two labels is in both."""
    found: dict[str, list[Item]] = {}
    for task, item in items:
        for label in labels_of(task, field):
            found.setdefault(label, []).append(item)
    return dict(sorted(found.items()))


def break_down(
    metric: str,
    scored: Sequence[Scored],
    units_of: UnitsOf,
    fields: Sequence[str],
    cluster_key: str | None = None,
    *,
    seed: int = 0,
) -> list[Breakdown]:
    """A metric for each label of the fields that any record has, with n and interval in each cell."""

    def figure(part: Sequence[Scored]) -> Estimate | None:
        return units.estimate(units_of(part, cluster_key), seed=seed)

    return tabulate(metric, [(item.task, item) for item in scored], fields, figure)


def tabulate(
    metric: str,
    items: Sequence[tuple[Task, Item]],
    fields: Sequence[str],
    figure: Callable[[Sequence[Item]], Estimate | None],
) -> list[Breakdown]:
    """A breakdown for each of the fields that any record has, with a figure for each label."""
    found = []
    for field in fields:
        by_label = {label: figure(part) for label, part in cells(items, field).items()}
        if by_label:
            found.append(Breakdown(metric, field, by_label))
    return found
