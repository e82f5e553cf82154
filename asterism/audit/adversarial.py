"""The adversarial set of some tasks: probes of every class, the same for the same tasks and seed."""

from collections.abc import Callable, Iterator, Sequence
from dataclasses import replace

from asterism.audit.gold import Gold, gold_of, other_answer
from asterism.audit.near_misses import near_misses
from asterism.audit.probe import Group, Probe
from asterism.audit.wrappings import BARE, BOXED, CORE, TAGGED, THOUGHT, THOUGHTS, WRAPPINGS, Form, Wrapping
from asterism.audit.writings import CASE, writings
from asterism.core.seeds import derive_seed, rng_for
from asterism.core.task import Task

_PUZZLE_FORMS = (
    Wrapping("box marks of GLM", "boxed", "The result: <|begin_of_box|>⟦answer⟧<|end_of_box|>"),
    Wrapping("a sentence behind the box", "boxed", "\\boxed{⟦answer⟧}\n\nEvery rule is kept.", maths=True),
)


def probes_of(
    tasks: Sequence[Task], prompt_of: Callable[[Task], str], *, per_class: int, seed: int = 0, home: Wrapping = TAGGED
) -> list[Probe]:
    """At most ``per_class`` probes of each class, of as many different tasks, those of a task together.

    Args:
        prompt_of: what a task asks.
        home: the form in which changed letter case is put: one that the reward reads.
    """
    by_class: dict[tuple[str, str], list[Probe]] = {}
    for task in tasks:
        gold = gold_of(task)
        for probe in _of_task(task, gold, prompt_of(task), seed, home) if gold is not None else ():
            by_class.setdefault((probe.group, probe.name), []).append(_with_thought(probe, seed))
    chosen = [probe for members in by_class.values() for probe in _drawn(members, per_class, seed)]
    places = {task.id: place for place, task in enumerate(tasks)}
    return sorted(chosen, key=lambda probe: places[probe.task.id])


def _with_thought(probe: Probe, seed: int) -> Probe:
    """The probe with other words of working."""
    thought = THOUGHTS[derive_seed(seed, "thought", probe.task.id, probe.name) % len(THOUGHTS)]
    return replace(probe, text=probe.text.replace(THOUGHT, thought), control=probe.control.replace(THOUGHT, thought))


def _drawn(members: list[Probe], count: int, seed: int) -> list[Probe]:
    """Some probes of a class; each class draws tasks of its own."""
    if len(members) <= count:
        return members
    return sorted(members, key=lambda probe: derive_seed(seed, probe.group, probe.name, probe.task.id))[:count]


def asked_form(prompt: str) -> Form | None:
    """The form that a prompt asks for, None where it names none."""
    if "<answer>" in prompt:
        return "tagged"
    return "boxed" if "\\boxed" in prompt else None


def _of_task(task: Task, gold: Gold, prompt: str, seed: int, home: Wrapping) -> Iterator[Probe]:
    yield from _wrapped(task, gold, prompt, seed)
    yield from _rewritten(task, gold, seed, home)
    rng = rng_for(seed, "near misses", task.id)
    single = task.meta.get("unique", True) is not False
    for place, miss in enumerate(near_misses(gold, prompt, rng, single=single)):
        form = _core(gold, miss.text, place + rng.randrange(len(CORE)))
        yield Probe(task, miss.text if miss.whole else form.wrap(miss.text), miss.group, miss.name)


def _wrapped(task: Task, gold: Gold, prompt: str, seed: int) -> Iterator[Probe]:
    asked = asked_form(prompt)
    other = other_answer(gold, rng_for(seed, "other", task.id))
    option = gold.options[gold.index] if gold.options else ""
    forms = (*WRAPPINGS, *(_PUZZLE_FORMS if task.kind == "verified" else ()))
    for form in forms:
        if form.fits(gold, gold.text):
            group: Group = "asked" if asked is None or form.form == asked else "form"
            # The option's text would make the control right where the form states it.
            control = form.wrap(other, other, "")
            yield Probe(task, form.wrap(gold.text, other, option), group, form.name, control)


def _rewritten(task: Task, gold: Gold, seed: int, home: Wrapping) -> Iterator[Probe]:
    rng = rng_for(seed, "writings", task.id)
    other = other_answer(gold, rng)
    for place, writing in enumerate(writings(gold)):
        form = home if writing.name == CASE else _core(gold, writing.text, place + rng.randrange(len(CORE)))
        yield Probe(task, form.wrap(writing.text), "writing", writing.name, form.wrap(other))


def _core(gold: Gold, text: str, place: int) -> Wrapping:
    """One of the usual forms that fits, by turns."""
    form = CORE[place % len(CORE)]
    if form is BOXED and ("$" in text or not text.isascii()):
        form = TAGGED
    return form if form.fits(gold, text) else BARE
