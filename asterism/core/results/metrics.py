"""``metrics.jsonl``: one line for each training step, and one for each validation.

A line is a flat JSON object, so that any tool can plot it. Which figures it has depends on what was trained: the parts
of the reward and the terms of the loss bring names of their own::

    {"step": 3, "reward": 0.71, "accuracy": 0.68, "format": 0.98, "loss": -0.002, "kl": 0.01, ..., "tokens": 512}
    {"step": 3, "validation": {"accuracy": 0.62, "share_failed": 0.0}}

There is no version in a line: whatever number it holds beside the fields of :class:`StepMetrics` is a figure.
"""

import math
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from asterism.core.errors import AsterismError
from asterism.core.lines import read_objects

METRICS = "metrics.jsonl"

_COUNTERS = ("tokens", "prompts", "tokens_generated", "tokens_expert")


@dataclass(frozen=True, slots=True)
class StepMetrics:
    """What one training step did.

    ``tokens`` were trained on, ``tokens_generated`` sampled for ``prompts`` tasks, ``tokens_expert`` taken from
    experts; ``seconds`` is the step's wall time. ``success`` is the share of right completions by family of tasks.
    ``figures`` are all others by name: the reward and its parts, loss terms, lengths, shares.
    """

    step: int
    tokens: int = 0
    prompts: int = 0
    tokens_generated: int = 0
    tokens_expert: int = 0
    seconds: float = 0.0
    success: Mapping[str, float] = field(default_factory=dict)
    figures: Mapping[str, float] = field(default_factory=dict)

    def __post_init__(self) -> None:
        taken = RESERVED & self.figures.keys()
        if taken:
            raise ValueError(f"figures may not be called {', '.join(sorted(taken))}: a step has fields of these names")

    def flat(self) -> dict[str, float]:
        """All numbers but the step, by dotted name: ``kl``, ``success.word_search``, ``tokens``."""
        counters = {name: getattr(self, name) for name in _COUNTERS}
        success = {f"success.{name}": value for name, value in self.success.items()}
        return {**self.figures, **success, **counters, "seconds": self.seconds}

    def as_json(self) -> dict[str, Any]:
        """The line of ``metrics.jsonl``."""
        return {
            "step": self.step,
            **self.figures,
            **({"success": dict(self.success)} if self.success else {}),
            **{name: getattr(self, name) for name in _COUNTERS},
            "seconds": self.seconds,
        }


@dataclass(frozen=True, slots=True)
class ValidationMetrics:
    """What the policy after a step reached on the dev split, by name."""

    step: int
    figures: Mapping[str, float]

    def flat(self) -> dict[str, float]:
        """All numbers but the step, by dotted name: ``validation.accuracy``."""
        return {f"validation.{name}": value for name, value in self.figures.items()}

    def as_json(self) -> dict[str, Any]:
        """The line of ``metrics.jsonl``."""
        return {"step": self.step, "validation": dict(self.figures)}


RESERVED = frozenset({"step", "success", "validation", "seconds", *_COUNTERS})
"""Names that no figure of a step may have."""


def read_metrics(path: Path) -> Iterator[StepMetrics | ValidationMetrics]:
    """The lines of ``metrics.jsonl`` in order. What is not a finite number is left out.

    Raises:
        AsterismError: the file is missing, or a line is not one of these.
    """
    for line in read_objects(path):
        yield _parse(line, str(path))


def _parse(line: Mapping[str, Any], where: str) -> StepMetrics | ValidationMetrics:
    step = line.get("step")
    if not isinstance(step, int):
        raise AsterismError("a line has no step", where=where, remedy="Fix or remove the line.")
    if isinstance(line.get("validation"), Mapping):
        return ValidationMetrics(step, _numbers(line["validation"]))
    success = line.get("success")
    counters = {name: int(line[name]) for name in _COUNTERS if isinstance(line.get(name), int)}
    return StepMetrics(
        step=step,
        seconds=_numbers(line).get("seconds", 0.0),
        success=_numbers(success) if isinstance(success, Mapping) else {},
        figures={name: value for name, value in _numbers(line).items() if name not in RESERVED},
        **counters,
    )


def _numbers(values: Mapping[str, Any]) -> dict[str, float]:
    """The finite numbers among some values; whole ones stay whole."""
    return {
        name: value
        for name, value in values.items()
        if isinstance(value, int | float) and not isinstance(value, bool) and math.isfinite(value)
    }
