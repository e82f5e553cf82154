"""What policies earn that look at nothing."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass

from asterism.answers.options import LETTERS
from asterism.audit.gold import gold_of, most_frequent
from asterism.audit.report import NullPolicy
from asterism.audit.scale import Scale
from asterism.audit.target import Target
from asterism.core.seeds import rng_for
from asterism.core.task import Task
from asterism.evaluate.intervals import estimate_mean
from asterism.evaluate.units import image_of

NONSENSE = "zqx vlorp"


@dataclass(frozen=True, slots=True)
class Policy:
    """Says something about a task without looking; None where it has nothing to say."""

    name: str
    title: str
    says: Callable[[Task], str | None]


def null_policies(tasks: Sequence[Task], prompt_of: Callable[[Task], str], scale: Scale, seed: int) -> list[Policy]:
    """The policies for some tasks; answers are put in the form that the reward reads best."""
    constants = {kind: most_frequent([task for task in tasks if task.kind == kind]) for kind in {t.kind for t in tasks}}
    golds = {kind: [gold.text for task in tasks if task.kind == kind and (gold := gold_of(task))] for kind in constants}

    def wrapped(answer: str | None) -> str | None:
        return scale.home.wrap(answer) if answer else None

    def drawn(task: Task) -> str | None:
        rng = rng_for(seed, "random answer", task.id)
        if task.kind == "tfq":
            return rng.choice(("T", "F"))
        return rng.choice(LETTERS[: len(task.options)] if task.options else golds[task.kind] or [""])

    def longest(task: Task) -> str | None:
        if not task.options:
            return None
        lengths = [len(option) for option in task.options]
        return LETTERS[lengths.index(max(lengths))]

    return [
        Policy("empty", "an empty completion", lambda task: ""),
        Policy("nonsense", "two words of nonsense", lambda task: NONSENSE),
        Policy("nonsense_in_form", "nonsense in the reward's form", lambda task: wrapped("zqx")),
        Policy("echo", "the prompt again", prompt_of),
        Policy("constant", "the most frequent answer", lambda task: wrapped(constants[task.kind])),
        Policy("random", "an answer drawn at random", lambda task: wrapped(drawn(task))),
        Policy("longest", "the longest option", lambda task: wrapped(longest(task))),
    ]


def earned(target: Target, tasks: Sequence[Task], policy: Policy, scale: Scale) -> NullPolicy | None:
    """The mean reward and accuracy of a policy over tasks, clustered by image; None where nothing was scored."""
    values, rights, clusters, example = [], [], [], ""
    for task in tasks:
        text = policy.says(task)
        if text is None:
            continue
        reward = target.reward(task, text)
        if reward.value is None:
            continue
        values.append(reward.value)
        rights.append(float(scale.paid(reward)))
        clusters.append(image_of(task))
        example = example or text
    if not values:
        return None
    mean = estimate_mean(values, clusters, bounds=None)
    return NullPolicy(policy.name, policy.title, example[:600], mean, estimate_mean(rights, clusters))
