"""How many statements an image has, and how many of them are true."""

from collections.abc import Mapping, Sequence
from math import ceil, floor

from asterism.core.seeds import rng_for
from asterism.metaphor.builder.statement import Statement


def label_bounds(count: int, lowest_share: float) -> tuple[int, int]:
    """Fewest and most true statements among ``count`` such that neither label has less than ``lowest_share``."""
    return ceil(count * lowest_share - 1e-9), floor(count * (1 - lowest_share) + 1e-9)


def surplus(statements: Sequence[Statement], most: int, lowest_share: float, *path: str | int) -> dict[int, str]:
    """The places of statements to leave out so that at most ``most`` stay and both labels have their share.

    ``path`` names the random choice among statements of one label. What cannot be balanced (one label is missing
    altogether) is left as it is: see :func:`unbalanced`.
    """
    by_label: dict[str, list[int]] = {"T": [], "F": []}
    for place, statement in enumerate(statements):
        by_label[statement.label].append(place)
    kept = {label: len(places) for label, places in by_label.items()}
    larger = max(kept, key=lambda label: kept[label])
    smaller = "F" if larger == "T" else "T"
    if kept[smaller] and kept[larger] * lowest_share > kept[smaller] * (1 - lowest_share):
        kept[larger] = floor(kept[smaller] * (1 - lowest_share) / lowest_share + 1e-9)
    while sum(kept.values()) > most:
        label = larger if kept[larger] >= kept[smaller] else smaller
        kept[label] -= 1
    left_out: dict[int, str] = {}
    for label, places in by_label.items():
        order = rng_for("surplus", *path, label).sample(places, len(places))
        left_out |= {place: f"{len(places)} statements are {label}" for place in order[kept[label] :]}
    return left_out


def unbalanced(statements: Sequence[Statement], lowest_share: float) -> bool:
    """Whether one label has less than its lowest share of the statements."""
    true = sum(statement.label == "T" for statement in statements)
    low, high = label_bounds(len(statements), lowest_share)
    return not low <= true <= max(high, low)


def level_out(
    labels: Mapping[str, Sequence[str]], lowest_share: float, fewest: int, overall: float, seed: int
) -> set[tuple[str, int]]:
    """Which statements to leave out of a whole set so that neither label has less than ``overall`` of it.

    Images give up one statement of the commoner label at a time, in a random order, as long as each keeps ``fewest``
    statements and its own balance; where that does not suffice, the set stays as near as it can come.

    Args:
        labels: the labels of each record's statements, by its id.

    Returns:
        Pairs of record and place.
    """
    left: dict[str, dict[int, str]] = {name: dict(enumerate(each)) for name, each in labels.items()}
    names = rng_for("level out", seed).sample(sorted(left), len(left))
    out: set[tuple[str, int]] = set()
    moved = True
    while moved:
        moved = False
        for name in names:
            values = [label for each in left.values() for label in each.values()]
            common = max("TF", key=values.count)
            if not values or values.count(common) <= (1 - overall) * len(values) + 1e-9:
                return out
            places = [place for place, label in left[name].items() if label == common]
            count, true = len(left[name]) - 1, list(left[name].values()).count("T") - (common == "T")
            low, high = label_bounds(count, lowest_share)
            if places and count >= fewest and low <= true <= high:
                place = rng_for("level out", seed, name, count).choice(places)
                del left[name][place]
                out.add((name, place))
                moved = True
    return out
