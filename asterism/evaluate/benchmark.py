"""A bench: which records are measured, how they are asked, and how the answers are scored."""

import re
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field

from asterism.core.errors import AsterismError
from asterism.core.image import Image
from asterism.core.task import Kind, Task
from asterism.evaluate.scorer import Scorer

PromptOf = Callable[[Task], str]
"""The text that a model reads for a task."""


@dataclass(frozen=True, slots=True)
class FewShot:
    """A mode whose prompt shows examples with their answers first; ``after`` makes the prompt that follows them."""

    after: Callable[[Sequence[Task]], PromptOf]


@dataclass(frozen=True, slots=True)
class Subset:
    """Named records of a bench, by the part of their id after the last ``/`` or ``:``; ``about`` says which ids."""

    ids: frozenset[str]
    about: str


@dataclass(frozen=True, slots=True)
class Rubric:
    """What a judge of open answers reads.

    ``prompt(parts)`` makes the text for a task, whose answer is the reference, and an answer to be marked; with
    ``parts`` it asks for a mark for each of the ``criteria`` too (name, and what it is about).
    """

    prompt: Callable[[bool], Callable[[Task, str], str]]
    criteria: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Bench:
    """One kind of measurement.

    Attributes:
        name: as in ``asterism eval --bench NAME``.
        about: one line for people.
        kinds: the kinds of record that it takes.
        modes: the ways in which a task is asked, the usual one first.
        scorer: how answers are graded, summarised and compared.
        task_of: a record as the task that is asked about it.
        subsets: named parts of well-known sets of records.
        panels: cuts the images of a task into so many panels each; None where that is not offered.
        rubric: what a judge reads; None where answers are not judged.
        records: the bench's own records, for a run that names none.
        trained: whether runs that train on such tasks are measured by its scorer too.
    """

    name: str
    about: str
    kinds: tuple[Kind, ...]
    modes: Mapping[str, PromptOf | FewShot]
    scorer: Scorer
    task_of: Callable[[Task], Task] = lambda record: record
    subsets: Mapping[str, Subset] = field(default_factory=dict)
    panels: Callable[[Task, int], tuple[Image, ...]] | None = None
    rubric: Rubric | None = None
    records: Callable[[], Iterable[Task]] | None = None
    trained: bool = False

    @property
    def usual_mode(self) -> str:
        """The mode in which it is asked unless another is named."""
        return next(iter(self.modes))

    def tasks(self, records: Sequence[Task]) -> list[Task]:
        """The records as this bench asks them; those of other kinds are left out.

        Raises:
            AsterismError: none is of the right kind.
        """
        found = [self.task_of(record) for record in records if record.kind in self.kinds]
        if not found:
            kinds = ", ".join(sorted({record.kind for record in records}))
            raise AsterismError(
                f"no record for the bench {self.name}: it takes {' or '.join(self.kinds)}, and these are {kinds}",
                remedy="Give other records, or the bench that is meant for these.",
            )
        return found

    def subset(self, records: Sequence[Task], name: str) -> list[Task]:
        """The records of a named subset.

        Raises:
            AsterismError: the bench has no such subset, or none of the records belongs to it.
        """
        if name not in self.subsets:
            known = ", ".join(self.subsets) or "it has none"
            raise AsterismError(f"--subset {name!r} is none of the bench {self.name}", remedy=f"Known: {known}.")
        found = [record for record in records if re.split(r"[/:]", record.id)[-1] in self.subsets[name].ids]
        if not found:
            raise AsterismError(
                f"none of the {len(records)} records belongs to the subset {name}", remedy=self.subsets[name].about
            )
        return found

    def mode(self, name: str) -> PromptOf | FewShot:
        """The way of asking of that name, the usual one for an empty name.

        Raises:
            AsterismError: the bench has no such mode.
        """
        if name and name not in self.modes:
            raise AsterismError(
                f"--mode {name!r} is none of the bench {self.name}", remedy=f"Known: {', '.join(self.modes)}."
            )
        return self.modes[name or self.usual_mode]
