"""What is worth telling a person, of all that was measured."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from asterism.audit.config import AuditConfig
from asterism.audit.duplicates import Duplicates
from asterism.audit.faults import Swallowed
from asterism.audit.grading import Graded
from asterism.audit.leaks import Leaks
from asterism.audit.near_misses import AFTER, BEFORE, INSIDE_NUMBER, INSIDE_WORD
from asterism.audit.report import BlindFloor, ClassResult, Code, Finding, NullPolicy, Severity, Timing
from asterism.audit.scale import Scale
from asterism.audit.steadiness import Steadiness
from asterism.audit.writings import CASE
from asterism.core.results.estimate import Estimate

_MOSTLY = 0.5
"""The share of a class that must go wrong for a fault to be named by it."""
_ECHO = 0.05
_GUESSED = {"constant": 0.65, "longest": 0.6}
"""What a policy that looks at nothing may reach."""
_ORDER: dict[Severity, int] = {"error": 0, "warning": 1, "note": 2}


@dataclass(frozen=True, slots=True)
class Shares:
    """The shares of probes that were graded wrongly; None where there were none."""

    accepts: Estimate | None
    refusals: Estimate | None
    other_forms: Estimate | None


@dataclass(frozen=True, slots=True)
class Measured:
    """Everything that findings are made of."""

    scale: Scale
    shares: Shares
    classes: Sequence[ClassResult]
    errors: Sequence[Graded]
    policies: Sequence[NullPolicy]
    leaks: Leaks
    duplicates: Duplicates
    swallowed: Sequence[Swallowed]
    steadiness: Steadiness
    timing: Timing | None
    unprobed: int
    tasks: int
    blind: BlindFloor | None = None


def findings_of(found: Measured, config: AuditConfig) -> tuple[Finding, ...]:
    """All findings, the worst first."""
    findings = [
        *_of_scale(found),
        *_of_named_faults(found),
        *_of_shares(found, config),
        *_of_policies(found, config),
        *_of_model(found),
        *_of_leaks(found),
        *_of_records(found),
        *_of_code(found),
        *_of_timing(found, config),
    ]
    return tuple(sorted(findings, key=lambda finding: _ORDER[finding.severity]))


def told_share(estimate: Estimate) -> str:
    """``3.1 % (95 % interval 2.5 to 3.7, n = 4,000)``."""
    low, high = (f"{end * 100:.1f}" for end in estimate.interval)
    return f"{estimate.value * 100:.1f} % (95 % interval {low} to {high}, n = {estimate.n:,})"


def _of_scale(found: Measured) -> Iterator[Finding]:
    if not found.scale.tells and found.unprobed < found.tasks:
        sentence = "A right answer earns no more than a wrong one, in tags, in a box, after a cue or bare."
        yield Finding("no_signal", "error", sentence)
    if found.unprobed:
        sentence = f"{_of(found.unprobed, found.tasks)} tasks have no stored answer that probes could be made from."
        yield Finding("unprobed", "warning" if found.unprobed == found.tasks else "note", sentence)


def _of_named_faults(found: Measured) -> Iterator[Finding]:
    """Faults that a whole class of probes shows."""
    inside = [each for each in found.classes if each.name.startswith((INSIDE_NUMBER, INSIDE_WORD))]
    caught = [each for each in inside if each.share >= _MOSTLY]
    if caught:
        yield _named("substring", "Pays where the right answer only stands inside another number or word", caught[0])
    after, before = (_class_named(found.classes, name) for name in (AFTER, BEFORE))
    if after is not None and after.share >= _MOSTLY and (before is None or before.share < _MOSTLY):
        yield _named(
            "last_number", "Takes the last number or word of the text for the answer, not what it states", after
        )
    case = next((each for each in found.classes if each.name == CASE), None)
    if case is not None and case.share >= _MOSTLY and found.scale.tells:
        yield _named("case_sensitive", "Refuses the right answer in other letter case", case)


def _of_shares(found: Measured, config: AuditConfig) -> Iterator[Finding]:
    shares = found.shares
    if shares.accepts is not None and shares.accepts.value > config.max_accepts:
        worst = [each for each in found.classes if not each.right and each.failed]
        yield _shared("false_accepts", "error", f"Pays for wrong answers: {told_share(shares.accepts)}", worst)
    if not found.scale.tells:
        return
    if shares.refusals is not None and shares.refusals.value > config.max_refusals:
        worst = [each for each in found.classes if each.group == "asked" and each.failed]
        told = f"Refuses right answers in the form asked for: {told_share(shares.refusals)}"
        yield _shared("false_refusals", "error", told, worst)
    if shares.other_forms is not None and shares.other_forms.value > config.max_refusals:
        worst = [each for each in found.classes if each.group in ("form", "writing") and each.failed]
        told = f"Refuses right answers in other usual forms and writings: {told_share(shares.other_forms)}"
        yield _shared("refuses_other_forms", "warning", told, worst)


def _of_policies(found: Measured, config: AuditConfig) -> Iterator[Finding]:
    policies = {policy.name: policy for policy in found.policies}
    right = abs(found.scale.reward)
    for name in ("empty", "nonsense"):
        policy = policies.get(name)
        if policy is not None and policy.reward.value > config.max_null * (right or 1.0):
            sentence = (
                f"Pays {policy.reward.value:.3f} on average for {policy.title}; a right answer earns "
                f"{found.scale.reward:.3f}."
            )
            yield Finding("pays_for_nothing", "error", sentence, policy.example)
            break
    echo = policies.get("echo")
    if echo is not None and echo.accuracy.value > _ECHO:
        yield Finding("pays_for_echo", "error", f"Pays for {echo.title}: {told_share(echo.accuracy)}.", echo.example)
    for name, most in _GUESSED.items():
        policy = policies.get(name)
        if policy is not None and policy.accuracy.low > most:
            sentence = f"Always giving {policy.title} is right without looking: {told_share(policy.accuracy)}."
            yield Finding("guessable", "warning", sentence, policy.example)


def _of_model(found: Measured) -> Iterator[Finding]:
    blind = found.blind
    if blind is not None and blind.blind.high >= blind.sighted.value:
        sentence = (
            f"The model {blind.model} is no more right with the images ({told_share(blind.sighted)}) than without them "
            f"({told_share(blind.blind)})."
        )
        yield Finding("blind", "warning", sentence)


def _of_leaks(found: Measured) -> Iterator[Finding]:
    leaks = found.leaks
    if leaks.prompts:
        sentence = f"The stored answer can be read off the prompt of {_of(len(leaks.prompts), found.tasks)} tasks."
        yield Finding("gold_in_prompt", "error", sentence, leaks.prompts[0].shown)
    if leaks.observations:
        count = _of(len(leaks.observations), found.tasks)
        sentence = f"An observation after the first reply holds the stored answer in {count} tasks."
        yield Finding("gold_in_observation", "error", sentence, leaks.observations[0].shown)
    if leaks.verbatim:
        sentence = (
            f"The answer stands word for word in the question of {_of(len(leaks.verbatim), leaks.looked)} tasks; see "
            "whether repeating the question helps."
        )
        yield Finding("gold_in_question", "warning", sentence, leaks.verbatim[0].shown)


def _of_records(found: Measured) -> Iterator[Finding]:
    if groups := found.duplicates.contradictory:
        sentence = f"The same images and question have different answers in {_things(len(groups), 'group')} of records."
        yield Finding("contradictory_golds", "error", sentence, ", ".join(groups[0]))
    if groups := found.duplicates.agreeing:
        sentence = (
            f"The same images, question and answer come more than once in {_things(len(groups), 'group')} of records."
        )
        yield Finding("duplicates", "warning", sentence, ", ".join(groups[0][:6]))


def _of_code(found: Measured) -> Iterator[Finding]:
    if found.errors:
        first = found.errors[0]
        sentence = (
            f"{_things(len(found.errors), 'completion')} ended in a reward error. The first: {first.reward.reason}"
        )
        yield Finding("reward_errors", "error", sentence, first.probe.text[:400])
    if found.swallowed:
        first_line = found.swallowed[0]
        sentence = (
            f"A fault inside the reward comes out as a score: an exception let happen at {len(found.swallowed)} of its "
            f"lines gave {first_line.value:g} in place of {first_line.expected:g} for a right answer. Let it be "
            "raised: an error is counted, a 0 is not."
        )
        yield Finding("swallowed_errors", "error", sentence, f"{first_line.file}:{first_line.line}: {first_line.code}")
    steady = found.steadiness
    if steady.again:
        sentence = f"Scores {_of(len(steady.again), steady.compared)} completions differently the second time."
        yield Finding("not_deterministic", "error", sentence, steady.again[0][:400])
    if steady.beside:
        sentence = (
            f"The score of {_of(len(steady.beside), steady.compared)} completions depends on which others are judged "
            "beside them, or on their order."
        )
        yield Finding("depends_on_batch", "warning", sentence, steady.beside[0][:400])


def _of_timing(found: Measured, config: AuditConfig) -> Iterator[Finding]:
    timing = found.timing
    if timing is None:
        return
    slow = [each for each in timing.hostile if not each.finished or each.seconds > config.max_seconds]
    if slow:
        worst = slow[0]
        took = f"{worst.seconds:.1f} s" if worst.finished else f"over {worst.seconds:.0f} s, and was stopped,"
        sentence = f"Takes {took} for {worst.characters:,} characters ({worst.name})."
        yield Finding("slow", "error", sentence, ", ".join(dict.fromkeys(each.name for each in slow)))
    if timing.p99 > config.max_seconds:
        sentence = f"One call in a hundred takes over {timing.p99:.2f} s for usual completions."
        yield Finding("slow", "error", sentence, timing.slowest_text)


def _named(code: Code, told: str, result: ClassResult) -> Finding:
    sentence = f"{told}: {_of(result.failed, result.n)} tried."
    return Finding(code, "error", sentence, _example(result))


def _shared(code: Code, severity: Severity, told: str, worst: Sequence[ClassResult]) -> Finding:
    most = "; ".join(f"{each.name} {each.failed} of {each.n}" for each in worst[:6])
    more = f"; and {len(worst) - 6} more classes" if len(worst) > 6 else ""
    return Finding(code, severity, f"{told}. Most of them: {most}{more}.", _example(worst[0]) if worst else "")


def _example(result: ClassResult) -> str:
    if not result.failures:
        return ""
    first = result.failures[0]
    return f"stored answer: {first.gold}\ncompletion: {first.completion}\nearned: {first.value:g}"


def _class_named(classes: Sequence[ClassResult], name: str) -> ClassResult | None:
    return next((each for each in classes if each.name == name), None)


def _of(count: int, total: int) -> str:
    return f"{count:,} of {total:,}"


def _things(count: int, noun: str) -> str:
    return f"{count:,} {noun}" if count == 1 else f"{count:,} {noun}s"
