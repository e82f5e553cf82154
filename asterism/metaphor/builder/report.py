"""What a build did, counted from its own files: records, statements, filters, replies, tokens, cost."""

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from asterism.metaphor.builder.annotation import STEPS
from asterism.metaphor.builder.checks import FILTERS
from asterism.metaphor.builder.items import Item
from asterism.metaphor.builder.statement import Statement


def build_report(
    items: Sequence[Item],
    in_set: Mapping[str, Sequence[Statement]],
    open_records: Mapping[str, str],
    paid: Mapping[str, Any],
) -> dict[str, Any]:
    """The content of ``report.json``.

    Args:
        items: finished records.
        in_set: the statements of each record that made it into the set.
        open_records: records that could not be finished, with the reason.
        paid: the parts of the report about replies, tokens and cost.
    """
    kept = [item for item in items if item.kept]
    statements = [statement for each in in_set.values() for statement in each]
    dropped = Counter(each.filter for item in items for each in item.dropped)
    levelled = sum(len(item.statements) for item in kept) - len(statements)
    dropped["overall_balance"] += levelled
    unused = sum(len(item.statements) for item in items if not item.kept)
    faults = Counter(each.reason for item in items for each in item.failures if each.step == "statement")
    return {
        "records": {
            "read": len(items) + len(open_records),
            "kept": len(kept),
            "rejected": _counted(item.reason for item in items if not item.kept),
            "open": _counted(open_records.values()),
            "notes": _counted(note for item in items for note in item.notes),
        },
        "statements": {
            "written": len(statements) + sum(dropped.values()) + unused,
            "kept": len(statements),
            "dropped": {name: dropped[name] for name in FILTERS},
            "of_rejected_records": unused,
            "labels": {label: sum(each.label == label for each in statements) for label in "TF"},
            "levels": _counted(each.level or "not told" for each in statements),
            "languages": _counted(item.language for item in kept for _ in in_set[item.id]),
            "a_record": _counted(str(len(in_set[item.id])) for item in kept),
            "per_kept_record": len(statements) / len(kept) if kept else None,
        },
        "replies_not_usable": _by_step(items),
        "statements_not_readable": dict(faults.most_common()),
        "blind": {
            "judged": sum(len(item.blind) for item in items),
            "not_judged": sum(answers == 0 for item in items for _, answers in item.blind),
            "answers": sum(answers for item in items for _, answers in item.blind),
        },
        "steps": list(STEPS),
        **paid,
    }


def _by_step(items: Sequence[Item]) -> dict[str, dict[str, int]]:
    found: dict[str, Counter[str]] = {}
    for item in items:
        for each in item.failures:
            if each.step != "statement":
                found.setdefault(each.step, Counter())[each.reason] += 1
    return {step: dict(counts.most_common()) for step, counts in sorted(found.items())}


def _counted(values: Iterable[str]) -> dict[str, int]:
    return dict(sorted(Counter(values).items(), key=lambda pair: (-pair[1], pair[0])))
