"""What an audit found, as typed data: ``audit.json``."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, Literal

from asterism.audit.probe import Group
from asterism.core.lines import plain
from asterism.core.results.estimate import Estimate

FORMAT = 1
"""The version of the file's form."""

Severity = Literal["error", "warning", "note"]
Code = Literal[
    "no_signal",
    "false_accepts",
    "false_refusals",
    "refuses_other_forms",
    "substring",
    "last_number",
    "case_sensitive",
    "pays_for_nothing",
    "pays_for_echo",
    "guessable",
    "gold_in_prompt",
    "gold_in_observation",
    "gold_in_question",
    "duplicates",
    "contradictory_golds",
    "unprobed",
    "reward_errors",
    "swallowed_errors",
    "not_deterministic",
    "depends_on_batch",
    "slow",
    "blind",
]
"""The name of each kind of finding; docs/audit.md says what they mean."""


@dataclass(frozen=True, slots=True)
class Finding:
    """Something a person should know: a plain sentence, and an example that shows it."""

    code: Code
    severity: Severity
    sentence: str
    example: str = ""


@dataclass(frozen=True, slots=True)
class Failure:
    """A probe that was graded wrongly; ``value`` is what was paid, ``reason`` how the reward explains itself."""

    task: str
    question: str
    gold: str
    completion: str
    value: float
    reason: str


@dataclass(frozen=True, slots=True)
class ClassResult:
    """The probes of one class: how many of ``n`` were graded wrongly, and the first of those.

    ``right`` says what the probes are; ``low`` and ``high`` are the ends of Wilson's 95 % interval of the share.
    """

    group: Group
    name: str
    right: bool
    n: int
    failed: int
    low: float
    high: float
    failures: tuple[Failure, ...] = ()

    @property
    def share(self) -> float:
        """The share that was graded wrongly."""
        return self.failed / self.n if self.n else 0.0


@dataclass(frozen=True, slots=True)
class NullPolicy:
    """What a policy earns that looks at nothing, as mean reward, and what share of its answers counts as right."""

    name: str
    title: str
    example: str
    reward: Estimate
    accuracy: Estimate


@dataclass(frozen=True, slots=True)
class Hostile:
    """One long or twisted input: seconds of one call; ``finished`` is false where it was stopped at the limit."""

    name: str
    characters: int
    seconds: float
    finished: bool = True


@dataclass(frozen=True, slots=True)
class Timing:
    """Seconds of single calls over ``calls`` usual completions, and of calls with hostile input."""

    calls: int
    median: float
    p99: float
    slowest: float
    slowest_text: str
    hostile: tuple[Hostile, ...] = ()


@dataclass(frozen=True, slots=True)
class BlindFloor:
    """Mean accuracy of a model that is shown the images, and of the same model without them."""

    model: str
    sighted: Estimate
    blind: Estimate


@dataclass(frozen=True, slots=True)
class ScaleResult:
    """Which part of the reward was held for the verdict, in which form, and the values between which it lies."""

    part: str
    form: str
    right: float
    wrong: float
    threshold: float
    reward: float


@dataclass(frozen=True, slots=True)
class AuditReport:
    """Everything that an audit found.

    ``false_refusals`` are of right answers in the asked form, ``other_forms`` of right answers in other forms and
    writings, ``false_accepts`` of wrong answers; None where there were none to score. ``unscored`` counts probes that
    the reward abstained from. ``findings`` come worst first.
    """

    target: str
    tasks: int
    scale: ScaleResult
    false_accepts: Estimate | None
    false_refusals: Estimate | None
    other_forms: Estimate | None
    classes: tuple[ClassResult, ...]
    policies: tuple[NullPolicy, ...]
    timing: Timing | None
    findings: tuple[Finding, ...]
    unscored: int = 0
    blind: BlindFloor | None = None
    seconds: Mapping[str, float] = field(default_factory=dict)

    @property
    def failed(self) -> bool:
        """Whether anything is wrong enough to stop for."""
        return any(finding.severity == "error" for finding in self.findings)

    @property
    def codes(self) -> frozenset[Code]:
        """The kinds of findings."""
        return frozenset(finding.code for finding in self.findings)

    def as_json(self) -> dict[str, Any]:
        """The content of ``audit.json``."""
        written: dict[str, Any] = plain(self)
        return {"format": FORMAT, "failed": self.failed, **written}
