"""What a build did, counted from its own files, and what its set is like, in the shape of the paper's tables.

Source: MM-HELIX (arXiv 2510.08540), appendix: instances by level, mean lengths of questions, answers and traces.
"""

from collections import Counter
from collections.abc import Callable, Mapping, Sequence
from statistics import fmean
from typing import Any

from asterism.core.task import Task
from asterism.helix.puzzle import LEVELS
from asterism.helix.serg.filters import FILTERS
from asterism.helix.serg.items import Item
from asterism.helix.serg.teacher import STEPS

Measure = Callable[[str], int]
"""How long a text is."""

TEXTS: Mapping[str, str] = {
    "question": "question",
    "text question": "question_text",
    "answer": "answer",
    "rule-based trace": "rule_trace",
    "trace": "trace",
}
"""The texts whose mean lengths are told, and where a record has them: itself, or in ``meta``."""


def build_report(items: Sequence[Item], open_instances: Mapping[str, str], paid: Mapping[str, Any]) -> dict[str, Any]:
    """The content of ``report.json``.

    Args:
        items: finished instances.
        open_instances: instances that could not be finished, with the reason.
        paid: the parts of the report about replies, tokens and cost.
    """
    rejected = Counter(item.reason for item in items if not item.kept)
    dropped = Counter(failure.filter for item in items for failure in item.failures)
    kept = sum(item.kept for item in items)
    return {
        "instances": {
            "read": len(items) + len(open_instances),
            "kept": kept,
            "rejected": {name: rejected[name] for name in FILTERS},
            "open": dict(Counter(open_instances.values()).most_common()),
        },
        "texts": {
            "written": kept + sum(dropped.values()),
            "kept": kept,
            "dropped": {name: dropped[name] for name in FILTERS},
            "share_kept": _passed(kept, dropped),
        },
        "coverage": _coverage([item for item in items if item.kept]),
        "tasks": {task: _of_task(task, items) for task in sorted({item.task for item in items} - {""})},
        "steps": list(STEPS),
        **paid,
    }


def statistics(tasks: Sequence[Task], tokens: Measure | None = None) -> dict[str, Any]:
    """What a set is like: instances by level and by task, and the mean lengths of its texts.

    Lengths are in characters, and in tokens where ``tokens`` counts them.
    """
    levels = Counter(task.meta.get("level") for task in tasks)
    measures: dict[str, Measure] = {"characters": len, **({"tokens": tokens} if tokens else {})}
    return {
        "instances": len(tasks),
        "levels": {str(level): levels[level] for level in LEVELS},
        "tasks": dict(sorted(Counter(task.family.rpartition("/")[2] for task in tasks).items())),
        "teachers": dict(Counter(str(task.meta.get("teacher", "")) for task in tasks).most_common()),
        **{unit: _means(tasks, measure) for unit, measure in measures.items()},
    }


def _means(tasks: Sequence[Task], measure: Measure) -> dict[str, float | None]:
    """The mean length of each text over the records that have it."""
    means: dict[str, float | None] = {}
    for name, key in TEXTS.items():
        texts = [_text(task, key) for task in tasks]
        lengths = [measure(text) for text in texts if isinstance(text, str) and text]
        means[name] = fmean(lengths) if lengths else None
    return means


def _text(task: Task, key: str) -> Any:
    match key:
        case "question":
            return task.question
        case "answer":
            return task.answer
    return task.meta.get(key)


def _passed(kept: int, dropped: Mapping[str, int]) -> dict[str, float | None]:
    """The share of the texts that each filter let through, of those that came to it."""
    shares: dict[str, float | None] = {}
    left = kept + sum(dropped.values())
    for name in FILTERS:
        shares[name] = 1 - dropped[name] / left if left else None
        left -= dropped[name]
    return shares


def _of_task(task: str, items: Sequence[Item]) -> dict[str, Any]:
    own = [item for item in items if item.task == task]
    kept = [item for item in own if item.kept]
    return {"instances": len(own), "kept": len(kept), "coverage": _coverage(kept)}


def _coverage(items: Sequence[Item]) -> float | None:
    """The share of the states of rule-based traces that were found again."""
    states = sum(item.states for item in items)
    return sum(item.found for item in items) / states if states else None
