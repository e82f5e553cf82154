"""Whether a reward gives the same twice, in another order, and beside other completions."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field

from asterism.audit.probe import Probe
from asterism.audit.target import Target
from asterism.core.reward import Reward

_CLOSE = 1e-9
_TEXTS = 6
"""Completions of a task that are compared."""


@dataclass(slots=True)
class Steadiness:
    """Probes that were scored differently the second time, and those whose score depends on what is beside them."""

    compared: int = 0
    again: list[str] = field(default_factory=list)
    beside: list[str] = field(default_factory=list)


def find_changes(target: Target, probes: Sequence[Probe], tasks: int, on_progress: Callable[[int], None]) -> Steadiness:
    """Score some completions of ``tasks`` tasks together, again, in reverse, and each alone."""
    by_task: dict[str, list[Probe]] = {}
    for probe in probes:
        by_task.setdefault(probe.task.id, []).append(probe)
    found = Steadiness()
    for group in list(by_task.values())[:tasks]:
        chosen = group[:: max(1, len(group) // _TEXTS)][:_TEXTS]
        task, texts = chosen[0].task, [probe.text for probe in chosen]
        first, again = target.rewards(task, texts), target.rewards(task, texts)
        reverse = target.rewards(task, texts[::-1])[::-1]
        alone = [target.reward(task, text) for text in texts]
        for text, a, b, c, d in zip(texts, first, again, reverse, alone, strict=True):
            found.compared += 1
            if not _same(a, b):
                found.again.append(text)
            elif not (_same(a, c) and _same(a, d)):
                found.beside.append(text)
        on_progress(1)
    return found


def _same(a: Reward, b: Reward) -> bool:
    if a.value is None or b.value is None:
        return a.status == b.status
    return abs(a.value - b.value) <= _CLOSE
