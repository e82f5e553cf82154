"""The same multiple-choice question with its options in other orders: does the model choose a text or a letter?"""

from collections.abc import Mapping, Sequence
from dataclasses import replace
from math import factorial, prod

from asterism.answers.grade import gold_value
from asterism.answers.naming import movable
from asterism.answers.options import LETTERS
from asterism.core.results.result import Result
from asterism.core.results.summary import OptionConsistency
from asterism.core.seeds import rng_for
from asterism.core.task import Task
from asterism.evaluate import units
from asterism.evaluate.units import Unit


def rearrange(task: Task, number: int, seed: int) -> Task:
    """The question with its options in another order, and its answer with them.

    Options that name others ("both A and C", "none of the above") keep their places, and so do those that they name,
    so that each still says what it said (:func:`~asterism.answers.naming.movable`). A question whose options have no
    other such order stays as it is. The orders are drawn for ``(seed, task id)``. Those from number 1 on differ from
    the original and from one another, until every order had its turn.
    """
    order = list(range(len(task.options)))
    groups = movable(task.options)
    original, others = tuple(order), prod(factorial(len(group)) for group in groups) - 1
    drawn: list[tuple[int, ...]] = []
    rng = rng_for(seed, "rearrange", task.id)
    while others and len(drawn) < number:
        for group in groups:
            places = [order[place] for place in group]
            rng.shuffle(places)
            for place, option in zip(group, places, strict=True):
                order[place] = option
        this_turn = drawn[len(drawn) - len(drawn) % others :]
        if tuple(order) not in (original, *this_turn):
            drawn.append(tuple(order))
    answer = None if task.answer is None else LETTERS[order.index(LETTERS.index(gold_value(task)))]
    options = tuple(task.options[place] for place in order)
    return replace(task, options=options, answer=answer)


def chosen(task: Task, result: Result) -> str | None:
    """The text of the option that a result chose, None where none could be read; two options may have one text."""
    return None if result.answer is None else task.options[LETTERS.index(result.answer)]


def consistency(
    arms: Sequence[tuple[Sequence[Task], Sequence[Result]]], *, cluster_key: str | None = None, seed: int = 0
) -> OptionConsistency:
    """How steady the choices are; ``arms`` are the same questions, each time in another order, with their results.

    Raises:
        AsterismError: tasks and results do not match.
        ValueError: there is no arm, or it has no task.
    """
    choices: dict[tuple[str, int], list[tuple[str | None, float]]] = {}
    owner: Mapping[str, Task] = {task.id: task for task in arms[0][0]}
    for tasks, results in arms:
        for item in units.join(tasks, results):
            key = (item.task.id, item.result.sample)
            choices.setdefault(key, []).append((chosen(item.task, item.result), item.value))
    steady, right = [], []
    for key, made in choices.items():
        task = owner[key[0]]
        cluster = units.cluster_of(task, cluster_key)
        texts = {text for text, _ in made}
        steady.append(Unit(key, float(len(texts) == 1 and None not in texts), cluster))
        if task.answer is not None:
            right.append(Unit(key, float(all(value == 1 for _, value in made)), cluster))
    consistent = units.estimate(steady, seed=seed)
    if consistent is None:
        raise ValueError("consistency needs at least one question")
    return OptionConsistency(len(arms), consistent, units.estimate(right, seed=seed))
